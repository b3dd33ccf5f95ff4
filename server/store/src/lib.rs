//! What Sealpost keeps: records, tasks and sealed content behind one commit.
//!
//! The store knows no key and no address. Everything personal reaches it sealed, and it hands it
//! back as it got it. It is not a cache and not a log: whatever stands behind a 250 to an SMTP
//! client is here, on stable storage, before [`Store::capture`] returns (promise D1).
//!
//! Two faces: [`Store`] belongs to the gateway; [`Guest`] is the narrow handle that the viewer
//! gets (DESIGN §5). [`sqlite`] is the embedded backend. [`contract`] is the suite that every
//! backend passes.

mod audit;
mod content;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod conversation;
mod course;
mod error;
mod guest;
mod keyed;
mod language;
pub mod place;
mod record;
mod reminding;
mod report;
mod sender;
pub mod sqlite;
mod task;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use seal::{ContentId, KeyId, MessageId, RecipientId, ReplyId, TaskId};

pub use audit::{Act, Event, EventId, Extension, NewEvent};
pub use content::{ContentKind, ContentWriter, INLINE_LIMIT, StagedContent, StoredContent};
pub use conversation::{LATER_MESSAGES, LaterMessage, MENTIONED_RECIPIENTS, Mentions, Named};
pub use course::{Course, MoreTime, Standing, Way};
pub use error::StoreError;
pub use guest::{
    CodeRefused, CodeRequest, Guess, GuessRefused, Guest, NewSession, REPLIES_A_DAY, REPLY_OCTETS,
    REPLY_PARTS, ReplyPart, SENT_COPIES, SENT_COPY_OCTETS, SentCopy, SessionLimits, SessionRecord,
    TryLimits,
};
pub use keyed::{
    CaptureKeys, KeyPurpose, KeyedField, KeyedRecord, REWRAP_AT_ONCE, Reindexed, Rewrapped,
    StaleIndex, StaleValue,
};
pub use language::{Language, UnknownLanguage};
pub use record::{
    Balance, Capture, Disposition, End, HandedTo, HeldMessage, MessageRecord, NewRecipient,
    OPENINGS_KEPT, Openings, RecipientRecord, ReplyRecord, Stored, TlsUsed,
};
pub use reminding::{NoReminder, Reminded, ReminderLimits, Reminding};
pub use report::{
    Admission, Bounce, NoticeLimit, NoticeWindow, QueueFigures, Report, ReportAction, TaskRecord,
    TaskState, Telling,
};
pub use sender::{
    NewSender, NewSenderSession, SenderCodeRequest, SenderGuest, SenderRecord, SenderSessionRecord,
    Withdrawal,
};
pub use task::{
    FailedTask, Lease, LeasedTask, NewTask, Outcome, PAYLOAD_OCTETS, TaskKind, Topic, Wish,
};

