//! The viewer's face. What it reads is looked up by the recipient it has found, and its messages
//! never show a relay copy or an escrow grant.

use async_trait::async_trait;
use jiff::Timestamp;
use seal::{CodeId, ContentId, Handle, RecipientId, ReplyId};

use super::holder::Holder;
use super::{
    SqliteStore, codes, contents, conversation, disowning, fetches, languages, records, replies,
    sent_copies, sessions,
};
use crate::{
    CodeRefused, CodeRequest, ContentKind, ContentWriter, EventId, Guess, GuessRefused, Guest,
    Language, LaterMessage, MessageRecord, NewSession, NewTask, RecipientRecord, ReplyRecord,
    Result, SENT_COPY_OCTETS, SentCopy, SessionLimits, SessionRecord, StagedContent, StoreError,
    TryLimits,
};

#[async_trait]
impl Guest for SqliteStore {
    async fn recipient_by_handle(&self, handle: &Handle) -> Result<Option<RecipientRecord>> {
        let handle = *handle;
        self.snapshot(move |sql| records::recipient_by_handle(sql, &handle))
            .await
    }

    async fn message_of(&self, recipient: &RecipientRecord) -> Result<Option<MessageRecord>> {
        let id = recipient.message;
        let found = self.snapshot(move |sql| records::message(sql, id)).await?;
        Ok(found.map(|mut message| {
            message
                .contents
                .retain(|(kind, ..)| matches!(kind, ContentKind::View | ContentKind::Message));
            message
        }))
    }

    async fn mark_exposed(&self, handle: &Handle, now: Timestamp) -> Result<()> {
        let handle = *handle;
        self.write(move |unit| records::mark_exposed(unit, &handle, now))
            .await
    }

    async fn disown(
        &self,
        recipient: RecipientId,
        event: EventId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool> {
        self.write(move |unit| disowning::disown(unit, recipient, event, task, now))
            .await
    }

    async fn ask_more_time(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>> {
        self.write(move |unit| disowning::ask_more_time(unit, recipient, task, now))
            .await
    }

    async fn tell_damage(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool> {
        self.write(move |unit| disowning::tell_damage(unit, recipient, task, now))
            .await
    }

    async fn request_code(
        &self,
        request: CodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<Result<u32, CodeRefused>> {
        let limits = limits.clone();
        let CodeRequest {
            code,
            recipient,
            browser,
            task,
        } = request;
        let wish = codes::Wish {
            code,
            holder: Holder::Recipient(recipient),
            browser,
            task,
        };
        self.write(move |unit| codes::request(unit, wish, &limits, now))
            .await
    }

    async fn take_guess(
        &self,
        recipient: RecipientId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<Result<Guess, GuessRefused>> {
        let (browser, limits) = (*browser, limits.clone());
        let holder = Holder::Recipient(recipient);
        self.write(move |unit| codes::take_guess(unit, holder, &browser, &limits, now))
            .await
    }

    async fn redeem(&self, code: CodeId, session: NewSession, now: Timestamp) -> Result<bool> {
        self.write(move |unit| codes::redeem(unit, code, session, now))
            .await
    }

    async fn session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>> {
        let (token, read_limits) = (*token, limits.clone());
        let found = self
            .snapshot(move |sql| sessions::find(sql, &token, &read_limits, now))
            .await?;
        match found {
            Some(live) if live.write => {
                let limits = limits.clone();
                self.write(move |unit| sessions::mark_used(unit, &token, &limits, now))
                    .await
            }
            other => Ok(other.map(|live| live.record)),
        }
    }

    async fn note_fetch(&self, token: &[u8; 32], now: Timestamp) -> Result<()> {
        let token = *token;
        // A page asks for many ranges, and each write is an fsync.
        let is_first = self
            .snapshot(move |sql| fetches::would_be_first(sql, &token))
            .await?;
        if !is_first {
            return Ok(());
        }
        self.write(move |unit| fetches::note(unit, &token, now))
            .await
    }

    async fn close_session(&self, token: &[u8; 32]) -> Result<()> {
        let token = *token;
        self.write(move |unit| sessions::close(unit, &token)).await
    }

    async fn language_of(&self, recipient: RecipientId) -> Result<Option<Language>> {
        self.snapshot(move |sql| languages::find(sql, recipient))
            .await
    }

    async fn choose_language(&self, recipient: RecipientId, language: Language) -> Result<()> {
        self.write(move |unit| languages::choose(unit, recipient, language))
            .await
    }

    async fn read_sealed(
        &self,
        recipient: &RecipientRecord,
        kind: ContentKind,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>> {
        let recipient = recipient.id;
        let id = self
            .snapshot(move |sql| contents::of_recipient(sql, recipient, kind))
            .await?;
        self.read_content(id, offset, length).await
    }

    async fn begin_reply(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        most_open: u32,
        now: Timestamp,
    ) -> Result<Option<()>> {
        self.write(move |unit| replies::begin(unit, reply, recipient, most_open, now))
            .await
    }

    fn stage_part(&self, id: ContentId) -> Result<ContentWriter> {
        self.0.signals.check()?;
        Ok(self.new_content(id, ContentKind::ReplyPart))
    }

    async fn put_part(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        index: u32,
        sha256: [u8; 32],
        part: StagedContent,
    ) -> Result<bool> {
        self.write(move |unit| replies::put_part(unit, reply, recipient, index, sha256, part))
            .await
    }

    async fn reply_of(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
    ) -> Result<Option<ReplyRecord>> {
        let found = self.snapshot(move |sql| replies::find(sql, reply)).await?;
        Ok(found.filter(|found| found.recipient == recipient))
    }

    async fn send_reply(
        &self,
        reply: ReplyId,
        signature: [u8; 64],
        task: NewTask,
        now: Timestamp,
    ) -> Result<bool> {
        self.write(move |unit| replies::send(unit, reply, signature, task, now))
            .await
    }

    async fn put_copy(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        copy: StagedContent,
    ) -> Result<bool> {
        self.write(move |unit| sent_copies::put(unit, reply, recipient, copy))
            .await
    }

    async fn sent_copies(&self, recipient: RecipientId) -> Result<Vec<SentCopy>> {
        self.snapshot(move |sql| sent_copies::list(sql, recipient))
            .await
    }

    async fn read_copy(&self, reply: ReplyId, recipient: RecipientId) -> Result<Option<Vec<u8>>> {
        let found = self
            .snapshot(move |sql| sent_copies::content_of(sql, reply, recipient))
            .await?;
        let Some(id) = found else {
            return Ok(None);
        };
        let most = usize::try_from(SENT_COPY_OCTETS).unwrap_or(usize::MAX);
        match self.read_content(id, 0, most).await {
            Ok(octets) => Ok(Some(octets)),
            // Destroyed a moment ago.
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn later_messages(
        &self,
        recipient: RecipientId,
        now: Timestamp,
    ) -> Result<Vec<LaterMessage>> {
        self.snapshot(move |sql| conversation::list(sql, recipient, now))
            .await
    }
}
