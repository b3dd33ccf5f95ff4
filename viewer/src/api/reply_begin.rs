//! `POST /replies`: a place for the parts of a secure reply.

use actix_web::HttpResponse;
use seal::ReplyId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::{JsonBody, Nothing};
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::session::Confirmed;
use crate::viewer::Viewer;

/// A reply has been begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplyBegun {
    /// Names it in its parts' addresses, and stands in what is signed.
    #[schema(format = Uuid)]
    reply_id: String,
}

/// Begins a secure reply.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/replies",
    tag = "recipient",
    operation_id = "beginReply",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = Nothing,
    responses(
        (status = 201, description = "Begun", body = ReplyBegun),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
        (status = 429, description = "`too-many-replies`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn begin(
    viewer: Viewer,
    writes: Writes,
    confirmed: Confirmed,
    _: JsonBody<Nothing>,
) -> Result<HttpResponse, Problem> {
    let recipient = confirmed.recipient();
    let reply = ReplyId::generate(viewer.millis(), viewer.random());
    let most_open = viewer.settings().limits.reply.max_open;
    writes
        .begin_reply(reply, recipient.id, most_open, viewer.now())
        .await?
        .ok_or(Problem::TooManyReplies)?;
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id, reply.id = %reply,
        "a reply was begun"
    );
    Ok(HttpResponse::Created().json(ReplyBegun {
        reply_id: reply.to_string(),
    }))
}
