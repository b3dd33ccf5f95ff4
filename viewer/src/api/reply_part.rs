//! `PUT /replies/{reply_id}/parts/{index}`: one sealed part of a reply. Putting it again replaces
//! it, so a page that lost its line starts the part over.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use seal::ContentId;

use crate::body::has_media_type;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::openapi::Octets;
use crate::problem::Problem;
use crate::reply::{own, too_large};
use crate::session::Confirmed;
use crate::upload::receive;
use crate::viewer::Viewer;

/// Keeps one sealed part of a reply, in place of an earlier one.
#[utoipa::path(
    put,
    path = "/api/v1/m/{handle}/replies/{reply_id}/parts/{index}",
    tag = "recipient",
    operation_id = "putReplyPart",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("reply_id" = String, Path, format = Uuid, description = "As `POST /replies` gave it"),
        ("index" = u32, Path, description = "0 is the document, n the n-th file"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body(content = Octets, content_type = "application/octet-stream"),
    responses(
        (status = 204, description = "Kept"),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
        (status = 404, description = "`not-found`: no such reply of this recipient", body = ErrorBody),
        (status = 409, description = "`already-sent`", body = ErrorBody),
        (status = 413, description = "`too-large` with `max_bytes` and `max_files`", body = ErrorBody),
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
    if !has_media_type(&request, "application/octet-stream") {
        return Err(Problem::MediaType);
    }
    let in_path = |name| request.match_info().get(name).unwrap_or_default();
    let index: u32 = in_path("index").parse().map_err(|_| Problem::NoReply)?;
    let reply = own(&writes, &confirmed, in_path("reply_id")).await?;
    if reply.sent_at.is_some() {
        return Err(Problem::AlreadySent);
    }

    let limits = &viewer.settings().limits.reply;
    let others: u64 = reply
        .parts
        .iter()
        .filter(|part| part.index != index)
        .map(|part| part.size)
        .sum();
    let most = limits.sealed_bytes().saturating_sub(others);
    if index > limits.max_files || announced(&request).is_some_and(|length| length > most) {
        return Err(too_large(limits));
    }
    let content = ContentId::generate(viewer.millis(), viewer.random());
    let writer = writes.stage_part(content)?;
    let received = receive(payload, writer, most, || too_large(limits)).await?;
    let recipient = confirmed.recipient().id;
    let kept = writes
        .put_part(
            reply.id,
            recipient,
            index,
            received.sha256,
            received.content,
        )
        .await?;
    // It was there and unsent before the upload, so it was sent or swept away during it.
    if kept {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::NoReply)
    }
}

fn announced(request: &HttpRequest) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
