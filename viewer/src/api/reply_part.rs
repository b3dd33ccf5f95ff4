//! `PUT /replies/{reply_id}/parts/{index}`: one sealed part of a reply. Putting it again replaces
//! it. A part may come in pieces, each with a `Content-Range` (RFC 9110 §14.5): then a page that lost
//! its line goes on where it stopped.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, rt, web};
use seal::ContentId;
use serde::Serialize;
use store::ReplyRecord;
use tracing::Instrument;
use utoipa::ToSchema;

use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::openapi::Octets;
use crate::problem::Problem;
use crate::range::{Brought, brought};
use crate::reply::{begin_upload, to_fill, too_large, unsent};
use crate::session::Confirmed;
use crate::upload::{Received, finished, receive, receive_piece};
use crate::viewer::Viewer;

/// A piece of a part was kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct PieceKept {
    /// Octets of the part that have arrived: the next piece begins there.
    received: u64,
}

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
        ("Content-Range" = Option<String>, Header,
            description = "`bytes first-last/total`: a piece of the part. One from 0 begins the part anew"),
    ),
    request_body(content = Octets, content_type = "application/octet-stream"),
    responses(
        (status = 204, description = "Kept; the part is whole"),
        (status = 202, description = "The piece was kept; more is awaited", body = PieceKept),
        (status = 400, description = "`malformed`: a `Content-Range` that is none, or a piece longer than its own", body = ErrorBody),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
        (status = 404, description = "`not-found`: no such reply of this recipient", body = ErrorBody),
        (status = 409, description = "`already-sent`; `offset` with `received`: go on there", body = ErrorBody),
        (status = 413, description = "`too-large` with `max_bytes` and `max_files`", body = ErrorBody),
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
    let index = request.match_info().get("index").unwrap_or_default();
    let index: u32 = index.parse().map_err(|_| Problem::NoReply)?;
    let limits = &viewer.settings().limits.reply;
    if index > limits.max_files {
        return Err(too_large(limits));
    }
    let reply = to_fill(&writes, &confirmed, &request).await?;
    let most = limits.room_for(index, &reply.parts);
    let brought = brought_by(&request)?;
    if brought.is_some_and(|piece| piece.total > most) {
        return Err(too_large(limits));
    }
    if announced(&request).is_some_and(|length| length > most) {
        return Err(too_large(limits));
    }
    let upload = begin_upload(&viewer, &reply)?;
    let stage = || writes.stage_part(ContentId::generate(viewer.millis(), viewer.random()));
    let received = match brought {
        None => receive(payload, stage()?, most, || too_large(limits)).await?,
        Some(brought) => {
            let place = (reply.id, index);
            let partials = viewer.uploads().partials();
            let (total, now) = (brought.total, viewer.now());
            let piece = Arc::new(if brought.first == 0 {
                partials.begin(place, reply.recipient, total, stage()?, now)
            } else {
                let resumed = partials.resume(place, total, brought.first, now);
                resumed.map_err(|received| Problem::Offset { received })?
            });
            receive_piece(payload, Arc::clone(&piece), brought.last + 1).await?;
            match partials.finish(place, &piece) {
                Some(whole) => finished(whole).await?,
                None => {
                    let received = piece.received();
                    return Ok(HttpResponse::Accepted().json(PieceKept { received }));
                }
            }
        }
    };

    // A task of its own: a reader who hangs up ends this request, and would give the turn away
    // before the store has answered.
    let kept = async move {
        let _upload = upload;
        keep(&viewer, &writes, &reply, index, received).await
    };
    rt::spawn(kept.in_current_span()).await.map_err(|_| {
        // As with every panic, what it said may hold anything.
        tracing::error!("a part's task broke off");
        Problem::Internal
    })??;
    Ok(HttpResponse::NoContent().finish())
}

/// Puts what has arrived into the reply as it is now.
async fn keep(
    viewer: &Viewer,
    writes: &Writes,
    reply: &ReplyRecord,
    index: u32,
    received: Received,
) -> Result<(), Problem> {
    let limits = &viewer.settings().limits.reply;
    let _turn = viewer.uploads().turn(reply.id).await;
    // It may have been filled, sent or swept away during the upload.
    let reply = writes
        .reply_of(reply.id, reply.recipient)
        .await?
        .ok_or(Problem::NoReply)?;
    unsent(&reply)?;
    if received.content.size > limits.room_for(index, &reply.parts) {
        return Err(too_large(limits));
    }
    let Received { content, sha256 } = received;
    writes
        .put_part(reply.id, reply.recipient, index, sha256, content)
        .await?
        .then_some(())
        .ok_or(Problem::NoReply)
}

/// The piece that the request says it brings; `None` for a whole part.
fn brought_by(request: &HttpRequest) -> Result<Option<Brought>, Problem> {
    let Some(value) = request.headers().get(header::CONTENT_RANGE) else {
        return Ok(None);
    };
    let piece = value.to_str().ok().and_then(brought);
    piece.map(Some).ok_or(Problem::Malformed)
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
