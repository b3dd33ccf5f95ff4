//! The gateway's face: each operation handed to the writer or to a reader.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use seal::{CodeId, ContentId, KeyId, MessageId, RecipientId, ReplyId, TaskId};

use super::inbox::Demand;
use super::unit::Unit;
use super::writer::Undo;
use super::{
    SqliteStore, audit, capture, codes, contents, divert, expiry, extending, failed, fault,
    gathering, indexes, key_uses, keyed, languages, openings, operator, purge, records, reminding,
    replies, reports, revocation, senders, tasks, unread,
};
use crate::{
    Admission, Balance, Bounce, Capture, ContentKind, ContentWriter, Course, Event, Extension,
    FailedTask, KeyPurpose, KeyedField, Language, Lease, LeasedTask, MessageRecord, NewEvent,
    NewSender, NoReminder, NoticeLimit, Openings, Outcome, QueueFigures, RecipientRecord,
    Reindexed, Reminded, ReminderLimits, Reminding, ReplyRecord, Report, ReportAction, Result,
    Rewrapped, SenderRecord, StaleIndex, StaleValue, Store, StoreError, Stored, TaskRecord,
};

impl SqliteStore {
    /// Runs a write; returns when it is on stable storage.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> fault::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0
            .writer
            .write(Demand::KeptNow, Undo::Itself, work)
            .await
    }

    /// The same for the end of a task: who waits for it is a worker, who can wait a little more.
    async fn write_end<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> fault::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.writer.write(Demand::Kept, Undo::Itself, work).await
    }

    /// Runs a write that only processes of this machine have to see. Whose turn a task is can be
    /// lost with the power: so is whoever had the turn.
    async fn write_seen<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> fault::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.writer.write(Demand::Seen, Undo::Itself, work).await
    }

    /// Runs a read on one snapshot.
    pub(super) async fn snapshot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> fault::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.readers.read(work).await
    }

    /// Reads a range. A content that was destroyed between finding its record and opening its file
    /// is not damaged but gone.
    pub(super) async fn read_content(
        &self,
        id: ContentId,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>> {
        let folder = self.0.folder.clone();
        let read = self.snapshot(move |sql| contents::read(sql, &folder, id, offset, length));
        match read.await {
            Err(damaged @ StoreError::Damaged(_)) => {
                let there = self
                    .snapshot(move |sql| contents::is_there(sql, id))
                    .await?;
                Err(if there { damaged } else { StoreError::NotFound })
            }
            other => other,
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn stage(&self, id: ContentId, kind: ContentKind) -> Result<ContentWriter> {
        self.0.signals.check()?;
        Ok(self.new_content(id, kind))
    }

    async fn capture(&self, capture: Capture) -> Result<Stored> {
        let work = move |unit: &mut Unit<'_>| capture::capture(unit, capture);
        self.0
            .writer
            .write(Demand::KeptNow, Undo::Group, work)
            .await
    }

    async fn lease(&self, now: Timestamp, hold: Duration, most: usize) -> Result<Vec<LeasedTask>> {
        self.write_seen(move |unit| tasks::lease(unit, now, hold, most))
            .await
    }

    async fn finish(&self, lease: &Lease, outcome: Outcome, now: Timestamp) -> Result<bool> {
        let lease = lease.clone();
        self.write_end(move |unit| tasks::finish(unit, &lease, outcome, now))
            .await
    }

    async fn finish_together(
        &self,
        ended: Vec<(Lease, Outcome)>,
        now: Timestamp,
    ) -> Result<Vec<bool>> {
        self.write_end(move |unit| tasks::finish_together(unit, ended, now))
            .await
    }

    async fn admit_notice(
        &self,
        lease: &Lease,
        limit: NoticeLimit,
        hold: Duration,
        now: Timestamp,
    ) -> Result<Admission> {
        let lease = lease.clone();
        self.write_seen(move |unit| gathering::admit(unit, &lease, limit, hold, now))
            .await
    }

    async fn reports(&self, task: TaskId) -> Result<Vec<Report>> {
        self.snapshot(move |sql| reports::of_task(sql, task)).await
    }

    async fn bounced(
        &self,
        recipient: RecipientId,
        bounce: Bounce,
        now: Timestamp,
    ) -> Result<(Stored, bool)> {
        self.write(move |unit| reports::bounced(unit, recipient, bounce, now))
            .await
    }

    async fn told_together(&self, recipient: RecipientId) -> Result<Vec<RecipientId>> {
        self.snapshot(move |sql| gathering::told_together(sql, recipient))
            .await
    }

    async fn run_out(
        &self,
        message: MessageId,
        now: Timestamp,
    ) -> Result<Vec<(RecipientId, ReportAction)>> {
        self.snapshot(move |sql| reports::run_out(sql, message, now))
            .await
    }

    async fn tasks(&self, most: usize) -> Result<Vec<TaskRecord>> {
        self.snapshot(move |sql| operator::list(sql, most)).await
    }

    async fn act(&self, event: NewEvent, now: Timestamp) -> Result<u64> {
        self.write(move |unit| audit::act(unit, event, now)).await
    }

    async fn events(&self, after: u64, most: usize) -> Result<Vec<Event>> {
        self.snapshot(move |sql| audit::list(sql, after, most))
            .await
    }

    async fn task(&self, task: TaskId) -> Result<Option<TaskRecord>> {
        self.snapshot(move |sql| operator::find(sql, task)).await
    }

    async fn park(&self, task: TaskId, cause: &str, now: Timestamp) -> Result<bool> {
        let cause = cause.to_owned();
        self.write(move |unit| operator::park(unit, task, &cause, now))
            .await
    }

    async fn drop_task(&self, task: TaskId, cause: &str, now: Timestamp) -> Result<bool> {
        let cause = cause.to_owned();
        self.write(move |unit| operator::drop_task(unit, task, &cause, now))
            .await
    }

    async fn queue_figures(&self, now: Timestamp) -> Result<Vec<QueueFigures>> {
        self.snapshot(move |sql| operator::figures(sql, now)).await
    }

    async fn sweep_replies(&self, begun_before: Timestamp) -> Result<u64> {
        self.write(move |unit| purge::sweep_replies(unit, begun_before))
            .await
    }

    async fn purge(&self, over_before: Timestamp, most: usize) -> Result<u64> {
        self.write(move |unit| purge::purge(unit, over_before, most))
            .await
    }

    async fn divert(&self, lease: &Lease, capture: Capture) -> Result<bool> {
        let lease = lease.clone();
        self.write(move |unit| divert::divert(unit, &lease, capture))
            .await
    }

    async fn release_leases(&self) -> Result<u64> {
        self.write(tasks::release).await
    }

    async fn recall(&self, now: Timestamp, pause: Duration) -> Result<u64> {
        self.write(move |unit| tasks::recall(unit, now, pause))
            .await
    }

    async fn failed_tasks(&self) -> Result<Vec<FailedTask>> {
        self.snapshot(failed::list).await
    }

    async fn retry_failed(&self, task: TaskId, now: Timestamp) -> Result<bool> {
        self.write(move |unit| failed::retry(unit, task, now)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.snapshot(tasks::next_due).await
    }

    async fn task_added(&self) {
        self.0.signals.task_added().await;
    }

    async fn message(&self, id: MessageId) -> Result<Option<MessageRecord>> {
        self.snapshot(move |sql| records::message(sql, id)).await
    }

    async fn recipient(&self, id: RecipientId) -> Result<Option<RecipientRecord>> {
        self.snapshot(move |sql| records::recipient(sql, id)).await
    }

    async fn recipients_by_id(&self, ids: Vec<RecipientId>) -> Result<Vec<RecipientRecord>> {
        self.snapshot(move |sql| {
            let found = ids.iter().map(|id| records::recipient(sql, *id));
            Ok(found.filter_map(|one| one.ok().flatten()).collect())
        })
        .await
    }

    async fn recipients(&self, message: MessageId) -> Result<Vec<RecipientRecord>> {
        self.snapshot(move |sql| records::recipients(sql, message))
            .await
    }

    async fn openings(&self, recipient: RecipientId) -> Result<Openings> {
        self.snapshot(move |sql| openings::of(sql, recipient)).await
    }

    async fn replies_sent(&self, recipient: RecipientId) -> Result<Vec<(ReplyId, Timestamp)>> {
        self.snapshot(move |sql| replies::sent_by(sql, recipient))
            .await
    }

    async fn chosen_language(&self, id: RecipientId) -> Result<Option<Language>> {
        self.snapshot(move |sql| languages::find(sql, id)).await
    }

    async fn recipient_by_reply_token(
        &self,
        indexes: &[[u8; 32]],
    ) -> Result<Option<RecipientRecord>> {
        let indexes = indexes.to_vec();
        self.snapshot(move |sql| records::recipient_by_reply_token(sql, &indexes))
            .await
    }

    async fn let_sender_in(&self, lease: &Lease, sender: NewSender) -> Result<bool> {
        let lease = lease.clone();
        self.write(move |unit| senders::let_in(unit, &lease, &sender))
            .await
    }

    async fn sender(&self, message: MessageId, now: Timestamp) -> Result<Option<SenderRecord>> {
        self.snapshot(move |sql| senders::of_message(sql, message, now))
            .await
    }

    async fn courses(&self, message: MessageId) -> Result<Vec<Course>> {
        self.snapshot(move |sql| senders::courses(sql, message))
            .await
    }

    async fn reply(&self, id: ReplyId) -> Result<Option<ReplyRecord>> {
        self.snapshot(move |sql| replies::find(sql, id)).await
    }

    async fn read(&self, id: ContentId, offset: u64, length: usize) -> Result<Vec<u8>> {
        self.read_content(id, offset, length).await
    }

    async fn arm_code(
        &self,
        code: CodeId,
        verifier: [u8; 32],
        key: KeyId,
        expires_at: Timestamp,
    ) -> Result<bool> {
        self.write(move |unit| codes::arm(unit, code, verifier, key, expires_at))
            .await
    }

    async fn expire(&self, message: MessageId, now: Timestamp) -> Result<()> {
        self.write(move |unit| expiry::expire(unit, message, now))
            .await
    }

    async fn revoke(
        &self,
        message: MessageId,
        recipient: Option<RecipientId>,
        now: Timestamp,
    ) -> Result<u64> {
        self.write(move |unit| revocation::revoke(unit, message, recipient, now))
            .await
    }

    async fn extend(&self, extension: Extension, now: Timestamp) -> Result<bool> {
        self.write(move |unit| extending::extend(unit, extension, now))
            .await
    }

    async fn remind(
        &self,
        reminding: Reminding,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Result<Result<Reminded, NoReminder>> {
        let limits = *limits;
        self.write(move |unit| reminding::remind(unit, audit::OPERATOR, reminding, &limits, now))
            .await
    }

    async fn unread(&self, message: MessageId, now: Timestamp) -> Result<Vec<RecipientRecord>> {
        self.snapshot(move |sql| unread::of(sql, message, now))
            .await
    }

    async fn stale_values(
        &self,
        field: KeyedField,
        fresh: &[KeyId],
        after: Option<[u8; 16]>,
        most: usize,
    ) -> Result<Vec<StaleValue>> {
        let fresh = fresh.to_vec();
        self.snapshot(move |sql| keyed::stale_values(sql, field, &fresh, after, most))
            .await
    }

    async fn count_stale(&self, field: KeyedField, fresh: &[KeyId]) -> Result<u64> {
        let fresh = fresh.to_vec();
        self.snapshot(move |sql| keyed::count_stale(sql, field, &fresh))
            .await
    }

    async fn rewrap(&self, field: KeyedField, values: Vec<Rewrapped>) -> Result<u64> {
        self.write(move |unit| keyed::rewrap(unit, field, values))
            .await
    }

    async fn stale_indexes(
        &self,
        fresh: KeyId,
        after: Option<[u8; 16]>,
        most: usize,
    ) -> Result<Vec<StaleIndex>> {
        self.snapshot(move |sql| indexes::stale(sql, fresh, after, most))
            .await
    }

    async fn count_stale_indexes(&self, fresh: KeyId) -> Result<u64> {
        self.snapshot(move |sql| indexes::count_stale(sql, fresh))
            .await
    }

    async fn reindex(&self, indexes: Vec<Reindexed>) -> Result<u64> {
        self.write(move |unit| indexes::reindex(unit, indexes))
            .await
    }

    async fn forget_message_indexes(&self, key: KeyId, captured_before: Timestamp) -> Result<u64> {
        let (mut forgotten, mut after) = (0, None);
        loop {
            // They are looked for beside the writer, which is given only what it is to change.
            let useless = self
                .snapshot(move |sql| indexes::useless(sql, key, captured_before, after))
                .await?;
            let Some(last) = useless.last().copied() else {
                return Ok(forgotten);
            };
            after = Some(last);
            forgotten += self
                .write(move |unit| indexes::forget(unit, key, &useless))
                .await?;
        }
    }

    async fn key_uses(&self, purpose: KeyPurpose, key: KeyId, now: Timestamp) -> Result<u64> {
        self.snapshot(move |sql| key_uses::count(sql, purpose, key, now))
            .await
    }

    async fn close_key(&self, purpose: KeyPurpose, key: KeyId, now: Timestamp) -> Result<u64> {
        loop {
            let turn = self
                .write_seen(move |unit| key_uses::begin_closing(unit, key))
                .await?;
            let uses = self.key_uses(purpose, key, now).await?;
            if uses > 0 {
                self.write_seen(move |unit| key_uses::give_up(unit, key, turn))
                    .await?;
                return Ok(uses);
            }
            let is_closed = self
                .write(move |unit| key_uses::close(unit, key, turn, now))
                .await?;
            if is_closed {
                return Ok(0);
            }
            // Something came under the key meanwhile, or another counts: it is counted anew.
        }
    }

    async fn balance(&self) -> Result<Balance> {
        self.snapshot(records::balance).await
    }

    async fn failed(&self) {
        self.0.signals.failed().await;
    }
}
