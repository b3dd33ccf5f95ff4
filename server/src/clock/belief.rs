//! Which time is believed when the clock jumps: a decision without I/O (decision 0017).
//!
//! What expires is destroyed, and that cannot be undone. So a clock that moved by more than an hour
//! against the one that only runs is not believed for a day; meanwhile time goes on from where it
//! was. Small steps, as time servers make them, are followed at once.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A clock that moved by more than this was set wrongly, or is set right.
const JUMP: SignedDuration = SignedDuration::from_hours(1);
/// For how long it must go on without another jump to be believed.
const DOUBT: Duration = Duration::from_secs(24 * 60 * 60);

/// What is believed.
#[derive(Debug)]
pub(super) struct Belief {
    /// When the clock was last right.
    right: Reading,
    /// Where it jumped to.
    doubt: Option<Reading>,
}

/// Both clocks at one instant.
#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: Timestamp,
    steady: Instant,
}

impl Reading {
    /// What the wall clock shows later, if it only runs.
    fn at(self, steady: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(steady.saturating_duration_since(self.steady));
        self.wall
            .saturating_add(passed.unwrap_or(SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX)
    }

    fn agrees(self, wall: Timestamp, steady: Instant) -> bool {
        wall.duration_since(self.at(steady)).abs() <= JUMP
    }
}

/// What a look has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Jumped,
    Returned,
    Accepted,
}

impl Belief {
    pub(super) fn new(wall: Timestamp, steady: Instant) -> Self {
        Self {
            right: Reading { wall, steady },
            doubt: None,
        }
    }

    /// The time that is believed now.
    pub(super) fn look(&mut self, wall: Timestamp, steady: Instant) -> (Timestamp, Option<Change>) {
        if self.right.agrees(wall, steady) {
            self.right = Reading { wall, steady };
            return (wall, self.doubt.take().map(|_| Change::Returned));
        }
        match self.doubt {
            Some(since) if since.agrees(wall, steady) => {
                if steady.saturating_duration_since(since.steady) < DOUBT {
                    return (self.right.at(steady), None);
                }
                *self = Self::new(wall, steady);
                (wall, Some(Change::Accepted))
            }
            _ => {
                self.doubt = Some(Reading { wall, steady });
                (self.right.at(steady), Some(Change::Jumped))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;

    /// Looks at each (seconds of the wall clock, seconds that really passed); returns what was
    /// believed, in seconds since the start.
    fn believed(looks: &[(i64, i64)]) -> Vec<(i64, Option<Change>)> {
        let wall: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let steady = Instant::now();
        let mut belief = Belief::new(wall, steady);
        let look = |&(shown, passed): &(i64, i64)| {
            let (now, change) = belief.look(
                wall + SignedDuration::from_secs(shown),
                steady + Duration::from_secs(u64::try_from(passed).unwrap()),
            );
            (now.duration_since(wall).as_secs(), change)
        };
        looks.iter().map(look).collect()
    }

    #[test]
    fn a_clock_that_runs_or_is_corrected_a_little_is_followed() {
        let looks = [(10, 10), (20 + HOUR, 20), (30, 30), (40 - HOUR, 40)];
        let shown: Vec<_> = looks.iter().map(|&(shown, _)| (shown, None)).collect();
        assert_eq!(believed(&looks[..2]), shown[..2]);
        assert_eq!(believed(&looks[2..]), shown[2..]);
    }

    #[test]
    fn a_jump_of_more_than_an_hour_is_not_believed_in_either_direction() {
        for jump in [HOUR + 1, YEAR, -HOUR - 1, -YEAR] {
            let seen = believed(&[(10, 10), (20 + jump, 20), (500 + jump, 500)]);
            assert_eq!(seen, [(10, None), (20, Some(Change::Jumped)), (500, None)]);
        }
    }

    #[test]
    fn a_clock_that_comes_back_is_believed_at_once() {
        let seen = believed(&[(10 + YEAR, 10), (30, 30), (40, 40)]);
        assert_eq!(
            seen,
            [
                (10, Some(Change::Jumped)),
                (30, Some(Change::Returned)),
                (40, None)
            ]
        );
    }

    #[test]
    fn a_clock_that_stays_is_believed_after_a_day_and_not_a_second_before() {
        let seen = believed(&[
            (10 + YEAR, 10),
            (9 + DAY + YEAR, 9 + DAY),
            (10 + DAY + YEAR, 10 + DAY),
            (11 + DAY + YEAR, 11 + DAY),
        ]);
        assert_eq!(
            seen[1..],
            [
                (9 + DAY, None),
                (10 + DAY + YEAR, Some(Change::Accepted)),
                (11 + DAY + YEAR, None)
            ]
        );
    }

    #[test]
    fn a_clock_that_jumps_again_has_its_day_before_it_again() {
        let seen = believed(&[
            (YEAR, 0),
            (2 * YEAR + DAY - 1, DAY - 1),
            (2 * YEAR + DAY + 1, DAY + 1),
        ]);
        assert_eq!(seen[1], (DAY - 1, Some(Change::Jumped)));
        assert_eq!(seen[2], (DAY + 1, None));
    }
}
