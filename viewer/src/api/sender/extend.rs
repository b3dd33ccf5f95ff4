//! `POST /extend`: the sender gives everybody who can still open the message more time: as long as a
//! message of now would have.
//!
//! No longer, so that the share keys of that month are there: the gateway cuts them ahead, and the
//! viewer cannot. Who got the mail itself, and who can no longer open the message, is left as it is.

use std::collections::BTreeMap;

use actix_web::web::Json;
use jiff::Timestamp;
use seal::{MessageId, TaskId};
use store::{Act, EventId, Extension, NewEvent, NewTask, RecipientRecord, TaskKind};

use super::timeline::{Timeline, timeline};
use crate::body::{JsonBody, Nothing};
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::grant::{GrantState, reseal_share, state_of};
use crate::problem::Problem;
use crate::sender_session::SenderConfirmed;
use crate::viewer::Viewer;

/// A share may be brought under another key just now.
const TRIES: usize = 3;

/// Gives everybody who can still open the message more time.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/extend",
    tag = "sender",
    operation_id = "extend",
    params(
        ("handle" = String, Path, description = "The handle in the sender's link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = Nothing,
    responses(
        (status = 200, description = "What became of each recipient, with the new end", body = Timeline),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn extend(
    viewer: Viewer,
    writes: Writes,
    confirmed: SenderConfirmed,
    _: JsonBody<Nothing>,
) -> Result<Json<Timeline>, Problem> {
    let verified = confirmed.verified();
    let now = viewer.now();
    let until = viewer.extends_to(now);
    for _ in 0..TRIES {
        let mut open: BTreeMap<[u8; 16], Vec<RecipientRecord>> = BTreeMap::new();
        for recipient in writes.grants_of(verified.sender()).await? {
            if state_of(&recipient, now) == GrantState::Open && recipient.expires_at < until {
                // Who was diverted is held under a message of its own.
                let message = *recipient.message.as_bytes();
                open.entry(message).or_default().push(recipient);
            }
        }
        let mut kept = true;
        for (message, recipients) in open {
            let message = MessageId::from_bytes(message);
            kept &= give(&viewer, &writes, message, &recipients, until).await?;
        }
        if kept {
            tracing::info!(message.id = %verified.sender().message, %until, "the sender extended a message");
            return Ok(Json(timeline(&viewer, &writes, verified).await?));
        }
    }
    Err(Problem::Unavailable)
}

/// `false` when one of the shares is no longer the one that was read.
async fn give(
    viewer: &Viewer,
    writes: &Writes,
    message: MessageId,
    recipients: &[RecipientRecord],
    until: Timestamp,
) -> Result<bool, Problem> {
    let Some(first) = recipients.first() else {
        return Ok(true);
    };
    let record = writes.message_of(first).await?;
    let profile = record.and_then(|record| record.profile);
    let profile = profile.ok_or(Problem::Unavailable)?;
    let (keys, random) = (viewer.keys(), viewer.random());
    let shares: Result<Vec<_>, Problem> = recipients
        .iter()
        .map(|recipient| reseal_share(keys, recipient, profile, until, random))
        .collect();
    let id = || TaskId::generate(viewer.millis(), random);
    let now = viewer.now();
    let extension = Extension {
        event: NewEvent {
            id: EventId::from_bytes(*id().as_bytes()),
            act: Act::Extend(message, until),
            cause: String::new(),
            reason: None,
        },
        shares: shares?,
        expiry: NewTask {
            id: id(),
            kind: TaskKind::Expire(message),
            due_at: until,
            payload: None,
        },
        follow_up: NewTask {
            id: id(),
            kind: TaskKind::FollowUp(message),
            due_at: now,
            payload: None,
        },
    };
    writes.give_more_time(extension, now).await
}
