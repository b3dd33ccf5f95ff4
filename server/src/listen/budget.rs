//! The memory that all sessions share, counted in KiB.
//!
//! Fair: who asked first gets first, so a large message does not starve behind small ones. Those
//! would wait behind it, for as long as it waits for its like to end; so a part of the memory is
//! lent in small pieces only, and small mail goes on while large mail fills the rest.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

const KIB: usize = 1024;
/// Up to this a piece is small: what a message is lent that has not shown to be large.
const SMALL: usize = 64;
/// The part of the memory that is lent in small pieces only.
const FOR_SMALL: usize = 16;

/// What is left of the memory for content.
pub(super) struct Budget {
    left: Arc<Semaphore>,
    left_for_small: Arc<Semaphore>,
    /// The most that one piece can be.
    largest: usize,
}

/// Some of it, given back when dropped.
pub(super) struct Room {
    _permit: OwnedSemaphorePermit,
}

impl Budget {
    /// A budget of so many octets, rounded down to KiB.
    pub(super) fn new(octets: usize) -> Self {
        let all = (octets / KIB).min(Semaphore::MAX_PERMITS);
        // Of a budget for a few messages nothing can be set apart.
        let for_small = match all / FOR_SMALL {
            too_little if too_little < SMALL => 0,
            enough => enough,
        };
        Self {
            left: Arc::new(Semaphore::new(all - for_small)),
            left_for_small: Arc::new(Semaphore::new(for_small)),
            largest: all - for_small,
        }
    }

    /// Takes `octets` when they are there, and waits for them no longer than `patience`. What is
    /// more than there ever is is not waited for.
    pub(super) async fn take(&self, octets: usize, patience: Duration) -> Option<Room> {
        let kib = octets.div_ceil(KIB);
        if kib > self.largest {
            return None;
        }
        let pieces = u32::try_from(kib).ok()?;
        let taking = Arc::clone(&self.left).acquire_many_owned(pieces);
        let taking_small = Arc::clone(&self.left_for_small).acquire_many_owned(pieces);
        let either = async {
            tokio::select! {
                biased;
                permit = taking => permit,
                permit = taking_small, if kib <= SMALL => permit,
            }
        };
        let permit = timeout(patience, either).await.ok()?.ok()?;
        Some(Room { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn what_is_taken_is_there_again_when_it_is_dropped() {
        let budget = Budget::new(10 * KIB);
        let room = budget.take(9 * KIB + 1, SOON).await.unwrap();
        assert!(budget.take(1, SOON).await.is_none());
        drop(room);
        assert!(budget.take(10 * KIB, SOON).await.is_some());
    }

    #[tokio::test]
    async fn who_waits_gets_what_another_gives_back() {
        let budget = Arc::new(Budget::new(10 * KIB));
        let room = budget.take(10 * KIB, SOON).await.unwrap();
        let waiting = Arc::clone(&budget);
        let waiting =
            tokio::spawn(async move { waiting.take(KIB, Duration::from_secs(60)).await.is_some() });
        tokio::task::yield_now().await;
        drop(room);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn more_than_there_ever_is_is_not_waited_for() {
        let budget = Budget::new(10 * KIB);
        assert!(
            budget
                .take(10 * KIB + 1, Duration::from_secs(3_600))
                .await
                .is_none()
        );
        assert!(
            budget
                .take(usize::MAX, Duration::from_secs(3_600))
                .await
                .is_none()
        );
    }

    #[tokio::test]
    async fn small_pieces_are_there_while_large_ones_wait() {
        let budget = Arc::new(Budget::new(16 * 2 * SMALL * KIB));
        let large = budget.take(30 * SMALL * KIB, SOON).await.unwrap();
        let waiting = Arc::clone(&budget);
        let waiting = tokio::spawn(async move {
            let patience = Duration::from_secs(60);
            waiting.take(SMALL * KIB + 1, patience).await.is_some()
        });
        tokio::task::yield_now().await;
        let small: Vec<_> = [
            budget.take(SMALL * KIB, SOON).await.unwrap(),
            budget.take(SMALL * KIB, SOON).await.unwrap(),
        ]
        .into();
        assert!(
            budget.take(1, SOON).await.is_none(),
            "they are bounded, too"
        );
        assert!(budget.take(SMALL * KIB + 1, SOON).await.is_none());
        drop(small);
        let again = budget.take(SMALL * KIB, SOON).await;
        assert!(again.is_some());
        drop(large);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn small_pieces_take_of_what_all_share_first() {
        let budget = Budget::new(16 * SMALL * KIB);
        let small = budget.take(SMALL * KIB, SOON).await.unwrap();
        assert!(
            budget.take(15 * SMALL * KIB, SOON).await.is_none(),
            "the small one is in the way"
        );
        drop(small);
        assert!(budget.take(15 * SMALL * KIB, SOON).await.is_some());
        assert!(
            budget.take(15 * SMALL * KIB + 1, SOON).await.is_none(),
            "more than is ever lent in one piece"
        );
    }
}
