//! The one door to the store, with two keys: one that reads and one that changes.
//!
//! A handler names the key it needs among its parameters, and [`Writes`] is not handed out for GET
//! or HEAD. That opening a link changes nothing (promise A1) is so a matter of types and of this
//! file, not of every handler's good behaviour.

mod senders;

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest};
use jiff::Timestamp;
use seal::{CodeId, ContentId, Handle, RecipientId, ReplyId};
use store::{
    CodeRefused, CodeRequest, ContentKind, ContentWriter, EventId, Guess, GuessRefused, Guest,
    Language, LaterMessage, MessageRecord, NewSession, NewTask, RecipientRecord, ReplyRecord,
    SentCopy, SessionLimits, SessionRecord, StagedContent, TryLimits,
};

use crate::problem::Problem;
use crate::viewer::Viewer;

/// Holds the store and gives it to nobody whole.
pub(crate) struct Door(Arc<dyn Guest>);

/// May look. The store marks a session as used when it is looked up (promise A7 needs that), and
/// notes once in a session that something was fetched in it (L1); nothing else that a reader can do
/// leaves a trace.
#[derive(Clone)]
pub(crate) struct Reads(Arc<dyn Guest>);

/// May change things, and look.
pub(crate) struct Writes(Reads);

type Stored<T> = Result<T, Problem>;

impl Door {
    pub(crate) fn new(guest: Arc<dyn Guest>) -> Self {
        Self(guest)
    }

    pub(crate) fn reads(&self) -> Reads {
        Reads(Arc::clone(&self.0))
    }

    /// Refuses methods that promise to change nothing (RFC 9110 §9.2.1).
    pub(crate) fn writes(&self, method: &Method) -> Stored<Writes> {
        if method.is_safe() {
            tracing::error!("a safe method asked for write access");
            return Err(Problem::Internal);
        }
        Ok(Writes(self.reads()))
    }
}

impl Reads {
    pub(crate) async fn recipient_by_handle(
        &self,
        handle: &Handle,
    ) -> Stored<Option<RecipientRecord>> {
        Ok(self.0.recipient_by_handle(handle).await?)
    }

    pub(crate) async fn message_of(
        &self,
        recipient: &RecipientRecord,
    ) -> Stored<Option<MessageRecord>> {
        Ok(self.0.message_of(recipient).await?)
    }

    pub(crate) async fn session(
        &self,
        token: &[u8; 32],
        limits: &SessionLimits,
        now: Timestamp,
    ) -> Stored<Option<SessionRecord>> {
        Ok(self.0.session(token, limits, now).await?)
    }

    pub(crate) async fn language_of(&self, recipient: RecipientId) -> Stored<Option<Language>> {
        Ok(self.0.language_of(recipient).await?)
    }

    pub(crate) async fn read_sealed(
        &self,
        recipient: &RecipientRecord,
        kind: ContentKind,
        offset: u64,
        length: usize,
    ) -> Stored<Vec<u8>> {
        Ok(self.0.read_sealed(recipient, kind, offset, length).await?)
    }

    /// Fetching is recorded (promise L1), as the use of a session is.
    pub(crate) async fn note_fetch(&self, token: &[u8; 32], now: Timestamp) -> Stored<()> {
        Ok(self.0.note_fetch(token, now).await?)
    }

    pub(crate) async fn reply_of(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
    ) -> Stored<Option<ReplyRecord>> {
        Ok(self.0.reply_of(reply, recipient).await?)
    }

    pub(crate) async fn sent_copies(&self, recipient: RecipientId) -> Stored<Vec<SentCopy>> {
        Ok(self.0.sent_copies(recipient).await?)
    }

    pub(crate) async fn read_copy(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
    ) -> Stored<Option<Vec<u8>>> {
        Ok(self.0.read_copy(reply, recipient).await?)
    }

    pub(crate) async fn later_messages(
        &self,
        recipient: RecipientId,
        now: Timestamp,
    ) -> Stored<Vec<LaterMessage>> {
        Ok(self.0.later_messages(recipient, now).await?)
    }
}

impl Deref for Writes {
    type Target = Reads;

    fn deref(&self) -> &Reads {
        &self.0
    }
}

