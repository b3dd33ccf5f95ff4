//! `/.well-known/sealpost-bundle.sha256`: what the served script must hash to (promise B7).

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;

use crate::viewer::Viewer;

pub(crate) async fn send(viewer: Viewer) -> HttpResponse {
    let hashes = viewer.bundle().hashes().to_vec();
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body(hashes)
}
