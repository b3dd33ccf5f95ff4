//! `[escrow]`: the public halves of offline keys, and never anything else.
//!
//! An operator may paste the wrong half one day. What is said then is [`SECRET`], here and wherever
//! a parser would show what it refuses (promise K8).

use seal::{EscrowKeys, EscrowKeysError, Recipient, looks_secret};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Offline keys that open every message too.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Escrow {
    /// age public keys; none means that there is no escrow.
    #[serde(deserialize_with = "recipients", serialize_with = "texts")]
    pub recipients: Vec<Recipient>,
}

impl Escrow {
    /// The keys as a whole, or what does not go together.
    pub fn keys(&self) -> Result<EscrowKeys, EscrowKeysError> {
        EscrowKeys::new(self.recipients.clone())
    }
}

fn recipients<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Recipient>, D::Error> {
    let parse = |text: &String| {
        if looks_secret(text) {
            return Err(D::Error::custom(SECRET));
        }
        text.trim().parse().map_err(|_| D::Error::custom(UNKNOWN))
    };
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(parse)
        .collect()
}

fn texts<S: Serializer>(recipients: &[Recipient], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(recipients.iter().map(ToString::to_string))
}

/// A message of a parser that would print an identity, replaced as a whole.
pub(super) fn without_secrets(message: &str) -> &str {
    // Ours has an ellipsis there.
    let upper = message.to_ascii_uppercase();
    let shown = upper.replace("AGE-SECRET-KEY-…", "");
    if shown.contains("AGE-SECRET-KEY-") {
        SECRET
    } else {
        message
    }
}

const SECRET: &str = "there is a secret identity (AGE-SECRET-KEY-…) here, which must never be on this machine; take it out, make a new one offline by `sealpost escrow keygen`, and put the public key (age1…) into escrow.recipients";
const UNKNOWN: &str =
    "not an age public key; known are age1pq1… and age1…, as `sealpost escrow keygen` prints them";
