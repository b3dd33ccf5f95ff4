//! What the writer thread tells everybody: a task was added, or the store has failed for good.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::StoreError;

/// Shared by the handles, the writer thread and every staging file.
#[derive(Debug)]
pub(super) struct Signals {
    failed: watch::Sender<Option<Arc<str>>>,
    task_added: Notify,
}

impl Signals {
    pub(super) fn new() -> Self {
        Self {
            failed: watch::Sender::new(None),
            task_added: Notify::new(),
        }
    }

    /// Marks the store as failed. The first cause stays.
    pub(super) fn fail(&self, cause: &str) {
        self.failed.send_if_modified(|failed| {
            let first = failed.is_none();
            if first {
                tracing::error!(cause, "the store stops: a write may be lost");
                *failed = Some(cause.into());
            }
            first
        });
    }

    /// Refuses once the store has failed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &*self.failed.borrow() {
            None => Ok(()),
            Some(cause) => Err(StoreError::Fatal(Some(cause.as_ref().into()))),
        }
    }

    /// The error for who waits for a writer that is gone.
    pub(super) fn gone(&self) -> StoreError {
        self.check().err().unwrap_or(StoreError::Fatal(None))
    }

    /// Resolves once the store has failed.
    pub(super) async fn failed(&self) {
        // The sender lives in `self`, so waiting ends in no other way.
        let _ = self.failed.subscribe().wait_for(Option::is_some).await;
    }

    /// One wake-up for each task: it is kept when nobody waits, and passed on when the waiter is
    /// dropped before it could look.
    pub(super) fn tasks_added(&self, tasks: usize) {
        for _ in 0..tasks {
            self.task_added.notify_one();
        }
    }

    pub(super) async fn task_added(&self) {
        self.task_added.notified().await;
    }
}
