//! `POST /language`: the language switch, pressed while a message is open.
//!
//! Only a session may keep a choice, or the request for a code: a program that follows links and
//! presses what it finds must not decide in which language somebody's later mails are.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use store::Language;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::door::Writes;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::session::Confirmed;

/// A language of pages and mails.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LanguageTag {
    /// English.
    En,
    /// Welsh.
    Cy,
}

/// The language that later mails to this recipient shall be in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LanguageBody {
    pub(crate) language: LanguageTag,
}

impl From<LanguageTag> for Language {
    fn from(tag: LanguageTag) -> Self {
        match tag {
            LanguageTag::En => Self::English,
            LanguageTag::Cy => Self::Welsh,
        }
    }
}

impl From<Language> for LanguageTag {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::En,
            Language::Welsh => Self::Cy,
        }
    }
}

/// Keeps the language for later mails.
#[utoipa::path(
    post,
    path = "/api/v1/m/{handle}/language",
    tag = "recipient",
    operation_id = "chooseLanguage",
    params(
        ("handle" = String, Path, description = "The handle in the link"),
        ("X-Sealpost-Csrf" = String, Header, description = "The session's CSRF value"),
    ),
    request_body = LanguageBody,
    responses(
        (status = 204, description = "Later mails will be in this language"),
        (status = 401, description = "`session-ended`", body = ErrorBody),
        (status = 403, description = "`csrf` or `cross-origin`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn choose(
    writes: Writes,
    confirmed: Confirmed,
    JsonBody(body): JsonBody<LanguageBody>,
) -> Result<HttpResponse, Problem> {
    let recipient = confirmed.recipient().id;
    let language = body.language.into();
    writes.choose_language(recipient, language).await?;
    tracing::info!(recipient.id = %recipient, "a language was chosen");
    Ok(HttpResponse::NoContent().finish())
}
