//! Failed tasks: what the operator is shown, and what a retry brings back.

use super::Home;
use super::samples::*;
use crate::{End, FailedTask, Guest, LeasedTask, Outcome, Store, TaskKind};

fn no(end: Option<End>) -> Outcome {
    Outcome::Failed {
        end,
        cause: "no such mailbox".into(),
    }
}

async fn fail(store: &impl Store, task: &LeasedTask, end: Option<End>) {
    let failed = store.finish(&task.lease, no(end), at(5)).await.unwrap();
    assert!(failed);
}

async fn end_of(store: &impl Store, recipient: seal::RecipientId) -> Option<End> {
    store.recipient(recipient).await.unwrap().unwrap().end
}

pub async fn failed_tasks_are_listed_the_latest_first_and_no_others(home: impl Home) {
    let store = home.open().await;
    assert_eq!(store.failed_tasks().await.unwrap(), []);
    let mut expected = Vec::new();
    for seconds in [10, 20] {
        letter(&store).await;
        let task = lease_all(&store, at(0)).await.remove(0);
        let retry = Outcome::Retry {
            at: at(0),
            cause: "busy".into(),
        };
        assert!(store.finish(&task.lease, retry, at(0)).await.unwrap());
        let task = lease_all(&store, at(0)).await.remove(0);
        let failed = no(Some(End::Held));
        assert!(
            store
                .finish(&task.lease, failed, at(seconds))
                .await
                .unwrap()
        );
        expected.insert(
            0,
            FailedTask {
                id: task.lease.task,
                kind: Some(task.kind),
                failed_at: at(seconds),
                cause: "no such mailbox".into(),
                failures: 1,
            },
        );
    }
    letter(&store).await;
    assert_eq!(store.failed_tasks().await.unwrap(), expected);
}

pub async fn a_held_notice_that_is_retried_is_as_good_as_new(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let before = store.balance().await.unwrap();
    let task = lease_all(&store, at(0)).await.remove(0);
    fail(&store, &task, Some(End::Held)).await;
    assert_eq!(store.balance().await.unwrap().held, 1);
    let id = task.lease.task;
    assert!(store.retry_failed(id, at(100)).await.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, None);
    assert_eq!(store.balance().await.unwrap(), before);
    assert_eq!(store.failed_tasks().await.unwrap(), []);

    assert!(lease_all(&store, just_before(at(100))).await.is_empty());
    let again = lease_all(&store, at(100)).await.remove(0);
    assert_eq!((again.lease.task, again.kind), (id, task.kind));
    assert_eq!((again.failures, again.first_due_at), (0, at(100)));
    assert_eq!(again.payload, task.payload);
    let done = Outcome::Done(Some(End::Notified));
    let late = store.finish(&task.lease, done.clone(), at(101)).await;
    assert!(!late.unwrap(), "the former lease finishes nothing");
    assert!(store.finish(&again.lease, done, at(101)).await.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Notified));
}

pub async fn a_retry_wakes_a_worker(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    fail(&store, &task, Some(End::Held)).await;
    // That of the capture: one is kept while nobody waits.
    store.task_added().await;
    assert!(store.retry_failed(task.lease.task, at(9)).await.unwrap());
    store.task_added().await;
}

pub async fn what_has_not_failed_or_is_unknown_is_not_retried(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    assert!(!store.retry_failed(task_id(), at(9)).await.unwrap());
    let task = lease_all(&store, at(0)).await.remove(0);
    let id = task.lease.task;
    assert!(!store.retry_failed(id, at(9)).await.unwrap());
    fail(&store, &task, Some(End::Held)).await;
    assert!(store.retry_failed(id, at(9)).await.unwrap());
    assert!(!store.retry_failed(id, at(9)).await.unwrap(), "once");
}

pub async fn a_notice_without_its_payload_or_its_grant_is_not_retried(home: impl Home) {
    let store = home.open().await;
    for end in [None, Some(End::Dsn)] {
        let letter = letter(&store).await;
        let task = lease_all(&store, at(0)).await.remove(0);
        fail(&store, &task, end).await;
        assert!(!store.retry_failed(task.lease.task, at(9)).await.unwrap());
        assert_eq!(end_of(&store, letter.recipient).await, end);
    }
    let letter = letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    fail(&store, &task, Some(End::Held)).await;
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    let retried = store.retry_failed(task.lease.task, at(EXPIRY)).await;
    assert!(!retried.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Held));
}

