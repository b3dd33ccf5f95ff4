//! The viewer's face for senders.

use async_trait::async_trait;
use jiff::Timestamp;
use seal::{CodeId, Handle, MessageId};

use super::holder::Holder;
use super::{SqliteStore, audit, codes, extending, records, reminding, senders, sessions};
use crate::{
    CodeRefused, Course, Extension, Guess, GuessRefused, NewSenderSession, NoReminder,
    RecipientRecord, Reminded, ReminderLimits, Reminding, Result, SenderCodeRequest, SenderGuest,
    SenderRecord, SenderSessionRecord, SessionLimits, TryLimits, Withdrawal,
};

#[async_trait]
impl SenderGuest for SqliteStore {
    async fn sender_by_handle(
        &self,
        handle: &Handle,
        now: Timestamp,
    ) -> Result<Option<SenderRecord>> {
        let handle = *handle;
        self.snapshot(move |sql| senders::by_handle(sql, &handle, now))
            .await
    }

    async fn request_sender_code(
        &self,
        request: SenderCodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<Result<u32, CodeRefused>> {
        let limits = limits.clone();
        let SenderCodeRequest {
            code,
            message,
            browser,
            task,
        } = request;
        let wish = codes::Wish {
            code,
            holder: Holder::Sender(message),
            browser,
            task,
        };
        self.write(move |unit| codes::request(unit, wish, &limits, now))
            .await
    }

    async fn take_sender_guess(
        &self,
        message: MessageId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Result<Result<Guess, GuessRefused>> {
        let (browser, limits) = (*browser, limits.clone());
        let holder = Holder::Sender(message);
        self.write(move |unit| codes::take_guess(unit, holder, &browser, &limits, now))
            .await
    }

    async fn redeem_sender(
        &self,
        code: CodeId,
        session: NewSenderSession,
        now: Timestamp,
    ) -> Result<bool> {
        self.write(move |unit| codes::redeem_sender(unit, code, &session, now))
            .await
    }

    async fn sender_session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Result<Option<SenderSessionRecord>> {
        let (token, read_limits) = (*token, limits.clone());
        let found = self
            .snapshot(move |sql| sessions::find_sender(sql, &token, &read_limits, now))
            .await?;
        match found {
            Some(live) if live.write => {
                let limits = limits.clone();
                self.write(move |unit| sessions::mark_sender_used(unit, &token, &limits, now))
                    .await
            }
            other => Ok(other.map(|live| live.record)),
        }
    }

    async fn close_sender_session(&self, token: &[u8; 32]) -> Result<()> {
        let token = *token;
        self.write(move |unit| sessions::close_sender(unit, &token))
            .await
    }

    async fn courses_of(&self, sender: &SenderRecord) -> Result<Vec<Course>> {
        let message = sender.message;
        self.snapshot(move |sql| senders::courses(sql, message))
            .await
    }

    async fn grants_of(&self, sender: &SenderRecord) -> Result<Vec<RecipientRecord>> {
        let message = sender.message;
        self.snapshot(move |sql| records::recipients(sql, message))
            .await
    }

    async fn give_more_time(&self, extension: Extension, now: Timestamp) -> Result<bool> {
        self.write(move |unit| extending::extend_by(unit, audit::SENDER, extension, now))
            .await
    }

    async fn have_reminded(
        &self,
        reminding: Reminding,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Result<Result<Reminded, NoReminder>> {
        let limits = *limits;
        self.write(move |unit| reminding::remind(unit, audit::SENDER, reminding, &limits, now))
            .await
    }

    async fn withdraw(&self, withdrawal: Withdrawal, now: Timestamp) -> Result<u64> {
        self.write(move |unit| senders::withdraw(unit, withdrawal, now))
            .await
    }
}
