//! Which conversation a message goes on, by what its header names and by whom it is written to
//! (decision 0033). Nothing is computed for a message that names nothing.

use keystore::{Lookup, MacRing};
use mail::Address;
use mail::header::HeaderSection;
use seal::RecipientId;
use store::{Mentions, Named};

use super::hashes::message_id_hashes;
use crate::mails::reply_of_message_id;
use crate::metadata::address_indexes;

/// Earlier mails that a message may name; of more, the nearest.
pub(super) const MOST_NAMED: usize = 20;

/// What the store looks for. `answered` are those to whose reply addresses the message was sent, and
/// `recipients` its own that are held, with where their notices go.
pub(super) fn mentions<'a>(
    lookup: &MacRing<Lookup>,
    header: &HeaderSection<'_>,
    answered: &[RecipientId],
    recipients: impl Iterator<Item = (RecipientId, &'a Address)>,
) -> Mentions {
    let ids = header.names_earlier(MOST_NAMED);
    if ids.is_empty() && answered.is_empty() {
        return Mentions::default();
    }
    // Whom an address belongs to is known for sure; what a header says is its writer's word.
    let mut named: Vec<Named> = answered.iter().copied().map(Named::Recipient).collect();
    for id in ids {
        match reply_of_message_id(&id) {
            Some(reply) => named.push(Named::Reply(reply)),
            None => {
                let hashes = message_id_hashes(lookup, &id).into_iter();
                named.extend(hashes.map(|(_, hash)| Named::Message(hash)));
            }
        }
    }
    let mailboxes = recipients.flat_map(|(recipient, address)| {
        let indexes = address_indexes(lookup, address);
        indexes.into_iter().map(move |index| (index, recipient))
    });
    Mentions {
        named,
        mailboxes: mailboxes.collect(),
    }
}
