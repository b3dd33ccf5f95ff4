//! Ids that bind ciphertexts to their place: message, recipient, reply, and the handle in a link.
//!
//! Record ids are UUIDs of version 7 (RFC 9562), made from a time and random octets that the
//! caller passes in. A [`Handle`] is 128 random bits: it names a grant in a link and authorises
//! nothing by itself (promise A6).

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::crockford;
use crate::random::Random;

/// A text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier")]
pub struct IdError;

macro_rules! record_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A version 7 UUID of `millis` milliseconds since 1970 and 74 random bits.
            pub fn generate(millis: u64, random: &dyn Random) -> Self {
                let mut tail = [0_u8; 10];
                random.fill(&mut tail);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
            }

            /// The 16 octets, as they stand in derivation contexts and associated data.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// From the 16 octets of a stored record.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// As a general UUID.
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if text.len() != 36 {
                    return Err(IdError);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| IdError)
            }
        }
    };
}

record_id!(
    /// One captured message.
    MessageId
);
record_id!(
    /// One recipient of one captured message.
    RecipientId
);
record_id!(
    /// One secure reply.
    ReplyId
);
record_id!(
    /// One key of the keystore.
    KeyId
);
record_id!(
    /// One task of the queue.
    TaskId
);
record_id!(
    /// One stored content: a sealed file of whatever kind.
    ContentId
);
record_id!(
    /// One passcode that was asked for.
    CodeId
);

/// The name of a grant in a link: 128 random bits, 26 Crockford symbols in text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle([u8; 16]);

impl Handle {
    /// Sixteen fresh random octets.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The 16 octets.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the 16 octets of a stored record.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The reference that a reader compares on page and mail, such as `K7Q-4MDX`.
    ///
    /// It can be computed for any handle, so showing it says nothing about whether the handle
    /// exists (promise A5).
    pub fn reference(&self) -> String {
        let digest = crate::digest::sha256_of(&[crate::labels::REFERENCE, &self.0]);
        let symbols = crockford::encode(&digest).to_ascii_uppercase();
        format!("{}-{}", &symbols[..3], &symbols[3..7])
    }

    /// Whether a text can be what [`Handle::reference`] gives for some handle.
    pub fn is_reference(text: &str) -> bool {
        text.split_once('-').is_some_and(|(front, back)| {
            (front.len(), back.len()) == (3, 4)
                && front.bytes().chain(back.bytes()).all(crockford::is_capital)
        })
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::encode(&self.0))
    }
}

impl fmt::Debug for Handle {
    /// Handles stand in links; they are kept out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle(…)")
    }
}

impl FromStr for Handle {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        crockford::decode(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(IdError)
    }
}
