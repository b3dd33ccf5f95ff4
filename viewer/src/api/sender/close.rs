//! `POST /close`: the sender is done.

use actix_web::HttpResponse;

use crate::body::{JsonBody, Nothing};
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::sender_session::SenderConfirmed;
use crate::token::removal;

/// Ends the session.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/close",
    tag = "sender",
    operation_id = "closeSender",
    params(
        ("handle" = String, Path, description = "The handle in the sender's link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = Nothing,
    responses(
        (status = 204, description = "The session is over and its cookie cleared"),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn end(
    writes: Writes,
    confirmed: SenderConfirmed,
    _: JsonBody<Nothing>,
) -> Result<HttpResponse, Problem> {
    let verified = confirmed.verified();
    let token = verified.token().digest();
    writes.close_sender_session(&token).await?;
    let sender = verified.sender();
    tracing::info!(message.id = %sender.message, "a session of the sender was closed");
    Ok(HttpResponse::NoContent()
        .cookie(removal(&sender.handle))
        .finish())
}
