//! How many uploads a recipient may have at once, and the turn in which parts are put.
//!
//! An upload is measured by what the reply held when it began. Others of the same reply may have
//! ended since, so what is left is counted again in a turn that only one request has, right before
//! the part is kept. This holds inside this process; the store's commit is the judge between several.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use seal::{RecipientId, ReplyId};
use tokio::sync::MutexGuard;

use crate::partial::Partials;

/// A page sends one part at a time. The rest is for tabs, and for uploads whose line broke without
/// a word and that nobody has given up yet.
const MOST_OF_A_RECIPIENT: usize = 8;

/// Replies share turns by chance, which costs a reader one commit of somebody else's: so there is no
/// table that grows with replies.
const TURNS: usize = 64;

/// The uploads of this process.
pub(crate) struct Uploads {
    /// Recipients with at least one upload, so never more than there are connections.
    running: Arc<Mutex<HashMap<RecipientId, usize>>>,
    turns: [tokio::sync::Mutex<()>; TURNS],
    partials: Partials,
}

/// One running upload; over when dropped.
pub(crate) struct Upload {
    running: Arc<Mutex<HashMap<RecipientId, usize>>>,
    recipient: RecipientId,
}

impl Uploads {
    pub(crate) fn new() -> Self {
        Self {
            running: Arc::default(),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            partials: Partials::default(),
        }
    }

    /// What has arrived of parts that come in pieces.
    pub(crate) fn partials(&self) -> &Partials {
        &self.partials
    }

    /// Counts an upload in; `None` when the recipient has as many as allowed.
    pub(crate) fn begin(&self, recipient: RecipientId) -> Option<Upload> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(recipient).or_default();
        if *count >= MOST_OF_A_RECIPIENT {
            return None;
        }
        *count += 1;
        Some(Upload {
            running: Arc::clone(&self.running),
            recipient,
        })
    }

    /// Waits until no other request counts or puts parts of `reply`.
    pub(crate) async fn turn(&self, reply: ReplyId) -> MutexGuard<'_, ()> {
        // The last octet of an id is random, and ours: nobody can choose whom to wait for.
        let [.., last] = *reply.as_bytes();
        self.turns[usize::from(last) % TURNS].lock().await
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(&self.recipient) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.recipient);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_upload_of_a_recipient_waits_until_one_is_over() {
        let uploads = Uploads::new();
        let (one, other) = (
            RecipientId::from_bytes([1; 16]),
            RecipientId::from_bytes([2; 16]),
        );
        let mut begun: Vec<_> = (0..8).map(|_| uploads.begin(one)).collect();
        assert!(begun.iter().all(Option::is_some));
        assert!(uploads.begin(one).is_none());
        assert!(uploads.begin(other).is_some());
        begun.pop();
        let again = uploads.begin(one);
        assert!(again.is_some());
        assert!(uploads.begin(one).is_none());
        drop((begun, again));
        assert!(
            uploads.running.lock().expect("one thread").is_empty(),
            "nothing is kept of recipients without uploads"
        );
    }

    #[tokio::test]
    async fn a_reply_has_one_turn_at_a_time() {
        let uploads = Uploads::new();
        let (one, other) = (ReplyId::from_bytes([1; 16]), ReplyId::from_bytes([2; 16]));
        let turn = uploads.turn(one).await;
        let mut next = std::pin::pin!(uploads.turn(one));
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(uploads.turn(other).await);
        drop(turn);
        drop(next.await);
    }
}
