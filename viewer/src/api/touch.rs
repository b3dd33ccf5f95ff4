//! `POST /touch`: the reader is still there.
//!
//! Looking a session up is what renews it, so there is nothing more to do. `GET /grant` would renew
//! it too, but each call of that releases the share once more, and is recorded as such (promise L1).

use actix_web::web::Json;

use crate::api::SessionBody;
use crate::body::{JsonBody, Nothing};
use crate::error_body::ErrorBody;
use crate::session::Confirmed;
use crate::viewer::Viewer;

/// Renews the session and releases nothing.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/touch",
    tag = "recipient",
    operation_id = "touch",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
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
    confirmed: Confirmed,
    _: JsonBody<Nothing>,
) -> Json<SessionBody> {
    Json(SessionBody::new(
        &viewer,
        confirmed.token(),
        confirmed.ends_at(),
    ))
}
