//! Between the count of a key's uses and the row that closes it, nothing comes under the key.

use seal::KeyId;

use super::*;
use crate::contract::samples::*;
use crate::sqlite::key_uses;
use crate::{KeyPurpose, Store, StoreError};

async fn begin(store: &SqliteStore, key: KeyId) -> i64 {
    let begun = store.write(move |unit| key_uses::begin_closing(unit, key));
    begun.await.unwrap()
}

async fn close(store: &SqliteStore, key: KeyId, turn: i64) -> bool {
    let closed = store.write(move |unit| key_uses::close(unit, key, turn, at(0)));
    closed.await.unwrap()
}

/// Takes a message whose share, among others, is under this key.
async fn take(store: &SqliteStore, key: KeyId) -> crate::Result<crate::Stored> {
    let people = vec![held("patient@example.net")];
    store.capture(capture_under(store, people, key)).await
}

#[tokio::test]
async fn a_key_is_not_closed_if_something_came_under_it_while_its_uses_were_counted() {
    let home = Home::new();
    let (store, other) = (home.open(), home.open());
    for (by, comes) in [(&store, true), (&other, true), (&store, false)] {
        let (key, another) = (key_id(), key_id());
        let turn = begin(&store, key).await;
        let counted = store.key_uses(KeyPurpose::Share, key, at(0)).await;
        assert_eq!(counted.unwrap(), 0);
        let _ = take(by, if comes { key } else { another }).await.unwrap();
        assert_eq!(close(&store, key, turn).await, !comes);
        match take(by, key).await {
            Ok(_) => assert!(comes),
            Err(StoreError::KeyClosed(closed)) => assert!(!comes && closed == key),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn of_two_that_count_a_key_the_later_one_closes_it() {
    let home = Home::new();
    let (store, other) = (home.open(), home.open());
    let key = key_id();
    let first = begin(&store, key).await;
    // The first count may be from before this: it must not profit from the second one's mark.
    let _ = take(&store, key).await.unwrap();
    let second = begin(&other, key).await;
    assert!(!close(&store, key, first).await);
    assert!(close(&other, key, second).await);
    assert!(!close(&store, key, first).await);
}

#[tokio::test]
async fn a_count_that_was_broken_off_is_in_nobodys_way() {
    let home = Home::new();
    let key = key_id();
    begin(&home.open(), key).await;
    let store = home.open();
    let _ = take(&store, key).await.unwrap();
    begin(&store, key).await;
    drop(store);
    let store = home.open();
    let uses = store.close_key(KeyPurpose::Share, key, at(0)).await;
    assert_eq!(uses.unwrap(), 1);
    let unused = key_id();
    begin(&store, unused).await;
    let uses = store.close_key(KeyPurpose::Share, unused, at(0)).await;
    assert_eq!(uses.unwrap(), 0);
    let left = home
        .sql()
        .query_row("SELECT count(*) FROM closing_keys", [], |row| {
            row.get::<_, u32>(0)
        });
    assert_eq!(left.unwrap(), 0);
}
