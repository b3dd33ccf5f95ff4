//! When somebody wants to know whether a message has been read: reminders go to its recipients, an
//! alert to its sender. Pure: the time is passed in.

use jiff::{SignedDuration, Timestamp};

use crate::config::Policy;

/// A last reminder leaves this long for reading.
const LAST: SignedDuration = SignedDuration::from_hours(48);
/// Two reminders are at least so far apart, or there is one.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// What is done about messages that nobody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUp {
    /// Recipients are reminded at half of a message's time, and two days before its end.
    pub reminders: bool,
    /// The sender is told once, so long after the message was taken.
    pub alert_after: Option<SignedDuration>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Remind,
    Alert,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// Recipients are reminded.
    pub remind: bool,
    /// The sender is told.
    pub alert: bool,
}

/// A message's time, as one of its recipients has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When it was taken.
    pub captured_at: Timestamp,
    /// When the recipient's grant ends: each may have been given more time than others.
    pub expires_at: Timestamp,
}

impl FollowUp {
    /// Nobody is reminded, nobody is told.
    pub const OFF: Self = Self {
        reminders: false,
        alert_after: None,
    };

    /// As the configuration says.
    pub fn of(policy: &Policy) -> Self {
        Self {
            reminders: policy.reminders,
            alert_after: policy.alert_after(),
        }
    }

    /// The first instant after `now` at which there is something to look at.
    pub fn next(&self, life: Life, now: Timestamp) -> Option<Timestamp> {
        let coming = self.steps(life).into_iter().map(|(at, _)| at);
        coming.filter(|at| *at > now).min()
    }

    /// The first instant after `now` at which there is something to look at for one of several.
    pub fn next_of(
        &self,
        lives: impl IntoIterator<Item = Life>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let coming = lives.into_iter().filter_map(|life| self.next(life, now));
        coming.min()
    }

    /// What fell due from `since` to `now`. After a long pause two reminders are one.
    pub fn due(&self, life: Life, since: Timestamp, now: Timestamp) -> Due {
        let steps = self.steps(life);
        let has = |wanted| {
            let mut steps = steps.iter();
            steps.any(|(at, step)| *step == wanted && since <= *at && *at <= now)
        };
        Due {
            remind: has(Step::Remind),
            alert: has(Step::Alert),
        }
    }

