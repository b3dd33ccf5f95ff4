//! `/privacy`: what is kept about a reader, for how long, and who sees it.

use actix_web::HttpResponse;

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer) -> HttpResponse {
    words(&viewer, "privacy", "Privacy")
}
