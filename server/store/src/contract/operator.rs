//! The queue as an operator sees it and takes a hand in it.

use super::Home;
use super::samples::*;
use crate::{End, Guest, Outcome, Store, TaskKind, TaskState, Topic};

pub async fn every_task_is_listed_but_expiries_that_only_wait(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let mut capture = capture(&store, people);
    let id = capture.id;
    for topic in Topic::ALL {
        capture
            .tasks
            .push(task(TaskKind::Advise(id, topic), at(100)));
    }
    let mut expected: Vec<_> = capture.tasks.iter().map(|task| task.kind).collect();
    expected.retain(|kind| !matches!(kind, TaskKind::Expire(_)));
    let _ = store.capture(capture).await.unwrap();
    let leased = store.lease(at(0), HOLD, 1).await.unwrap().remove(0);
    let tasks = store.tasks(100).await.unwrap();
    let kinds: Vec<_> = tasks.iter().filter_map(|task| task.kind).collect();
    assert_eq!(kinds, expected);
    for task in &tasks {
        let state = match task.id == leased.lease.task {
            true => TaskState::Leased,
            false => TaskState::Waiting,
        };
        assert_eq!(task.state, state);
        assert_eq!(store.task(task.id).await.unwrap().as_ref(), Some(task));
    }
    assert_eq!(store.tasks(2).await.unwrap().len(), 2);
    assert_eq!(store.task(task_id()).await.unwrap(), None);
}

pub async fn a_parked_task_is_held_and_put_back(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    let id = task.lease.task;
    assert!(store.park(id, "wait for the ward", at(1)).await.unwrap());
    let done = Outcome::Done(Some(End::Notified));
    assert!(!store.finish(&task.lease, done, at(2)).await.unwrap());
    let parked = store.task(id).await.unwrap().unwrap();
    assert_eq!(parked.state, TaskState::Held);
    assert_eq!(parked.cause.as_deref(), Some("wait for the ward"));
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Held));
    assert!(!store.park(id, "again", at(2)).await.unwrap());
    assert!(store.retry_failed(id, at(3)).await.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, None);
    let again = lease_all(&store, at(3)).await.remove(0);
    assert!(again.payload.is_some());

    let expiry = lease_all(&store, at(EXPIRY)).await;
    let expiry = expiry
        .iter()
        .find(|task| matches!(task.kind, TaskKind::Expire(_)));
    assert!(
        !store
            .park(expiry.unwrap().lease.task, "no", at(EXPIRY))
            .await
            .unwrap()
    );
}

pub async fn a_dropped_task_is_due_at_once_and_says_so(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    assert!(!task.dropped);
    let id = task.lease.task;
    assert!(store.park(id, "wait", at(1)).await.unwrap());
    assert!(store.drop_task(id, "never mind", at(2)).await.unwrap());
    assert!(!store.drop_task(id, "again", at(2)).await.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, None);
    let dropped = lease_all(&store, at(2)).await.remove(0);
    assert_eq!((dropped.lease.task, dropped.dropped), (id, true));
}

pub async fn only_what_has_a_sender_to_be_told_is_dropped(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let request = code_request(letter.recipient, random32());
    let code = store.request_code(request, &limits(), at(0)).await;
    code.unwrap().unwrap();
    for task in lease_all(&store, at(EXPIRY)).await {
        let can = matches!(task.kind, TaskKind::Notify(..));
        let dropped = store.drop_task(task.lease.task, "no", at(EXPIRY)).await;
        assert_eq!(dropped.unwrap(), can, "{:?}", task.kind);
    }
    assert!(!store.drop_task(task_id(), "no", at(0)).await.unwrap());
}

pub async fn figures_count_tasks_by_kind(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    let failed = Outcome::Failed {
        end: Some(End::Held),
        cause: "no".into(),
    };
    assert!(store.finish(&task.lease, failed, at(1)).await.unwrap());
    let figures = store.queue_figures(at(2)).await.unwrap();
    let of = |kind: &str| {
        let found = figures.iter().find(|figures| figures.kind == kind);
        let found = found.expect("a kind with tasks");
        (found.waiting, found.due, found.failed, found.oldest)
    };
    assert_eq!(of("notify"), (0, 1, 1, Some(at(0))));
    assert_eq!(of("expire"), (2, 0, 0, Some(at(EXPIRY))));
}
