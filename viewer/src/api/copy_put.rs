//! `PUT /replies/{reply_id}/copy`: what its writer may read again of a reply, sealed to the writer.
//!
//! It waits with the parts. From the commit that sends the reply on it can be listed, and of a reply
//! that is never sent nothing is left. Nothing of it can be checked here: nobody but its writer opens
//! it.

use actix_web::{HttpRequest, HttpResponse, web};
use seal::ContentId;
use store::SENT_COPY_OCTETS;

use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::openapi::Octets;
use crate::problem::Problem;
use crate::reply::{begin_upload, to_fill};
use crate::session::Confirmed;
use crate::upload::receive;
use crate::viewer::Viewer;

/// Keeps the sealed copy of a reply that is not sent yet, in place of an earlier one.
#[utoipa::path(
    put,
    path = "/api/v1/m/{handle}/replies/{reply_id}/copy",
    tag = "recipient",
    operation_id = "putReplyCopy",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("reply_id" = String, Path, format = Uuid, description = "As `POST /replies` gave it"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body(content = Octets, content_type = "application/octet-stream",
        description = "At most 270,336 octets (FORMAT §7.1)"),
    responses(
        (status = 204, description = "Kept; it can be read once the reply is sent"),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
        (status = 404, description = "`not-found`: no such reply of this recipient", body = ErrorBody),
        (status = 409, description = "`already-sent`", body = ErrorBody),
        (status = 413, description = "`too-large`: the reply can be sent without a copy", body = ErrorBody),
        (status = 429, description = "`slow-down` with `retry_at`: too many uploads at once", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn put(
    viewer: Viewer,
    writes: Writes,
    confirmed: Confirmed,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let reply = to_fill(&writes, &confirmed, &request).await?;
    let _upload = begin_upload(&viewer, &reply)?;
    let writer = writes.stage_part(ContentId::generate(viewer.millis(), viewer.random()))?;
    let received = receive(payload, writer, SENT_COPY_OCTETS, || Problem::BodyTooLarge).await?;
    writes
        .put_copy(reply.id, reply.recipient, received.content)
        .await?
        .then_some(HttpResponse::NoContent().finish())
        // Sent or swept away in the meantime.
        .ok_or(Problem::NoReply)
}
