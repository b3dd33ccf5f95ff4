//! The `share` keys: one a month, by the month in which a grant ends.

use std::sync::Arc;

use jiff::Timestamp;
use seal::{Place, Random, WrapKey};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::live::LiveKeys;
use crate::purpose::Purpose;
use crate::ring::KeyError;

/// Seals a server share under the key of its epoch. When the gateway has cut a new month's key,
/// other processes find it by reading the ring again.
pub struct ShareRing {
    live: Arc<LiveKeys>,
    /// One month's key, out of its vault for as long as one piece of work lasts. On the heap, which
    /// is wiped.
    pinned: Option<(Epoch, Box<WrapKey>)>,
}

impl ShareRing {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
            pinned: None,
        }
    }

    /// The same ring with one month's key in hand.
    pub(crate) fn with(&self, epoch: Epoch, key: Box<WrapKey>) -> Self {
        Self {
            live: Arc::clone(&self.live),
            pinned: Some((epoch, key)),
        }
    }

    fn of_epoch(&self, epoch: Epoch) -> Result<WrapKey, KeyError> {
        let key = self.live.find(|loaded| {
            let key = loaded.sealing(Purpose::Share, Some(epoch))?;
            Some(loaded.wrap_key(key))
        });
        key.ok_or(KeyError::NoEpoch(epoch))
    }

    /// Wraps a server share whose grant ends at `expires_at`.
    pub fn seal(
        &self,
        place: &Place<'_>,
        expires_at: Timestamp,
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, KeyError> {
        let epoch = Epoch::of(expires_at);
        match &self.pinned {
            Some((of, key)) if *of == epoch => return Ok(key.seal(place, plaintext, random)),
            _ => {}
        }
        let wrapped = self.of_epoch(epoch)?.seal(place, plaintext, random);
        seal::wipe_stack();
        Ok(wrapped)
    }

    /// Opens a wrapped server share.
    pub fn open(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.live.open_wrapped(Purpose::Share, place, wrapped)
    }
}
