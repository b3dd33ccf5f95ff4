//! `/genuine`: how to tell a real message from a fraud, and what we never ask for.

use actix_web::HttpResponse;

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer) -> HttpResponse {
    words(&viewer, "genuine", "Is this genuine?")
}
