//! `/privacy`: what is kept about a reader, for how long, and who sees it.

use actix_web::{HttpRequest, HttpResponse};

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer, request: HttpRequest) -> HttpResponse {
    words(&viewer, &request, "privacy")
}
