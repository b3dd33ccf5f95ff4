//! The keys that taking one message needs, out of their vault all at once: making its pages readable
//! and unreadable again costs more than what is done with a key.

use jiff::Timestamp;
use ring::hmac;
use seal::{KeyId, WrapKey};

use crate::GatewayKeys;
use crate::epoch::Epoch;
use crate::live::{LoadedKey, mac_key_of};
use crate::purpose::{Lookup, Metadata, Outbox, Purpose};
use crate::ring::{KeyError, MacRing, Pinned, Ring, sealing};
use crate::share::ShareRing;

/// As the keys were at one moment, whatever becomes of them: all of one record is under one key of
/// each purpose. To be dropped within milliseconds; whoever has it wipes the stack at the end.
pub struct KeysInHand {
    /// Indexes addresses and tokens.
    pub lookup: MacRing<Lookup>,
    /// Seals what is personal in records.
    pub metadata: Ring<Metadata>,
    /// Seals link secrets that wait for their notice.
    pub outbox: Ring<Outbox>,
    /// Seals server shares of grants that end in one month, when it has a key.
    pub share: Result<ShareRing, KeyError>,
}

/// A key as it is used. Boxed: the heap is wiped.
enum InHand {
    Mac(KeyId, hmac::Key),
    Wrap(Box<WrapKey>),
}

impl GatewayKeys {
    /// The newest keys, for a message whose grants end at `expires_at`.
    pub fn in_hand(&self, expires_at: Timestamp) -> KeysInHand {
        let live = self.lookup.live();
        live.look_again();
        let loaded = live.loaded();
        let epoch = Epoch::of(expires_at);
        let share = loaded.sealing(Purpose::Share, Some(epoch));
        let mut keys: Vec<&LoadedKey> = loaded.of_purpose(Purpose::Lookup).collect();
        keys.push(sealing(&loaded, Purpose::Metadata));
        keys.push(sealing(&loaded, Purpose::Outbox));
        keys.extend(share);
        let (mut macs, mut wraps) = (Vec::new(), Vec::new());
        for key in loaded.each(&keys, InHand::of) {
            match key {
                InHand::Mac(id, key) => macs.push((id, key)),
                InHand::Wrap(key) => wraps.push(key),
            }
        }
        let mut wraps = wraps.into_iter();
        let mut next = || {
            wraps
                .next()
                .expect("as many as were asked for, in that order")
        };
        let newest = sealing(&loaded, Purpose::Lookup).id;
        KeysInHand {
            lookup: self.lookup.with(Pinned::new(macs, newest)),
            metadata: self.metadata.with(next()),
            outbox: self.outbox.with(next()),
            share: match share {
                Some(_) => Ok(self.share.with(epoch, next())),
                None => Err(KeyError::NoEpoch(epoch)),
            },
        }
    }
}

impl InHand {
    fn of(key: &LoadedKey, secret: &[u8; 32]) -> Self {
        match key.purpose {
            Purpose::Lookup => Self::Mac(key.id, mac_key_of(secret)),
            _ => Self::Wrap(Box::new(key.to_wrap_key(secret))),
        }
    }
}
