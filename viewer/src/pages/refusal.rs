//! One function from a [`Problem`] to an answer: JSON for programs, a page for people.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::language;
use crate::pages::rendered;
use crate::problem::Problem;
use crate::templates::PageData;
use crate::viewer::Viewer;

/// The answer to a request that is not done, in the form that this address speaks.
pub(crate) fn answer(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    let viewer = match Viewer::of(request) {
        Ok(viewer) if !request.path().starts_with("/api/") => viewer,
        _ => return problem.error_response(),
    };
    // The page for addresses that do not exist has words of its own.
    let (template, (title, message)) = match problem {
        Problem::NoRoute => ("not-found", ("not-found-title", "")),
        _ => ("problem", words_of(problem.status())),
    };
    let spoken = language::of(request, viewer.settings().organisation.language);
    let message = match message {
        "" => String::new(),
        key => viewer.templates().say(spoken.language, key),
    };
    let data = PageData {
        message: &message,
        ..PageData::default()
    };
    let mut answer = rendered(viewer, request, problem.status(), template, title, data);
    if let Some((name, value)) = problem.headers() {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// The keys of title and sentence. A page knows less than the interface: people do not make requests
/// of most kinds.
pub(crate) fn words_of(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => ("problem-method-title", "problem-method"),
        StatusCode::FORBIDDEN => ("problem-refused-title", "problem-refused"),
        StatusCode::TOO_MANY_REQUESTS => ("problem-slow-down-title", "problem-slow-down"),
        StatusCode::SERVICE_UNAVAILABLE => ("problem-busy-title", "problem-busy"),
        status if status.is_client_error() => ("problem-title", "problem-request"),
        _ => ("problem-title", "problem-internal"),
    }
}
