//! A store that writes down what is asked of it, and can be told to fail.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use seal::{CodeId, ContentId, Handle, MessageId, RecipientId, ReplyId};
use store::{
    CodeRefused, CodeRequest, ContentKind, ContentWriter, Course, EventId, Extension, Guess,
    GuessRefused, Guest, Language, LaterMessage, MessageRecord, NewSenderSession, NewSession,
    NewTask, NoReminder, RecipientRecord, Reminded, ReminderLimits, Reminding, ReplyRecord, Result,
    SenderCodeRequest, SenderGuest, SenderRecord, SenderSessionRecord, SentCopy, SessionLimits,
    SessionRecord, StagedContent, StoreError, TryLimits, Withdrawal,
};

/// What to do at the named call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Panic,
    Unavailable,
    Fatal,
}

/// Stands before another store.
pub(crate) struct Watched {
    behind: Arc<dyn Guest>,
    calls: Mutex<Vec<&'static str>>,
    fault: Mutex<Option<(&'static str, Fault)>>,
}

/// The calls that change nothing (but the time at which a session was last used, and that something
/// was fetched in it).
pub(crate) const READING: [&str; 13] = [
    "note_fetch",
    "sender_by_handle",
    "sender_session",
    "courses_of",
    "recipient_by_handle",
    "message_of",
    "session",
    "read_sealed",
    "reply_of",
    "language_of",
    "sent_copies",
    "read_copy",
    "later_messages",
];

impl Watched {
    pub(crate) fn new(behind: impl Guest) -> Arc<Self> {
        Arc::new(Self {
            behind: Arc::new(behind),
            calls: Mutex::default(),
            fault: Mutex::default(),
        })
    }

