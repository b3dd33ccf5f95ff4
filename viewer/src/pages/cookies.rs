//! `/cookies`: the one cookie that there is.

use actix_web::{HttpRequest, HttpResponse};

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer, request: HttpRequest) -> HttpResponse {
    words(&viewer, &request, "cookies")
}