impl Writes {
    fn guest(&self) -> &dyn Guest {
        &*self.0.0
    }

    pub(crate) async fn mark_exposed(&self, handle: &Handle, now: Timestamp) -> Stored<()> {
        Ok(self.guest().mark_exposed(handle, now).await?)
    }

    pub(crate) async fn disown(
        &self,
        recipient: RecipientId,
        event: EventId,
        task: NewTask,
        now: Timestamp,
    ) -> Stored<bool> {
        Ok(self.guest().disown(recipient, event, task, now).await?)
    }

    pub(crate) async fn ask_more_time(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Stored<Result<(), Timestamp>> {
        Ok(self.guest().ask_more_time(recipient, task, now).await?)
    }

    pub(crate) async fn tell_damage(
        &self,
        recipient: RecipientId,
        task: NewTask,
        now: Timestamp,
    ) -> Stored<bool> {
        Ok(self.guest().tell_damage(recipient, task, now).await?)
    }

    pub(crate) async fn request_code(
        &self,
        request: CodeRequest,
        limits: &TryLimits,
        now: Timestamp,
    ) -> Stored<Result<u32, CodeRefused>> {
        Ok(self.guest().request_code(request, limits, now).await?)
    }

    pub(crate) async fn take_guess(
        &self,
        recipient: RecipientId,
        browser: &[u8; 32],
        limits: &TryLimits,
        now: Timestamp,
    ) -> Stored<Result<Guess, GuessRefused>> {
        Ok(self
            .guest()
            .take_guess(recipient, browser, limits, now)
            .await?)
    }

    pub(crate) async fn redeem(
        &self,
        code: CodeId,
        session: NewSession,
        now: Timestamp,
    ) -> Stored<bool> {
        Ok(self.guest().redeem(code, session, now).await?)
    }

    pub(crate) async fn close_session(&self, token: &[u8; 32]) -> Stored<()> {
        Ok(self.guest().close_session(token).await?)
    }

    pub(crate) async fn choose_language(
        &self,
        recipient: RecipientId,
        language: Language,
    ) -> Stored<()> {
        Ok(self.guest().choose_language(recipient, language).await?)
    }

    pub(crate) async fn begin_reply(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        most_open: u32,
        now: Timestamp,
    ) -> Stored<Option<()>> {
        Ok(self
            .guest()
            .begin_reply(reply, recipient, most_open, now)
            .await?)
    }

    pub(crate) fn stage_part(&self, id: ContentId) -> Stored<ContentWriter> {
        Ok(self.guest().stage_part(id)?)
    }

    pub(crate) async fn put_part(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        index: u32,
        sha256: [u8; 32],
        part: StagedContent,
    ) -> Stored<bool> {
        Ok(self
            .guest()
            .put_part(reply, recipient, index, sha256, part)
            .await?)
    }

    pub(crate) async fn put_copy(
        &self,
        reply: ReplyId,
        recipient: RecipientId,
        copy: StagedContent,
    ) -> Stored<bool> {
        Ok(self.guest().put_copy(reply, recipient, copy).await?)
    }

    pub(crate) async fn send_reply(
        &self,
        reply: ReplyId,
        signature: [u8; 64],
        task: NewTask,
        now: Timestamp,
    ) -> Stored<bool> {
        Ok(self.guest().send_reply(reply, signature, task, now).await?)
    }
}

impl FromRequest for Reads {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Viewer::of(request).map(|viewer| viewer.door().reads()))
    }
}

impl FromRequest for Writes {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Viewer::of(request).and_then(|viewer| viewer.door().writes(request.method())))
    }
}

#[cfg(test)]
mod tests {
    use store::sqlite::{Options, SqliteStore};

    use super::*;

    #[test]
    fn write_access_is_not_handed_out_for_methods_that_promise_to_change_nothing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = SqliteStore::open(directory.path(), Options::default()).expect("a store");
        let door = Door::new(Arc::new(store));
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            assert_eq!(
                door.writes(&method).err(),
                Some(Problem::Internal),
                "{method}"
            );
        }
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert!(door.writes(&method).is_ok(), "{method}");
        }
    }
}
