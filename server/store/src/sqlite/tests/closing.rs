//! Between the count of a key's uses and the row that closes it, nobody writes.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::contract::samples::*;
use crate::{KeyPurpose, Store};

#[tokio::test]
async fn no_other_process_writes_between_the_count_and_the_close() {
    let home = Home::new();
    let refused = Arc::new(AtomicUsize::new(0));
    let (counted, database) = (refused.clone(), home.database());
    let store = home.open_probed(move |step, _| {
        if step == Step::Commit {
            let other = Connection::open(&database).unwrap();
            let code = other.execute_batch("BEGIN IMMEDIATE").unwrap_err();
            assert_eq!(
                code.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy)
            );
            counted.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    });
    let closed = store.close_key(KeyPurpose::Share, key_id(), at(0)).await;
    assert_eq!(closed.unwrap(), 0);
    assert_eq!(refused.load(Ordering::SeqCst), 1);
}

/// The count that closes is made by the writer, whatever a reader has counted before.
#[tokio::test]
async fn what_was_committed_while_the_close_waited_is_counted() {
    let home = Home::new();
    let store = home.open();
    let key = key_id();
    letter(&store).await;
    let other = home.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let closer = store.clone();
    let closing =
        tokio::spawn(async move { closer.close_key(KeyPurpose::Share, key, at(0)).await });
    // The close gets its turn at the lock file, and then waits for the lock below.
    let lock = fs::File::open(home.path().join(crate::sqlite::LOCK)).unwrap();
    while lock.try_lock().is_ok() {
        lock.unlock().unwrap();
        tokio::task::yield_now().await;
    }
    other
        .execute("UPDATE grants SET share = ?", [wrapped(key)])
        .unwrap();
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(closing.await.unwrap().unwrap(), 1);
    let closed: u32 = other
        .query_row("SELECT count(*) FROM closed_keys", [], |row| row.get(0))
        .unwrap();
    assert_eq!(closed, 0);
}
