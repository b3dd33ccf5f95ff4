//! The viewer's narrow face of the store: one recipient by handle, codes, sessions, ciphertext,
//! replies; and what senders may do ([`SenderGuest`]). A guest can neither list anything nor reach relay copies, escrow grants or other tasks.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use seal::{CodeId, ContentId, Handle, RecipientId, ReplyId};

use crate::Result;
use crate::audit::EventId;
use crate::content::{ContentKind, ContentWriter, StagedContent};
use crate::conversation::LaterMessage;
use crate::language::Language;
use crate::record::{MessageRecord, RecipientRecord, ReplyRecord};
use crate::sender::SenderGuest;
use crate::task::NewTask;

/// The viewer's face of the store.
#[async_trait]
pub trait Guest: SenderGuest {
    /// The held recipient of a handle.
    async fn recipient_by_handle(&self, handle: &Handle) -> Result<Option<RecipientRecord>>;

    /// The message of a recipient that this guest has already found.
    async fn message_of(&self, recipient: &RecipientRecord) -> Result<Option<MessageRecord>>;

    /// Notes that the link of this handle was seen with its secret in an address (promise B1). The
    /// first time counts; an unknown handle is answered like any other.
    async fn mark_exposed(&self, handle: &Handle, now: Timestamp) -> Result<()>;

