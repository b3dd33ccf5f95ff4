//! `POST /damaged`: the reader's browser says that what it got is not what was sealed (PAGES R3).
//!
//! Told to the sender once a day at most for each recipient; the store counts. It is the browser's
//! word, and of somebody with the link: it changes nothing.

use actix_web::HttpResponse;
use seal::TaskId;
use store::{NewTask, TaskKind, Wish};

use crate::api::ProofBody;
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::grant::{GrantState, proved, state_of};
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::viewer::Viewer;

/// Tells the sender that a message arrived damaged or changed.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/damaged",
    tag = "recipient",
    operation_id = "tellDamage",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = ProofBody,
    responses(
        (status = 202, description = "The sender will be told, or was within the last day"),
        (status = 404, description = "`not-found`: no such link, or another proof", body = ErrorBody),
        (status = 410, description = "`expired`, `withdrawn` or `disowned`", body = ErrorBody),
    )
)]
pub(crate) async fn tell(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<HttpResponse, Problem> {
    let recipient = proved(&writes, handle.parsed(), body.proof.expose_secret()).await?;
    let now = viewer.now();
    match state_of(&recipient, now) {
        GrantState::Open => {}
        GrantState::Expired => return Err(Problem::Expired),
        GrantState::Withdrawn => return Err(Problem::Withdrawn),
        GrantState::Disowned => return Err(Problem::Disowned),
    }
    let task = NewTask {
        id: TaskId::generate(viewer.millis(), viewer.random()),
        kind: TaskKind::PassOn(recipient.message, recipient.id, Wish::Damaged),
        due_at: now,
        payload: None,
    };
    if writes.tell_damage(recipient.id, task, now).await? {
        tracing::warn!(
            message.id = %recipient.message, recipient.id = %recipient.id,
            "a recipient's browser got something else than what was sealed"
        );
    }
    Ok(HttpResponse::Accepted().finish())
}