    /// What was asked since the last time.
    pub(crate) fn taken(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    pub(crate) fn fail_at(&self, call: &'static str, fault: Fault) {
        *self.fault.lock().unwrap() = Some((call, fault));
    }

    fn on(&self, call: &'static str) -> Result<()> {
        self.calls.lock().unwrap().push(call);
        let fault = *self.fault.lock().unwrap();
        match fault.filter(|(at, _)| *at == call).map(|(_, fault)| fault) {
            Some(Fault::Panic) => panic!("canary-in-a-panic"),
            Some(Fault::Unavailable) => Err(StoreError::Unavailable(None)),
            Some(Fault::Fatal) => Err(StoreError::Fatal(Some("canary-in-a-cause".into()))),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Guest for Watched {
    async fn recipient_by_handle(&self, handle: &Handle) -> Result<Option<RecipientRecord>> {
        self.on("recipient_by_handle")?;
        self.behind.recipient_by_handle(handle).await
    }

    async fn message_of(&self, recipient: &RecipientRecord) -> Result<Option<MessageRecord>> {
        self.on("message_of")?;
        self.behind.message_of(recipient).await
    }

    async fn mark_exposed(&self, handle: &Handle, now: Timestamp) -> Result<()> {
        self.on("mark_exposed")?;
        self.behind.mark_exposed(handle, now).await
    }

    async fn disown(
        &self,
        recipient: RecipientId,
        event: EventId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool> {
        self.on("disown")?;
        self.behind.disown(recipient, event, task, now).await
    }

    async fn ask_more_time(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>> {
        self.on("ask_more_time")?;
        self.behind.ask_more_time(recipient, task, now).await
    }

    async fn tell_damage(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool> {
        self.on("tell_damage")?;
        self.behind.tell_damage(recipient, task, now).await
    }

    async fn request_code(
        &self,
        request: CodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<u32, CodeRefused>> {
        self.on("request_code")?;
        self.behind.request_code(request, limits, now).await
    }

    async fn take_guess(
        &self,
        recipient: RecipientId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<Guess, GuessRefused>> {
        self.on("take_guess")?;
        self.behind
            .take_guess(recipient, browser, limits, now)
            .await
    }

    async fn redeem(&self, code: CodeId, session: NewSession, now: Timestamp) -> Result<bool> {
        self.on("redeem")?;
        self.behind.redeem(code, session, now).await
    }

    async fn session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>> {
        self.on("session")?;
        self.behind.session(token, limits, now).await
    }

    async fn note_fetch(&self, token: &[u8; 32], now: Timestamp) -> Result<()> {
        self.on("note_fetch")?;
        self.behind.note_fetch(token, now).await
    }

    async fn close_session(&self, token: &[u8; 32]) -> Result<()> {
        self.on("close_session")?;
        self.behind.close_session(token).await
    }

    async fn language_of(&self, recipient: RecipientId) -> Result<Option<Language>> {
        self.on("language_of")?;
        self.behind.language_of(recipient).await
    }

    async fn choose_language(&self, recipient: RecipientId, language: Language) -> Result<()> {
        self.on("choose_language")?;
        self.behind.choose_language(recipient, language).await
    }

    async fn read_sealed(
        &self,
        recipient: &RecipientRecord,
        kind: ContentKind,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>> {
        self.on("read_sealed")?;
        self.behind
            .read_sealed(recipient, kind, offset, length)
            .await
    }

    async fn begin_reply(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        most_open: u32,
        now: Timestamp,
    ) -> Result<Option<()>> {
        self.on("begin_reply")?;
        self.behind
            .begin_reply(reply, recipient, most_open, now)
            .await
    }

    fn stage_part(&self, id: ContentId) -> Result<ContentWriter> {
        self.on("stage_part")?;
        self.behind.stage_part(id)
    }

    async fn put_part(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        index: u32,
        sha256: [u8; 32],
        part: StagedContent,
    ) -> Result<bool> {
        self.on("put_part")?;
        self.behind
            .put_part(reply, recipient, index, sha256, part)
            .await
    }

    async fn reply_of(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
    ) -> Result<Option<ReplyRecord>> {
        self.on("reply_of")?;
        self.behind.reply_of(reply, recipient).await
    }

    async fn send_reply(
        &self,
        reply: ReplyId,
        signature: [u8; 64],
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool> {
        self.on("send_reply")?;
        self.behind.send_reply(reply, signature, task, now).await
    }

    async fn put_copy(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        copy: StagedContent,
    ) -> Result<bool> {
        self.on("put_copy")?;
        self.behind.put_copy(reply, recipient, copy).await
    }

    async fn sent_copies(&self, recipient: RecipientId) -> Result<Vec<SentCopy>> {
        self.on("sent_copies")?;
        self.behind.sent_copies(recipient).await
    }

    async fn read_copy(&self, reply: ReplyId, recipient: RecipientId) -> Result<Option<Vec<u8>>> {
        self.on("read_copy")?;
        self.behind.read_copy(reply, recipient).await
    }

    async fn later_messages(
        &self,
        recipient: RecipientId,
        now: Timestamp,
    ) -> Result<Vec<LaterMessage>> {
        self.on("later_messages")?;
        self.behind.later_messages(recipient, now).await
    }
}

#[async_trait]
impl SenderGuest for Watched {
    async fn sender_by_handle(
        &self,
        handle: &Handle,
        now: Timestamp,
    ) -> Result<Option<SenderRecord>> {
        self.on("sender_by_handle")?;
        self.behind.sender_by_handle(handle, now).await
    }

    async fn request_sender_code(
        &self,
        request: SenderCodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<u32, CodeRefused>> {
        self.on("request_sender_code")?;
        self.behind.request_sender_code(request, limits, now).await
    }

    async fn take_sender_guess(
        &self,
        message: MessageId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<std::result::Result<Guess, GuessRefused>> {
        self.on("take_sender_guess")?;
        self.behind
            .take_sender_guess(message, browser, limits, now)
            .await
    }

    async fn redeem_sender(
        &self,
        code: CodeId,
        session: NewSenderSession,
        now: Timestamp,
    ) -> Result<bool> {
        self.on("redeem_sender")?;
        self.behind.redeem_sender(code, session, now).await
    }

    async fn sender_session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Result<Option<SenderSessionRecord>> {
        self.on("sender_session")?;
        self.behind.sender_session(token, limits, now).await
    }

    async fn close_sender_session(&self, token: &[u8; 32]) -> Result<()> {
        self.on("close_sender_session")?;
        self.behind.close_sender_session(token).await
    }

    async fn courses_of(&self, sender: &SenderRecord) -> Result<Vec<Course>> {
        self.on("courses_of")?;
        self.behind.courses_of(sender).await
    }

    async fn grants_of(&self, sender: &SenderRecord) -> Result<Vec<RecipientRecord>> {
        self.on("grants_of")?;
        self.behind.grants_of(sender).await
    }

    async fn give_more_time(&self, extension: Extension, now: Timestamp) -> Result<bool> {
        self.on("give_more_time")?;
        self.behind.give_more_time(extension, now).await
    }

    async fn have_reminded(
        &self,
        reminding: Reminding,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Result<Result<Reminded, NoReminder>> {
        self.on("have_reminded")?;
        self.behind.have_reminded(reminding, limits, now).await
    }

    async fn withdraw(&self, withdrawal: Withdrawal, now: Timestamp) -> Result<u64> {
        self.on("withdraw")?;
        self.behind.withdraw(withdrawal, now).await
    }
}
