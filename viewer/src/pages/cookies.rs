//! `/cookies`: the one cookie that there is.

use actix_web::HttpResponse;

use crate::pages::words;
use crate::viewer::Viewer;

pub(crate) async fn show(viewer: Viewer) -> HttpResponse {
    words(&viewer, "cookies", "Cookies")
}
