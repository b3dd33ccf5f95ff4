//! `POST /verify`: the passcode that a person typed.
//!
//! The store takes a guess away before anything is compared (promise A3), so a hundred requests at
//! once get five comparisons, not a hundred. The session's token is new: whatever was known of the
//! browser before the passcode opens nothing after it.

use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use seal::{Handle, RecipientId};
use serde::Deserialize;
use store::{GuessRefused, NewSession};
use utoipa::ToSchema;

use crate::api::SessionBody;
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
    pub(super) code: SecretText,
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
    // A stranger with a handle and any cookie must not learn whether there is a message or whether
    // it is over, so that looks as if no code had been asked for. Who has the link asks again and is
    // told. The store's turn is taken for nobody too: its wait for the disk would tell (promise A5).
    let recipient = writes
        .recipient_by_handle(&handle)
        .await?
        .filter(|recipient| require_open(recipient, now).is_ok());
    let guesser = recipient
        .as_ref()
        .map_or_else(nobody, |recipient| recipient.id);
    let guess = writes
        .take_guess(guesser, &browser.digest(), &limits.tries, now)
        .await?;
    let recipient = recipient.ok_or(Problem::AskFirst)?;
    let guess = guess.map_err(told)?;
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

    let begun = Begun::new(&viewer, now, recipient.expires_at);
    let session = NewSession {
        token: begun.token.digest(),
        recipient: recipient.id,
        ends_at: begun.ends_at,
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
    Ok(begun.answer(&viewer, &handle))
}

/// Somebody's attempt at a code: what was typed, for which link, in which browser.
pub(super) struct Attempt {
    pub(super) typed: Passcode,
    pub(super) handle: Handle,
    pub(super) browser: Token,
}

impl Attempt {
    /// Before anything is looked up: the form of it, and that this browser has asked for a code.
    pub(super) fn of(
        request: &HttpRequest,
        handle: &HandleInPath,
        body: &CodeBody,
    ) -> Result<Self, Problem> {
        let typed =
            Passcode::parse(body.code.expose_secret()).map_err(|_| Problem::MalformedCode)?;
        let handle = handle.parsed().ok_or(Problem::AskFirst)?;
        let browser = token_of(request, &handle).ok_or(Problem::AskFirst)?;
        Ok(Self {
            typed,
            handle,
            browser,
        })
    }
}

/// A session that begins, with a token that nobody had before.
pub(super) struct Begun {
    pub(super) token: Token,
    pub(super) ends_at: Timestamp,
}

impl Begun {
    /// It ends with the link at the latest.
    pub(super) fn new(viewer: &Viewer, now: Timestamp, link_ends: Timestamp) -> Self {
        let longest = viewer.settings().limits.session_absolute;
        let latest = now.saturating_add(longest).unwrap_or(link_ends);
        Self {
            token: Token::generate(viewer.random()),
            ends_at: latest.min(link_ends),
        }
    }

    pub(super) fn answer(self, viewer: &Viewer, handle: &Handle) -> HttpResponse {
        let body = SessionBody::new(viewer, &self.token, self.ends_at);
        HttpResponse::Ok()
            .cookie(self.token.into_cookie(handle))
            .json(body)
    }
}

/// Whose guess is taken when a handle has no open grant. Ids are UUIDs of version 7, which this one
/// is not, so it is never anybody's.
fn nobody() -> RecipientId {
    RecipientId::from_bytes([0; 16])
}

pub(super) fn told(refused: GuessRefused) -> Problem {
    match refused {
        GuessRefused::AskFirst => Problem::AskFirst,
        GuessRefused::NoLiveCode => Problem::CodeExpired,
        GuessRefused::TooMany { retry_at } => Problem::TooManyTries { retry_at },
    }
}