/// The result of every store operation.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The gateway's face of the store.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// A place to stream one sealed file to. Nothing of it is visible, and nothing is left of it
    /// after a crash, unless a commit names it.
    fn stage(&self, id: ContentId, kind: ContentKind) -> Result<ContentWriter>;

    /// Commits one SMTP transaction: message, recipients, grants, content and tasks, all or
    /// nothing; [`StoreError::KeyClosed`] when something of it is under a closed key. The value it returns is the only thing that allows a 250 (promises D1, D2).
    async fn capture(&self, capture: Capture) -> Result<Stored>;

    /// Leases up to `most` tasks that are due at `now`, oldest due first but passcodes before all
    /// else. A leased task is invisible to others until `now + hold`; then it is due again, and
    /// once another worker has it, the former lease's token no longer finishes it.
    async fn lease(&self, now: Timestamp, hold: Duration, most: usize) -> Result<Vec<LeasedTask>>;

    /// Ends a lease: the task is done, is put off, or has failed for good, in one commit with what
    /// that means for its recipient. Returns `false`, having changed nothing, when the lease was
    /// lost to another worker.
    async fn finish(&self, lease: &Lease, outcome: Outcome, now: Timestamp) -> Result<bool>;

    /// Ends several leases in one commit, each as [`Store::finish`] would. Of notices that went in
    /// one mail the first is the one whose bounce address it had. `false` for each that was lost.
    async fn finish_together(
        &self,
        ended: Vec<(Lease, Outcome)>,
        now: Timestamp,
    ) -> Result<Vec<bool>>;

    /// Whether a leased notice goes now; counts it once, however often it is tried. One that has
    /// waited for its window's end takes others to the same address along, leased for `hold`; who
    /// had leased them finishes nothing.
    async fn admit_notice(
        &self,
        lease: &Lease,
        limit: NoticeLimit,
        hold: Duration,
        now: Timestamp,
    ) -> Result<Admission>;

    /// The reports that a leased [`TaskKind::Report`] is to send. None are added to them any more.
    async fn reports(&self, task: TaskId) -> Result<Vec<Report>>;

    /// Takes a mail to a recipient's bounce address. Only a recipient who has not opened the
    /// message, whose time is not over, and who has no end or [`End::Notified`] is changed by it;
    /// the flag tells. The first value allows a 250: nothing of the mail is kept.
    async fn bounced(
        &self,
        recipient: RecipientId,
        bounce: Bounce,
        now: Timestamp,
    ) -> Result<(Stored, bool)>;

    /// The recipients whose notices went in one mail with this one's bounce address, itself among
    /// them.
    async fn told_together(&self, recipient: RecipientId) -> Result<Vec<RecipientId>>;

    /// The held recipients of a message whose time is over at `now` and whose sender should be
    /// told: those without an end, and those who were notified and are known not to have opened it,
    /// unless it was withdrawn from them.
    async fn run_out(
        &self,
        message: MessageId,
        now: Timestamp,
    ) -> Result<Vec<(RecipientId, ReportAction)>>;

    /// Every task but expiries and follow-ups that only wait, the oldest first.
    async fn tasks(&self, most: usize) -> Result<Vec<TaskRecord>>;

    /// One task.
    async fn task(&self, task: TaskId) -> Result<Option<TaskRecord>>;

    /// Parks a task as if it had failed with [`End::Held`]; [`Store::retry_failed`] puts it back.
    /// Who has leased it finishes nothing. `false` when there is none, it is over already, or it is
    /// an expiry or a passcode.
    async fn park(&self, task: TaskId, cause: &str, now: Timestamp) -> Result<bool>;

    /// Gives up a notice or relay copy that waits or is held: it is due at once, and whoever leases
    /// it tells the sender instead of trying. `false` as for [`Store::park`], and for other kinds.
    async fn drop_task(&self, task: TaskId, cause: &str, now: Timestamp) -> Result<bool>;

    /// Does what an operator asks for and records it, in one commit; also when it changes nothing.
    /// Returns how much it changed.
    async fn act(&self, event: NewEvent, now: Timestamp) -> Result<u64>;

    /// Up to `most` recorded acts with numbers beyond `after`, in their order.
    async fn events(&self, after: u64, most: usize) -> Result<Vec<Event>>;

    /// Counts of tasks by kind.
    async fn queue_figures(&self, now: Timestamp) -> Result<Vec<QueueFigures>>;

    /// Destroys unsent replies that were begun before an instant; returns how many.
    async fn sweep_replies(&self, begun_before: Timestamp) -> Result<u64>;

    /// Forgets up to `most` messages that were taken before an instant and whose grants ended
    /// before it, whose recipients all have ends other than [`End::Held`], and about which nothing
    /// is left to do. Their recipients stay counted in the balance. Returns how many messages.
    async fn purge(&self, over_before: Timestamp, most: usize) -> Result<u64>;

    /// Ends the lease of a [`TaskKind::Relay`] whose copy cannot leave, and holds its recipient
    /// instead, in one commit: under a message of its own, which names the recipient by its old id
    /// and is [`Capture`]d with its notice. The former message's copy goes when no other task needs
    /// it, and withdrawing that message withdraws this one too. Accepted recipients are not counted
    /// anew. `false`, having changed nothing, when the lease was lost or the recipient has an end.
    async fn divert(&self, lease: &Lease, capture: Capture) -> Result<bool>;

    /// Makes every leased task due again: for a start after a crash, so that a notice does not wait
    /// for a dead worker's lease to run out. Only for who knows that no other worker is there.
    /// Returns how many there were.
    async fn release_leases(&self) -> Result<u64>;

    /// Makes tasks due that a clock put off which was ahead of `now`: whose pause is longer than
    /// `pause`, as no pause is. Leased tasks stay, and the end of a message's time stays when it
    /// is. Returns how many there were.
    async fn recall(&self, now: Timestamp, pause: Duration) -> Result<u64>;

    /// The tasks that have failed for good, the latest first, for the operator. Those that a retry
    /// cannot bring back are among them.
    async fn failed_tasks(&self) -> Result<Vec<FailedTask>>;

    /// Puts a failed task back as if it were new: first due at `now`, without failures. A recipient
    /// that the failure had ended as [`End::Held`] is in progress again, in the same commit, and a
    /// worker is woken. `false`, having changed nothing, when there is no such failed task, or what
    /// it needs is gone: the payload or the share of a notice, the relay copy, the parts of a
    /// reply, the passcode; or when its recipient has reached another end.
    async fn retry_failed(&self, task: TaskId, now: Timestamp) -> Result<bool>;

    /// When the next task becomes due, if any is waiting.
    async fn next_due(&self) -> Result<Option<Timestamp>>;

    /// Returns as soon as a commit in this process added a task (also one before this call that no
    /// earlier call has reported).
    async fn task_added(&self);

    /// One message's record.
    async fn message(&self, id: MessageId) -> Result<Option<MessageRecord>>;

    /// One recipient's record.
    async fn recipient(&self, id: RecipientId) -> Result<Option<RecipientRecord>>;

    /// Several recipients in one read: those that are there and whose records are whole.
    async fn recipients_by_id(&self, ids: Vec<RecipientId>) -> Result<Vec<RecipientRecord>>;

    /// Every recipient of a message in the order of their ids, and those who were diverted from it to
    /// messages of their own.
    async fn recipients(&self, message: MessageId) -> Result<Vec<RecipientRecord>>;

    /// When passcodes opened the message for this recipient.
    async fn openings(&self, recipient: RecipientId) -> Result<Openings>;

    /// The replies that this recipient has sent, with when, in that order.
    async fn replies_sent(&self, recipient: RecipientId) -> Result<Vec<(ReplyId, Timestamp)>>;

    /// The language that was chosen for this recipient's address, with this message or another.
    async fn chosen_language(&self, id: RecipientId) -> Result<Option<Language>>;

    /// The recipient whose token address (`reply+TOKEN@…`) this is, by the token's keyed hash under
    /// any of the lookup keys that are kept, the newest first.
    async fn recipient_by_reply_token(
        &self,
        indexes: &[[u8; 32]],
    ) -> Result<Option<RecipientRecord>>;

    /// Makes the sender's link of a message, in the commit that keeps its secret, sealed, in the
    /// leased task that will send it ([`TaskKind::Advise`]). It takes the place of one that was there.
    /// `false`, having changed nothing, when the lease was lost.
    async fn let_sender_in(&self, lease: &Lease, sender: NewSender) -> Result<bool>;

    /// The sender's link of a message; none once it has ended.
    async fn sender(&self, message: MessageId, now: Timestamp) -> Result<Option<SenderRecord>>;

    /// What became of each recipient of a message, those who were diverted among them.
    async fn courses(&self, message: MessageId) -> Result<Vec<Course>>;

    /// One reply with its parts.
    async fn reply(&self, id: ReplyId) -> Result<Option<ReplyRecord>>;

    /// `length` octets of a stored content from `offset` on; fewer at its end.
    async fn read(&self, id: ContentId, offset: u64, length: usize) -> Result<Vec<u8>>;

    /// Sets the verifier of a passcode that is about to leave by mail, made with `key` and valid
    /// until `expires_at`. The number itself rests nowhere (promise A4). `false` when the code is
    /// gone.
    async fn arm_code(
        &self,
        code: seal::CodeId,
        verifier: [u8; 32],
        key: KeyId,
        expires_at: Timestamp,
    ) -> Result<bool>;

    /// Ends every grant of a message whose time is over: destroys server shares, sessions, codes,
    /// unsent replies, and the sealed files once no grant needs them.
    async fn expire(&self, message: MessageId, now: Timestamp) -> Result<()>;

    /// Withdraws the grants of a message's held recipients, or of one of them (promise K9): what
    /// [`Store::expire`] destroys, and the notice that waits, also one that is being sent just now,
    /// whose lease then finishes nothing. Recipients without an end get [`End::Revoked`], but for
    /// those whose time is over at `now`. Nothing is released once this has returned. Returns how
    /// many grants it ended.
    async fn revoke(
        &self,
        message: MessageId,
        recipient: Option<RecipientId>,
        now: Timestamp,
    ) -> Result<u64>;

    /// Gives recipients of a message more time and records it, in one commit: their shares are
    /// replaced, the expiry is moved, and what follows the message up looks anew. `false`, having changed
    /// nothing, when one of the shares is no longer the old one, is over at `now`, or would end
    /// sooner than it does: read them again. [`StoreError::KeyClosed`] as for [`Store::capture`].
    async fn extend(&self, extension: Extension, now: Timestamp) -> Result<bool>;

    /// Tells a recipient again who has not opened the message, and records that it was asked for, also
    /// when it is refused, in one commit: by a reminder, or by trying a notice now that has not left.
    async fn remind(
        &self,
        reminding: Reminding,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<Reminded, NoReminder>>;

    /// The held recipients of a message who can read it at `now`, are not known to have done so, and
    /// have no end or [`End::Notified`].
    async fn unread(&self, message: MessageId, now: Timestamp) -> Result<Vec<RecipientRecord>>;

    /// Up to `most` live values of a field that are not wrapped under one of the `fresh` keys, in
    /// the order of [`KeyedRecord::id`], behind `after`. Values that no key can have wrapped are
    /// among them: a person has to look.
    async fn stale_values(
        &self,
        field: KeyedField,
        fresh: &[KeyId],
        after: Option<[u8; 16]>,
        most: usize,
    ) -> Result<Vec<StaleValue>>;

    /// How many values [`Store::stale_values`] would list in all.
    async fn count_stale(&self, field: KeyedField, fresh: &[KeyId]) -> Result<u64>;

    /// Puts newly wrapped values in the place of the old ones, in one commit, and destroys those. A
    /// value that is no longer the old one is left as it is: another was faster, or its record is
    /// over. Returns how many were replaced.
    async fn rewrap(&self, field: KeyedField, values: Vec<Rewrapped>) -> Result<u64>;

    /// Up to `most` recipients whose keyed hashes are not under `fresh`, by id, behind `after`.
    async fn stale_indexes(
        &self,
        fresh: KeyId,
        after: Option<[u8; 16]>,
        most: usize,
    ) -> Result<Vec<StaleIndex>>;

    /// How many recipients [`Store::stale_indexes`] would list in all.
    async fn count_stale_indexes(&self, fresh: KeyId) -> Result<u64>;

    /// Puts the hashes of recipients under another key, in one commit. One that has them under it
    /// already, or that is held and has no new hash of its reply token (or the other way round), is
    /// left as it is. Returns how many were replaced.
    async fn reindex(&self, indexes: Vec<Reindexed>) -> Result<u64>;

    /// Forgets the keyed hashes of Message-ID and content, which nothing can make anew, of messages
    /// captured before an instant: those under `key`, and those whose key is not known. They are no
    /// longer found as sent before. Returns how many messages there were.
    async fn forget_message_indexes(&self, key: KeyId, captured_before: Timestamp) -> Result<u64>;

    /// How many live records still need a key (promise K6). One whose key is not known, because an
    /// older program wrote it, may need any of the purpose. Of passcodes those count that have time
    /// left at `now`.
    async fn key_uses(&self, purpose: KeyPurpose, key: KeyId, now: Timestamp) -> Result<u64>;

    /// Counts a key's uses and, when there are none and none comes while it counts, closes it for
    /// good: whatever would bring a record under it from then on is refused with
    /// [`StoreError::KeyClosed`] and changes nothing. So a key for which this has returned 0 can be
    /// destroyed, whatever was in flight. Returns the count.
    async fn close_key(&self, purpose: KeyPurpose, key: KeyId, now: Timestamp) -> Result<u64>;

    /// Counts for the balance of promise D3.
    async fn balance(&self) -> Result<Balance>;

    /// Resolves when the store has met an error after which it must not go on (promise D7).
    async fn failed(&self);
}
