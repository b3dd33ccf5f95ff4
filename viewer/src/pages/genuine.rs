//! `/genuine`: how to tell a real message from a fraud, and what we never ask for.

use actix_web::{HttpRequest, HttpResponse};

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer, request: HttpRequest) -> HttpResponse {
    words(&viewer, &request, "genuine")
}