pub async fn a_held_relay_copy_is_retried_and_one_whose_sender_was_told_is_not(home: impl Home) {
    let store = home.open().await;
    let people = vec![relayed("a@example.org"), relayed("b@example.org")];
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let tasks = lease_all(&store, at(0)).await;
    fail(&store, &tasks[0], Some(End::Held)).await;
    // Its copy is still there, for the other.
    fail(&store, &tasks[1], Some(End::Dsn)).await;
    let told = tasks[1].lease.task;
    assert!(!store.retry_failed(told, at(9)).await.unwrap());
    let held = tasks[0].lease.task;
    assert!(store.retry_failed(held, at(9)).await.unwrap());
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.in_progress, balance.held, balance.dsn), (1, 0, 1));
}

pub async fn a_failed_expiry_is_retried_and_leaves_others_ends(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("a@example.net"), held("b@example.net")];
    let ids = [people[0].id, people[1].id];
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let notices = lease_all(&store, at(0)).await;
    let own = notices
        .iter()
        .find(|task| matches!(task.kind, TaskKind::Notify(_, id) if id == ids[0]));
    fail(&store, own.unwrap(), Some(End::Held)).await;
    let is_expiry = |kind: &TaskKind| matches!(kind, TaskKind::Expire(_));
    let expiry = lease_one(&store, at(EXPIRY), is_expiry).await;
    let failed = no(Some(End::Held));
    let now = at(EXPIRY + 1);
    assert!(store.finish(&expiry.lease, failed, now).await.unwrap());
    assert_eq!(end_of(&store, ids[1]).await, Some(End::Held));
    let retried = store.retry_failed(expiry.lease.task, now).await;
    assert!(retried.unwrap());
    assert_eq!(end_of(&store, ids[0]).await, Some(End::Held));
    assert_eq!(end_of(&store, ids[1]).await, None);
}

pub async fn a_failed_delivery_is_retried_with_its_parts(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = reply_id();
    store
        .begin_reply(reply, letter.recipient, 1, at(0))
        .await
        .unwrap()
        .unwrap();
    let part = staged_part(&store, &octets(10));
    let put = store.put_part(reply, letter.recipient, 0, [0; 32], part);
    assert!(put.await.unwrap());
    let deliver = task(TaskKind::DeliverReply(reply), at(0));
    let sent = store.send_reply(reply, [9; 64], deliver, at(0)).await;
    assert!(sent.unwrap());
    let is_delivery = |kind: &TaskKind| matches!(kind, TaskKind::DeliverReply(_));
    let task = lease_one(&store, at(0), is_delivery).await;
    fail(&store, &task, None).await;
    // The grant's end takes nothing from what was sent.
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    let id = task.lease.task;
    assert!(store.retry_failed(id, at(EXPIRY)).await.unwrap());
    let again = lease_one(&store, at(EXPIRY), is_delivery).await;
    assert_eq!(again.lease.task, id);
    let parts = store.reply(reply).await.unwrap().unwrap().parts;
    let read = store.read(parts[0].content, 0, 10).await.unwrap();
    assert_eq!(read, octets(10));
}

pub async fn a_passcode_is_retried_while_it_is_there(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let is_code = |kind: &TaskKind| matches!(kind, TaskKind::SendCode(..));
    for gone in [false, true] {
        let code = armed_code(&store, letter.recipient, random32(), i64::from(gone) * 60).await;
        let task = lease_one(&store, at(60), is_code).await;
        fail(&store, &task, None).await;
        if gone {
            let session = new_session(letter.recipient, at(3600));
            assert!(store.redeem(code, session, at(61)).await.unwrap());
        }
        let retried = store.retry_failed(task.lease.task, at(62)).await.unwrap();
        assert_eq!(retried, !gone);
        if retried {
            let again = lease_one(&store, at(62), is_code).await;
            let done = Outcome::Done(None);
            assert!(store.finish(&again.lease, done, at(63)).await.unwrap());
        }
    }
}
