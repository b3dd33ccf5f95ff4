//! What the running gateway does with keys by itself: cuts the share keys of coming months, rotates
//! what is due, goes on with rotations that were left, destroys what nothing needs.
//!
//! Retired keys of `outbox`, `reply`, `spool`, `passcode`, `session` and `audit`, and share keys of
//! months that are over, are destroyed as soon as a scan proves that nothing needs them. Retired
//! keys of `metadata` and `lookup`, and share keys of a month that is not over, are left to an
//! operator (`keys destroy`): a backup of the data from before their rotation needs them.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use keystore::{Actor, Due, Epoch, KeyFacts, KeystoreError, Periods, Purpose, due, facts};
use store::StoreError;
use tokio::task::block_in_place;
use tracing::{error, info, warn};

use super::rotation::{RotationError, Rotator};
use super::{NeedsError, close_if_unneeded};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How long other processes are waited for at a time.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// A clock that moved by more than this between two looks was set, or the machine slept.
const CLOCK_JUMP: SignedDuration = SignedDuration::from_mins(10);
/// What is done about keys cannot be undone: a clock that jumped is believed after this long.
const DOUBT: Duration = Duration::from_secs(60 * 60);

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
        let mut told = String::new();
        let mut watch = ClockWatch::new((self.rotator.clock)(), Instant::now());
        while !*stopping.borrow() {
            if watch.is_doubtful((self.rotator.clock)(), Instant::now()) {
                if told.is_empty() {
                    told =
                        "the clock jumped; the key schedule waits an hour, check the time".into();
                    warn!("{told}");
                }
            } else {
                let problems = match self.look().await {
                    Ok(problems) => problems,
                    Err(error) => error.to_string(),
                };
                // Once, not every minute.
                if problems != told && !problems.is_empty() {
                    error!(
                        problems,
                        "the key schedule could not do all its work; it tries again"
                    );
                }
                told = problems;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    /// Returns what was not done, in words.
    async fn look(&self) -> Result<String, RotationError> {
        let rotator = &self.rotator;
        let now = (rotator.clock)();
        block_in_place(|| self.cut(now))?;
        let mut problems = Vec::new();
        let ring = rotator.folder.read_all(&*rotator.live, now)?;
        let Due { rotate, destroy } = due(&ring, &self.periods, now);
        for purpose in rotate {
            match rotator.rotate(purpose, Actor::SCHEDULE, &|_| {}).await {
                Ok(_) => {}
                Err(error @ RotationError::Interrupted) => return Err(error),
                // The others are not held up by it.
                Err(error) => problems.push(format!("{purpose}: {error}")),
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
        Ok(problems.join("; "))
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
        block_in_place(|| {
            let (actor, random) = (Actor::SCHEDULE, &*rotator.random);
            rotator
                .folder
                .destroy(&*rotator.live, &proof, &actor, now, random)
        })?;
        info!(key.id = %key.id, purpose = %key.purpose, "destroyed a key that nothing needs");
        Ok(())
    }
}

/// Notices a clock that jumps, by the clock that only runs.
struct ClockWatch {
    wall: Timestamp,
    steady: Instant,
    doubtful_until: Option<Instant>,
}

impl ClockWatch {
    fn new(wall: Timestamp, steady: Instant) -> Self {
        Self {
            wall,
            steady,
            doubtful_until: None,
        }
    }

    fn is_doubtful(&mut self, wall: Timestamp, steady: Instant) -> bool {
        let by_wall = wall.duration_since(self.wall);
        let by_steady = SignedDuration::try_from(steady.duration_since(self.steady));
        let apart = by_wall.saturating_sub(by_steady.unwrap_or_default());
        if apart.abs() > CLOCK_JUMP {
            self.doubtful_until = Some(steady + DOUBT);
        }
        (self.wall, self.steady) = (wall, steady);
        self.doubtful_until.is_some_and(|until| steady < until)
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
    fn a_clock_that_jumped_is_believed_after_an_hour() {
        let (wall, steady) = (
            "2026-11-22T12:00:00Z".parse().expect("instant"),
            Instant::now(),
        );
        let at = |wall_seconds: i64, seconds: u64| {
            let wall: Timestamp = wall;
            (
                wall + SignedDuration::from_secs(wall_seconds),
                steady + Duration::from_secs(seconds),
            )
        };
        let mut watch = ClockWatch::new(wall, steady);
        for (wall_seconds, seconds, doubtful) in [
            (60, 60, false),
            (720, 120, false),
            (1381, 180, true),
            (1441, 240, true),
            (1381 + 3599, 180 + 3599, true),
            (1381 + 3600, 180 + 3600, false),
            (1381 + 3600 - 601, 180 + 3600, true),
        ] {
            let (wall, steady) = at(wall_seconds, seconds);
            assert_eq!(
                watch.is_doubtful(wall, steady),
                doubtful,
                "{wall_seconds} {seconds}"
            );
        }
    }

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
