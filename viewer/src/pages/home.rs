//! `/`: for who came without a link: what this is and where messages are read.

use actix_web::{HttpRequest, HttpResponse};

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer, request: HttpRequest) -> HttpResponse {
    words(&viewer, &request, "home")
}
