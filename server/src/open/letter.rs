//! An opened message: view and content, each checked against the other.

use mail::ViewDocument;
use mail::view::Part;
use seal::{Identity, hex, sha256_of};

use super::OpenFailure;

/// A message that is whole and is the one the server names.
pub struct Letter {
    /// What is shown.
    pub view: ViewDocument,
    /// The RFC 5322 content.
    pub content: Vec<u8>,
}

impl Letter {
    /// Opens both sealed files and compares everything that is said twice. The id and the kind of
    /// the identity are what the server, or an escrow grant, says of this message.
    pub fn open(
        identity: &Identity,
        message_id: &str,
        profile: &str,
        sealed_view: &[u8],
        sealed_message: &[u8],
    ) -> Result<Self, OpenFailure> {
        let view = seal::open(identity, sealed_view)?;
        let view = ViewDocument::from_json(&view).map_err(|_| OpenFailure::Damaged)?;
        let digest = hex(&sha256_of(&[sealed_message]));
        let fits = view.message_id == message_id
            && view.profile == profile
            && view.message.size == sealed_message.len() as u64
            && view.message.sha256 == digest;
        if !fits {
            return Err(OpenFailure::Damaged);
        }
        let content = seal::open(identity, sealed_message)?;
        if view.message.content_size != content.len() as u64 {
            return Err(OpenFailure::Damaged);
        }
        Ok(Self { view, content })
    }

    /// The decoded octets of a part.
    pub fn part(&self, part: &Part) -> Result<Vec<u8>, OpenFailure> {
        let start = usize::try_from(part.offset).map_err(|_| OpenFailure::Damaged)?;
        let length = usize::try_from(part.length).map_err(|_| OpenFailure::Damaged)?;
        let end = start.checked_add(length).ok_or(OpenFailure::Damaged)?;
        let encoded = self.content.get(start..end).ok_or(OpenFailure::Damaged)?;
        let octets = part.encoding.decode(encoded).into_owned();
        if octets.len() as u64 == part.size {
            Ok(octets)
        } else {
            Err(OpenFailure::Damaged)
        }
    }
}
