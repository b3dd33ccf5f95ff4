//! Outcomes: how a task ends, and what that means for its recipient.

use super::Home;
use super::samples::*;
use crate::{End, Guest, Outcome, Store, TaskKind};

pub async fn a_retry_is_due_again_at_its_instant_with_one_more_failure(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    for failures in 0..3 {
        let now = at(i64::from(failures) * 100);
        assert!(lease_all(&store, just_before(now)).await.is_empty());
        let task = lease_all(&store, now).await.remove(0);
        assert_eq!((task.failures, task.first_due_at), (failures, at(0)));
        assert_eq!(
            task.payload.as_deref(),
            Some(b"a sealed payload".as_slice())
        );
        let next = at(i64::from(failures + 1) * 100);
        let retry = Outcome::Retry {
            at: next,
            cause: "the relay is busy".into(),
        };
        assert!(store.finish(&task.lease, retry, now).await.unwrap());
        assert_eq!(store.next_due().await.unwrap(), Some(next));
    }
}

pub async fn what_is_put_off_untried_is_due_again_without_a_failure(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    for put_off in 0..3 {
        let now = at(i64::from(put_off) * 100);
        let task = lease_all(&store, now).await.remove(0);
        assert_eq!((task.failures, task.put_off), (0, put_off));
        assert_eq!(
            task.payload.as_deref(),
            Some(b"a sealed payload".as_slice())
        );
        let next = at(i64::from(put_off + 1) * 100);
        let outcome = Outcome::PutOff {
            at: next,
            cause: "not its turn".into(),
        };
        assert!(store.finish(&task.lease, outcome, now).await.unwrap());
        assert_eq!(store.next_due().await.unwrap(), Some(next));
        let shown = store.task(task.lease.task).await.unwrap().unwrap();
        assert_eq!((shown.failures, shown.due_at), (0, next));
        assert_eq!(shown.cause.as_deref(), Some("not its turn"));
    }
    // Who puts a task back has a new one.
    let task = lease_all(&store, at(300)).await.remove(0);
    assert!(store.park(task.lease.task, "held", at(301)).await.unwrap());
    let again = store.retry_failed(task.lease.task, at(302)).await;
    assert!(again.unwrap());
    let task = lease_all(&store, at(302)).await.remove(0);
    assert_eq!((task.failures, task.put_off), (0, 0));
}

pub async fn a_done_task_is_gone_and_its_recipient_has_its_end(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let (patient, surgery) = (people[0].id, people[1].id);
    let _ = store.capture(capture(&store, people)).await.unwrap();
    for task in lease_all(&store, at(0)).await {
        let end = match task.kind {
            TaskKind::Notify(..) => End::Notified,
            _ => End::Dsn,
        };
        assert!(
            store
                .finish(&task.lease, Outcome::Done(Some(end)), at(1))
                .await
                .unwrap()
        );
    }
    assert_eq!(
        store.recipient(patient).await.unwrap().unwrap().end,
        Some(End::Notified)
    );
    assert_eq!(
        store.recipient(surgery).await.unwrap().unwrap().end,
        Some(End::Dsn)
    );
    assert!(
        lease_all(&store, at(EXPIRY - 1)).await.is_empty(),
        "only the expiry is left"
    );
}

pub async fn the_first_end_of_a_recipient_stays(home: impl Home) {
    let store = home.open().await;
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let (message, recipient) = (capture.id, capture.recipients[0].id);
    capture
        .tasks
        .push(task(TaskKind::Notify(message, recipient), at(100)));
    let _ = store.capture(capture).await.unwrap();
    for (seconds, end) in [(0, End::Notified), (100, End::Dsn)] {
        let task = lease_all(&store, at(seconds)).await.remove(0);
        store
            .finish(&task.lease, Outcome::Done(Some(end)), at(seconds))
            .await
            .unwrap();
        let recipient = store.recipient(recipient).await.unwrap().unwrap();
        assert_eq!(recipient.end, Some(End::Notified));
    }
}

pub async fn a_failed_task_is_never_leased_again(home: impl Home) {
    let store = home.open().await;
    for end in [None, Some(End::Dsn), Some(End::Held)] {
        let letter = letter(&store).await;
        let task = lease_all(&store, at(0)).await.remove(0);
        let failed = Outcome::Failed {
            end,
            cause: "no such mailbox".into(),
        };
        assert!(store.finish(&task.lease, failed, at(1)).await.unwrap());
        assert_eq!(
            store
                .recipient(letter.recipient)
                .await
                .unwrap()
                .unwrap()
                .end,
            end
        );
        assert!(lease_all(&store, at(EXPIRY - 1)).await.is_empty());
        assert!(
            !store
                .finish(&task.lease, Outcome::Done(None), at(2))
                .await
                .unwrap()
        );
    }
    assert_eq!(store.next_due().await.unwrap(), Some(at(EXPIRY)));
}

pub async fn the_end_of_an_expiry_goes_to_every_held_recipient_that_has_none(home: impl Home) {
    let store = home.open().await;
    let people = vec![
        held("first@example.net"),
        held("second@example.net"),
        held("third@example.net"),
        relayed("surgery@example.org"),
    ];
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let first = lease_one(
        &store,
        at(0),
        |kind| matches!(kind, TaskKind::Notify(_, recipient) if *recipient == ids[0]),
    );
    let first = first.await;
    store
        .finish(&first.lease, Outcome::Done(Some(End::Notified)), at(1))
        .await
        .unwrap();

    let is_expiry = |kind: &TaskKind| matches!(kind, TaskKind::Expire(_));
    let expiry = lease_one(&store, at(EXPIRY), is_expiry).await;
    let done = Outcome::Done(Some(End::Expired));
    assert!(store.finish(&expiry.lease, done, at(EXPIRY)).await.unwrap());

    let mut ends = Vec::new();
    for id in ids {
        ends.push(store.recipient(id).await.unwrap().unwrap().end);
    }
    assert_eq!(
        ends,
        [
            Some(End::Notified),
            Some(End::Expired),
            Some(End::Expired),
            None
        ]
    );
}

pub async fn passcodes_and_replies_end_no_recipient(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let request = code_request(letter.recipient, random32());
    store
        .request_code(request, &limits(), at(0))
        .await
        .unwrap()
        .unwrap();
    let reply = reply_id();
    store
        .begin_reply(reply, letter.recipient, 1, at(0))
        .await
        .unwrap()
        .unwrap();
    let deliver = task(TaskKind::DeliverReply(reply), at(0));
    assert!(
        store
            .send_reply(reply, [1; 64], deliver, at(0))
            .await
            .unwrap()
    );
    for task in lease_all(&store, at(0)).await {
        if !matches!(task.kind, TaskKind::Notify(..)) {
            let failed = Outcome::Failed {
                end: Some(End::Held),
                cause: "no".into(),
            };
            assert!(store.finish(&task.lease, failed, at(1)).await.unwrap());
        }
    }
    assert_eq!(
        store
            .recipient(letter.recipient)
            .await
            .unwrap()
            .unwrap()
            .end,
        None
    );
}
