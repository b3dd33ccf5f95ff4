//! What is destroyed is gone from the file, not only from the tables.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::ffi;

use super::*;
use crate::contract::samples::*;
use crate::sqlite::rows::column;
use crate::{
    ContentKind, Disposition, End, Guest, KeyedField, Outcome, Rewrapped, StaleValue, Store,
};

/// How often the octets stand in the database file and in its log, as these are.
fn traces(home: &Home, octets: &[u8]) -> usize {
    [home.database(), home.log()]
        .iter()
        .map(|file| {
            let file = fs::read(file).unwrap();
            file.windows(octets.len())
                .filter(|window| *window == octets)
                .count()
        })
        .sum()
}

/// Whether something is so before five seconds have passed: the log is emptied at most once in one,
/// and by the clock.
async fn soon(so: impl Fn() -> bool) -> bool {
    for _ in 0..250 {
        if so() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    so()
}

/// Captures a message with a payload of its own, and ends its notice.
async fn noticed(store: &SqliteStore, home: &Home, outcome: Outcome) -> Vec<u8> {
    let mut capture = capture(store, vec![held("patient@example.net")]);
    let payload = [b"a link secret, sealed: ".as_slice(), &random32()].concat();
    capture.tasks[0].payload = Some(payload.clone());
    let _ = store.capture(capture).await.unwrap();
    assert!(traces(home, &payload) > 0);
    let task = store.lease(at(0), HOLD, 1).await.unwrap().remove(0);
    assert!(store.finish(&task.lease, outcome, at(1)).await.unwrap());
    payload
}

#[tokio::test]
async fn the_payload_of_an_ended_task_is_wiped_unless_it_is_held() {
    let ends = [
        (Outcome::Done(Some(End::Notified)), 0),
        (
            Outcome::Failed {
                end: Some(End::Dsn),
                cause: "no".into(),
            },
            0,
        ),
        (
            Outcome::Failed {
                end: None,
                cause: "no".into(),
            },
            0,
        ),
        (
            Outcome::Failed {
                end: Some(End::Held),
                cause: "no".into(),
            },
            1,
        ),
    ];
    for (outcome, left) in ends {
        let home = Home::new();
        let store = home.open();
        let payload = noticed(&store, &home, outcome.clone()).await;
        if left > 0 {
            home.settle();
            assert_eq!(traces(&home, &payload), left, "{outcome:?}");
        } else {
            assert!(soon(|| traces(&home, &payload) == 0).await, "{outcome:?}");
        }
    }
}

/// Rows that SQLite moves leave copies behind in the free space of pages; those of payloads do not move
/// (see `payloads`).
#[tokio::test]
async fn a_payload_that_waits_stays_where_it_is_while_others_come_and_go() {
    let home = Home::new();
    let store = home.open();
    let place = |octets: &[u8]| {
        let file = fs::read(home.database()).unwrap();
        let mut found = file.windows(octets.len()).enumerate();
        found
            .find(|(_, window)| *window == octets)
            .map(|(at, _)| at)
    };
    let mut waiting = Vec::new();
    let mut slots = Vec::new();
    for round in 0..6 {
        for number in 0..40 {
            let mut capture = capture(&store, vec![held(&format!("{round}-{number}@x"))]);
            let payload = [random32(), random32()].concat();
            for task in &mut capture.tasks {
                task.payload = None;
            }
            capture.tasks[0].payload = Some(payload.clone());
            let _ = store.capture(capture).await.unwrap();
            if number % 10 == 0 {
                waiting.push(payload);
            }
        }
        for task in store.lease(at(0), HOLD, 1_000).await.unwrap() {
            if task.payload.as_ref().is_some_and(|p| !waiting.contains(p)) {
                let done = Outcome::Done(Some(End::Notified));
                assert!(store.finish(&task.lease, done, at(1)).await.unwrap());
            }
        }
        home.settle();
        for (payload, before) in waiting.iter().zip(&slots) {
            assert_eq!(place(payload), *before, "round {round}");
        }
        slots = waiting.iter().map(|payload| place(payload)).collect();
        assert!(slots.iter().all(Option::is_some));
    }
    let rows: i64 = home
        .sql()
        .query_row("SELECT count(*) FROM payloads", [], |row| row.get(0))
        .unwrap();
    assert!(rows < 80, "{rows} for 240: they are used again");
}

#[tokio::test]
async fn of_a_thousand_payloads_that_have_left_none_is_there() {
    let home = Home::new();
    let store = home.open();
    let mut payloads = Vec::new();
    for round in 0..100 {
        for number in 0..10 {
            let mut capture = capture(&store, vec![held(&format!("{round}-{number}@x"))]);
            let payload = [random32(), random32()].concat();
            capture.tasks[0].payload = Some(payload.clone());
            payloads.push(payload);
            let _ = store.capture(capture).await.unwrap();
        }
        // Some leave while others come and in another order, so that pages fill, split and empty.
        let most = if round < 99 {
            usize::from(random32()[0] % 21)
        } else {
            1_000
        };
        let mut leased = store.lease(at(0), HOLD, most).await.unwrap();
        leased.sort_by_cached_key(|_| random32());
        for task in leased {
            let done = Outcome::Done(Some(End::Notified));
            assert!(store.finish(&task.lease, done, at(1)).await.unwrap());
        }
    }
    assert_eq!(payloads.len(), 1_000);
    home.settle();
    let left = || {
        let file = [home.database(), home.log()]
            .map(|file| fs::read(file).unwrap())
            .concat();
        let ends: std::collections::HashSet<&[u8]> =
            payloads.iter().map(|payload| &payload[32..40]).collect();
        file.windows(8)
            .filter(|window| ends.contains(window))
            .count()
    };
    assert!(soon(|| left() == 0).await, "{} are left", left());
}

#[tokio::test]
async fn a_destroyed_share_is_wiped() {
    let home = Home::new();
    let store = home.open();
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let id = capture.id;
    let secret = b"a server share that was sealed by the caller".to_vec();
    let Disposition::Held { share, .. } = &mut capture.recipients[0].disposition else {
        panic!()
    };
    *share = Some(secret.clone());
    let _ = store.capture(capture).await.unwrap();
    assert!(traces(&home, &secret) > 0);
    store.expire(id, at(EXPIRY)).await.unwrap();
    assert!(soon(|| traces(&home, &secret) == 0).await);
}

#[tokio::test]
async fn a_destroyed_small_content_is_wiped() {
    let home = Home::new();
    let store = home.open();
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let id = capture.id;
    let sealed = b"the octets of a sealed view".to_vec();
    capture.held.as_mut().unwrap().view = staged(&store, ContentKind::View, &sealed);
    let _ = store.capture(capture).await.unwrap();
    assert!(traces(&home, &sealed) > 0);
    store.expire(id, at(EXPIRY)).await.unwrap();
    assert!(soon(|| traces(&home, &sealed) == 0).await);
}

/// The values of a field under a key, as they stand in the store.
async fn values(store: &SqliteStore, field: KeyedField) -> Vec<StaleValue> {
    store.stale_values(field, &[], None, 1_000).await.unwrap()
}

#[tokio::test]
async fn a_value_that_was_rewrapped_is_wiped() {
    let home = Home::new();
    let store = home.open();
    let people = vec![held("a@example.net"), held("b@example.net")];
    let _ = store
        .capture(capture_under(&store, people, key_id()))
        .await
        .unwrap();
    let fresh = key_id();
    for field in [
        KeyedField::Share,
        KeyedField::Sender,
        KeyedField::Address,
        KeyedField::LinkSecret,
    ] {
        let old = values(&store, field).await;
        assert!(old.iter().all(|value| traces(&home, &value.sealed) > 0));
        let rewrapped = old.iter().map(|value| Rewrapped {
            id: value.record.id(),
            old: value.sealed.clone(),
            new: wrapped(fresh),
        });
        let rewrapped = store.rewrap(field, rewrapped.collect()).await.unwrap();
        assert_eq!(rewrapped, old.len() as u64);
        for value in old {
            assert!(
                soon(|| traces(&home, &value.sealed) == 0).await,
                "{field:?}"
            );
        }
        for value in values(&store, field).await {
            assert!(traces(&home, &value.sealed) > 0);
        }
    }
}

/// The control: without emptying, the old octets stay in the log.
#[tokio::test]
async fn without_emptying_a_rewrapped_value_would_stay_in_the_log() {
    let home = Home::new();
    let store = home.open_probed(|step, _| match step {
        Step::EmptyLog => Err(sqlite_error(ffi::SQLITE_BUSY)),
        _ => Ok(()),
    });
    let people = vec![held("patient@example.net")];
    let _ = store
        .capture(capture_under(&store, people, key_id()))
        .await
        .unwrap();
    let old = values(&store, KeyedField::Share).await.remove(0);
    let rewrapped = vec![Rewrapped {
        id: old.record.id(),
        old: old.sealed.clone(),
        new: wrapped(key_id()),
    }];
    let replaced = store.rewrap(KeyedField::Share, rewrapped).await;
    assert_eq!(replaced.unwrap(), 1);
    drop(store);
    assert!(traces(&home, &old.sealed) > 0);
}

#[tokio::test]
async fn what_a_revocation_destroys_is_wiped() {
    let home = Home::new();
    let store = home.open();
    let people = vec![held("patient@example.net")];
    let capture = capture_under(&store, people, key_id());
    let message = capture.id;
    let _ = store.capture(capture).await.unwrap();
    let share = values(&store, KeyedField::Share).await.remove(0).sealed;
    let payload = values(&store, KeyedField::LinkSecret)
        .await
        .remove(0)
        .sealed;
    assert_eq!(store.revoke(message, None, at(1)).await.unwrap(), 1);
    for secret in [share, payload] {
        assert!(soon(|| traces(&home, &secret) == 0).await);
    }
}

fn done() -> Outcome {
    Outcome::Done(Some(End::Notified))
}

/// The control: where the log is not emptied, the octets are found in it, also after a clean end.
/// The next start empties it.
#[tokio::test]
async fn without_emptying_a_payload_would_stay_in_the_log_until_the_next_start() {
    let home = Home::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = attempts.clone();
    let store = home.open_probed(move |step, _| match step {
        Step::EmptyLog => {
            counted.fetch_add(1, Ordering::SeqCst);
            Err(sqlite_error(ffi::SQLITE_BUSY))
        }
        _ => Ok(()),
    });
    let payload = noticed(&store, &home, done()).await;
    let before = attempts.load(Ordering::SeqCst);
    assert!(soon(|| attempts.load(Ordering::SeqCst) > before).await);
    assert!(traces(&home, &payload) > 0);
    drop(store);
    assert!(traces(&home, &payload) > 0);

    let _restarted = home.open();
    assert!(soon(|| traces(&home, &payload) == 0).await);
}

#[tokio::test]
async fn when_the_last_handle_is_dropped_the_log_is_empty() {
    let home = Home::new();
    let store = home.open();
    // The second is destroyed within the second in which the log is left alone.
    for _ in 0..2 {
        let payload = noticed(&store, &home, done()).await;
        if fs::metadata(home.log()).unwrap().len() > 0 {
            drop(store);
            assert_eq!(traces(&home, &payload), 0);
            assert_eq!(fs::metadata(home.log()).unwrap().len(), 0);
            return;
        }
    }
    panic!("the log was emptied twice in a second");
}

/// Zeros are an empty log to SQLite, also to the process that finds them after a crash.
#[tokio::test]
async fn an_emptied_log_gets_room_again_and_loses_nothing_by_it() {
    let (home, copy) = (Home::new(), Home::new());
    let store = home.open();
    let is_room = || {
        let log = fs::read(home.log()).unwrap();
        !log.is_empty() && log.iter().all(|octet| *octet == 0)
    };
    let length = || fs::metadata(home.log()).unwrap().len();
    assert!(soon(is_room).await);
    let room = length();
    for n in 0..3 {
        let id = letter(&store).await.message;
        assert!(!is_room() && length() == room, "it is written in place");
        fs::remove_dir_all(copy.path()).ok();
        copy_as_is(&home.path(), &copy.path());
        let copied = copy.open();
        assert!(copied.message(id).await.unwrap().is_some(), "letter {n}");
    }
    noticed(&store, &home, done()).await;
    assert!(soon(is_room).await);
    fs::remove_dir_all(copy.path()).ok();
    copy_as_is(&home.path(), &copy.path());
    assert_eq!(copy.open().balance().await.unwrap().accepted, 4);
}

#[tokio::test]
async fn a_reader_in_the_way_holds_up_the_emptying_and_not_the_mail() {
    let home = Home::new();
    let store = home.open();
    let reader = home.sql();
    letter(&store).await;
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM tasks")
        .unwrap();
    let _other = store.lease(at(0), HOLD, 1).await.unwrap();
    let payload = noticed(&store, &home, done()).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(traces(&home, &payload) > 0);
    letter(&store).await;
    reader.execute_batch("COMMIT").unwrap();
    assert!(soon(|| traces(&home, &payload) == 0).await);
}

#[tokio::test]
async fn no_row_of_a_session_or_code_outlives_the_grant() {
    let home = Home::new();
    let store = home.open();
    let (letter, other) = (letter(&store).await, letter(&store).await);
    for letter in [&letter, &other] {
        open_session(&store, letter.recipient, EXPIRY - 60).await;
        armed_code(&store, letter.recipient, random32(), EXPIRY - 30).await;
    }
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    for table in ["sessions", "codes", "tries"] {
        let query = format!("SELECT recipient_id FROM {table}");
        let left: Vec<[u8; 16]> = column(&home.sql(), &query, []).unwrap();
        assert_eq!(left, [*other.recipient.as_bytes()], "{table}");
    }
}

/// The control: with SQLite's default a deleted payload would still be in the file.
#[tokio::test]
async fn without_secure_delete_a_payload_would_stay_in_the_file() {
    let home = Home::new();
    let store = home.open();
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let payload = b"a link secret that was sealed by the caller".to_vec();
    capture.tasks[0].payload = Some(payload.clone());
    let _ = store.capture(capture).await.unwrap();
    home.sql()
        .execute_batch("PRAGMA secure_delete = OFF; DELETE FROM payloads")
        .unwrap();
    home.settle();
    assert_eq!(traces(&home, &payload), 1);
}

#[tokio::test]
async fn whose_share_is_gone_reads_nothing_while_others_still_do() {
    let home = Home::new();
    let store = home.open();
    let people = vec![held("a@example.net"), held("b@example.net")];
    let ids = [people[0].id, people[1].id];
    let capture = capture(&store, people);
    let message = capture.id;
    let _ = store.capture(capture).await.unwrap();
    assert_eq!(store.revoke(message, Some(ids[0]), at(1)).await.unwrap(), 1);
    for (id, reads) in ids.into_iter().zip([false, true]) {
        let recipient = store.recipient(id).await.unwrap().unwrap();
        let view = store.read_sealed(&recipient, ContentKind::View, 0, 1).await;
        assert_eq!(view.is_ok(), reads);
    }
}
