//! Telling a recipient again who has not opened a message, because its sender or an operator asks for
//! it (decision 0030). How often that is done is decided here, and nowhere else.

use std::time::Duration;

use jiff::Timestamp;
use seal::{MessageId, RecipientId};

use crate::audit::NewEvent;
use crate::task::NewTask;

/// A recipient is to be told again.
#[derive(Debug, Clone)]
pub struct Reminding {
    /// Of [`crate::Act::Remind`].
    pub event: NewEvent,
    /// The message as it was sent, also for who was diverted from it.
    pub message: MessageId,
    /// Who is to be told.
    pub recipient: RecipientId,
    /// The id of the task that sends the mail.
    pub task: NewTask,
}

/// How often a recipient is told again for the asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderLimits {
    /// Time between two.
    pub apart: Duration,
    /// In all.
    pub most: usize,
}

impl Default for ReminderLimits {
    fn default() -> Self {
        Self {
            apart: Duration::from_secs(3_600),
            most: 3,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminded {
    /// A mail goes out that says which one to look for. It has no link.
    Mail,
    /// The notice has not left yet: it is tried now.
    Notice,
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReminder {
    /// It was asked for a moment ago.
    TooSoon {
        /// When to ask again.
        retry_at: Timestamp,
    },
    /// It was asked for as often as it may be.
    TooMany,
    /// The message was opened or cannot be any more, or its notice has failed.
    NotWaiting,
}

impl ReminderLimits {
    /// Whether there may be another at `now`, after these, the earliest first.
    pub(crate) fn allow(&self, asked: &[Timestamp], now: Timestamp) -> Result<(), NoReminder> {
        if asked.len() >= self.most {
            return Err(NoReminder::TooMany);
        }
        let next = asked.last().map(|last| last.saturating_add(self.apart));
        match next.transpose().ok().flatten() {
            Some(retry_at) if now < retry_at => Err(NoReminder::TooSoon { retry_at }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn one_in_an_hour_and_three_in_all() {
        let limits = ReminderLimits::default();
        let retry_at = at(3_610);
        assert_eq!(limits.allow(&[], at(10)), Ok(()));
        let soon = limits.allow(&[at(10)], at(3_609));
        assert_eq!(soon, Err(NoReminder::TooSoon { retry_at }));
        assert_eq!(limits.allow(&[at(10)], retry_at), Ok(()));
        assert_eq!(limits.allow(&[at(10), retry_at], at(7_210)), Ok(()));
        let three = [at(10), retry_at, at(7_210)];
        assert_eq!(limits.allow(&three, at(1 << 30)), Err(NoReminder::TooMany));
    }
}
