//! The JSON interface `/api/v1/m/{handle}/…`, one endpoint per file. `openapi.json` describes it;
//! the page's script and `sealpost open` are its two clients.

pub(crate) mod close;
pub(crate) mod code;
pub(crate) mod grant;
pub(crate) mod message_file;
pub(crate) mod reply_begin;
pub(crate) mod reply_part;
pub(crate) mod reply_send;
pub(crate) mod summary;
pub(crate) mod verify;
pub(crate) mod view_file;

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::SecretText;

/// Shows that the link's secret is known, without showing the secret.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProofBody {
    /// The open proof: 32 octets in base64url (FORMAT §3).
    #[schema(value_type = String, min_length = 43, max_length = 43)]
    pub(crate) proof: SecretText,
}

/// Whole seconds: exact enough for people, and the same whatever precision a store keeps.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}
