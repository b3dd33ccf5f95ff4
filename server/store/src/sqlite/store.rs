//! The gateway's face: each operation handed to the writer or to a reader.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use seal::{CodeId, ContentId, MessageId, RecipientId, ReplyId, TaskId};

use super::unit::Unit;
use super::{
    SqliteStore, capture, codes, contents, expiry, failed, fault, records, replies, tasks,
};
use crate::{
    Balance, Capture, ContentKind, ContentWriter, FailedTask, Lease, LeasedTask, MessageRecord,
    Outcome, RecipientRecord, ReplyRecord, Result, Store, StoreError, Stored,
};

impl SqliteStore {
    /// Runs a write; returns when it is on stable storage.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> fault::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.writer.write(work).await
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
        self.write(move |unit| capture::capture(unit, capture))
            .await
    }

    async fn lease(&self, now: Timestamp, hold: Duration, most: usize) -> Result<Vec<LeasedTask>> {
        self.write(move |unit| tasks::lease(unit, now, hold, most))
            .await
    }

    async fn finish(&self, lease: &Lease, outcome: Outcome, now: Timestamp) -> Result<bool> {
        let lease = lease.clone();
        self.write(move |unit| tasks::finish(unit, &lease, outcome, now))
            .await
    }

    async fn release_leases(&self) -> Result<u64> {
        self.write(tasks::release).await
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

    async fn recipient_by_reply_token(&self, index: &[u8; 32]) -> Result<Option<RecipientRecord>> {
        let index = *index;
        self.snapshot(move |sql| records::recipient_by_reply_token(sql, &index))
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
        expires_at: Timestamp,
    ) -> Result<bool> {
        self.write(move |unit| codes::arm(unit, code, verifier, expires_at))
            .await
    }

    async fn expire(&self, message: MessageId, now: Timestamp) -> Result<()> {
        self.write(move |unit| expiry::expire(unit, message, now))
            .await
    }

    async fn balance(&self) -> Result<Balance> {
        self.snapshot(records::balance).await
    }

    async fn failed(&self) {
        self.0.signals.failed().await;
    }
}
