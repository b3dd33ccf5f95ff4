//! `POST /code`: a security code to the sender's own mailbox. See [`crate::api::code`].

use actix_web::{HttpRequest, HttpResponse};
use seal::{CodeId, TaskId};
use store::{CodeRefused, NewTask, SenderCodeRequest, TaskKind};

use crate::api::ProofBody;
use crate::api::code::CodeAsked;
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::handle::HandleInPath;
use crate::problem::Problem;
use crate::sender::{masked_address, proved};
use crate::session::token_of;
use crate::token::Token;
use crate::viewer::Viewer;

/// Asks for a security code by mail.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/code",
    tag = "sender",
    operation_id = "requestSenderCode",
    params(("handle" = String, Path, description = "The handle in the sender's link")),
    request_body = ProofBody,
    responses(
        (status = 202, description = "A code will be sent; the cookie binds it to this browser",
            body = CodeAsked, headers(("Set-Cookie" = String))),
        (status = 404, description = "`not-found`: no such link, its time is over, or another proof",
            body = ErrorBody),
        (status = 429, description = "`wait` or `too-many-codes`, with `retry_at`", body = ErrorBody),
    )
)]
pub(crate) async fn request(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    request: HttpRequest,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<HttpResponse, Problem> {
    let now = viewer.now();
    let sender = proved(&writes, handle.parsed(), body.proof.expose_secret(), now).await?;
    let masked_address = masked_address(viewer.keys(), &sender)?;
    let token =
        token_of(&request, &sender.handle).unwrap_or_else(|| Token::generate(viewer.random()));
    let code = CodeId::generate(viewer.millis(), viewer.random());
    let wish = SenderCodeRequest {
        code,
        message: sender.message,
        browser: token.digest(),
        task: NewTask {
            id: TaskId::generate(viewer.millis(), viewer.random()),
            kind: TaskKind::SendSenderCode(sender.message, code),
            due_at: now,
            payload: None,
        },
    };
    let limits = &viewer.settings().limits.tries;
    let codes_left = match writes.request_sender_code(wish, limits, now).await? {
        Ok(left) => left,
        Err(refused) => {
            tracing::info!(message.id = %sender.message, "a code for the sender was refused");
            return Err(match refused {
                CodeRefused::TooSoon { retry_at } => Problem::Wait { retry_at },
                CodeRefused::TooMany { retry_at } => Problem::TooManyCodes { retry_at },
                // It was good a moment ago.
                CodeRefused::Over => Problem::NotFound,
            });
        }
    };
    tracing::info!(
        message.id = %sender.message, code.id = %code, "a code for the sender was asked for"
    );
    Ok(HttpResponse::Accepted()
        .cookie(token.into_cookie(&sender.handle))
        .json(CodeAsked::new(masked_address, now, limits, codes_left)))
}
