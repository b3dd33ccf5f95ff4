//! `/s/{handle}`: what became of a message, for who sent it.
//!
//! Like the page of a message it is the same for every handle and looks nothing up (promises A1, A5).

use actix_web::{HttpRequest, HttpResponse, web};

use crate::headers::StyleNonce;
use crate::pages::landing::{Shell, page};
use crate::viewer::Viewer;

pub(crate) async fn show(
    viewer: Viewer,
    request: HttpRequest,
    nonce: web::ReqData<StyleNonce>,
) -> HttpResponse {
    let path = request.match_info().get("handle").unwrap_or_default();
    page(&viewer, &request, path, &nonce, Shell::Sender)
}
