//! The sender's own link to what became of a message (decision 0027), and the viewer's narrow face
//! of the store for it: one message by the handle in that link, codes, sessions, its recipients'
//! courses, and withdrawing it. No content, no share.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use seal::{CodeId, Handle, MessageId, RecipientId};

use crate::Result;
use crate::audit::{EventId, Extension};
use crate::course::Course;
use crate::guest::{CodeRefused, Guess, GuessRefused, SessionLimits, TryLimits};
use crate::record::RecipientRecord;
use crate::reminding::{NoReminder, Reminded, ReminderLimits, Reminding};
use crate::task::NewTask;

/// A sender's link that is being made.
#[derive(Debug, Clone)]
pub struct NewSender {
    /// Of which message.
    pub message: MessageId,
    /// The name in the link.
    pub handle: Handle,
    /// SHA-256 of the open proof.
    pub proof_digest: [u8; 32],
    /// For how long the link is good after the end of the message's last grant.
    pub kept_for: Duration,
    /// The link secret, sealed for [`crate::place::sender_link_secret`]: waits in the task.
    pub secret: Vec<u8>,
}

/// A sender's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderRecord {
    /// Of which message.
    pub message: MessageId,
    /// The name in the link.
    pub handle: Handle,
    /// SHA-256 of the open proof.
    pub proof_digest: [u8; 32],
    /// The sealed sender of the message.
    pub sender: Vec<u8>,
    /// When the message was taken.
    pub captured_at: Timestamp,
    /// When the message's last grant ends; `None` when nobody has one any more.
    pub grants_end: Option<Timestamp>,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// A sender's wish for a passcode.
#[derive(Debug)]
pub struct SenderCodeRequest {
    /// The code's id.
    pub code: CodeId,
    /// To which message.
    pub message: MessageId,
    /// SHA-256 of the token of the browser session that asks.
    pub browser: [u8; 32],
    /// The task that makes and sends it ([`crate::TaskKind::SendSenderCode`]).
    pub task: NewTask,
}

/// A sender's session to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSenderSession {
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// To which message.
    pub message: MessageId,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// A sender's live session.
#[derive(Debug, Clone)]
pub struct SenderSessionRecord {
    /// Whose it is.
    pub sender: SenderRecord,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// What a sender takes back.
#[derive(Debug, Clone, Copy)]
pub struct Withdrawal {
    /// What it is recorded as.
    pub event: EventId,
    /// Which message.
    pub message: MessageId,
    /// From one of its recipients, or from all.
    pub recipient: Option<RecipientId>,
}

/// The viewer's face of the store for senders. The rules for codes, guesses and sessions are those
/// of [`crate::Guest`]: promises A1 to A5 and A7 hold for both.
#[async_trait]
pub trait SenderGuest: Send + Sync + 'static {
    /// The sender's link of a handle; none once it has ended.
    async fn sender_by_handle(
        &self,
        handle: &Handle,
        now: Timestamp,
    ) -> Result<Option<SenderRecord>>;

    /// As [`crate::Guest::request_code`].
    async fn request_sender_code(
        &self,
        request: SenderCodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<u32, CodeRefused>>;

    /// As [`crate::Guest::take_guess`].
    async fn take_sender_guess(
        &self,
        message: MessageId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<Guess, GuessRefused>>;

    /// As [`crate::Guest::redeem`].
    async fn redeem_sender(
        &self,
        code: CodeId,
        session: NewSenderSession,
        now: Timestamp,
    ) -> Result<bool>;

    /// As [`crate::Guest::session`].
    async fn sender_session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Result<Option<SenderSessionRecord>>;

    /// As [`crate::Guest::close_session`].
    async fn close_sender_session(&self, token: &[u8; 32]) -> Result<()>;

    /// What became of each recipient of a message whose sender this guest has already found.
    async fn courses_of(&self, sender: &SenderRecord) -> Result<Vec<Course>>;

    /// The records of a message's recipients with their sealed shares, for who gives them more time.
    async fn grants_of(&self, sender: &SenderRecord) -> Result<Vec<RecipientRecord>>;

    /// Extends as [`crate::Store::extend`] does and records it as the sender's act.
    async fn give_more_time(&self, extension: Extension, now: Timestamp) -> Result<bool>;

    /// Tells a recipient again as [`crate::Store::remind`] does and records it as the sender's act.
    async fn have_reminded(
        &self,
        reminding: Reminding,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<Reminded, NoReminder>>;

    /// Withdraws as [`crate::Store::revoke`] does and records it as the sender's act, in one
    /// commit. Returns how many grants it ended.
    async fn withdraw(&self, withdrawal: Withdrawal, now: Timestamp) -> Result<u64>;
}
