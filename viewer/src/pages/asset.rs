//! `/assets/{name}`: a file of the bundle under its hashed name.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::pages::refusal;
use crate::problem::Problem;
use crate::viewer::Viewer;

pub(crate) async fn send(
    viewer: Viewer,
    request: HttpRequest,
    name: web::Path<String>,
) -> HttpResponse {
    match viewer.bundle().asset(&name) {
        Some(asset) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, asset.media_type))
            .body(web::Bytes::from(asset.octets.to_vec())),
        None => refusal::answer(&request, &Problem::NoRoute),
    }
}
