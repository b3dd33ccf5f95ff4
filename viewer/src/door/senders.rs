//! What the door lets through for senders: looking, and changing.

use jiff::Timestamp;
use seal::{CodeId, Handle, MessageId};
use store::{
    CodeRefused, Course, Extension, Guess, GuessRefused, NewSenderSession, NoReminder,
    RecipientRecord, Reminded, ReminderLimits, Reminding, SenderCodeRequest, SenderRecord,
    SenderSessionRecord, SessionLimits, TryLimits, Withdrawal,
};

use super::{Reads, Stored, Writes};

impl Reads {
    pub(crate) async fn sender_by_handle(
        &self,
        handle: &Handle,
        now: Timestamp,
    ) -> Stored<Option<SenderRecord>> {
        Ok(self.0.sender_by_handle(handle, now).await?)
    }

    pub(crate) async fn sender_session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Stored<Option<SenderSessionRecord>> {
        Ok(self.0.sender_session(token, limits, now).await?)
    }

    pub(crate) async fn grants_of(&self, sender: &SenderRecord) -> Stored<Vec<RecipientRecord>> {
        Ok(self.0.grants_of(sender).await?)
    }

    pub(crate) async fn courses_of(&self, sender: &SenderRecord) -> Stored<Vec<Course>> {
        Ok(self.0.courses_of(sender).await?)
    }
}

impl Writes {
    pub(crate) async fn request_sender_code(
        &self,
        request: SenderCodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Stored<Result<u32, CodeRefused>> {
        let asked = self.guest().request_sender_code(request, limits, now);
        Ok(asked.await?)
    }

    pub(crate) async fn take_sender_guess(
        &self,
        message: MessageId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Stored<Result<Guess, GuessRefused>> {
        let taken = self
            .guest()
            .take_sender_guess(message, browser, limits, now);
        Ok(taken.await?)
    }

    pub(crate) async fn redeem_sender(
        &self,
        code: CodeId,
        session: NewSenderSession,
        now: Timestamp,
    ) -> Stored<bool> {
        Ok(self.guest().redeem_sender(code, session, now).await?)
    }

    pub(crate) async fn close_sender_session(&self, token: &[u8; 32]) -> Stored<()> {
        Ok(self.guest().close_sender_session(token).await?)
    }

    pub(crate) async fn give_more_time(
        &self,
        extension: Extension,
        now: Timestamp,
    ) -> Stored<bool> {
        Ok(self.guest().give_more_time(extension, now).await?)
    }

    pub(crate) async fn have_reminded(
        &self,
        reminding: Reminding,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Stored<Result<Reminded, NoReminder>> {
        let reminded = self.guest().have_reminded(reminding, limits, now);
        Ok(reminded.await?)
    }

    pub(crate) async fn withdraw(&self, withdrawal: Withdrawal, now: Timestamp) -> Stored<u64> {
        Ok(self.guest().withdraw(withdrawal, now).await?)
    }
}
