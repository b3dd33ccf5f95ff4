//! What the senders of messages are told: delivery reports that wait for their mail (RFC 3464).
//!
//! A report is written in the commit of what it tells. Its recipient stays in progress until the
//! mail with it has been taken, and reaches its end in the commit that records that.

use jiff::Timestamp;
use seal::{RecipientId, TaskId};

use crate::task::{LeasedTask, NewTask};

/// What has become of one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportAction {
    /// Nothing more is tried. The end is [`crate::End::Dsn`].
    Failed,
    /// It is still tried. No end.
    Delayed,
    /// Another system has it and will not report further. No end.
    Relayed,
    /// The notice came back after it had been taken: `notified` becomes [`crate::End::Dsn`].
    Bounced,
    /// Time ran out before anybody was told. The end is [`crate::End::Expired`].
    Expired,
    /// Time ran out unopened: `notified` becomes [`crate::End::Expired`].
    Unopened,
}

/// What the sender is told of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Of whom.
    pub recipient: RecipientId,
    /// What.
    pub action: ReportAction,
    /// RFC 3463, `5.1.1`.
    pub status: String,
    /// Why, in words that name nothing personal; cut to 500 octets.
    pub cause: String,
    /// What another system said, sealed for [`crate::place::report_remote`]. Goes with the report:
    /// nothing waits for it, and it is not brought under another key.
    pub remote: Option<Vec<u8>>,
}

/// Reports of one message and the task that will send them, unless one of the same message that
/// nobody has begun can take them along.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Of recipients of one message.
    pub reports: Vec<Report>,
    /// Of the kind [`crate::TaskKind::Report`].
    pub task: NewTask,
}

/// What a mail to a notice's bounce address was.
#[derive(Debug, Clone)]
pub enum Bounce {
    /// A delay, a vacation: nothing changes.
    Passing,
    /// The notice will not arrive. `None` when the sender may not be told: the recipient is held
    /// then.
    Failed(Option<Telling>),
}

/// What may be done with a notice now.
#[derive(Debug)]
pub enum Admission {
    /// It goes now, alone.
    Go,
    /// It goes now, in one mail with these, which are leased with it.
    Together(Vec<LeasedTask>),
    /// Too many went to this address; it is gathered with others at the instant, and its lease is
    /// over.
    Later(Timestamp),
    /// The lease was lost.
    Lost,
}

/// How many notices go to one address one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeLimit {
    /// So many.
    pub most: u32,
    /// In so long.
    pub window: std::time::Duration,
    /// So many more go in one mail.
    pub together: usize,
}

/// What one address got in the window that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeWindow {
    /// When it began.
    pub began_at: Timestamp,
    /// Notices in it.
    pub sent: u32,
}

impl NoticeLimit {
    /// Whether one more notice goes at `now`, with the window that it counts in; or when the
    /// window is over. A window that begins later than now is a clock's that was set back.
    pub fn decide(
        &self,
        window: Option<NoticeWindow>,
        now: Timestamp,
    ) -> Result<NoticeWindow, Timestamp> {
        let ends = |window: &NoticeWindow| {
            let length = jiff::SignedDuration::try_from(self.window);
            let length = length.unwrap_or(jiff::SignedDuration::MAX);
            let ends = window.began_at.saturating_add(length);
            ends.unwrap_or(Timestamp::MAX)
        };
        match window.filter(|window| window.began_at <= now && now < ends(window)) {
            None => Ok(NoticeWindow {
                began_at: now,
                sent: 1,
            }),
            Some(window) if window.sent < self.most => Ok(NoticeWindow {
                sent: window.sent + 1,
                ..window
            }),
            Some(window) => Err(ends(&window)),
        }
    }
}

/// A task's place in the queue, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// For its time.
    Waiting,
    /// A worker has it.
    Leased,
    /// It failed, or was parked, and can be put back.
    Held,
    /// It failed and cannot be put back.
    Failed,
}

/// A task as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// Its id.
    pub id: TaskId,
    /// What it is to do; `None` when the record is damaged.
    pub kind: Option<crate::TaskKind>,
    /// Where it stands.
    pub state: TaskState,
    /// When it was first due.
    pub first_due_at: Timestamp,
    /// When it is due next, or its lease runs out.
    pub due_at: Timestamp,
    /// Attempts that have failed.
    pub failures: u32,
    /// Why the last one did.
    pub cause: Option<String>,
}

/// How many tasks of a kind there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueFigures {
    /// The kind, as it is stored: `notify`, `relay` …
    pub kind: String,
    /// Due later.
    pub waiting: u64,
    /// Due, or with a worker.
    pub due: u64,
    /// Failed or held.
    pub failed: u64,
    /// When the oldest that has not failed was first due.
    pub oldest: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_twenty_first_notice_of_an_hour_waits_for_its_end() {
        let limit = NoticeLimit {
            most: 20,
            window: Duration::from_secs(3600),
            together: 49,
        };
        let at = |seconds| Timestamp::from_second(seconds).expect("an instant");
        let mut window = None;
        for sent in 1..=20 {
            window = limit.decide(window, at(100 + i64::from(sent))).ok();
            assert_eq!(window.map(|window| window.sent), Some(sent));
        }
        assert_eq!(limit.decide(window, at(3_700)), Err(at(3_701)));
        let next = limit.decide(window, at(3_701)).expect("a new window");
        assert_eq!((next.began_at, next.sent), (at(3_701), 1));
        let back = limit.decide(window, at(99)).expect("a new window");
        assert_eq!(back.sent, 1, "the clock was set back");
    }
}
