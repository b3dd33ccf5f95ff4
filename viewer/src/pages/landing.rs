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
    page(&viewer, &request, path, &nonce)
}

/// The page for what stood behind `/m/`.
pub(crate) fn page(
    viewer: &Viewer,
    request: &HttpRequest,
    path: &str,
    nonce: &StyleNonce,
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
    let main_src = viewer.bundle().path_of("main.js");
    let worker_src = viewer.bundle().path_of("worker.js");
    let data = PageData {
        main_src: &main_src,
        worker_src: &worker_src,
        style_nonce: &nonce.0,
        handle,
        reference: &reference,
        ..PageData::default()
    };
    rendered(
        viewer,
        request,
        StatusCode::OK,
        "landing",
        "landing-title",
        data,
    )
}
