//! `GET /message.age`: the captured mail, sealed; whole or by range, so that one attachment can be
//! fetched without the others.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use store::ContentKind;

use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::openapi::Octets;
use crate::problem::Problem;
use crate::sealed_file;
use crate::session::PasscodeVerified;
use crate::viewer::Viewer;

/// The sealed message, whole or by range.
#[utoipa::path(
    get,
    path = "/api/v1/m/{handle}/message.age",
    tag = "recipient",
    operation_id = "fetchMessage",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("Range" = Option<String>, Header, description = "A single range, `bytes=a-b`"),
    ),
    responses(
        (status = 200, description = "The whole file", content_type = "application/octet-stream",
            body = Octets, headers(("Accept-Ranges" = String))),
        (status = 206, description = "The range", content_type = "application/octet-stream",
            body = Octets, headers(("Content-Range" = String))),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 416, description = "`range`: outside the file, malformed, or several",
            body = ErrorBody, headers(("Content-Range" = String))),
    ),
    security(("session" = []))
)]
pub(crate) async fn send(
    viewer: Viewer,
    request: HttpRequest,
    reads: Reads,
    verified: PasscodeVerified,
) -> Result<HttpResponse, Problem> {
    let answer =
        sealed_file::send(&request, reads.clone(), &verified, ContentKind::Message).await?;
    // Its body has not begun: nothing is fetched that is not recorded.
    if request.method() == Method::GET {
        let token = verified.token().digest();
        reads.note_fetch(&token, viewer.now()).await?;
    }
    Ok(answer)
}
