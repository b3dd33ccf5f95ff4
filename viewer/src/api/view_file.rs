//! `GET /view.age`: what the message page shows, sealed.

use actix_web::{HttpRequest, HttpResponse};
use store::ContentKind;

use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::openapi::Octets;
use crate::problem::Problem;
use crate::sealed_file;
use crate::session::PasscodeVerified;

/// The sealed view.
#[utoipa::path(
    get,
    path = "/api/v1/m/{handle}/view.age",
    tag = "recipient",
    operation_id = "fetchView",
    params(("handle" = String, Path, description = "The handle in the link")),
    responses(
        (status = 200, description = "The sealed view", content_type = "application/octet-stream",
            body = Octets),
        (status = 401, description = "`session-ended`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn send(
    request: HttpRequest,
    reads: Reads,
    verified: PasscodeVerified,
) -> Result<HttpResponse, Problem> {
    sealed_file::send(&request, reads, &verified, ContentKind::View).await
}
