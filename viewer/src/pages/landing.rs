//! `/m/{handle}`: "You have a secure message."
//!
//! The same page for every handle, real, unknown or mangled: it looks nothing up, so it can tell
//! nobody anything (promise A5) and opening it has no effect (promise A1).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use seal::Handle;

use crate::headers::StyleNonce;
use crate::pages::rendered;
use crate::rewritten::{carries_secret, front};
use crate::templates::PageData;
use crate::viewer::Viewer;

pub(crate) async fn show(
    viewer: Viewer,
    request: HttpRequest,
    nonce: web::ReqData<StyleNonce>,
) -> HttpResponse {
    let path = request.match_info().get("handle").unwrap_or_default();
    page(&viewer, &request, path, &nonce, Shell::Message)
}

/// Which script takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// A recipient's.
    Message,
    /// The sender's.
    Sender,
}

impl Shell {
    /// The script, the template, and the key of the title.
    pub(crate) fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Message => ("main.js", "landing", "landing-title"),
            Self::Sender => ("sender.js", "sender", "sender-title"),
        }
    }

    /// The style sheet.
    pub(crate) fn style(self) -> &'static str {
        match self {
            Self::Message => "style.css",
            Self::Sender => "sender.css",
        }
    }
}

/// The page for what stood behind `/m/` or `/s/`.
pub(crate) fn page(
    viewer: &Viewer,
    request: &HttpRequest,
    path: &str,
    nonce: &StyleNonce,
    shell: Shell,
) -> HttpResponse {
    if carries_secret(path) || carries_secret(request.query_string()) {
        // Without the address: whoever reads the log must not be able to use it.
        tracing::warn!(
            "a link arrived with its secret in the address; something on the way rewrote it"
        );
    }
    let handle = front(path);
    let reference = handle
        .parse::<Handle>()
        .map(|handle| handle.reference())
        .unwrap_or_default();
    let (script, template, title) = shell.names();
    let style_href = viewer.bundle().path_of(shell.style());
    let main_src = viewer.bundle().path_of(script);
    let worker_src = viewer.bundle().path_of("worker.js");
    let data = PageData {
        style_href: &style_href,
        main_src: &main_src,
        worker_src: &worker_src,
        style_nonce: &nonce.0,
        handle,
        reference: &reference,
        ..PageData::default()
    };
    rendered(viewer, request, StatusCode::OK, template, title, data)
}
