//! `POST /verify`: a code for a sender's session. The order of the steps is that of
//! [`crate::api::verify`], for the same reasons.

use actix_web::{HttpRequest, HttpResponse};
use seal::MessageId;
use store::NewSenderSession;

use crate::api::SessionBody;
use crate::api::verify::{Attempt, Begun, CodeBody, told};
use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::handle::HandleInPath;
use crate::passcode::answered_by_sender;
use crate::problem::Problem;
use crate::viewer::Viewer;

/// Trades a security code for a session.
#[utoipa::path(
    post,
    path = "/api/v1/s/{handle}/verify",
    tag = "sender",
    operation_id = "verifySenderCode",
    params(("handle" = String, Path, description = "The handle in the sender's link")),
    request_body = CodeBody,
    responses(
        (status = 200, description = "The code fits; the cookie holds a new token",
            body = SessionBody, headers(("Set-Cookie" = String))),
        (status = 400, description = "`malformed-code`", body = ErrorBody),
        (status = 401, description = "`ask-first`: this browser asked for no code", body = ErrorBody),
        (status = 403, description = "`wrong-code` with `tries_left`, or `code-expired`",
            body = ErrorBody),
        (status = 429, description = "`too-many-tries` with `retry_at`", body = ErrorBody),
    )
)]
pub(crate) async fn check(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    request: HttpRequest,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let Attempt {
        typed,
        handle,
        browser,
    } = Attempt::of(&request, &handle, &body)?;
    let limits = &viewer.settings().limits;
    let now = viewer.now();
    let sender = writes.sender_by_handle(&handle, now).await?;
    // The store's turn is taken for nobody too: its wait for the disk would tell (promise A5).
    let guesser = sender.as_ref().map_or_else(nobody, |sender| sender.message);
    let guess = writes
        .take_sender_guess(guesser, &browser.digest(), &limits.tries, now)
        .await?;
    let sender = sender.ok_or(Problem::AskFirst)?;
    let message = sender.message;
    let guess = guess.map_err(told)?;
    let passcodes = &viewer.keys().passcode;
    let Some(code) = answered_by_sender(passcodes, message, &guess.candidates, &typed) else {
        tracing::info!(
            message.id = %message, tries_left = guess.tries_left,
            "a wrong code was typed for the sender"
        );
        return Err(Problem::WrongCode {
            tries_left: guess.tries_left,
        });
    };
    let begun = Begun::new(&viewer, now, sender.expires_at);
    let session = NewSenderSession {
        token: begun.token.digest(),
        message,
        ends_at: begun.ends_at,
    };
    if !writes.redeem_sender(code, session, now).await? {
        return Err(Problem::CodeExpired);
    }
    let _ = writes.close_sender_session(&browser.digest()).await;
    tracing::info!(message.id = %message, code.id = %code, "a session of the sender began");
    Ok(begun.answer(&viewer, &handle))
}

/// Whose guess is taken when a handle is nobody's: no UUID of version 7.
fn nobody() -> MessageId {
    MessageId::from_bytes([0; 16])
}
