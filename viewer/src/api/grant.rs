//! `GET /grant`: the server share and what is needed to use it.
//!
//! The only place that lets a share out, and it cannot be written without a [`PasscodeVerified`].

use actix_web::web::Json;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use store::ContentKind;
use utoipa::ToSchema;

use crate::api::rfc3339;
use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::grant::release_share;
use crate::problem::Problem;
use crate::session::PasscodeVerified;
use crate::viewer::Viewer;

/// A recipient's half of the message identity, and where the sealed files are measured by it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Grant {
    /// The message's id.
    #[schema(format = Uuid)]
    message_id: String,
    /// The recipient's id.
    #[schema(format = Uuid)]
    recipient_id: String,
    /// The kind of message identity.
    #[schema(example = "mlkem768x25519")]
    profile: &'static str,
    /// The server share: 32 octets in base64url.
    share: String,
    /// Octets of `view.age`.
    view_size: u64,
    /// Octets of `message.age`.
    message_size: u64,
    /// When the message's time is over (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
    /// When the message was taken (RFC 3339).
    #[schema(format = DateTime)]
    captured_at: String,
    /// As `POST /verify` gave it, for a page that was loaded again.
    csrf: String,
    /// Minutes without use after which the session ends.
    idle_minutes: u64,
    /// When the session ends at the latest (RFC 3339); `expires_at` is the message's.
    #[schema(format = DateTime)]
    session_ends_at: String,
    /// What a reply may be.
    reply: ReplyRoom,
}

/// What a reply may be.
#[derive(Serialize, ToSchema)]
struct ReplyRoom {
    /// Octets of text and files together, before they are sealed.
    max_bytes: u64,
    /// Files.
    max_files: u32,
}

/// The server share and what is needed to use it.
#[utoipa::path(
    get,
    path = "/api/v1/m/{handle}/grant",
    tag = "recipient",
    operation_id = "readGrant",
    params(("handle" = String, Path, description = "The handle in the link")),
    responses(
        (status = 200, description = "The grant", body = Grant),
        (status = 401, description = "`session-ended`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn read(
    viewer: Viewer,
    reads: Reads,
    verified: PasscodeVerified,
) -> Result<Json<Grant>, Problem> {
    let recipient = verified.recipient();
    let message = reads
        .message_of(recipient)
        .await?
        .ok_or(Problem::SessionEnded)?;
    let size = |kind| {
        message
            .content(kind)
            .map(|(_, size)| size)
            .ok_or(Problem::SessionEnded)
    };
    let (view_size, message_size) = (size(ContentKind::View)?, size(ContentKind::Message)?);
    let profile = message.profile.ok_or(Problem::SessionEnded)?;
    let share = release_share(viewer.keys(), &verified, profile)?;
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id, "a share was released"
    );
    let limits = &viewer.settings().limits;
    let room = &limits.reply;
    Ok(Json(Grant {
        message_id: recipient.message.to_string(),
        recipient_id: recipient.id.to_string(),
        profile: profile.as_str(),
        share: BASE64_URL_SAFE_NO_PAD.encode(share.expose_secret()),
        view_size,
        message_size,
        expires_at: rfc3339(recipient.expires_at),
        captured_at: rfc3339(recipient.captured_at),
        csrf: verified.token().csrf(&viewer.keys().session),
        idle_minutes: limits.idle_minutes(),
        session_ends_at: rfc3339(verified.ends_at()),
        reply: ReplyRoom {
            max_bytes: room.max_bytes,
            max_files: room.max_files,
        },
    }))
}
