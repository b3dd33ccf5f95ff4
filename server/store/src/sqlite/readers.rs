//! A small pool of read-only connections. Reading blocks, so it is done beside the runtime.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task;

use super::fault::{Fault, Result};
use super::schema;
use super::signals::Signals;
use crate::StoreError;

/// Connections that only read, opened when first needed.
#[derive(Debug)]
pub(super) struct Readers {
    database: PathBuf,
    patience: Duration,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    signals: Arc<Signals>,
}

impl Readers {
    pub(super) fn new(
        database: PathBuf,
        most: usize,
        patience: Duration,
        signals: Arc<Signals>,
    ) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(most.max(1)));
        Arc::new(Self {
            database,
            patience,
            permits,
            idle: Mutex::default(),
            signals,
        })
    }

    /// Runs a read on one snapshot of the database.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> crate::Result<T> {
        self.signals.check()?;
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|error| StoreError::Unavailable(Some(Box::new(error))))?;
        let readers = self.clone();
        let reading = task::spawn_blocking(move || {
            let _permit = permit;
            Ok(readers.read_here(work)?)
        });
        reading
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(Some(Box::new(error)))))
    }

    fn read_here<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let sql = match self.idle().pop() {
            Some(sql) => sql,
            None => schema::open_reader(&self.database, self.patience)?,
        };
        let result = {
            let snapshot = sql.unchecked_transaction()?;
            work(&snapshot)
        };
        // After an error of SQLite's own a fresh connection is the safer one.
        if !matches!(&result, Err(Fault::Sql(_))) {
            self.idle().push(sql);
        }
        result
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
