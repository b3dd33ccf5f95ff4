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
