//! `POST /verify`: the passcode that a person typed.
//!
//! The store takes a guess away before anything is compared (promise A3), so a hundred requests at
//! once get five comparisons, not a hundred. The session's token is new: whatever was known of the
//! browser before the passcode opens nothing after it.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use store::{GuessRefused, NewSession};
use utoipa::ToSchema;

use crate::api::rfc3339;
use crate::body::{JsonBody, SecretText};
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::grant::require_open;
use crate::handle::HandleInPath;
use crate::passcode::{Passcode, answered};
use crate::problem::Problem;
use crate::session::token_of;
use crate::token::Token;
use crate::viewer::Viewer;

/// What was typed.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeBody {
    /// Eight digits; spaces, dots, dashes and full-width digits are fine.
    #[schema(value_type = String, example = "1234 5678")]
    code: SecretText,
}

/// A session has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verified {
    /// To be sent back as `X-Sealpost-Csrf` with whatever changes something.
    csrf: String,
    /// Minutes without use after which the session ends.
    idle_minutes: u64,
    /// When it ends at the latest (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Trades a security code for a session.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/verify",
    tag = "recipient",
    operation_id = "verifyCode",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = CodeBody,
    responses(
        (status = 200, description = "The code fits; the cookie holds a new token",
            body = Verified, headers(("Set-Cookie" = String))),
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
    let typed = Passcode::parse(body.code.expose_secret()).map_err(|_| Problem::MalformedCode)?;
    let handle = handle.parsed().ok_or(Problem::AskFirst)?;
    let browser = token_of(&request, &handle).ok_or(Problem::AskFirst)?;
    let limits = &viewer.settings().limits;
    let now = viewer.now();
    // A stranger with a handle and any cookie must not learn whether its message is over, so that
    // looks as if no code had been asked for. Who has the link asks again and is told.
    let recipient = writes.recipient_by_handle(&handle).await?;
    let recipient = recipient
        .filter(|recipient| require_open(recipient, now).is_ok())
        .ok_or(Problem::AskFirst)?;

    let guess = writes
        .take_guess(recipient.id, &browser.digest(), &limits.tries, now)
        .await?
        .map_err(told)?;
    let passcodes = &viewer.keys().passcode;
    let Some(code) = answered(passcodes, recipient.id, &guess.candidates, &typed) else {
        tracing::info!(
            message.id = %recipient.message, recipient.id = %recipient.id,
            tries_left = guess.tries_left, "a wrong code was typed"
        );
        return Err(Problem::WrongCode {
            tries_left: guess.tries_left,
        });
    };

    let token = Token::generate(viewer.random());
    let latest = now
        .saturating_add(limits.session_absolute)
        .unwrap_or(recipient.expires_at);
    let ends_at = latest.min(recipient.expires_at);
    let session = NewSession {
        token: token.digest(),
        recipient: recipient.id,
        ends_at,
    };
    if !writes.redeem(code, session, now).await? {
        return Err(Problem::CodeExpired);
    }
    // A browser that came with an older session of this recipient has a new one now. Should this
    // fail, it is logged, the older one ends by itself, and the code is not spent for nothing.
    let _ = writes.close_session(&browser.digest()).await;
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id, code.id = %code,
        "a session began"
    );
    let verified = Verified {
        csrf: token.csrf(&viewer.keys().session),
        idle_minutes: limits.session_idle.as_secs() / 60,
        expires_at: rfc3339(ends_at),
    };
    Ok(HttpResponse::Ok()
        .cookie(token.into_cookie(&handle))
        .json(verified))
}

fn told(refused: GuessRefused) -> Problem {
    match refused {
        GuessRefused::AskFirst => Problem::AskFirst,
        GuessRefused::NoLiveCode => Problem::CodeExpired,
        GuessRefused::TooMany { retry_at } => Problem::TooManyTries { retry_at },
    }
}
