//! What is destroyed is gone from the file, not only from the tables.

use std::fs;

use super::*;
use crate::contract::samples::*;
use crate::sqlite::rows::column;
use crate::{ContentKind, Disposition, End, Guest, Outcome, Store};

/// How often the octets stand in the database file, its log moved into it.
fn traces(home: &Home, octets: &[u8]) -> usize {
    home.settle();
    let file = fs::read(home.database()).unwrap();
    file.windows(octets.len())
        .filter(|window| *window == octets)
        .count()
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
        let mut capture = capture(&store, vec![held("patient@example.net")]);
        let payload = b"a link secret that was sealed by the caller".to_vec();
        capture.tasks[0].payload = Some(payload.clone());
        let _ = store.capture(capture).await.unwrap();
        assert_eq!(traces(&home, &payload), 1);
        let task = store.lease(at(0), HOLD, 1).await.unwrap().remove(0);
        assert!(
            store
                .finish(&task.lease, outcome.clone(), at(1))
                .await
                .unwrap()
        );
        assert_eq!(traces(&home, &payload), left, "{outcome:?}");
    }
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
    assert_eq!(traces(&home, &secret), 1);
    store.expire(id, at(EXPIRY)).await.unwrap();
    assert_eq!(traces(&home, &secret), 0);
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
        .execute_batch("PRAGMA secure_delete = OFF; DELETE FROM tasks WHERE kind = 'notify'")
        .unwrap();
    assert_eq!(traces(&home, &payload), 1);
}

/// No operation ends one grant of several yet; a revocation will.
#[tokio::test]
async fn whose_share_is_gone_reads_nothing_while_others_still_do() {
    let home = Home::new();
    let store = home.open();
    let people = vec![held("a@example.net"), held("b@example.net")];
    let ids = [people[0].id, people[1].id];
    let _ = store.capture(capture(&store, people)).await.unwrap();
    home.sql()
        .execute(
            "UPDATE grants SET share = NULL WHERE recipient_id = ?",
            [ids[0].as_bytes()],
        )
        .unwrap();
    for (id, reads) in ids.into_iter().zip([false, true]) {
        let recipient = store.recipient(id).await.unwrap().unwrap();
        let view = store.read_sealed(&recipient, ContentKind::View, 0, 1).await;
        assert_eq!(view.is_ok(), reads);
    }
}
