//! When the write-ahead log is emptied of what was destroyed.
//!
//! `secure_delete` overwrites a destroyed payload or share in the database, but the log has the
//! frames in which it once was written, and an ordinary checkpoint leaves them there until the log
//! comes round again: for days, in a quiet house, and over restarts. So a write that destroys is
//! followed by a checkpoint that cuts the log to nothing. It costs two fsyncs, so it is done at
//! most once a second, whatever there is to do. What it cannot reach is what the file system and
//! the disk keep of freed blocks.

use std::time::{Duration, Instant};

/// From one emptying, or attempt at it, to the next.
const BETWEEN: Duration = Duration::from_secs(1);
/// Attempts in vain after which somebody is told: a minute of them.
const TELL_AFTER: u32 = 60;

/// Whether the log is to be emptied, and when. It begins owed: nobody knows what the process before
/// has left.
#[derive(Debug)]
pub(super) struct Emptying {
    owed: bool,
    not_before: Instant,
    in_vain: u32,
}

impl Emptying {
    pub(super) fn owed_at(now: Instant) -> Self {
        Self {
            owed: true,
            not_before: now,
            in_vain: 0,
        }
    }

    /// Something was destroyed.
    pub(super) fn owe(&mut self) {
        self.owed = true;
    }

    /// When the log is to be emptied, if it is.
    pub(super) fn due(&self) -> Option<Instant> {
        self.owed.then_some(self.not_before)
    }

    /// The log was empty for a moment, or readers were in the way.
    pub(super) fn tried(&mut self, emptied: bool, now: Instant) {
        self.not_before = now + BETWEEN;
        self.owed = !emptied;
        self.in_vain = match emptied {
            true => 0,
            false => self.in_vain.saturating_add(1),
        };
        if self.in_vain == TELL_AFTER {
            tracing::error!(
                attempts = self.in_vain,
                "what was destroyed is still in the store's log: somebody reads without end, or the \
                 disk is full"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_emptied_at_the_start_and_then_once_a_second_at_most() {
        let start = Instant::now();
        let mut emptying = Emptying::owed_at(start);
        assert_eq!(emptying.due(), Some(start));
        emptying.tried(true, start);
        assert_eq!(emptying.due(), None, "nothing was destroyed since");
        emptying.owe();
        emptying.owe();
        assert_eq!(emptying.due(), Some(start + BETWEEN));
    }

    #[test]
    fn an_attempt_in_vain_is_made_again() {
        let start = Instant::now();
        let mut emptying = Emptying::owed_at(start);
        emptying.tried(false, start);
        assert_eq!(emptying.due(), Some(start + BETWEEN));
    }
}
