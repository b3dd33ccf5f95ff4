//! The `share` keys: one a month, by the month in which a grant ends.

use std::sync::Arc;

use jiff::Timestamp;
use seal::{Place, Random};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::live::LiveKeys;
use crate::purpose::Purpose;
use crate::ring::KeyError;

/// Seals a server share under the key of its epoch. When the gateway has cut a new month's key,
/// other processes find it by reading the ring again.
pub struct ShareRing {
    live: Arc<LiveKeys>,
}

impl ShareRing {
    pub(crate) fn new(live: &Arc<LiveKeys>) -> Self {
        Self {
            live: Arc::clone(live),
        }
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
        let key = self.live.find(|loaded| {
            let key = loaded.sealing(Purpose::Share, Some(epoch))?;
            Some(loaded.wrap_key(key))
        });
        let wrapped = key
            .ok_or(KeyError::NoEpoch(epoch))?
            .seal(place, plaintext, random);
        seal::wipe_stack();
        Ok(wrapped)
    }

    /// Opens a wrapped server share.
    pub fn open(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.live.open_wrapped(Purpose::Share, place, wrapped)
    }
}
