//! `POST /exposed`: the page found its link's secret in the address, where a rewriter had put it.
//!
//! The page tells it, not the address that was asked for: GET changes nothing (promise A1), and only
//! who knows the secret can show that the address held it.

use actix_web::HttpResponse;

use crate::api::ProofBody;
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::grant::proved;
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::viewer::Viewer;

/// Notes, once, that servers on the way have seen the link's secret.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/exposed",
    tag = "recipient",
    operation_id = "noteExposed",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = ProofBody,
    responses(
        (status = 204, description = "It is noted, now or before"),
        (status = 404, description = "`not-found`: no such link, or another proof", body = ErrorBody),
    )
)]
pub(crate) async fn note(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<HttpResponse, Problem> {
    let recipient = proved(&writes, handle.parsed(), body.proof.expose_secret()).await?;
    let handle = handle.parsed().ok_or(Problem::NotFound)?;
    // Told again, it costs no write.
    if recipient.exposed_at.is_none() {
        writes.mark_exposed(&handle, viewer.now()).await?;
        tracing::warn!(
            message.id = %recipient.message, recipient.id = %recipient.id,
            "a link's secret was exposed on its way; something rewrote the link"
        );
    }
    Ok(HttpResponse::NoContent().finish())
}
