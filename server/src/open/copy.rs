//! The writer's own copy of a reply, to be read again on any device (FORMAT §7.1, decision 0028).

use jiff::Timestamp;
use seal::{Identity, LinkSecret, MessageId, RecipientId, ReplyId, seal_padded};
use serde::{Deserialize, Serialize};

use super::OpenFailure;
use crate::reply_document::{FORMAT, ReplyFileEntry};

/// Octets of the document before it is sealed. Padmé of it is itself.
const MOST_OF_A_COPY: usize = 256 * 1024;

/// The document inside of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCopy {
    /// 1.
    pub format: u32,
    /// Which reply.
    pub reply_id: String,
    /// To which message.
    pub message_id: String,
    /// Whose.
    pub recipient_id: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// To whom.
    pub to: Vec<String>,
    /// What was written, or as much of it as there is room for.
    pub text: String,
    /// The text went on; all of it was sent.
    pub cut: bool,
    /// The files that went with it, by name.
    pub files: Vec<SentFile>,
}

/// See [`SentCopy::files`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Its octets.
    pub size: u64,
}

impl From<&ReplyFileEntry> for SentFile {
    fn from(entry: &ReplyFileEntry) -> Self {
        Self {
            name: entry.name.clone(),
            media_type: entry.media_type.clone(),
            size: entry.size,
        }
    }
}

/// Seals and opens one recipient's copies.
pub struct CopyKey {
    identity: Identity,
    message: MessageId,
    recipient: RecipientId,
}

impl CopyKey {
    /// From both halves of the grant.
    pub fn new(
        link: &LinkSecret,
        seed: &seal::Seed,
        profile: seal::Profile,
        (message, recipient): (MessageId, RecipientId),
    ) -> Self {
        let seed = link.copy_seed(seed, message, recipient);
        Self {
            identity: Identity::from_seed(profile, &seed),
            message,
            recipient,
        }
    }

    /// Whether a document is of this recipient and that reply.
    fn names(&self, copy: &SentCopy, reply: ReplyId) -> bool {
        copy.format == FORMAT
            && copy.reply_id == reply.to_string()
            && copy.message_id == self.message.to_string()
            && copy.recipient_id == self.recipient.to_string()
    }

    /// A document of this recipient, with nothing written in it yet.
    pub fn document(&self, reply: ReplyId, created_at: Timestamp) -> SentCopy {
        SentCopy {
            format: FORMAT,
            reply_id: reply.to_string(),
            message_id: self.message.to_string(),
            recipient_id: self.recipient.to_string(),
            created_at,
            to: Vec::new(),
            text: String::new(),
            cut: false,
            files: Vec::new(),
        }
    }

    /// Seals it, its text cut to what there is room for. `None` where not even the rest has room.
    pub fn seal(&self, copy: SentCopy) -> Result<Option<Vec<u8>>, OpenFailure> {
        let Some(document) = fitted(copy) else {
            return Ok(None);
        };
        let (sealed, _) = seal_padded(&self.identity.to_public(), &document, Vec::new())
            .map_err(|_| OpenFailure::NoReply)?;
        Ok(Some(sealed))
    }

    /// Opens what the server says is the copy of `reply`. `None` for whatever is not.
    pub fn open(&self, reply: ReplyId, sealed: &[u8]) -> Option<SentCopy> {
        let plaintext = seal::open(&self.identity, sealed).ok()?;
        let copy: SentCopy = serde_json::from_slice(&plaintext).ok()?;
        self.names(&copy, reply).then_some(copy)
    }
}

fn fitted(mut copy: SentCopy) -> Option<Vec<u8>> {
    let octets = |copy: &SentCopy| serde_json::to_vec(copy).ok();
    let whole = octets(&copy)?;
    if whole.len() <= MOST_OF_A_COPY {
        return Some(whole);
    }
    let text = std::mem::take(&mut copy.text);
    // With `false`, the longer word: a text that is cut is shorter than one that is whole.
    let room = MOST_OF_A_COPY.checked_sub(octets(&copy)?.len())?;
    let mut taken = 0;
    copy.text = text
        .chars()
        .take_while(|character| {
            taken += in_json(*character);
            taken <= room
        })
        .collect();
    copy.cut = true;
    octets(&copy)
}

/// The octets of a character in a JSON string, as serde_json writes it.
fn in_json(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        control if control < ' ' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use seal::{Profile, Seed};

    use super::*;

    fn key(link: u8, ids: u8) -> CopyKey {
        let ids = (
            MessageId::from_bytes([ids; 16]),
            RecipientId::from_bytes([ids + 1; 16]),
        );
        let link = LinkSecret::from_bytes(&[link; 32]);
        CopyKey::new(&link, &Seed::from_bytes(&[5; 32]), Profile::X25519, ids)
    }

    fn written(key: &CopyKey, text: &str) -> SentCopy {
        let mut copy = key.document(reply(), Timestamp::UNIX_EPOCH);
        copy.to = vec!["clinic@example.org".to_owned()];
        text.clone_into(&mut copy.text);
        copy
    }

    fn reply() -> ReplyId {
        ReplyId::from_bytes([9; 16])
    }

    #[test]
    fn a_copy_opens_for_its_writer_and_in_its_own_place_only() {
        let own = key(3, 1);
        let copy = written(&own, "I will come.");
        let sealed = own.seal(copy.clone()).unwrap().unwrap();
        assert_eq!(own.open(reply(), &sealed), Some(copy.clone()));
        assert_eq!(own.open(ReplyId::from_bytes([8; 16]), &sealed), None);
        assert_eq!(key(4, 1).open(reply(), &sealed), None, "another link");
        assert_eq!(key(3, 2).open(reply(), &sealed), None, "another message");
        let mut foreign = copy;
        foreign.message_id = MessageId::from_bytes([2; 16]).to_string();
        let sealed = own.seal(foreign).unwrap().unwrap();
        assert_eq!(own.open(reply(), &sealed), None);
    }

    #[test]
    fn a_text_is_whole_up_to_the_limit_and_cut_between_characters_above_it() {
        let own = key(3, 1);
        let frame = serde_json::to_vec(&written(&own, "")).unwrap().len();
        let opened = |text: &str| {
            let sealed = own.seal(written(&own, text)).unwrap().unwrap();
            assert!(sealed.len() as u64 <= store::SENT_COPY_OCTETS);
            own.open(reply(), &sealed).unwrap()
        };
        let most = "x".repeat(MOST_OF_A_COPY - frame);
        let whole = opened(&most);
        assert!(whole.text == most && !whole.cut);
        let over = opened(&format!("{most}y"));
        assert!(over.text == most && over.cut);
        for unit in ["ŵ", "🙂", "\"", "\u{1}", "a🙂\"ŷ\n\t\u{8}\u{c}\u{7f}"] {
            let text = unit.repeat(300_000);
            let copy = opened(&text);
            assert!(copy.cut && text.starts_with(&copy.text), "{unit:?}");
            let octets = fitted(written(&own, &text)).unwrap().len();
            assert!((MOST_OF_A_COPY - 7..=MOST_OF_A_COPY).contains(&octets));
        }
    }

    #[test]
    fn names_of_files_that_leave_no_room_leave_no_copy() {
        let own = key(3, 1);
        let mut copy = written(&own, "short");
        copy.files = vec![SentFile {
            name: "x".repeat(MOST_OF_A_COPY),
            media_type: "application/pdf".to_owned(),
            size: 4,
        }];
        assert!(own.seal(copy).unwrap().is_none());
    }
}
