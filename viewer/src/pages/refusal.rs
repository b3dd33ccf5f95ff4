//! One function from a [`Problem`] to an answer: JSON for programs, a page for people.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

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
    let (template, title, message) = match problem {
        Problem::NoRoute => ("not-found", "Page not found", ""),
        _ => ("problem", title_of(problem.status()), problem.sentence()),
    };
    let data = PageData {
        title,
        message,
        ..PageData::default()
    };
    let mut answer = rendered(viewer, problem.status(), template, data);
    if let Some((name, value)) = problem.headers() {
        answer.headers_mut().insert(name, value);
    }
    answer
}

fn title_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => "This page cannot do that",
        StatusCode::FORBIDDEN => "We did not do that",
        StatusCode::TOO_MANY_REQUESTS => "Wait a moment",
        StatusCode::SERVICE_UNAVAILABLE => "Sorry, the service is busy",
        _ => "Sorry, there is a problem",
    }
}
