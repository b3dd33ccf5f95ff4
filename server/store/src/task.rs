//! Tasks: durable units of background work, written in the commit of what they are about.
//!
//! A task holds ids only. What must not rest in clear (a link secret that waits for its notice)
//! is in its payload, sealed by the caller, and the payload is destroyed when the task ends.

use jiff::Timestamp;
use seal::{CodeId, MessageId, RecipientId, ReplyId, TaskId};

use crate::record::{End, HandedTo};
use crate::report::Telling;

/// What a task is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Send the notice with the link to a held recipient.
    Notify(MessageId, RecipientId),
    /// Hand a copy to the relay for one recipient.
    Relay(MessageId, RecipientId),
    /// Make a passcode, arm it and send it.
    SendCode(RecipientId, CodeId),
    /// The same for the sender of a message.
    SendSenderCode(MessageId, CodeId),
    /// Open a secure reply and deliver it to the sender.
    DeliverReply(ReplyId),
    /// Tell who wrote a secure reply that it was not delivered.
    TellReplier(ReplyId),
    /// End the grants of a message.
    Expire(MessageId),
    /// Send the sender the reports that wait for this task.
    Report(MessageId),
    /// Tell the sender something about a message that was taken.
    Advise(MessageId, Topic),
    /// Look whether a message has been read at the instants at which somebody wants to know. A
    /// message has one at most.
    FollowUp(MessageId),
    /// Remind a recipient of a message that waits unread.
    Remind(MessageId, RecipientId),
    /// Tell the sender who has not read a message.
    TellUnread(MessageId),
    /// Tell the sender what a recipient has said on its page.
    PassOn(MessageId, RecipientId, Wish),
}

/// What a recipient says to the sender with one button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wish {
    /// The message is not for them.
    NotForMe,
    /// Its time is, or was, too short.
    MoreTime,
    /// What their browser got is not what was sealed.
    Damaged,
}

/// What a sender is told about a message that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The tag was nearly right, and the message was sealed.
    NearMiss,
    /// It had an NHS number and no tag.
    NhsNumber,
    /// It had an NHS number and no tag, and was sealed.
    SealedForNhsNumber,
    /// It was sealed, and its sender wants to hear that of every message.
    Receipt,
    /// It was held, because no valid TLS could be had with the recipient's system.
    Diverted,
}

impl Topic {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::NearMiss,
        Self::NhsNumber,
        Self::SealedForNhsNumber,
        Self::Receipt,
        Self::Diverted,
    ];
}

/// Octets of a payload. A sealed link secret has 77.
pub const PAYLOAD_OCTETS: usize = 119;

/// A task to be written.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// What to do.
    pub kind: TaskKind,
    /// Not before this instant.
    pub due_at: Timestamp,
    /// Sealed octets that the work needs, at most [`PAYLOAD_OCTETS`], or none.
    pub payload: Option<Vec<u8>>,
}

/// The right to work on a task. The token fences off a worker whose lease has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The task.
    pub task: TaskId,
    /// Grows with each lease of this task.
    pub token: u64,
}

/// A task that this worker may now do.
#[derive(Debug, Clone)]
pub struct LeasedTask {
    /// The right to it.
    pub lease: Lease,
    /// What to do.
    pub kind: TaskKind,
    /// When the task was first due.
    pub first_due_at: Timestamp,
    /// How many attempts have failed before this one. The pauses grow with it.
    pub failures: u32,
    /// How often it came back without an attempt that ended: untried, or with a worker that died.
    pub put_off: u32,
    /// The sealed payload.
    pub payload: Option<Vec<u8>>,
    /// An operator has given it up: it is not tried any more, only ended.
    pub dropped: bool,
}

/// A task that has failed for good, as the operator is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    /// Its id.
    pub id: TaskId,
    /// What it was to do; `None` when the record is damaged.
    pub kind: Option<TaskKind>,
    /// When it was given up.
    pub failed_at: Timestamp,
    /// Why, in words for the operator; cut to 500 octets.
    pub cause: String,
    /// How many attempts had failed before the last.
    pub failures: u32,
}

/// How an attempt ended.
///
/// An end goes to the recipient of a notice or relay copy, and for [`TaskKind::Expire`] to every
/// held recipient of the message whose time is over. Passcodes and replies bring no end.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Done. The payload is destroyed; a recipient that has no end yet gets this one.
    Done(Option<End>),
    /// Not yet: due again at the instant, with a short cause for the operator (no personal data).
    Retry {
        /// When to try again.
        at: Timestamp,
        /// Why, in words for the operator.
        cause: String,
    },
    /// It was not tried: due again at the instant, and no failure.
    PutOff {
        /// When to try.
        at: Timestamp,
        /// Why not, in words for the operator.
        cause: String,
    },
    /// Never: nothing more is tried. The payload is kept when `end` is [`End::Held`] so that an
    /// operator can put the task back.
    Failed {
        /// The recipient's end.
        end: Option<End>,
        /// Why, in words for the operator.
        cause: String,
    },
    /// Done for this time: due again at the instant, as if it were new.
    Again {
        /// When.
        at: Timestamp,
    },
    /// One of the others, and these tasks are added in the same commit; a
    /// [`TaskKind::FollowUp`] only where its message has none.
    And {
        /// What becomes of the task.
        outcome: Box<Outcome>,
        /// What is to be done besides.
        tasks: Vec<NewTask>,
    },
    /// One of the others, for a notice or a copy that this mail system has taken. It is kept with a
    /// recipient that has no end yet.
    Handed {
        /// What becomes of the task.
        outcome: Box<Outcome>,
        /// Who has taken it.
        to: HandedTo,
    },
    /// One of the above, and the sender is to be told, in the same commit. A recipient with a
    /// report that will bring its end gets none before. A failure that is told leaves no task
    /// behind: it is [`Outcome::Done`] without an end.
    Told {
        /// What becomes of the task.
        outcome: Box<Outcome>,
        /// What the sender is told.
        telling: Telling,
    },
}

impl Outcome {
    /// What becomes of the task itself, whatever else is done in the same commit.
    pub fn core(&self) -> &Self {
        match self {
            Self::Told { outcome, .. }
            | Self::And { outcome, .. }
            | Self::Handed { outcome, .. } => outcome.core(),
            plain => plain,
        }
    }
}
