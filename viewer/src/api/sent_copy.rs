//! `GET /sent/{reply_id}`: the sealed copy of one reply, for who sent it.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use seal::ReplyId;

use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::openapi::Octets;
use crate::problem::Problem;
use crate::session::PasscodeVerified;

/// The sealed copy of a reply that this recipient sent.
#[utoipa::path(
    get,
    path = "/api/v1/m/{handle}/sent/{reply_id}",
    tag = "recipient",
    operation_id = "fetchSentReply",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("reply_id" = String, Path, format = Uuid, description = "As `GET /sent` names it"),
    ),
    responses(
        (status = 200, description = "An age file (FORMAT §7.1)", content_type = "application/octet-stream",
            body = Octets),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 404, description = "`not-found`: no copy of this recipient's", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn send(
    request: HttpRequest,
    reads: Reads,
    verified: PasscodeVerified,
) -> Result<HttpResponse, Problem> {
    let id = request.match_info().get("reply_id").unwrap_or_default();
    let id = id.parse::<ReplyId>().map_err(|_| Problem::NoCopy)?;
    let recipient = verified.recipient();
    let copy = reads
        .read_copy(id, recipient.id)
        .await?
        .ok_or(Problem::NoCopy)?;
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id, reply.id = %id,
        "a reply's copy was fetched"
    );
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .body(copy))
}
