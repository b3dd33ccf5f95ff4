//! Grouped commits: many writes, one fsync, and each for itself.

use std::sync::{Arc, Condvar, Mutex};

use seal::MessageId;
use tokio::sync::Notify;

use super::*;
use crate::contract::samples::*;
use crate::{Capture, End, Outcome, Store, StoreError, Stored, TaskKind};

/// Holds the writer in its first commit until it is let go.
#[derive(Default)]
struct Gate {
    reached: Notify,
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        self.reached.notify_one();
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.changed.wait(open).unwrap();
        }
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

fn gated(home: &Home) -> (SqliteStore, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let passed = gate.clone();
    let store = home.open_probed(move |step, _| {
        if step == Step::Commit {
            passed.pass();
        }
        Ok(())
    });
    (store, gate)
}

/// Lets spawned tasks run until they wait for the writer: this runtime has one thread.
async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn writes_that_wait_together_share_one_commit_and_none_is_answered_before_it() {
    let home = Home::new();
    let (store, gate) = gated(&home);
    let spawn = |store: &SqliteStore| {
        let capture = capture(store, vec![held("patient@example.net")]);
        let store = store.clone();
        tokio::spawn(async move { store.capture(capture).await })
    };
    let mut captures = vec![spawn(&store)];
    gate.reached.notified().await;
    captures.extend((0..50).map(|_| spawn(&store)));
    settle().await;
    assert!(
        captures.iter().all(|capture| !capture.is_finished()),
        "the disk has not spoken"
    );
    assert_eq!(store.commits(), 0);
    gate.open();
    for capture in captures {
        let _ = capture.await.unwrap().unwrap();
    }
    assert_eq!(
        store.commits(),
        2,
        "the first alone, then all who came meanwhile"
    );
}

/// Captures that all go into one group, behind a first that is committed alone; `change` is given each
/// with its number. Returns once all are answered.
async fn one_group(
    store: &SqliteStore,
    gate: &Gate,
    size: usize,
    change: impl Fn(usize, &mut Capture),
) -> Vec<(usize, MessageId, crate::Result<Stored>)> {
    let first = capture(store, vec![held("patient@example.net")]);
    let writer = store.clone();
    let first = tokio::spawn(async move { writer.capture(first).await });
    gate.reached.notified().await;
    let mut group = Vec::new();
    for number in 0..size {
        let mut capture = capture_sized(store, vec![held("patient@example.net")], 200_000);
        change(number, &mut capture);
        let (id, store) = (capture.id, store.clone());
        group.push((
            number,
            id,
            tokio::spawn(async move { store.capture(capture).await }),
        ));
        settle().await;
    }
    gate.open();
    let _ = first.await.unwrap().unwrap();
    let mut answered = Vec::new();
    for (number, id, capture) in group {
        answered.push((number, id, capture.await.unwrap()));
    }
    answered
}

#[tokio::test]
async fn a_refused_write_undoes_itself_and_none_of_its_group() {
    let home = Home::new();
    let (store, gate) = gated(&home);
    let refused = |number, capture: &mut Capture| {
        if number % 3 == 1 {
            // Held, and does not say under which key.
            capture.keys.reply = None;
        }
    };
    for (number, id, outcome) in one_group(&store, &gate, 9, refused).await {
        let stored = store.message(id).await.unwrap().is_some();
        if number % 3 == 1 {
            assert!(matches!(outcome, Err(StoreError::NotFound)) && !stored);
        } else {
            assert!(outcome.is_ok() && stored);
        }
    }
    assert_eq!(store.commits(), 2);
    assert_eq!(store.balance().await.unwrap().accepted, 7);
    assert_eq!(
        home.content_files().len(),
        6,
        "the files of those refused are gone"
    );
}

/// A capture has no savepoint of its own: where it fails although its checks went well, none of its
/// group is there, and nobody is told otherwise.
#[tokio::test]
async fn a_capture_that_fails_half_way_takes_its_group_along_and_the_store_goes_on() {
    let home = Home::new();
    let (store, gate) = gated(&home);
    let broken = |number, capture: &mut Capture| {
        if number == 1 {
            let about_nobody = TaskKind::Notify(capture.id, recipient_id());
            capture.tasks.push(task(about_nobody, at(0)));
        }
    };
    for (number, id, outcome) in one_group(&store, &gate, 3, broken).await {
        match number {
            1 => assert!(matches!(outcome, Err(StoreError::NotFound))),
            _ => assert!(matches!(outcome, Err(StoreError::Unavailable(_)))),
        }
        assert!(store.message(id).await.unwrap().is_none());
    }
    assert!(home.content_files().is_empty());
    let again = capture(&store, vec![held("patient@example.net")]);
    let _ = store.capture(again).await.unwrap();
    assert_eq!(store.balance().await.unwrap().accepted, 2);
}

#[tokio::test]
async fn a_caller_who_gives_up_leaves_a_whole_capture_or_none() {
    let home = Home::new();
    let (store, gate) = gated(&home);
    let capture = capture_sized(&store, vec![held("patient@example.net")], 200_000);
    let id = capture.id;
    let writer = store.clone();
    let caller = tokio::spawn(async move { writer.capture(capture).await });
    settle().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    gate.open();
    // A write behind it waits until it is through.
    letter(&store).await;
    let message = store.message(id).await.unwrap().unwrap();
    assert_eq!(message.contents.len(), 2);
    assert_eq!(home.content_files().len(), 1);
}

#[tokio::test]
async fn a_commit_is_synced_unless_all_of_it_are_leases() {
    let home = Home::new();
    let levels = Arc::new(Mutex::new(Vec::new()));
    let seen = levels.clone();
    let store = home.open_probed(move |step, sql| {
        if step == Step::Commit {
            let level = sql.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))?;
            seen.lock().unwrap().push(level);
        }
        Ok(())
    });
    let taken = || std::mem::take(&mut *levels.lock().unwrap());
    let (full, normal) = (2, 1);
    for _ in 0..3 {
        letter(&store).await;
        assert_eq!(taken(), [full]);
        let leased = store.lease(at(1), HOLD, 1).await.unwrap();
        assert_eq!((taken(), leased.len()), (vec![normal], 1));
        let done = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&leased[0].lease, done, at(1)).await.unwrap());
        assert_eq!(taken(), [full]);
    }
    // Both in one group: the capture's demand counts.
    let (lease, capture) = (
        store.lease(at(1), HOLD, 1),
        store.capture(capture(&store, vec![held("patient@example.net")])),
    );
    let (leased, captured) = tokio::join!(lease, capture);
    assert!(leased.is_ok() && captured.is_ok());
    let levels = taken();
    assert!(
        levels.last() == Some(&full) && levels.len() <= 2,
        "{levels:?}"
    );
}
