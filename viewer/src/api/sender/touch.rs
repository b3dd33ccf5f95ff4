//! `POST /touch`: the sender is still there. See [`crate::api::touch`].

use actix_web::web::Json;

use crate::api::SessionBody;
use crate::body::{JsonBody, Nothing};
use crate::error_body::ErrorBody;
use crate::sender_session::SenderConfirmed;
use crate::viewer::Viewer;

/// Renews the session.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/touch",
    tag = "sender",
    operation_id = "touchSender",
    params(
        ("handle" = String, Path, description = "The handle in the sender's link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = Nothing,
    responses(
        (status = 200, description = "The session goes on", body = SessionBody),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn renew(
    viewer: Viewer,
    confirmed: SenderConfirmed,
    _: JsonBody<Nothing>,
) -> Json<SessionBody> {
    let verified = confirmed.verified();
    Json(SessionBody::new(
        &viewer,
        verified.token(),
        verified.ends_at(),
    ))
}
