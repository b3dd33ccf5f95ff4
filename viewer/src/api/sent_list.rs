//! `GET /sent`: which of this recipient's own replies can be read again.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::rfc3339;
use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::reply::reference;
use crate::session::PasscodeVerified;

/// Replies of this recipient to this message, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentReplies {
    replies: Vec<SentReply>,
}

/// A reply of which there is a copy.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentReply {
    /// Names its copy's address; the copy must name it too.
    #[schema(format = Uuid)]
    reply_id: String,
    /// As its writer was told it.
    #[schema(example = "K7Q-4MDX")]
    reference: String,
    /// When it was taken (RFC 3339).
    #[schema(format = DateTime)]
    sent_at: String,
    /// Octets of the sealed copy.
    size: u64,
}

/// The replies that this recipient sent and can read again: the newest 50.
#[utoipa::path(
    get,
    path = "/api/v1/m/{handle}/sent",
    tag = "recipient",
    operation_id = "listSentReplies",
    params(("handle" = String, Path, description = "The handle in the link")),
    responses(
        (status = 200, description = "Those with a copy", body = SentReplies),
        (status = 401, description = "`session-ended`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn list(
    reads: Reads,
    verified: PasscodeVerified,
) -> Result<Json<SentReplies>, Problem> {
    let copies = reads.sent_copies(verified.recipient().id).await?;
    let replies = copies
        .into_iter()
        .map(|copy| SentReply {
            reply_id: copy.reply.to_string(),
            reference: reference(copy.reply),
            sent_at: rfc3339(copy.sent_at),
            size: copy.size,
        })
        .collect();
    Ok(Json(SentReplies { replies }))
}
