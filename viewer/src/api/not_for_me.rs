//! `POST /not-for-me`: whoever has the link says that the message is not for them.
//!
//! It closes the link for good and tells the sender, so it takes the open proof: who has only the
//! handle can do nothing. That a person pressed the button is the page's business, as for codes.

use actix_web::HttpResponse;
use seal::TaskId;
use store::{EventId, NewTask, TaskKind, Wish};

use crate::api::ProofBody;
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::grant::{GrantState, proved, require_open, state_of};
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::viewer::Viewer;

/// Says that the message is not for the person who has the link: closes it, and tells the sender.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/not-for-me",
    tag = "recipient",
    operation_id = "disown",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = ProofBody,
    responses(
        (status = 204, description = "The link is closed, now or before, and the sender is told once"),
        (status = 404, description = "`not-found`: no such link, or another proof", body = ErrorBody),
        (status = 410, description = "`expired` or `withdrawn`", body = ErrorBody),
    )
)]
pub(crate) async fn disown(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<HttpResponse, Problem> {
    let recipient = proved(&writes, handle.parsed(), body.proof.expose_secret()).await?;
    let now = viewer.now();
    if state_of(&recipient, now) == GrantState::Disowned {
        return Ok(HttpResponse::NoContent().finish());
    }
    require_open(&recipient, now)?;
    let fresh = || TaskId::generate(viewer.millis(), viewer.random());
    let event = EventId::from_bytes(*fresh().as_bytes());
    let task = NewTask {
        id: fresh(),
        kind: TaskKind::PassOn(recipient.message, recipient.id, Wish::NotForMe),
        due_at: now,
        payload: None,
    };
    if writes.disown(recipient.id, event, task, now).await? {
        tracing::info!(
            message.id = %recipient.message, recipient.id = %recipient.id,
            "a recipient said that a message is not for them; the link is closed"
        );
    }
    Ok(HttpResponse::NoContent().finish())
}