    fn steps(&self, life: Life) -> Vec<(Timestamp, Step)> {
        let Life {
            captured_at,
            expires_at,
        } = life;
        let mut steps = Vec::new();
        if self.reminders {
            let half = captured_at.saturating_add(expires_at.duration_since(captured_at) / 2);
            let last = expires_at.saturating_sub(LAST);
            if let (Ok(half), Ok(last)) = (half, last) {
                steps.push((half, Step::Remind));
                if last.duration_since(half) >= APART {
                    steps.push((last, Step::Remind));
                }
            }
        }
        if let Some(after) = self.alert_after
            && let Ok(at) = captured_at.saturating_add(after)
        {
            steps.push((at, Step::Alert));
        }
        // The store keeps less than nanoseconds; whole seconds are the same here and there.
        let whole = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
        let steps = steps.into_iter().map(|(at, step)| (whole(at), step));
        steps.filter(|(at, _)| *at < expires_at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("an instant")
    }

    fn life(seconds: i64) -> Life {
        Life {
            captured_at: at(0),
            expires_at: at(seconds),
        }
    }

    /// Every instant, as a follow-up goes from one to the next.
    fn all(follow_up: FollowUp, life: Life) -> Vec<(i64, Due)> {
        let mut found = Vec::new();
        let mut now = life.captured_at;
        while let Some(next) = follow_up.next(life, now) {
            found.push((next.as_second(), follow_up.due(life, next, next)));
            now = next;
        }
        found
    }

    const REMIND: Due = Due {
        remind: true,
        alert: false,
    };
    const ALERT: Due = Due {
        remind: false,
        alert: true,
    };
    const REMINDERS: FollowUp = FollowUp {
        reminders: true,
        alert_after: None,
    };

    #[test]
    fn a_reminder_goes_at_half_of_the_time_and_one_two_days_before_the_end() {
        for (days, expected) in [
            (30, vec![15 * DAY, 28 * DAY]),
            (366, vec![183 * DAY, 364 * DAY]),
            // A day apart, and a second less.
            (6, vec![3 * DAY, 4 * DAY]),
            (5, vec![5 * DAY / 2]),
            (1, vec![DAY / 2]),
        ] {
            let found = all(REMINDERS, life(days * DAY));
            let expected: Vec<_> = expected.into_iter().map(|at| (at, REMIND)).collect();
            assert_eq!(found, expected, "{days}");
        }
        assert_eq!(all(REMINDERS, life(6 * DAY - 2)).len(), 1);
        assert!(all(FollowUp::OFF, life(30 * DAY)).is_empty());
    }

    #[test]
    fn the_alert_goes_once_and_not_after_the_end() {
        let alert = |hours| FollowUp {
            reminders: false,
            alert_after: Some(SignedDuration::from_hours(hours)),
        };
        assert_eq!(all(alert(72), life(30 * DAY)), [(72 * HOUR, ALERT)]);
        assert!(all(alert(24), life(DAY)).is_empty(), "the expiry tells it");
        assert_eq!(all(alert(23), life(DAY)).len(), 1);
        assert!(all(alert(i64::MAX / 7_200), life(DAY)).is_empty());
        let both = FollowUp {
            reminders: true,
            ..alert(15 * 24)
        };
        let together = Due {
            remind: true,
            alert: true,
        };
        assert_eq!(
            all(both, life(30 * DAY)),
            [(15 * DAY, together), (28 * DAY, REMIND)]
        );
    }

    #[test]
    fn what_fell_due_while_nothing_ran_is_done_once_and_nothing_is_done_again() {
        let life = life(30 * DAY);
        let half = at(15 * DAY);
        assert_eq!(REMINDERS.due(life, half, at(29 * DAY)), REMIND);
        assert_eq!(
            REMINDERS.due(life, at(15 * DAY + 1), at(28 * DAY - 1)),
            Due::default()
        );
        assert_eq!(REMINDERS.next(life, at(29 * DAY)), None);
        // More time makes a new half and a new end.
        let longer = Life {
            expires_at: at(60 * DAY),
            ..life
        };
        assert_eq!(REMINDERS.next(longer, at(29 * DAY)), Some(at(30 * DAY)));
    }

    /// A follow-up that looks anew in the moment in which more time is given.
    #[test]
    fn with_more_time_no_reminder_vanishes_and_none_comes_for_the_former_end() {
        let longer = |days| life(days * DAY);
        let anew = |days, since, now| {
            let life = longer(days);
            let due = REMINDERS.due(life, at(since), at(now));
            let next = REMINDERS.next(life, at(now));
            (due.remind, next.map(|at| at.as_second()))
        };
        // Before the half of the former time, and a second before and behind the last reminder.
        assert_eq!(anew(40, 10 * DAY, 10 * DAY), (false, Some(20 * DAY)));
        let last = 28 * DAY;
        assert_eq!(anew(58, last - 1, last - 1), (false, Some(29 * DAY)));
        assert_eq!(anew(58, last + 1, last + 1), (false, Some(29 * DAY)));
        assert_eq!(anew(58, 29 * DAY, 29 * DAY), (true, Some(56 * DAY)));
        // One that was due at the half, and could not look until a day later: behind the new half it
        // reminds, before it it waits for it.
        assert_eq!(anew(31, 15 * DAY, 16 * DAY), (true, Some(29 * DAY)));
        assert_eq!(anew(60, 15 * DAY, 16 * DAY), (false, Some(30 * DAY)));
        // The control: whoever forgets since when passes it over.
        assert_eq!(anew(31, 16 * DAY, 16 * DAY), (false, Some(29 * DAY)));
    }

    #[test]
    fn each_of_several_has_the_reminders_of_its_own_end() {
        let lives = [life(30 * DAY), life(60 * DAY)];
        let mut now = at(0);
        let mut found = Vec::new();
        while let Some(next) = REMINDERS.next_of(lives, now) {
            let due = lives.map(|life| REMINDERS.due(life, next, next).remind);
            found.push((next.as_second() / DAY, due));
            now = next;
        }
        assert_eq!(
            found,
            [
                (15, [true, false]),
                (28, [true, false]),
                (30, [false, true]),
                (58, [false, true])
            ]
        );
    }

    #[test]
    fn parts_of_a_second_lose_no_reminder() {
        let life = Life {
            captured_at: Timestamp::new(0, 500_000_001).expect("an instant"),
            expires_at: at(30 * DAY),
        };
        let next = REMINDERS.next(life, life.captured_at).expect("a reminder");
        assert_eq!(next.subsec_nanosecond(), 0);
        assert_eq!(REMINDERS.due(life, next, next), REMIND);
    }
}
