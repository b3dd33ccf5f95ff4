//! Opening: modes of files, formats, and files that are no store.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use rusqlite::types::Value;

use super::*;
use crate::contract::samples::*;
use crate::sqlite::Access;
use crate::{INLINE_LIMIT, Store, StoreError};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn modes_below(path: &Path) -> Vec<(bool, u32)> {
    let mut modes = vec![(true, mode(path))];
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            modes.extend(modes_below(&path));
        } else {
            modes.push((false, mode(&path)));
        }
    }
    modes
}

#[tokio::test]
async fn directories_and_files_are_for_the_chosen_users_alone() {
    for (access, directory, file) in [
        (Access::Owner, 0o700, 0o600),
        (Access::Group, 0o2770, 0o660),
    ] {
        let home = Home::new();
        let options = Options {
            access,
            ..Options::default()
        };
        let store = SqliteStore::open(&home.path(), options).unwrap();
        let large = capture_sized(&store, vec![held("patient@example.net")], INLINE_LIMIT + 1);
        let _ = store.capture(large).await.unwrap();
        let modes = modes_below(&home.path());
        // Store, content and one shard; database, log, its index, lock and one content.
        assert_eq!(
            modes
                .iter()
                .filter(|(is_directory, _)| *is_directory)
                .count(),
            3
        );
        assert_eq!(modes.len(), 8);
        for (is_directory, mode) in modes {
            let expected = if is_directory { directory } else { file };
            assert_eq!(mode, expected, "{access:?}: {mode:o} is not {expected:o}");
        }
    }
}

#[test]
fn a_directory_that_was_open_to_others_is_tightened() {
    let home = Home::new();
    fs::create_dir(home.path()).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    fs::write(home.database(), []).unwrap();
    fs::set_permissions(home.database(), Permissions::from_mode(0o644)).unwrap();
    home.open();
    assert_eq!(mode(&home.path()), 0o700);
    assert_eq!(mode(&home.database()), 0o600);
}

#[test]
fn a_directory_that_everybody_may_write_to_is_refused_and_left_as_it_is() {
    let home = Home::new();
    fs::create_dir(home.path()).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o1777)).unwrap();
    let refused = home.try_open();
    assert!(matches!(refused, Err(StoreError::Unavailable(Some(_)))));
    assert_eq!(mode(&home.path()), 0o1777);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_writer_is_at_the_strictest_level() {
    let home = Home::new();
    let store = home.open();
    for (pragma, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("secure_delete", "1"),
        ("foreign_keys", "1"),
        ("wal_autocheckpoint", "0"),
        ("trusted_schema", "0"),
        ("application_id", "1397047628"),
        ("user_version", "16"),
    ] {
        let value = store
            .write(move |unit| {
                Ok(unit
                    .sql
                    .pragma_query_value(None, pragma, |row| row.get::<_, Value>(0))?)
            })
            .await
            .unwrap();
        let value = match value {
            Value::Text(text) => text,
            Value::Integer(number) => number.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(value, expected, "{pragma}");
    }
}

#[test]
fn a_store_of_a_newer_program_is_refused_and_not_touched() {
    let home = Home::new();
    drop(home.open());
    home.sql().pragma_update(None, "user_version", 17).unwrap();
    let refused = home.try_open();
    assert!(matches!(
        refused,
        Err(StoreError::TooNew {
            found: 17,
            known: 16
        })
    ));
    home.sql().pragma_update(None, "user_version", 16).unwrap();
    home.open();
}

type Damage<'a> = &'a dyn Fn(&Home);

#[test]
fn a_file_that_is_no_store_is_refused_as_damaged() {
    let text = |home: &Home| fs::write(home.database(), "not a database\n".repeat(1_000)).unwrap();
    let strangers = |home: &Home| home.sql().execute_batch("CREATE TABLE t (c)").unwrap();
    let truncated = |home: &Home| {
        drop(home.open());
        home.settle();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(home.database())
            .unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length / 2).unwrap();
    };
    let scribbled = |home: &Home| {
        drop(home.open());
        home.settle();
        let mut octets = fs::read(home.database()).unwrap();
        octets[4096..3 * 4096].fill(0x5a);
        fs::write(home.database(), octets).unwrap();
    };
    let cases: [(&str, Damage); 4] = [
        ("text", &text),
        ("another program's database", &strangers),
        ("half a file", &truncated),
        ("scribbled pages", &scribbled),
    ];
    for (name, damage) in cases {
        let home = Home::new();
        fs::create_dir(home.path()).unwrap();
        damage(&home);
        let refused = home.try_open();
        assert!(
            matches!(refused, Err(StoreError::Damaged(_))),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn a_place_that_cannot_be_made_is_named() {
    let home = Home::new();
    let options = Options::default();
    let refused = SqliteStore::open(&home.path().join("missing/deeper"), options).unwrap_err();
    let StoreError::Unavailable(Some(cause)) = refused else {
        panic!("{refused}")
    };
    assert!(cause.to_string().contains("missing/deeper"), "{cause}");
}

#[tokio::test]
async fn while_another_process_writes_for_too_long_a_write_is_unavailable_and_not_fatal() {
    let home = Home::new();
    let options = Options {
        patience: Duration::from_millis(20),
        ..Options::default()
    };
    let store = SqliteStore::open(&home.path(), options).unwrap();
    let other = home.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.expire(message_id(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    assert_eq!(
        store.balance().await.unwrap().accepted,
        0,
        "reading goes on"
    );
    other.execute_batch("ROLLBACK").unwrap();
    letter(&store).await;
}

#[test]
fn processes_that_start_together_make_one_store() {
    let home = Home::new();
    fs::create_dir(home.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| home.open());
        }
    });
    let count: i64 = home
        .sql()
        .query_row("SELECT count(*) FROM totals", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 2);
}

#[tokio::test]
async fn the_log_is_moved_into_the_database_before_it_grows_large() {
    let home = Home::new();
    let store = home.open();
    for _ in 0..60 {
        let people = vec![held("patient@example.net")];
        let _ = store
            .capture(capture_sized(&store, people, INLINE_LIMIT))
            .await
            .unwrap();
    }
    // A write behind the checkpoint, which the thread runs between groups.
    letter(&store).await;
    let log = fs::metadata(home.path().join("sealpost.sqlite3-wal"))
        .unwrap()
        .len();
    let database = fs::metadata(home.database()).unwrap().len();
    assert!(
        log < 12 << 20 && database > 2 << 20,
        "log {log}, database {database}"
    );
}
