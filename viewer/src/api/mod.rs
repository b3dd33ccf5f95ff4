//! The JSON interface `/api/v1/m/{handle}/…`, one endpoint per file. `openapi.json` describes it;
//! the page's script and `sealpost open` are its two clients.

pub(crate) mod close;
pub(crate) mod code;
pub(crate) mod copy_put;
pub(crate) mod damaged;
pub(crate) mod exposed;
pub(crate) mod grant;
pub(crate) mod language;
pub(crate) mod later;
pub(crate) mod message_file;
pub(crate) mod more_time;
pub(crate) mod not_for_me;
pub(crate) mod reply_begin;
pub(crate) mod reply_part;
pub(crate) mod reply_send;
pub(crate) mod sender;
pub(crate) mod sent_copy;
pub(crate) mod sent_list;
pub(crate) mod summary;
pub(crate) mod touch;
pub(crate) mod verify;
pub(crate) mod view_file;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::SecretText;
use crate::token::Token;
use crate::viewer::Viewer;

/// Shows that the link's secret is known, without showing the secret.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProofBody {
    /// The open proof: 32 octets in base64url (FORMAT §3).
    #[schema(value_type = String, min_length = 43, max_length = 43)]
    pub(crate) proof: SecretText,
}

/// A live session, as its page needs to know it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// To be sent back as `X-Sealpost-Csrf` with whatever changes something.
    csrf: String,
    /// Minutes without use after which the session ends.
    idle_minutes: u64,
    /// When it ends at the latest (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
}

impl SessionBody {
    pub(crate) fn new(viewer: &Viewer, token: &Token, ends_at: Timestamp) -> Self {
        Self {
            csrf: token.csrf(&viewer.keys().session),
            idle_minutes: viewer.settings().limits.idle_minutes(),
            expires_at: rfc3339(ends_at),
        }
    }
}

/// The first whole second at which something may be done that is refused before `at`: a page that waits
/// for it is not refused again.
pub(crate) fn rfc3339_from(at: Timestamp) -> String {
    let second = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(second).unwrap_or(at).to_string()
}

/// Whole seconds: exact enough for people, and the same whatever precision a store keeps.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}
