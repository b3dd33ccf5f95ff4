//! What can go wrong with a request, as the reader is told it: one enum, one table, one body.
//!
//! Sentences say what happened and what to do next. They never say more to a stranger than
//! [`Problem::NotFound`] does (promise A5), and none carries the cause of an inner error.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use jiff::Timestamp;
use store::StoreError;

use crate::error_body::ErrorBody;

/// A request that is not done as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.telling().1)]
pub(crate) enum Problem {
    /// No such link, or no proof that its secret is known. One answer for both.
    NotFound,
    /// Nothing is at this address.
    NoRoute,
    /// The method does not fit; the value of `Allow`.
    Method(&'static str),
    /// The body is not what its type says, or lacks a member.
    Malformed,
    /// The body has another media type than this address takes.
    MediaType,
    /// A JSON body larger than any that we ask for.
    BodyTooLarge,
    /// The body came too slowly.
    TooSlow,
    /// A request that another site's page made.
    CrossOrigin,
    /// The session's CSRF value is missing or wrong.
    Csrf,
    /// Too many requests from one address, or uploads of one recipient.
    SlowDown { retry_at: Timestamp },
    /// The message's time is over.
    Expired,
    /// The sender has withdrawn the message.
    Withdrawn,
    /// Somebody who had the link said that the message is not for them.
    Disowned,
    /// The sender was asked for more time today.
    AskedAlready { retry_at: Timestamp },
    /// A recipient was reminded less than an hour ago.
    RemindedAlready { retry_at: Timestamp },
    /// A recipient was reminded as often as may be.
    RemindedEnough,
    /// A code was sent a moment ago.
    Wait { retry_at: Timestamp },
    /// The day's codes are used up.
    TooManyCodes { retry_at: Timestamp },
    /// What was typed is not eight digits.
    MalformedCode,
    /// This browser has asked for no code.
    AskFirst,
    /// The code is wrong.
    WrongCode { tries_left: u32 },
    /// No code of this browser can be answered any more.
    CodeExpired,
    /// The day's wrong guesses are used up.
    TooManyTries { retry_at: Timestamp },
    /// No live session of this recipient.
    SessionEnded,
    /// The requested octets are not there; the size of what is.
    Range { size: u64 },
    /// Too many replies have been begun and not sent.
    TooManyReplies,
    /// No such reply of this recipient.
    NoReply,
    /// No copy of such a sent reply of this recipient.
    NoCopy,
    /// A piece does not begin where what has arrived of its part ends.
    Offset { received: u64 },
    /// The reply was sent before and takes no more parts.
    AlreadySent,
    /// The reply is larger than allowed.
    TooLarge { max_bytes: u64, max_files: u32 },
    /// Parts are missing, or there are more than the reply names.
    Incomplete { missing: Vec<u32>, extra: Vec<u32> },
    /// The signature does not fit the parts.
    BadSignature,
    /// The store cannot be reached now.
    Unavailable,
    /// A fault of ours. Whoever makes one of these has logged it.
    Internal,
}

impl Problem {
    /// Status, sentence, code.
    fn telling(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotFound => (
                S::NOT_FOUND,
                "We cannot find a message for this link. Open the whole link from the email again.",
                "not-found",
            ),
            Self::NoRoute => (
                S::NOT_FOUND,
                "There is nothing at this address.",
                "no-route",
            ),
            Self::Method(_) => (
                S::METHOD_NOT_ALLOWED,
                "This address cannot be used in that way.",
                "method-not-allowed",
            ),
            Self::Malformed => (
                S::BAD_REQUEST,
                "The request could not be read. Reload the page and try again.",
                "malformed",
            ),
            Self::MediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "The request has the wrong type. Reload the page and try again.",
                "media-type",
            ),
            Self::BodyTooLarge => (
                S::PAYLOAD_TOO_LARGE,
                "The request is too large. Reload the page and try again.",
                "too-large",
            ),
            Self::TooSlow => (
                S::REQUEST_TIMEOUT,
                "The connection was too slow. Nothing was lost; try again.",
                "too-slow",
            ),
            Self::CrossOrigin => (
                S::FORBIDDEN,
                "This request came from another website, so we did nothing.",
                "cross-origin",
            ),
            Self::Csrf => (
                S::FORBIDDEN,
                "We could not tell that this came from your page, so we did nothing. Reload the page.",
                "csrf",
            ),
            Self::SlowDown { .. } => (
                S::TOO_MANY_REQUESTS,
                "There were too many requests at once. Wait a moment and try again.",
                "slow-down",
            ),
            Self::Expired => (
                S::GONE,
                "This message is no longer available. Ask the sender to send it again.",
                "expired",
            ),
            Self::Withdrawn => (
                S::GONE,
                "The sender has withdrawn this message.",
                "withdrawn",
            ),
            Self::Disowned => (
                S::GONE,
                "Somebody with this link told us that the message is not for them, so we closed the link.",
                "disowned",
            ),
            Self::AskedAlready { .. } => (
                S::TOO_MANY_REQUESTS,
                "The sender was asked already. You can ask once a day.",
                "asked-already",
            ),
            Self::RemindedAlready { .. } => (
                S::TOO_MANY_REQUESTS,
                "This person was reminded less than an hour ago. You can do it once an hour.",
                "reminded-already",
            ),
            Self::RemindedEnough => (
                S::TOO_MANY_REQUESTS,
                "This person was reminded three times. Phone them, or send your message again.",
                "reminded-enough",
            ),
            Self::Wait { .. } => (
                S::TOO_MANY_REQUESTS,
                "We sent you a code a moment ago. Wait a little before you ask for another.",
                "wait",
            ),
            Self::TooManyCodes { .. } => (
                S::TOO_MANY_REQUESTS,
                "We have sent as many codes as we can for today. The message stays available; come back later.",
                "too-many-codes",
            ),
            Self::MalformedCode => (
                S::BAD_REQUEST,
                "Enter the 8 digits from the email.",
                "malformed-code",
            ),
            Self::AskFirst => (
                S::UNAUTHORIZED,
                "Ask for a security code first.",
                "ask-first",
            ),
            Self::WrongCode { tries_left: 0 } => (
                S::FORBIDDEN,
                "That is not the code we sent you, and it was the last try. Ask for a new code.",
                "wrong-code",
            ),
            Self::WrongCode { .. } => (
                S::FORBIDDEN,
                "That is not the code we sent you. Check the newest email and try again.",
                "wrong-code",
            ),
            Self::CodeExpired => (
                S::FORBIDDEN,
                "That code can no longer be used. Ask for a new one.",
                "code-expired",
            ),
            Self::TooManyTries { .. } => (
                S::TOO_MANY_REQUESTS,
                "There were too many wrong codes today. The message stays available; come back later.",
                "too-many-tries",
            ),
            Self::SessionEnded => (
                S::UNAUTHORIZED,
                "Your session has ended. Ask for a new security code to go on.",
                "session-ended",
            ),
            Self::Range { .. } => (
                S::RANGE_NOT_SATISFIABLE,
                "The part of the file that was asked for does not exist.",
                "range",
            ),
            Self::TooManyReplies => (
                S::TOO_MANY_REQUESTS,
                "Too many replies have been begun and not sent. Send one, or come back tomorrow.",
                "too-many-replies",
            ),
            Self::NoReply => (
                S::NOT_FOUND,
                "We cannot find this reply. Your draft is kept; send it again.",
                "not-found",
            ),
            Self::NoCopy => (
                S::NOT_FOUND,
                "We have no copy of this reply. What you sent was not changed by that.",
                "not-found",
            ),
            Self::Offset { .. } => (
                S::CONFLICT,
                "The file does not go on where it stopped. Your draft is kept; send it again.",
                "offset",
            ),
            Self::AlreadySent => (
                S::CONFLICT,
                "This reply has been sent already.",
                "already-sent",
            ),
            Self::TooLarge { .. } => (
                S::PAYLOAD_TOO_LARGE,
                "The reply is too large. Remove a file and send it again.",
                "too-large",
            ),
            Self::Incomplete { .. } => (
                S::CONFLICT,
                "Not all of the reply has arrived. Your draft is kept; send it again.",
                "incomplete",
            ),
            Self::BadSignature => (
                S::FORBIDDEN,
                "The reply could not be confirmed as yours, so it was not sent. Open the link from the email again.",
                "bad-signature",
            ),
            Self::Unavailable => (
                S::SERVICE_UNAVAILABLE,
                "The service is busy. Nothing was lost; try again in a few minutes.",
                "unavailable",
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side. Nothing was lost; try again in a few minutes.",
                "internal",
            ),
        }
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.telling().0
    }

    /// The word for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.telling().2
    }

    /// The sentence for the reader.
    pub(crate) fn sentence(&self) -> &'static str {
        self.telling().1
    }

    /// Headers that belong to the answer whatever its body is.
    pub(crate) fn headers(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Method(allow) => Some((header::ALLOW, HeaderValue::from_static(allow))),
            Self::Range { size } => HeaderValue::try_from(format!("bytes */{size}"))
                .ok()
                .map(|value| (header::CONTENT_RANGE, value)),
            _ => None,
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if let Some(header) = self.headers() {
            response.insert_header(header);
        }
        response.json(ErrorBody::from(self))
    }
}

/// The store's errors, as the reader is told them. The cause is logged here, once.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            // Handlers name what they have just found: it went with its grant.
            StoreError::NotFound => Self::SessionEnded,
            StoreError::NoRoom | StoreError::Unavailable(_) => {
                tracing::warn!(error = %error, "the store refuses");
                Self::Unavailable
            }
            _ => {
                tracing::error!(error = %error, "the store fails");
                Self::Internal
            }
        }
    }
}
