//! `/`: for who came without a link: what this is and where messages are read.

use actix_web::HttpResponse;

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer) -> HttpResponse {
    words(&viewer, "home", "Secure messages")
}
