//! What is personal in records, on its way through the `metadata` keys.
//!
//! Each value is JSON, sealed for the one field of the one record it belongs to (promise K3).

use keystore::{KeyError, Lookup, MacRing, Metadata, Ring};
use mail::{Address, ReversePath};
use seal::{KeyId, MessageId, Random, RecipientId};
use serde::{Deserialize, Serialize};
use store::place;
use zeroize::Zeroizing;

use crate::policy::Tls;

/// What is known of one recipient.
#[derive(Clone)]
pub struct RecipientFacts {
    /// Where its mail goes.
    pub address: Address,
    /// The token in its reply address, when it is held.
    pub reply_token: Option<String>,
    /// How much TLS its copy needs, when it is relayed.
    pub tls: Tls,
}

/// What is known of a message's sender.
#[derive(Clone)]
pub struct SenderFacts {
    /// The envelope sender.
    pub reverse_path: ReversePath,
}

#[derive(Serialize, Deserialize)]
struct SealedRecipient {
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_token: Option<String>,
    #[serde(default)]
    tls_required: bool,
}

#[derive(Serialize, Deserialize)]
struct SealedSender {
    /// Empty for the null reverse-path.
    sender: String,
}

impl RecipientFacts {
    /// Seals for a recipient's record.
    pub fn seal(
        &self,
        keys: &Ring<Metadata>,
        message: MessageId,
        recipient: RecipientId,
        random: &dyn Random,
    ) -> Vec<u8> {
        let sealed = SealedRecipient {
            address: self.address.as_str().to_owned(),
            reply_token: self.reply_token.clone(),
            tls_required: self.tls == Tls::Required,
        };
        keys.seal(
            &place::recipient_address(&message, &recipient),
            &json(&sealed),
            random,
        )
    }

    /// Opens a recipient's record.
    pub fn open(
        keys: &Ring<Metadata>,
        message: MessageId,
        recipient: RecipientId,
        sealed: &[u8],
    ) -> Result<Self, KeyError> {
        let opened = keys.open(&place::recipient_address(&message, &recipient), sealed)?;
        let facts: SealedRecipient =
            serde_json::from_slice(&opened).map_err(|_| KeyError::Refused)?;
        Ok(Self {
            address: facts.address.parse().map_err(|_| KeyError::Refused)?,
            reply_token: facts.reply_token,
            tls: if facts.tls_required {
                Tls::Required
            } else {
                Tls::AsConfigured
            },
        })
    }
}

impl RecipientFacts {
    /// What the store finds the address by, and under which key.
    pub fn index(&self, keys: &MacRing<Lookup>) -> (KeyId, [u8; 32]) {
        let address = self.address.as_str().to_lowercase();
        keys.tag_with_key(&[b"address", address.as_bytes()])
    }
}

impl SenderFacts {
    /// Seals for a message's record.
    pub fn seal(&self, keys: &Ring<Metadata>, message: MessageId, random: &dyn Random) -> Vec<u8> {
        let sealed = SealedSender {
            sender: self.reverse_path.as_str().to_owned(),
        };
        keys.seal(&place::message_sender(&message), &json(&sealed), random)
    }

    /// Opens a message's record.
    pub fn open(
        keys: &Ring<Metadata>,
        message: MessageId,
        sealed: &[u8],
    ) -> Result<Self, KeyError> {
        let opened = keys.open(&place::message_sender(&message), sealed)?;
        let facts: SealedSender = serde_json::from_slice(&opened).map_err(|_| KeyError::Refused)?;
        let reverse_path = if facts.sender.is_empty() {
            ReversePath::Null
        } else {
            ReversePath::Address(facts.sender.parse().map_err(|_| KeyError::Refused)?)
        };
        Ok(Self { reverse_path })
    }
}

fn json(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(value).expect("texts and flags are JSON"))
}
