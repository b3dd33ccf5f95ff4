//! `POST /summary`: what the sender's page may say to somebody who knows the link's secret.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{ProofBody, rfc3339};
use crate::body::JsonBody;
use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::sender::{masked_address, proved};
use crate::viewer::Viewer;

/// What is known about a message before its sender's passcode.
#[derive(Serialize, ToSchema)]
pub(crate) struct SenderSummary {
    /// When the message was taken (RFC 3339).
    #[schema(format = DateTime)]
    captured_at: String,
    /// To be compared with the mail.
    #[schema(example = "K7Q-4MDX")]
    reference: String,
    /// Where a code would go.
    #[schema(example = "c••••@example.org")]
    masked_address: String,
    /// When the link ends (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether there is anything to withdraw. A recipient's link says as much to whoever has it.
    can_be_withdrawn: bool,
}

/// What is known about a message before its sender's passcode.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/summary",
    tag = "sender",
    operation_id = "readSenderSummary",
    params(("handle" = String, Path, description = "The handle in the sender's link")),
    request_body = ProofBody,
    responses(
        (status = 200, description = "The proof fits", body = SenderSummary),
        (status = 404, description = "`not-found`: no such link, its time is over, or another proof",
            body = ErrorBody),
    )
)]
pub(crate) async fn read(
    viewer: Viewer,
    reads: Reads,
    handle: HandleInPath,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<Json<SenderSummary>, Problem> {
    let proof = body.proof.expose_secret();
    let now = viewer.now();
    let sender = proved(&reads, handle.parsed(), proof, now).await?;
    let courses = reads.courses_of(&sender).await?;
    Ok(Json(SenderSummary {
        captured_at: rfc3339(sender.captured_at),
        reference: sender.handle.reference(),
        masked_address: masked_address(viewer.keys(), &sender)?,
        expires_at: rfc3339(sender.expires_at),
        can_be_withdrawn: courses.iter().any(|course| course.can_be_withdrawn(now)),
    }))
}
