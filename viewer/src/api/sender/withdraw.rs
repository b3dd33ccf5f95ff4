//! `POST /withdraw`: the sender takes the message back, from one recipient or from all (promise K9).
//!
//! Nothing of it can be undone: the server shares are destroyed when the commit is. What was opened
//! before stays with who opened it; the answer is the timeline, which names them.

use actix_web::web::Json;
use seal::{RecipientId, TaskId};
use serde::Deserialize;
use store::{EventId, Withdrawal};
use utoipa::ToSchema;

use super::timeline::{Timeline, timeline};
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::sender_session::SenderConfirmed;
use crate::viewer::Viewer;

/// From whom.
#[derive(Deserialize, ToSchema)]
pub(crate) struct WithdrawBody {
    /// One recipient of the message; absent for all of them.
    #[serde(default)]
    #[schema(value_type = String, format = Uuid, required = false, nullable = false)]
    recipient: Option<String>,
}

/// Withdraws the message from one recipient, or from all. It cannot be undone.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/withdraw",
    tag = "sender",
    operation_id = "withdraw",
    params(
        ("handle" = String, Path, description = "The handle in the sender's link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = WithdrawBody,
    responses(
        (status = 200, description = "Nothing of it is released any more; what became of each \
            recipient. Withdrawing what is over already changes nothing", body = Timeline),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn withdraw(
    viewer: Viewer,
    writes: Writes,
    confirmed: SenderConfirmed,
    JsonBody(body): JsonBody<WithdrawBody>,
) -> Result<Json<Timeline>, Problem> {
    let recipient = body.recipient.as_deref().map(str::parse::<RecipientId>);
    let recipient = recipient.transpose().map_err(|_| Problem::Malformed)?;
    let verified = confirmed.verified();
    let message = verified.sender().message;
    let event = TaskId::generate(viewer.millis(), viewer.random());
    let withdrawal = Withdrawal {
        event: EventId::from_bytes(*event.as_bytes()),
        message,
        recipient,
    };
    let ended = writes.withdraw(withdrawal, viewer.now()).await?;
    tracing::info!(message.id = %message, ended, "the sender withdrew a message");
    Ok(Json(timeline(&viewer, &writes, verified).await?))
}
