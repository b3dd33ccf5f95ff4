//! `POST /more-time`: asks the sender for more time, or, when it is over, for the message again.
//!
//! Once a day at most for each recipient; the store counts.

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

/// Asks the sender for more time, or for the message again when its time is over.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/more-time",
    tag = "recipient",
    operation_id = "askMoreTime",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = ProofBody,
    responses(
        (status = 202, description = "The sender will be told"),
        (status = 404, description = "`not-found`: no such link, or another proof", body = ErrorBody),
        (status = 410, description = "`withdrawn` or `disowned`", body = ErrorBody),
        (status = 429, description = "`asked-already`, with `retry_at`", body = ErrorBody),
    )
)]
pub(crate) async fn ask(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<HttpResponse, Problem> {
    let recipient = proved(&writes, handle.parsed(), body.proof.expose_secret()).await?;
    let now = viewer.now();
    match state_of(&recipient, now) {
        GrantState::Open | GrantState::Expired => {}
        GrantState::Withdrawn => return Err(Problem::Withdrawn),
        GrantState::Disowned => return Err(Problem::Disowned),
    }
    let task = NewTask {
        id: TaskId::generate(viewer.millis(), viewer.random()),
        kind: TaskKind::PassOn(recipient.message, recipient.id, Wish::MoreTime),
        due_at: now,
        payload: None,
    };
    if let Err(retry_at) = writes.ask_more_time(recipient.id, task, now).await? {
        return Err(Problem::AskedAlready { retry_at });
    }
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id,
        "a recipient asked for more time"
    );
    Ok(HttpResponse::Accepted().finish())
}
