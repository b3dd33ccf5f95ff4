//! What is personal in records, on its way through the `metadata` keys.
//!
//! Each value is JSON, sealed for the one field of the one record it belongs to (promise K3).

use keystore::{KeyError, Lookup, MacRing, Metadata, Ring};
use mail::header::HeaderSection;
use mail::{Address, EnvelopeDsn, Notify, RecipientDsn, Ret, ReversePath};
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
    /// What the sender's system wants to be told.
    pub dsn: RecipientDsn,
}

/// What is known of a message's sender.
#[derive(Clone)]
pub struct SenderFacts {
    /// The envelope sender.
    pub reverse_path: ReversePath,
    /// A program sent it: nothing is answered (promise S6).
    pub automatic: bool,
    /// What the sender's system wants in reports.
    pub dsn: EnvelopeDsn,
    /// What a report names the message by.
    pub original: Original,
    /// Whom its recipients may answer beside the sender, as its view lists them.
    pub participants: Vec<Address>,
    /// Whose secure reply it is, when it is the copies of one that went to the sender.
    pub replier: Option<Address>,
}

/// What of a message's header stands in a report. No subject, nobody's name.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Original {
    /// `Date`, as it stood there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// `Message-ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
}

impl Original {
    /// Octets of a value that is kept.
    const LONGEST: usize = 250;

    /// Reads a header section.
    pub fn of(header: &HeaderSection<'_>) -> Self {
        let short = |text: &String| text.is_ascii() && text.len() <= Self::LONGEST;
        let date = header.first("Date").map(|field| {
            let text = String::from_utf8_lossy(field.raw_value());
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        Self {
            date: date.filter(short),
            message_id: header.message_id().filter(short),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct SealedRecipient {
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_token: Option<String>,
    #[serde(default)]
    tls_required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<SealedNotify>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    orcpt: Option<String>,
}

/// `NOTIFY`; nothing set is `NEVER`.
#[derive(Serialize, Deserialize)]
struct SealedNotify {
    #[serde(default)]
    success: bool,
    #[serde(default)]
    failure: bool,
    #[serde(default)]
    delay: bool,
}

impl From<Notify> for SealedNotify {
    fn from(notify: Notify) -> Self {
        let (success, failure, delay) = match notify {
            Notify::Never => (false, false, false),
            Notify::On {
                success,
                failure,
                delay,
            } => (success, failure, delay),
        };
        Self {
            success,
            failure,
            delay,
        }
    }
}

impl From<SealedNotify> for Notify {
    fn from(sealed: SealedNotify) -> Self {
        let SealedNotify {
            success,
            failure,
            delay,
        } = sealed;
        if success || failure || delay {
            Self::On {
                success,
                failure,
                delay,
            }
        } else {
            Self::Never
        }
    }
}

#[derive(Serialize, Deserialize)]
struct SealedSender {
    /// Empty for the null reverse-path.
    sender: String,
    #[serde(default)]
    automatic: bool,
    /// `RET=FULL`; nothing when it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    full: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    envid: Option<String>,
    #[serde(default)]
    original: Original,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    participants: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replier: Option<String>,
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
            notify: self.dsn.notify.map(SealedNotify::from),
            orcpt: self.dsn.orcpt.clone(),
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
            dsn: RecipientDsn {
                notify: facts.notify.map(Notify::from),
                orcpt: facts.orcpt,
            },
        })
    }
}

impl RecipientFacts {
    /// What the store finds the address by, and under which key.
    pub fn index(&self, keys: &MacRing<Lookup>) -> (KeyId, [u8; 32]) {
        keys.tag_with_key(&[ADDRESS, spelling(&self.address).as_bytes()])
    }
}

/// What the store may know an address by: its hash under every key that is kept.
pub fn address_indexes(keys: &MacRing<Lookup>, address: &Address) -> Vec<[u8; 32]> {
    let tags = keys.tags(&[ADDRESS, spelling(address).as_bytes()]);
    tags.into_iter().map(|(_, tag)| tag).collect()
}

const ADDRESS: &[u8] = b"address";

/// One mailbox has one.
fn spelling(address: &Address) -> String {
    address.as_str().to_lowercase()
}

impl SenderFacts {
    /// A sender of which no more is known.
    pub fn plain(reverse_path: ReversePath) -> Self {
        Self {
            reverse_path,
            automatic: false,
            dsn: EnvelopeDsn::default(),
            original: Original::default(),
            participants: Vec::new(),
            replier: None,
        }
    }

    /// Seals for a message's record.
    pub fn seal(&self, keys: &Ring<Metadata>, message: MessageId, random: &dyn Random) -> Vec<u8> {
        let text = |address: &Address| address.as_str().to_owned();
        let sealed = SealedSender {
            sender: self.reverse_path.as_str().to_owned(),
            automatic: self.automatic,
            full: self.dsn.ret.map(|ret| ret == Ret::Full),
            envid: self.dsn.envid.clone(),
            original: self.original.clone(),
            participants: self.participants.iter().map(text).collect(),
            replier: self.replier.as_ref().map(text),
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
        let ret = |full| if full { Ret::Full } else { Ret::Headers };
        Ok(Self {
            reverse_path,
            automatic: facts.automatic,
            dsn: EnvelopeDsn {
                ret: facts.full.map(ret),
                envid: facts.envid,
            },
            original: facts.original,
            participants: addresses(&facts.participants)?,
            replier: addresses(facts.replier.as_slice())?.pop(),
        })
    }
}

fn addresses(texts: &[String]) -> Result<Vec<Address>, KeyError> {
    let parse = |text: &String| text.parse().map_err(|_| KeyError::Refused);
    texts.iter().map(parse).collect()
}

/// What is sealed of a value, wiped after use.
pub(crate) fn json(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(value).expect("texts and flags are JSON"))
}
