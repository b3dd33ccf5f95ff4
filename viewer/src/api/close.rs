//! `POST /close`: the reader is done.

use actix_web::HttpResponse;

use crate::body::{JsonBody, Nothing};
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::session::Confirmed;
use crate::token::removal;

/// Ends the session.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/close",
    tag = "recipient",
    operation_id = "close",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
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
    handle: HandleInPath,
    confirmed: Confirmed,
    _: JsonBody<Nothing>,
) -> Result<HttpResponse, Problem> {
    let handle = handle.parsed().ok_or(Problem::SessionEnded)?;
    writes.close_session(&confirmed.token().digest()).await?;
    tracing::info!(recipient.id = %confirmed.recipient().id, "a session was closed");
    Ok(HttpResponse::NoContent().cookie(removal(&handle)).finish())
}
