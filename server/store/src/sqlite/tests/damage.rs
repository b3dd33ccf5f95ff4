//! Damaged records are refused by name, and do not stand in the way of others (promise D7).

use std::fs;

use super::*;
use crate::contract::samples::*;
use crate::{ContentKind, INLINE_LIMIT, Store, StoreError};

const LARGE: usize = INLINE_LIMIT + 1;

#[tokio::test]
async fn a_content_whose_file_is_gone_or_short_is_damaged() {
    let home = Home::new();
    let store = home.open();
    let capture = capture_sized(&store, vec![held("patient@example.net")], LARGE);
    let content = capture.held.as_ref().unwrap().message.id;
    let _ = store.capture(capture).await.unwrap();
    let file = &home.content_files()[0];
    let damages: [&dyn Fn(); 3] = [
        &|| fs::write(file, octets(LARGE - 1)).unwrap(),
        &|| fs::write(file, octets(LARGE + 1)).unwrap(),
        &|| fs::remove_file(file).unwrap(),
    ];
    for damage in damages {
        damage();
        let read = store.read(content, 0, 1).await;
        let Err(StoreError::Damaged(name)) = read else {
            panic!("{read:?}")
        };
        assert_eq!(name, format!("content {content}"));
    }
}

#[tokio::test]
async fn a_damaged_task_is_put_aside_and_the_others_go_on() {
    let home = Home::new();
    let store = home.open();
    let (first, second) = (letter(&store).await, letter(&store).await);
    let damaged = home
        .sql()
        .execute(
            "UPDATE tasks SET kind = 'nonsense' WHERE kind = 'notify' AND message_id = ?",
            [first.message.as_bytes()],
        )
        .unwrap();
    assert_eq!(damaged, 1);
    let leased = lease_all(&store, at(0)).await;
    let kinds: Vec<_> = leased.iter().map(|task| task.kind).collect();
    assert_eq!(
        kinds,
        [crate::TaskKind::Notify(second.message, second.recipient)]
    );
    let (cause, slot): (String, Option<i64>) = home
        .sql()
        .query_row(
            "SELECT cause, slot FROM tasks WHERE failed_at IS NOT NULL",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!(
        cause.starts_with("a stored record is damaged: task "),
        "{cause}"
    );
    assert!(slot.is_some(), "kept for whoever mends it");
}

#[tokio::test]
async fn records_that_do_not_read_are_named() {
    let home = Home::new();
    let store = home.open();
    let letter = letter(&store).await;
    let sql = home.sql();
    sql.execute_batch("UPDATE recipients SET ended_as = 'gone'")
        .unwrap();
    let read = store.recipient(letter.recipient).await;
    let Err(StoreError::Damaged(name)) = read else {
        panic!("{read:?}")
    };
    assert_eq!(name, format!("recipient {}", letter.recipient));
    sql.execute_batch("UPDATE messages SET profile = 'rot13'")
        .unwrap();
    let read = store.message(letter.message).await;
    let Err(StoreError::Damaged(name)) = read else {
        panic!("{read:?}")
    };
    assert_eq!(name, format!("message {}", letter.message));
}

#[tokio::test]
async fn a_record_of_a_newer_program_is_refused_alone() {
    let home = Home::new();
    let store = home.open();
    let (first, second) = (letter(&store).await, letter(&store).await);
    home.sql()
        .execute(
            "UPDATE messages SET format_version = 9 WHERE id = ?",
            [first.message.as_bytes()],
        )
        .unwrap();
    let refused = store.message(first.message).await;
    assert!(matches!(
        refused,
        Err(StoreError::TooNew { found: 9, known: 1 })
    ));
    let read = store.message(second.message).await.unwrap().unwrap();
    assert!(read.content(ContentKind::View).is_some());
}
