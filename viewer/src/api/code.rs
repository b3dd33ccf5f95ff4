//! `POST /code`: "Email me a security code."
//!
//! Only who knows the link's secret may ask. The wish becomes a task; the gateway's worker makes
//! the number, so it is never in this process before a person types it.

use actix_web::HttpResponse;
use jiff::Timestamp;
use seal::{CodeId, TaskId};
use serde::{Deserialize, Serialize};
use store::{CodeRefused, CodeRequest, NewTask, TaskKind, TryLimits};
use utoipa::ToSchema;

use crate::api::language::LanguageTag;
use crate::api::rfc3339;
use crate::body::{JsonBody, SecretText};
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::grant::{masked_address, proved, require_open};
use crate::handle::HandleInPath;
use crate::passcode::LIFETIME;
use crate::problem::Problem;
use crate::session::token_of;
use crate::token::Token;
use crate::viewer::Viewer;

/// Asks for a code.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeBody {
    /// The open proof: 32 octets in base64url (FORMAT §3).
    #[schema(value_type = String, min_length = 43, max_length = 43)]
    proof: SecretText,
    /// The language that the reader chose, for this mail and later ones; absent when they chose none.
    #[serde(default)]
    #[schema(nullable = false)]
    language: Option<LanguageTag>,
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeAsked {
    /// Where it goes.
    #[schema(example = "a••••@example.org")]
    masked_address: String,
    /// When it was asked for (RFC 3339).
    #[schema(format = DateTime)]
    requested_at: String,
    /// Minutes for which it will be valid.
    valid_minutes: u64,
    /// Seconds after which another may be asked for.
    resend_after_seconds: u64,
    /// How many more may be asked for today.
    codes_left: u32,
}

impl CodeAsked {
    pub(super) fn new(
        masked_address: String,
        now: Timestamp,
        limits: &TryLimits,
        codes_left: u32,
    ) -> Self {
        Self {
            masked_address,
            requested_at: rfc3339(now),
            valid_minutes: LIFETIME.as_secs() / 60,
            resend_after_seconds: limits.between_codes.as_secs(),
            codes_left,
        }
    }
}

/// Asks for a security code by mail.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/code",
    tag = "recipient",
    operation_id = "requestCode",
    params(("handle" = String, Path, description = "The handle in the link")),
    request_body = CodeBody,
    responses(
        (status = 202, description = "A code will be sent; the cookie binds it to this browser",
            body = CodeAsked, headers(("Set-Cookie" = String))),
        (status = 404, description = "`not-found`: no such link, or another proof", body = ErrorBody),
        (status = 410, description = "`expired`, `withdrawn` or `disowned`", body = ErrorBody),
        (status = 429, description = "`wait` or `too-many-codes`, with `retry_at`", body = ErrorBody),
    )
)]
pub(crate) async fn request(
    viewer: Viewer,
    writes: Writes,
    handle: HandleInPath,
    request: actix_web::HttpRequest,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let recipient = proved(&writes, handle.parsed(), body.proof.expose_secret()).await?;
    let handle = handle.parsed().ok_or(Problem::NotFound)?;
    let now = viewer.now();
    require_open(&recipient, now)?;
    let masked_address = masked_address(viewer.keys(), &recipient)?;

    // A browser that asks again keeps its token, so that its two newest codes stay valid. Nobody
    // gains by planting one: a session gets a new token, and `__Host-` keeps other hosts out.
    let token = token_of(&request, &handle).unwrap_or_else(|| Token::generate(viewer.random()));
    let code = CodeId::generate(viewer.millis(), viewer.random());
    let wish = CodeRequest {
        code,
        recipient: recipient.id,
        browser: token.digest(),
        task: NewTask {
            id: TaskId::generate(viewer.millis(), viewer.random()),
            kind: TaskKind::SendCode(recipient.id, code),
            due_at: now,
            payload: None,
        },
    };
    // Before the task is there: the mail is to be in this language already.
    if let Some(language) = body.language {
        writes
            .choose_language(recipient.id, language.into())
            .await?;
    }
    let limits = &viewer.settings().limits.tries;
    let codes_left = match writes.request_code(wish, limits, now).await? {
        Ok(left) => left,
        Err(refused) => {
            tracing::info!(
                message.id = %recipient.message, recipient.id = %recipient.id,
                "a code was refused"
            );
            return Err(told(refused));
        }
    };
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id, code.id = %code,
        "a code was asked for"
    );
    Ok(HttpResponse::Accepted()
        .cookie(token.into_cookie(&handle))
        .json(CodeAsked::new(masked_address, now, limits, codes_left)))
}

fn told(refused: CodeRefused) -> Problem {
    match refused {
        CodeRefused::TooSoon { retry_at } => Problem::Wait { retry_at },
        CodeRefused::TooMany { retry_at } => Problem::TooManyCodes { retry_at },
        // It was open a moment ago, so its time ran out in between.
        CodeRefused::Over => Problem::Expired,
    }
}
