//! `POST /remind`: the sender has a recipient told again who has not opened the message.
//!
//! By a mail that says which one to look for: it has no link, because nobody here has the link's half
//! any more (promise K1, decision 0030). A notice that has not left yet is tried now instead.

use actix_web::web::Json;
use seal::{RecipientId, TaskId};
use serde::Deserialize;
use store::{Act, EventId, NewEvent, NewTask, NoReminder, ReminderLimits, Reminding, TaskKind};
use utoipa::ToSchema;

use super::timeline::{Timeline, timeline};
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::sender_session::SenderConfirmed;
use crate::viewer::Viewer;

/// Whom.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RemindBody {
    /// One recipient of the message. Strangers are told that they are none before anything is said of
    /// what they sent.
    #[serde(default)]
    #[schema(format = Uuid, required = true)]
    recipient: String,
}

/// Has a recipient told again: once an hour, three times in all.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/remind",
    tag = "sender",
    operation_id = "remind",
    params(
        ("handle" = String, Path, description = "The handle in the sender's link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = RemindBody,
    responses(
        (status = 200, description = "What became of each recipient; a reminder is on its way, or the \
            notice is tried now. Who has opened the message meanwhile, or cannot any more, is not \
            reminded", body = Timeline),
        (status = 400, description = "`malformed`", body = ErrorBody),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
        (status = 429, description = "`reminded-already` with `retry_at`, or `reminded-enough`",
            body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn remind(
    viewer: Viewer,
    writes: Writes,
    confirmed: SenderConfirmed,
    JsonBody(body): JsonBody<RemindBody>,
) -> Result<Json<Timeline>, Problem> {
    let recipient: RecipientId = body.recipient.parse().map_err(|_| Problem::Malformed)?;
    let verified = confirmed.verified();
    let message = verified.sender().message;
    let now = viewer.now();
    let id = || TaskId::generate(viewer.millis(), viewer.random());
    let reminding = Reminding {
        event: NewEvent {
            id: EventId::from_bytes(*id().as_bytes()),
            act: Act::Remind(message, recipient),
            cause: String::new(),
            reason: None,
        },
        message,
        recipient,
        task: NewTask {
            id: id(),
            kind: TaskKind::Remind(message, recipient),
            due_at: now,
            payload: None,
        },
    };
    let limits = ReminderLimits::default();
    match writes.have_reminded(reminding, &limits, now).await? {
        Ok(done) => {
            tracing::info!(message.id = %message, ?done, "the sender had somebody reminded")
        }
        Err(NoReminder::TooSoon { retry_at }) => return Err(Problem::RemindedAlready { retry_at }),
        Err(NoReminder::TooMany) => return Err(Problem::RemindedEnough),
        // The timeline says why.
        Err(NoReminder::NotWaiting) => {
            tracing::info!(message.id = %message, "nobody to remind any more");
        }
    }
    Ok(Json(timeline(&viewer, &writes, verified).await?))
}
