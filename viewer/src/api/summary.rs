//! `POST /summary`: what the landing page may say to somebody who knows the link's secret.
//!
//! It is a POST because the proof must not stand in an address, not because it changes anything.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::language::LanguageTag;
use crate::api::{ProofBody, rfc3339};
use crate::body::JsonBody;
use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::grant::{GrantState, masked_address, proved, state_of};
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::viewer::Viewer;

/// What is known about a message before the passcode.
#[derive(Serialize, ToSchema)]
pub(crate) struct Summary {
    /// Who keeps the message.
    organisation: OrganisationBody,
    /// When the message was taken (RFC 3339).
    #[schema(format = DateTime)]
    captured_at: String,
    /// To be compared with the mail.
    #[schema(example = "K7Q-4MDX")]
    reference: String,
    /// Where a code would go.
    #[schema(example = "a••••@example.org")]
    masked_address: String,
    /// When the message's time is over (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether it can still be read.
    state: StateBody,
    /// The language that was chosen for this recipient; absent when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    language: Option<LanguageTag>,
}

/// The organisation as its recipients know it.
#[derive(Serialize, ToSchema)]
struct OrganisationBody {
    name: String,
    phone: String,
}

/// Whether a message can still be read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum StateBody {
    Open,
    Expired,
    Withdrawn,
    Disowned,
}

/// What is known about a message before the passcode.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/summary",
    tag = "recipient",
    operation_id = "readSummary",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = ProofBody,
    responses(
        (status = 200, description = "The proof fits", body = Summary),
        (status = 404, description = "`not-found`: no such link, or another proof", body = ErrorBody),
    )
)]
pub(crate) async fn read(
    viewer: Viewer,
    reads: Reads,
    handle: HandleInPath,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<Json<Summary>, Problem> {
    let recipient = proved(&reads, handle.parsed(), body.proof.expose_secret()).await?;
    let organisation = &viewer.settings().organisation;
    let language = reads.language_of(recipient.id).await?;
    Ok(Json(Summary {
        organisation: OrganisationBody {
            name: organisation.names.name.clone(),
            phone: organisation.names.phone.clone(),
        },
        captured_at: rfc3339(recipient.captured_at),
        reference: handle
            .parsed()
            .map(|handle| handle.reference())
            .unwrap_or_default(),
        masked_address: masked_address(viewer.keys(), &recipient)?,
        expires_at: rfc3339(recipient.expires_at),
        state: match state_of(&recipient, viewer.now()) {
            GrantState::Open => StateBody::Open,
            GrantState::Expired => StateBody::Expired,
            GrantState::Withdrawn => StateBody::Withdrawn,
            GrantState::Disowned => StateBody::Disowned,
        },
        language: language.map(Into::into),
    }))
}