    /// The reader says that the message is not for them: destroys what [`crate::Store::revoke`]
    /// destroys for one recipient, who is [`crate::End::Revoked`] also when the notice was taken,
    /// keeps an event, and adds the task that tells the sender, in one commit. `false`, having
    /// changed nothing, when the grant is over: said twice, it is done once.
    async fn disown(
        &self,
        recipient: RecipientId,
        event: EventId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool>;

    /// The reader asks for more time, whether or not the time is over: adds the task that tells the
    /// sender, at most once in 24 hours for each recipient. Refused with when to ask again.
    async fn ask_more_time(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<std::result::Result<(), Timestamp>>;

    /// The reader's browser says that what it got is not what was sealed: adds the task that tells the
    /// sender, at most once in 24 hours for each recipient. `false` when that was done already.
    async fn tell_damage(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool>;

    /// Records that a code was asked for and adds the task that makes and sends it, unless a limit
    /// refuses. On success says how many codes are left today.
    async fn request_code(
        &self,
        request: CodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<u32, CodeRefused>>;

    /// Takes one guess away, atomically and before any comparison, from every code that this
    /// browser may still answer (the two newest), and hands out their verifiers (promise A3).
    async fn take_guess(
        &self,
        recipient: RecipientId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<Guess, GuessRefused>>;

    /// Trades a code for a session, once. Gives the guess of the day back, ends all codes of this
    /// browser. `false` when another request was faster (promise A2).
    async fn redeem(&self, code: CodeId, session: NewSession, now: Timestamp) -> Result<bool>;

    /// The live session of this token, marked as used now; `None` when unknown, idle for too long,
    /// past its end, or its recipient's grant is over (promise A7: enforced here).
    async fn session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>>;

    /// Notes that the session of this token fetches something of `message.age`: once in each session.
    async fn note_fetch(&self, token: &[u8; 32], now: Timestamp) -> Result<()>;

    /// Ends a session. Ending one that is gone is no error.
    async fn close_session(&self, token: &[u8; 32]) -> Result<()>;

    /// The language that was chosen for this recipient's address, with this message or another.
    async fn language_of(&self, recipient: RecipientId) -> Result<Option<Language>>;

    /// Keeps a choice of language for this recipient's address.
    async fn choose_language(&self, recipient: RecipientId, language: Language) -> Result<()>;

    /// `length` octets of a content of this recipient's message (`message.age` or `view.age`).
    async fn read_sealed(
        &self,
        recipient: &RecipientRecord,
        kind: ContentKind,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>>;

    /// Begins a reply. `None` when this recipient has `most_open` unsent ones already and the
    /// oldest is younger than a day (older ones are swept away).
    /// [`crate::StoreError::NotFound`] when its grant is over.
    async fn begin_reply(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        most_open: u32,
        now: Timestamp,
    ) -> Result<Option<()>>;

    /// A place to stream one part of a reply to, or its writer's copy.
    fn stage_part(&self, id: ContentId) -> Result<ContentWriter>;

    /// Puts a staged part into an unsent reply of this recipient, in place of an earlier one.
    /// `false` when there is no such reply.
    async fn put_part(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        index: u32,
        sha256: [u8; 32],
        part: StagedContent,
    ) -> Result<bool>;

    /// One of this recipient's replies.
    async fn reply_of(&self, reply: ReplyId, recipient: RecipientId)
    -> Result<Option<ReplyRecord>>;

    /// Marks a reply as sent with its signature, and adds its delivery task, in one commit.
    /// `false` when it was sent before (nothing is added then).
    async fn send_reply(
        &self,
        reply: ReplyId,
        signature: [u8; 64],
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool>;

    /// Puts the writer's own copy beside an unsent reply of this recipient, in place of an earlier
    /// one. `false` when there is no such reply, or the copy has more than [`SENT_COPY_OCTETS`].
    async fn put_copy(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        copy: StagedContent,
    ) -> Result<bool>;

    /// The copies of this recipient's own replies, from the commit that sent each on, the oldest
    /// first: the newest [`SENT_COPIES`]. None once the grant is over.
    async fn sent_copies(&self, recipient: RecipientId) -> Result<Vec<SentCopy>>;

    /// One of them, whole.
    async fn read_copy(&self, reply: ReplyId, recipient: RecipientId) -> Result<Option<Vec<u8>>>;

    /// The later messages of this recipient's conversation that its mailbox was told of and that can
    /// be opened at `now`, the oldest first: the newest [`crate::LATER_MESSAGES`].
    async fn later_messages(
        &self,
        recipient: RecipientId,
        now: Timestamp,
    ) -> Result<Vec<LaterMessage>>;
}

/// A wish for a passcode.
#[derive(Debug)]
pub struct CodeRequest {
    /// The code's id.
    pub code: CodeId,
    /// For whom.
    pub recipient: RecipientId,
    /// SHA-256 of the token of the browser session that asks.
    pub browser: [u8; 32],
    /// The task that makes and sends it ([`crate::TaskKind::SendCode`]).
    pub task: NewTask,
}

/// Replies that one recipient may begin in 24 hours, sent or not.
pub const REPLIES_A_DAY: u32 = 50;
/// Parts of one reply, whatever the caller allows.
pub const REPLY_PARTS: u32 = 100;
/// Octets of one reply's sealed parts together, whatever the caller allows.
pub const REPLY_OCTETS: u64 = 64 * 1024 * 1024;

/// Octets of the sealed copy of a reply: a document of 256 KiB, and what sealing adds.
pub const SENT_COPY_OCTETS: u64 = 264 * 1024;
/// Copies of sent replies that are kept for one recipient; the oldest goes first.
pub const SENT_COPIES: u32 = 50;

/// The limits of promises A2 and A3. The day is the UTC day of `now`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryLimits {
    /// Between two codes for one recipient.
    pub between_codes: Duration,
    /// Codes per recipient and day.
    pub codes_per_day: u32,
    /// Wrong guesses per code.
    pub guesses_per_code: u32,
    /// Wrong guesses per recipient and day.
    pub guesses_per_day: u32,
}

impl Default for TryLimits {
    fn default() -> Self {
        Self {
            between_codes: Duration::from_secs(30),
            codes_per_day: 10,
            guesses_per_code: 5,
            guesses_per_day: 20,
        }
    }
}

/// Why no code is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefused {
    /// One was sent a moment ago.
    TooSoon {
        /// When another may be asked for.
        retry_at: Timestamp,
    },
    /// The day's codes are used up.
    TooMany {
        /// When another may be asked for.
        retry_at: Timestamp,
    },
    /// The recipient is unknown or its grant is over.
    Over,
}

/// What a guess may be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// Armed, unexpired codes of this browser with guesses left before this one, newest first, at
    /// most two: code id and verifier.
    pub candidates: Vec<(CodeId, [u8; 32])>,
    /// Guesses left on the newest one, after this guess and within the day's limit.
    pub tries_left: u32,
}

/// Why no guess is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuessRefused {
    /// This browser has asked for no code.
    AskFirst,
    /// Every code of this browser has expired, is used, or has no guesses left.
    NoLiveCode,
    /// The recipient's wrong guesses of the day are used up.
    TooMany {
        /// When to come back.
        retry_at: Timestamp,
    },
}

/// A session to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// Whose it is.
    pub recipient: RecipientId,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// When sessions end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without any use.
    pub idle: Duration,
}

/// A live session.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Whose it is.
    pub recipient: RecipientRecord,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// A stored part of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPart {
    /// 0 is the document, n the n-th file.
    pub index: u32,
    /// Where its octets are.
    pub content: ContentId,
    /// Octets.
    pub size: u64,
    /// SHA-256 of the sealed octets, as they were received.
    pub sha256: [u8; 32],
}

/// A reply that its writer can read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentCopy {
    /// Which.
    pub reply: ReplyId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Octets of the sealed copy.
    pub size: u64,
}
