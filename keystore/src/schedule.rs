//! What a schedule asks for, as a pure function of the ring, the periods and the time.

use jiff::{SignedDuration, Timestamp};

use crate::epoch::Epoch;
use crate::keyring::Keyring;
use crate::lifecycle::KeyState;
use crate::purpose::Purpose;
use seal::KeyId;

/// After how many days a purpose's active key is rotated; 0 is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// `outbox`.
    pub outbox_days: u32,
    /// `reply`.
    pub reply_days: u32,
    /// Every other purpose.
    pub other_days: u32,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            outbox_days: 1,
            reply_days: 30,
            other_days: 365,
        }
    }
}

impl Periods {
    /// The period of a purpose; `None` when it is not rotated by the schedule.
    pub fn of(&self, purpose: Purpose) -> Option<SignedDuration> {
        let days = match purpose {
            Purpose::Outbox => self.outbox_days,
            Purpose::Reply => self.reply_days,
            _ => self.other_days,
        };
        (days > 0).then(|| SignedDuration::from_hours(24 * i64::from(days)))
    }
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// Purposes to rotate, or to go on rotating.
    pub rotate: Vec<Purpose>,
    /// Retired keys that may be destroyed if nothing needs them.
    pub destroy: Vec<(Purpose, KeyId)>,
}

/// What a schedule asks for.
pub fn due(ring: &Keyring, periods: &Periods, now: Timestamp) -> Due {
    let on_its_way = |purpose| ring.rotations.iter().any(|known| known.purpose == purpose);
    let too_old = |purpose: Purpose| {
        let Some(period) = periods.of(purpose) else {
            return false;
        };
        ring.keys.iter().any(|key| {
            let about = key.about();
            about.purpose == purpose
                && key.state() == KeyState::Active
                // A month that is over ends by itself.
                && about.epoch.is_none_or(|epoch| epoch >= Epoch::of(now))
                && about.created_at.saturating_add(period).is_ok_and(|end| end <= now)
        })
    };
    let retired = ring
        .keys
        .iter()
        .filter(|key| key.state() == KeyState::Retired);
    Due {
        rotate: Purpose::ALL
            .into_iter()
            .filter(|purpose| on_its_way(*purpose) || too_old(*purpose))
            .collect(),
        destroy: retired
            .map(|key| (key.about().purpose, key.about().id))
            .filter(|(purpose, _)| !on_its_way(*purpose))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use seal::SystemRandom;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("instant")
    }

    fn ring() -> Keyring {
        let made = at("2026-11-22T12:00:00Z");
        Keyring::new(made, at("2026-12-31T00:00:00Z"), &SystemRandom::new())
    }

    fn rotate(periods: &Periods, now: &str) -> Vec<Purpose> {
        due(&ring(), periods, at(now)).rotate
    }

    #[test]
    fn a_key_is_due_when_its_period_is_over_and_not_a_moment_earlier() {
        let periods = Periods::default();
        assert_eq!(rotate(&periods, "2026-11-23T11:59:59.999999999Z"), []);
        assert_eq!(rotate(&periods, "2026-11-23T12:00:00Z"), [Purpose::Outbox]);
        assert_eq!(rotate(&periods, "2026-12-22T11:59:59Z"), [Purpose::Outbox]);
        let both = [Purpose::Outbox, Purpose::Reply];
        assert_eq!(rotate(&periods, "2026-12-22T12:00:00Z"), both);
        let year = rotate(&periods, "2027-11-22T12:00:00Z");
        let all_but_share = Purpose::ALL.into_iter().filter(|p| *p != Purpose::Share);
        assert_eq!(
            year,
            all_but_share.collect::<Vec<_>>(),
            "months that are over end by themselves"
        );
    }

    #[test]
    fn a_period_of_no_days_is_never() {
        let never = Periods {
            outbox_days: 0,
            reply_days: 0,
            other_days: 0,
        };
        assert_eq!(rotate(&never, "2100-01-01T00:00:00Z"), []);
        let longest = Periods {
            outbox_days: u32::MAX,
            reply_days: u32::MAX,
            other_days: u32::MAX,
        };
        assert_eq!(rotate(&longest, "2100-01-01T00:00:00Z"), []);
    }

    #[test]
    fn share_keys_of_months_to_come_are_rotated() {
        let daily = Periods {
            other_days: 1,
            ..Periods::default()
        };
        assert!(rotate(&daily, "2026-12-31T12:00:00Z").contains(&Purpose::Share));
        assert!(!rotate(&daily, "2027-01-01T00:00:00Z").contains(&Purpose::Share));
    }

    #[test]
    fn retired_keys_are_destroyed_once_their_rotation_has_ended() {
        let now = at("2026-11-22T12:00:00Z");
        let mut ring = ring();
        let old = ring.all_sealing(Purpose::Reply)[0];
        ring.begin(Purpose::Reply, now, &SystemRandom::new());
        ring.promote(Purpose::Reply, now);
        let on_its_way = due(&ring, &Periods::default(), now);
        assert_eq!(
            (on_its_way.rotate, on_its_way.destroy),
            (vec![Purpose::Reply], vec![])
        );
        ring.end(Purpose::Reply);
        let ended = due(&ring, &Periods::default(), now);
        assert_eq!(
            (ended.rotate, ended.destroy),
            (vec![], vec![(Purpose::Reply, old)])
        );
    }
}
