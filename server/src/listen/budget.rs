//! The memory that all sessions share, counted in KiB.
//!
//! Fair: who asked first gets first, so a large message does not starve behind small ones; they
//! wait behind it instead.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

const KIB: usize = 1024;

/// What is left of the memory for content.
pub(super) struct Budget {
    left: Arc<Semaphore>,
    all: usize,
}

/// Some of it, given back when dropped.
pub(super) struct Room {
    _permit: OwnedSemaphorePermit,
}

impl Budget {
    /// A budget of so many octets, rounded down to KiB.
    pub(super) fn new(octets: usize) -> Self {
        let all = (octets / KIB).min(Semaphore::MAX_PERMITS);
        Self {
            left: Arc::new(Semaphore::new(all)),
            all,
        }
    }

    /// Takes `octets` when they are there, and waits for them no longer than `patience`. What is
    /// more than the whole budget is not waited for.
    pub(super) async fn take(&self, octets: usize, patience: Duration) -> Option<Room> {
        let kib = octets.div_ceil(KIB);
        if kib > self.all {
            return None;
        }
        let taking = Arc::clone(&self.left).acquire_many_owned(u32::try_from(kib).ok()?);
        let permit = timeout(patience, taking).await.ok()?.ok()?;
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
}
