//! What the running gateway does with keys by itself: cuts the share keys of coming months, rotates
//! what is due, goes on with rotations that were left, destroys what nothing needs.
//!
//! Retired keys of `outbox`, `reply`, `spool`, `passcode`, `session` and `audit`, and share keys of
//! months that are over, are destroyed as soon as a scan proves that nothing needs them. Retired
//! keys of `metadata` and `lookup`, and share keys of a month that is not over, are left to an
//! operator (`keys destroy`): a backup of the data from before their rotation needs them.

use std::time::Duration;

use jiff::Timestamp;
use keystore::{Actor, Due, Epoch, KeyFacts, KeystoreError, Periods, Purpose, due, facts};
use store::StoreError;
use tracing::{error, info, warn};

use super::rotation::{RotationError, Rotator};
use super::{NeedsError, close_if_unneeded};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the schedule goes by.
pub struct Schedule {
    /// Does the work.
    pub rotator: Rotator,
    /// When.
    pub periods: Periods,
    /// How far ahead grants made now can end.
    pub horizon: Box<dyn Fn(Timestamp) -> Timestamp + Send + Sync>,
}

impl Schedule {
    /// Looks after the keys until told to stop.
    pub async fn run(self) {
        let mut stopping = self.rotator.stop.clone();
        while !*stopping.borrow() {
            if let Err(error) = self.look().await {
                error!(error = %error, "the key schedule could not do its work; it tries again");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    async fn look(&self) -> Result<(), RotationError> {
        let rotator = &self.rotator;
        let now = (rotator.clock)();
        self.cut(now)?;
        let ring = rotator.folder.read_all(&*rotator.live, now)?;
        let Due { rotate, destroy } = due(&ring, &self.periods, now);
        for purpose in rotate {
            match rotator.rotate(purpose, Actor::SCHEDULE, &|_| {}).await {
                Ok(_) => {}
                Err(error @ RotationError::Interrupted) => return Err(error),
                // The others are not held up by it.
                Err(error) => error!(%purpose, error = %error, "a rotation is not at its end"),
            }
        }
        let keys = facts(&ring);
        for (_, id) in destroy {
            if let Some(key) = keys.iter().find(|key| key.id == id)
                && by_itself(key, now)
            {
                self.destroy(key).await?;
            }
        }
        Ok(())
    }

    fn cut(&self, now: Timestamp) -> Result<(), KeystoreError> {
        let rotator = &self.rotator;
        let horizon = (self.horizon)(now);
        let cut = rotator
            .folder
            .cut_share_keys(&*rotator.live, now, horizon, &*rotator.random)?;
        for epoch in cut {
            info!(%epoch, "cut the share key of a coming month");
        }
        Ok(())
    }

    async fn destroy(&self, key: &KeyFacts) -> Result<(), RotationError> {
        let rotator = &self.rotator;
        let now = (rotator.clock)();
        let proof = match close_if_unneeded(&*rotator.store, key, now).await {
            Ok(proof) => proof,
            Err(NeedsError::StillNeeded(_)) => return Ok(()),
            Err(NeedsError::Store(StoreError::Unavailable(_))) => {
                warn!("the store is busy; a key that may be destroyed waits");
                return Ok(());
            }
            Err(NeedsError::Store(error)) => return Err(error.into()),
        };
        rotator.folder.destroy(
            &*rotator.live,
            &proof,
            &Actor::SCHEDULE,
            now,
            &*rotator.random,
        )?;
        info!(key.id = %key.id, purpose = %key.purpose, "destroyed a key that nothing needs");
        Ok(())
    }
}

/// Whether the schedule may destroy a retired key without asking.
fn by_itself(key: &KeyFacts, now: Timestamp) -> bool {
    match key.purpose {
        Purpose::Outbox
        | Purpose::Reply
        | Purpose::Spool
        | Purpose::Passcode
        | Purpose::Session
        | Purpose::Audit => true,
        Purpose::Share => key.epoch.is_some_and(|epoch| epoch < Epoch::of(now)),
        Purpose::Metadata | Purpose::Lookup => false,
    }
}

#[cfg(test)]
mod tests {
    use keystore::KeyState;
    use seal::KeyId;

    use super::*;

    #[test]
    fn keys_that_a_backup_of_the_data_needs_are_left_to_a_person() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        let key = |purpose, epoch: Option<&str>| KeyFacts {
            id: KeyId::from_bytes([1; 16]),
            purpose,
            state: KeyState::Retired,
            created_at: now,
            changed_at: now,
            epoch: epoch.map(|text| text.parse().expect("a month")),
            public: None,
        };
        assert!(by_itself(&key(Purpose::Outbox, None), now));
        assert!(by_itself(&key(Purpose::Reply, None), now));
        assert!(by_itself(&key(Purpose::Share, Some("2026-10")), now));
        assert!(!by_itself(&key(Purpose::Share, Some("2026-11")), now));
        assert!(!by_itself(&key(Purpose::Metadata, None), now));
        assert!(!by_itself(&key(Purpose::Lookup, None), now));
    }
}
