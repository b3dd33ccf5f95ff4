//! Whatever is at no other address.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::headers::StyleNonce;
use crate::pages::{landing, refusal};
use crate::problem::Problem;
use crate::rewritten::behind_m;
use crate::viewer::Viewer;

pub(crate) async fn show(
    viewer: Viewer,
    request: HttpRequest,
    nonce: web::ReqData<StyleNonce>,
) -> HttpResponse {
    // Rewriters have been seen to double the slash before a path. No redirect: a filter may drop the
    // fragment of one.
    match behind_m(request.path()) {
        Some(path) if request.method().is_safe() => {
            landing::page(&viewer, &request, path, &nonce, landing::Shell::Message)
        }
        _ => refusal::answer(&request, &Problem::NoRoute),
    }
}
