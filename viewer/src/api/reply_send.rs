//! `POST /replies/{reply_id}/send`: the reply is whole.
//!
//! The signature is checked here so that the reader hears at once when something is wrong. The
//! gateway's worker checks it again before it opens anything: whatever happens to this process,
//! only who holds the link can write into the sender's mailbox.

use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use seal::{TaskId, reply_signing_input, verify_reply};
use serde::{Deserialize, Serialize};
use store::{Disposition, NewTask, RecipientRecord, ReplyRecord, TaskKind};
use utoipa::ToSchema;

use crate::api::rfc3339;
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::reply::{own, reference, too_large};
use crate::session::Confirmed;
use crate::viewer::Viewer;

/// What has been put together.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SendBody {
    /// How many parts there are: the document and one per file.
    #[schema(minimum = 1)]
    parts: u32,
    /// Ed25519 over the ids and the digests of all parts (FORMAT §7): 64 octets in base64url.
    #[schema(min_length = 86, max_length = 86)]
    signature: String,
}

/// The reply is kept and will be delivered.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplySent {
    /// For the reader's own records.
    #[schema(example = "K7Q-4MDX")]
    reference: String,
    /// When it was taken (RFC 3339).
    #[schema(format = DateTime)]
    received_at: String,
}

/// Sends a reply whose parts have all arrived.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/replies/{reply_id}/send",
    tag = "recipient",
    operation_id = "sendReply",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("reply_id" = String, Path, format = Uuid, description = "As `POST /replies` gave it"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = SendBody,
    responses(
        (status = 202, description = "It will be delivered", body = ReplySent),
        (status = 200, description = "It was sent before; nothing was added", body = ReplySent),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`bad-signature`, `csrf` or `cross-origin`", body = ErrorBody),
        (status = 404, description = "`not-found`: no such reply of this recipient", body = ErrorBody),
        (status = 409, description = "`incomplete`, with `missing` (and `extra`)", body = ErrorBody),
        (status = 413, description = "`too-large` with `max_bytes` and `max_files`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn send(
    viewer: Viewer,
    writes: Writes,
    confirmed: Confirmed,
    request: HttpRequest,
    JsonBody(body): JsonBody<SendBody>,
) -> Result<HttpResponse, Problem> {
    let id = request.match_info().get("reply_id").unwrap_or_default();
    let reply = own(&writes, &confirmed, id).await?;
    if let Some(sent_at) = reply.sent_at {
        return Ok(HttpResponse::Ok().json(told(&reply, sent_at)));
    }
    let limits = &viewer.settings().limits.reply;
    if body.parts > limits.max_files.saturating_add(1) || !limits.allow(&reply.parts) {
        return Err(too_large(limits));
    }
    let digests = digests_of(&reply, body.parts)?;
    let signature = checked(&body.signature, confirmed.recipient(), &reply, &digests)?;

    let now = viewer.now();
    let task = NewTask {
        id: TaskId::generate(viewer.millis(), viewer.random()),
        kind: TaskKind::DeliverReply(reply.id),
        due_at: now,
        payload: None,
    };
    if writes.send_reply(reply.id, signature, task, now).await? {
        tracing::info!(
            message.id = %reply.message, recipient.id = %reply.recipient, reply.id = %reply.id,
            "a reply was sent"
        );
        return Ok(HttpResponse::Accepted().json(told(&reply, now)));
    }
    // Another request of the same page was faster.
    let sent_at = own(&writes, &confirmed, id)
        .await?
        .sent_at
        .ok_or(Problem::NoReply)?;
    Ok(HttpResponse::Ok().json(told(&reply, sent_at)))
}

/// The digests of parts `0..count`, all of which must be there, and no others.
fn digests_of(reply: &ReplyRecord, count: u32) -> Result<Vec<[u8; 32]>, Problem> {
    if count == 0 {
        return Err(Problem::Malformed);
    }
    let of = |index| reply.parts.iter().find(|part| part.index == index);
    let missing: Vec<u32> = (0..count).filter(|index| of(*index).is_none()).collect();
    let extra: Vec<u32> = reply
        .parts
        .iter()
        .map(|part| part.index)
        .filter(|index| *index >= count)
        .collect();
    if missing.is_empty() && extra.is_empty() {
        Ok((0..count).filter_map(of).map(|part| part.sha256).collect())
    } else {
        Err(Problem::Incomplete { missing, extra })
    }
}

fn checked(
    signature: &str,
    recipient: &RecipientRecord,
    reply: &ReplyRecord,
    digests: &[[u8; 32]],
) -> Result<[u8; 64], Problem> {
    let Disposition::Held { reply_public, .. } = &recipient.disposition else {
        return Err(Problem::BadSignature);
    };
    let octets = BASE64_URL_SAFE_NO_PAD.decode(signature).ok();
    let signature = octets.and_then(|octets| <[u8; 64]>::try_from(octets).ok());
    let signature = signature.ok_or(Problem::BadSignature)?;
    let input = reply_signing_input(recipient.message, recipient.id, reply.id, digests);
    verify_reply(reply_public, &input, &signature).map_err(|_| {
        tracing::warn!(recipient.id = %recipient.id, reply.id = %reply.id, "a reply's signature does not fit");
        Problem::BadSignature
    })?;
    Ok(signature)
}

fn told(reply: &ReplyRecord, received_at: Timestamp) -> ReplySent {
    ReplySent {
        reference: reference(reply.id),
        received_at: rfc3339(received_at),
    }
}
