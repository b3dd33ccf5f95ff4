//! What a message is known again by: keyed hashes, which the store compares and cannot undo.

use keystore::{Lookup, MacRing};
use seal::KeyId;

/// What a message that is sent again is known by: keyed hashes of its Message-ID and content.
pub(super) struct Hashes {
    pub(super) key: KeyId,
    pub(super) message_id: Option<[u8; 32]>,
    pub(super) content: [u8; 32],
    /// The same under each older key that is kept.
    pub(super) earlier: Vec<([u8; 32], [u8; 32])>,
}

impl Hashes {
    /// `digest` is the SHA-256 of the content.
    pub(super) fn of(
        lookup: &MacRing<Lookup>,
        message_id: Option<&str>,
        digest: &[u8; 32],
    ) -> Self {
        let of_content: [&[u8]; 2] = [b"content", digest];
        let (key, content) = lookup.tag_with_key(&of_content);
        let mut message_ids =
            message_id.map_or_else(Vec::new, |text| message_id_hashes(lookup, text));
        let newest = message_ids
            .iter()
            .position(|(made_with, _)| *made_with == key);
        let message_id = newest.map(|place| message_ids.remove(place).1);
        let contents = lookup.tags(&of_content);
        let earlier = message_ids.into_iter().filter_map(|(key, message_id)| {
            let (_, content) = contents.iter().find(|(made_with, _)| *made_with == key)?;
            Some((message_id, *content))
        });
        Self {
            key,
            message_id,
            content,
            earlier: earlier.collect(),
        }
    }
}

/// What a Message-ID is found by, under each lookup key that is kept.
pub(super) fn message_id_hashes(lookup: &MacRing<Lookup>, text: &str) -> Vec<(KeyId, [u8; 32])> {
    lookup.tags(&[b"message id", text.as_bytes()])
}
