//! `/accessibility`: the accessibility statement.

use actix_web::HttpResponse;

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer) -> HttpResponse {
    words(&viewer, "accessibility", "Accessibility")
}
