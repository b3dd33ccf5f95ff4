//! `/assets/{name}`: a file of the bundle under its hashed name, compressed for who takes that.
//!
//! Nothing else is ever compressed: a secret beside a reader's input would leak by its length
//! (BREACH). Assets hold neither.

use actix_web::http::header::{self, AcceptEncoding, Encoding};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use crate::pages::refusal;
use crate::problem::Problem;
use crate::viewer::Viewer;

pub(crate) async fn send(
    viewer: Viewer,
    request: HttpRequest,
    name: web::Path<String>,
) -> HttpResponse {
    let Some(asset) = viewer.bundle().asset(&name) else {
        return refusal::answer(&request, &Problem::NoRoute);
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, asset.media_type));
    let Some(gzip) = &asset.gzip else {
        return answer.body(asset.octets.clone());
    };
    answer.insert_header((header::VARY, "Accept-Encoding"));
    if takes_gzip(&request) {
        answer
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .body(gzip.clone())
    } else {
        answer.body(asset.octets.clone())
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let supported = [Encoding::gzip(), Encoding::identity()];
    let accepted = request.get_header::<AcceptEncoding>();
    accepted.and_then(|accepted| accepted.negotiate(supported.iter())) == Some(Encoding::gzip())
}
