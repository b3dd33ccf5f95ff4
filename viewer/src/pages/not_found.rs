//! Whatever is at no other address.

use actix_web::{HttpRequest, HttpResponse};

use crate::pages::refusal;
use crate::problem::Problem;

pub(crate) async fn show(request: HttpRequest) -> HttpResponse {
    refusal::answer(&request, &Problem::NoRoute)
}
