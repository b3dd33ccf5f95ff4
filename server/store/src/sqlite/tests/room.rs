//! A full disk refuses and breaks nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::contract::samples::*;
use crate::{INLINE_LIMIT, Store, StoreError};

/// A store that has no room for a single page more while it is full.
fn fillable(home: &Home) -> (SqliteStore, Arc<AtomicBool>) {
    let full = Arc::new(AtomicBool::new(false));
    let told = full.clone();
    let store = home.open_probed(move |step, sql| {
        if step == Step::Commit {
            // SQLite takes the pages there are when fewer are asked for.
            let pages = if told.load(Ordering::SeqCst) {
                1
            } else {
                i64::from(u32::MAX) - 1
            };
            sql.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
        Ok(())
    });
    (store, full)
}

#[tokio::test]
async fn without_room_a_capture_is_refused_whole_and_the_store_goes_on() {
    let home = Home::new();
    let (store, full) = fillable(&home);
    let letter = letter(&store).await;
    full.store(true, Ordering::SeqCst);
    // The commit of this small write sets the limit.
    store
        .arm_code(code_id(), random32(), passcode_key(), at(0))
        .await
        .unwrap();

    let mut refused = Vec::new();
    for size in [INLINE_LIMIT, INLINE_LIMIT + 1] {
        // A thousand recipients need pages, wherever their message stands.
        let people = (0..1_000).map(|_| held("patient@example.net")).collect();
        let capture = capture_sized(&store, people, size);
        refused.push(capture.id);
        assert!(matches!(
            store.capture(capture).await,
            Err(StoreError::NoRoom)
        ));
    }
    assert!(home.content_files().is_empty(), "its file went with it");
    assert!(store.message(letter.message).await.unwrap().is_some());

    full.store(false, Ordering::SeqCst);
    store
        .arm_code(code_id(), random32(), passcode_key(), at(0))
        .await
        .unwrap();
    self::letter(&store).await;
    for id in refused {
        assert!(store.message(id).await.unwrap().is_none());
    }
    assert_eq!(store.balance().await.unwrap().accepted, 2);
    assert!(
        tokio::time::timeout(Duration::ZERO, store.failed())
            .await
            .is_err()
    );
}

async fn letter(store: &SqliteStore) -> Letter {
    crate::contract::samples::letter(store).await
}

#[test]
fn a_full_disk_is_told_from_other_faults_of_a_stream() {
    use std::io::{Error, ErrorKind};
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        assert!(matches!(
            StoreError::from(Error::from(kind)),
            StoreError::NoRoom
        ));
    }
    let other = StoreError::from(Error::from(ErrorKind::PermissionDenied));
    assert!(matches!(other, StoreError::Unavailable(Some(_))));
}
