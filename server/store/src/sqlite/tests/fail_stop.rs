//! Promise D7: after a failed commit or fsync, or a panic, nothing more is written or said.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::ffi;
use tokio::sync::oneshot;

use super::*;
use crate::contract::samples::*;
use crate::{Guest, INLINE_LIMIT, Store, StoreError};

/// A store that fails at `step` once it is told to.
fn fails_at(home: &Home, wanted: Step) -> (SqliteStore, Arc<AtomicBool>) {
    let broken = Arc::new(AtomicBool::new(false));
    let told = broken.clone();
    let store = home.open_probed(move |step, sql| {
        if step != wanted || !told.load(Ordering::SeqCst) {
            return Ok(());
        }
        match step {
            // A real COMMIT that SQLite turns into a rollback.
            Step::Commit => sql.commit_hook(Some(|| true)),
            Step::SyncDirectory => Err(rusqlite::Error::ToSqlConversionFailure(Box::new(
                io::Error::other("fsync: Input/output error"),
            ))),
            Step::EmptyLog => Err(sqlite_error(ffi::SQLITE_IOERR_FSYNC)),
        }
    });
    (store, broken)
}

async fn has_failed(store: &SqliteStore) -> bool {
    tokio::time::timeout(Duration::from_secs(10), store.failed())
        .await
        .is_ok()
}

#[tokio::test]
async fn after_a_failed_commit_everybody_who_waits_and_everybody_later_gets_fatal() {
    let home = Home::new();
    let (store, broken) = fails_at(&home, Step::Commit);
    let letter = letter(&store).await;
    let (watched, watcher) = oneshot::channel();
    let watch = store.clone();
    tokio::spawn(async move {
        watch.failed().await;
        watched.send(()).unwrap();
    });
    broken.store(true, Ordering::SeqCst);

    let captures: Vec<_> = (0..20)
        .map(|_| {
            let capture = capture(&store, vec![held("patient@example.net")]);
            let store = store.clone();
            tokio::spawn(async move { store.capture(capture).await })
        })
        .collect();
    for capture in captures {
        assert!(matches!(
            capture.await.unwrap(),
            Err(StoreError::Fatal(Some(_)))
        ));
    }
    watcher.await.unwrap();
    broken.store(false, Ordering::SeqCst);

    assert!(matches!(
        store.expire(letter.message, at(0)).await,
        Err(StoreError::Fatal(_))
    ));
    assert!(matches!(
        store.message(letter.message).await,
        Err(StoreError::Fatal(_))
    ));
    assert!(matches!(store.balance().await, Err(StoreError::Fatal(_))));
    assert!(matches!(
        store.stage(content_id(), crate::ContentKind::Message),
        Err(StoreError::Fatal(_))
    ));
    assert!(matches!(
        store.stage_part(content_id()),
        Err(StoreError::Fatal(_))
    ));

    // The next process finds what was committed, and nothing else.
    drop(store);
    let restarted = home.open();
    assert!(restarted.message(letter.message).await.unwrap().is_some());
    assert_eq!(restarted.balance().await.unwrap().accepted, 1);
}

/// The control: as long as nothing breaks, nothing fails.
#[tokio::test]
async fn without_a_failure_the_store_does_not_fail() {
    let home = Home::new();
    let (store, _broken) = fails_at(&home, Step::Commit);
    letter(&store).await;
    assert!(
        tokio::time::timeout(Duration::ZERO, store.failed())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn after_a_failed_fsync_of_a_directory_nothing_is_committed_and_the_file_stays() {
    let home = Home::new();
    let (store, broken) = fails_at(&home, Step::SyncDirectory);
    broken.store(true, Ordering::SeqCst);
    let small = capture_sized(&store, vec![held("patient@example.net")], 100);
    let _ = store
        .capture(small)
        .await
        .expect("no directory is touched for small content");
    let large = capture_sized(&store, vec![held("patient@example.net")], INLINE_LIMIT + 1);
    let id = large.id;
    assert!(matches!(
        store.capture(large).await,
        Err(StoreError::Fatal(_))
    ));
    assert!(has_failed(&store).await);
    assert_eq!(home.content_files().len(), 1);
    drop(store);
    assert!(home.open().message(id).await.unwrap().is_none());
}

#[tokio::test]
async fn after_a_failed_fsync_of_the_database_while_the_log_is_emptied_the_store_stops() {
    let home = Home::new();
    let (store, broken) = fails_at(&home, Step::EmptyLog);
    let letter = letter(&store).await;
    broken.store(true, Ordering::SeqCst);
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    assert!(has_failed(&store).await);
    assert!(matches!(
        store.message(letter.message).await,
        Err(StoreError::Fatal(_))
    ));
}

#[tokio::test]
async fn when_nobody_knows_whether_a_commit_happened_its_files_stay() {
    let home = Home::new();
    let (store, broken) = fails_at(&home, Step::Commit);
    broken.store(true, Ordering::SeqCst);
    let capture = capture_sized(&store, vec![held("patient@example.net")], INLINE_LIMIT + 1);
    assert!(matches!(
        store.capture(capture).await,
        Err(StoreError::Fatal(_))
    ));
    assert_eq!(home.content_files().len(), 1);
}

#[tokio::test]
async fn a_panic_in_the_writer_stops_the_store() {
    let home = Home::new();
    let store = home.open();
    let letter = letter(&store).await;
    let answer = store.write::<()>(|_| panic!("a defect")).await;
    assert!(matches!(answer, Err(StoreError::Fatal(_))));
    assert!(has_failed(&store).await);
    let late = store.expire(letter.message, Timestamp::MAX).await;
    assert!(matches!(late, Err(StoreError::Fatal(_))));
    drop(store);
    assert!(home.open().message(letter.message).await.unwrap().is_some());
}

#[tokio::test]
async fn a_write_of_whom_the_store_hears_after_it_failed_is_answered_too() {
    let home = Home::new();
    let (store, broken) = fails_at(&home, Step::Commit);
    broken.store(true, Ordering::SeqCst);
    // The first group fails while the others still stand in the queue.
    let writes: Vec<_> = (0..600)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.close_session(&random32()).await })
        })
        .collect();
    for write in writes {
        assert!(matches!(write.await.unwrap(), Err(StoreError::Fatal(_))));
    }
}
