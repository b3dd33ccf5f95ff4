//! Leases: who may work on what, and who is woken for it.

use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use super::Home;
use super::samples::*;
use crate::{Guest, Lease, Outcome, Store, TaskKind};

pub async fn passcodes_come_first_and_then_what_is_due_longest(home: impl Home) {
    let store = home.open().await;
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let (message, recipient) = (capture.id, capture.recipients[0].id);
    let notify = TaskKind::Notify(message, recipient);
    capture.tasks = [5, 3, 4].map(|seconds| task(notify, at(seconds))).into();
    let _ = store.capture(capture).await.unwrap();
    let mut request = code_request(recipient, random32());
    request.task.due_at = at(9);
    let send_code = request.task.kind;
    store
        .request_code(request, &limits(), at(9))
        .await
        .unwrap()
        .unwrap();

    let leased = lease_all(&store, at(10)).await;
    let order: Vec<_> = leased
        .iter()
        .map(|task| (task.kind, task.first_due_at))
        .collect();
    assert_eq!(
        order,
        [
            (send_code, at(9)),
            (notify, at(3)),
            (notify, at(4)),
            (notify, at(5))
        ],
        "the passcode is due last and comes first"
    );
}

pub async fn no_more_tasks_are_leased_than_were_asked_for(home: impl Home) {
    let store = home.open().await;
    let people = (0..5).map(|_| held("patient@example.net")).collect();
    let _ = store.capture(capture(&store, people)).await.unwrap();
    assert!(store.lease(at(0), HOLD, 0).await.unwrap().is_empty());
    assert_eq!(store.lease(at(0), HOLD, 2).await.unwrap().len(), 2);
    assert_eq!(store.lease(at(0), HOLD, 5).await.unwrap().len(), 3);
}

pub async fn a_task_is_leased_when_it_is_due_and_not_a_moment_before(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    assert!(lease_all(&store, just_before(at(0))).await.is_empty());
    assert_eq!(lease_all(&store, at(0)).await.len(), 1);
}

pub async fn a_leased_task_is_nobody_elses_until_its_lease_has_run_out(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let first = lease_all(&store, at(0)).await.remove(0);
    assert_eq!((first.lease.token, first.failures), (1, 0));
    assert!(lease_all(&store, just_before(at(60))).await.is_empty());
    let second = lease_all(&store, at(60)).await.remove(0);
    assert_eq!(
        second.lease,
        Lease {
            task: first.lease.task,
            token: 2
        }
    );
    assert_eq!(
        (second.failures, second.put_off),
        (0, 1),
        "a lease that ran out is counted, and is no failure"
    );
    assert_eq!(second.payload, first.payload);
}

pub async fn a_worker_whose_task_went_to_another_finishes_nothing(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let late = lease_all(&store, at(0)).await.remove(0);
    let current = lease_all(&store, at(60)).await.remove(0);
    for outcome in [
        Outcome::Done(Some(crate::End::Notified)),
        Outcome::Retry {
            at: at(500),
            cause: "late".into(),
        },
        Outcome::Failed {
            end: Some(crate::End::Dsn),
            cause: "late".into(),
        },
    ] {
        assert!(!store.finish(&late.lease, outcome, at(61)).await.unwrap());
    }
    let recipient = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert_eq!(recipient.end, None, "nothing has changed");
    assert_eq!(store.next_due().await.unwrap(), Some(at(120)));
    assert!(
        store
            .finish(&current.lease, Outcome::Done(None), at(62))
            .await
            .unwrap()
    );
}

pub async fn a_late_worker_whom_nobody_followed_may_still_finish(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let late = lease_all(&store, at(0)).await.remove(0);
    assert!(
        store
            .finish(&late.lease, Outcome::Done(None), at(600))
            .await
            .unwrap()
    );
    assert!(
        lease_all(&store, at(600)).await.is_empty(),
        "the work is not done twice"
    );
}

pub async fn a_lease_is_finished_once(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    let retry = Outcome::Retry {
        at: at(10),
        cause: "busy".into(),
    };
    assert!(
        store
            .finish(&task.lease, retry.clone(), at(1))
            .await
            .unwrap()
    );
    assert!(!store.finish(&task.lease, retry, at(1)).await.unwrap());
    assert!(
        !store
            .finish(&task.lease, Outcome::Done(None), at(1))
            .await
            .unwrap()
    );
    let unknown = Lease {
        task: task_id(),
        token: 1,
    };
    assert!(
        !store
            .finish(&unknown, Outcome::Done(None), at(1))
            .await
            .unwrap()
    );
}

pub async fn two_processes_never_lease_the_same_task(home: impl Home) {
    let stores = [home.open().await, home.open().await];
    let people: Vec<_> = (0..60).map(|_| held("patient@example.net")).collect();
    let _ = stores[0]
        .capture(capture(&stores[0], people))
        .await
        .unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..6 {
        let store = stores[worker % 2].clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let leased = store.lease(at(0), HOLD, 3).await.unwrap();
                if leased.is_empty() {
                    return mine;
                }
                mine.extend(leased.into_iter().map(|task| task.lease.task));
            }
        });
    }
    let leased: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<_> = leased.iter().collect();
    assert_eq!((leased.len(), distinct.len()), (60, 60));
}

pub async fn the_next_due_instant_is_the_earliest_of_tasks_and_leases(home: impl Home) {
    let store = home.open().await;
    assert_eq!(store.next_due().await.unwrap(), None);
    letter(&store).await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(0)));
    let task = lease_all(&store, at(0)).await.remove(0);
    assert_eq!(
        store.next_due().await.unwrap(),
        Some(at(60)),
        "when the lease runs out"
    );
    store
        .finish(&task.lease, Outcome::Done(None), at(1))
        .await
        .unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(EXPIRY)));
}

pub async fn a_task_that_was_added_before_anybody_waited_is_reported(home: impl Home) {
    let store = home.open().await;
    // Two tasks: to be notified and to be expired.
    letter(&store).await;
    store.task_added().await;
    // A commit that adds none reports none.
    let other = home.open().await;
    assert!(
        !other
            .arm_code(code_id(), random32(), passcode_key(), at(0))
            .await
            .unwrap()
    );
    assert!(!is_ready(other.task_added()).await);
}

pub async fn a_task_that_is_added_while_somebody_waits_is_reported(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    while is_ready(store.task_added()).await {}
    let waiter = tokio::spawn({
        let store = store.clone();
        async move { store.task_added().await }
    });
    let request = code_request(letter.recipient, random32());
    store
        .request_code(request, &limits(), at(0))
        .await
        .unwrap()
        .unwrap();
    waiter.await.unwrap();
}

pub async fn a_wake_up_is_not_lost_with_a_waiter_who_gave_up(home: impl Home) {
    let store = home.open().await;
    {
        let mut gave_up = pin!(store.task_added());
        assert!(!is_ready(&mut gave_up).await);
        letter(&store).await;
        // It was woken and never looked.
    }
    store.task_added().await;
}

pub async fn leases_survive_a_restart(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let task = lease_all(&store, at(0)).await.remove(0);
    drop(store);
    let store = home.open().await;
    assert!(lease_all(&store, at(1)).await.is_empty());
    assert!(
        store
            .finish(&task.lease, Outcome::Done(None), at(2))
            .await
            .unwrap()
    );
}

pub async fn released_leases_are_due_at_once_and_their_workers_finish_nothing(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    assert_eq!(store.release_leases().await.unwrap(), 0);
    let lost = lease_all(&store, at(0)).await.remove(0);
    while is_ready(store.task_added()).await {}

    assert_eq!(store.release_leases().await.unwrap(), 1);

    assert!(is_ready(store.task_added()).await, "a worker is woken");
    let done = Outcome::Done(None);
    assert!(
        !store
            .finish(&lost.lease, done.clone(), at(1))
            .await
            .unwrap()
    );
    let task = lease_all(&store, at(1)).await.remove(0);
    assert_eq!((task.lease.token, task.failures, task.put_off), (2, 0, 1));
    assert!(store.finish(&task.lease, done, at(1)).await.unwrap());
    // What has failed for good, or waits for its time, is not a lease.
    letter(&store).await;
    let failed = lease_all(&store, at(1)).await.remove(0);
    let outcome = Outcome::Failed {
        end: None,
        cause: "no".into(),
    };
    assert!(store.finish(&failed.lease, outcome, at(1)).await.unwrap());
    assert_eq!(store.release_leases().await.unwrap(), 0);
    assert_eq!(store.next_due().await.unwrap(), Some(at(EXPIRY)));
}

pub async fn what_a_clock_put_off_that_was_ahead_is_recalled_and_nothing_else(home: impl Home) {
    const PAUSE: Duration = Duration::from_secs(100);
    let ahead = at(1_000_000_000);
    let store = home.open().await;
    letter(&store).await;
    // The notice was tried, and the message expired, by a clock that was far ahead.
    for task in lease_all(&store, ahead).await {
        let retry = Outcome::Retry {
            at: ahead,
            cause: "later".into(),
        };
        assert!(store.finish(&task.lease, retry, ahead).await.unwrap());
    }
    assert_eq!(store.next_due().await.unwrap(), Some(ahead));

    assert_eq!(store.recall(at(5), PAUSE).await.unwrap(), 2);

    assert!(is_ready(store.task_added()).await, "a worker is woken");
    assert_eq!(store.next_due().await.unwrap(), Some(at(5)));
    let notice = lease_all(&store, at(5)).await;
    assert_eq!(notice.len(), 1, "the message's time is not over");
    let put_off = |seconds| Outcome::Retry {
        at: at(seconds),
        cause: "later".into(),
    };
    // A lease, a pause that may be, and an end that is not reached stay as they are.
    assert_eq!(store.recall(at(5), Duration::ZERO).await.unwrap(), 0);
    assert!(
        store
            .finish(&notice[0].lease, put_off(105), at(5))
            .await
            .unwrap()
    );
    assert_eq!(store.recall(at(5), PAUSE).await.unwrap(), 0);
    let again = lease_all(&store, at(105)).await.remove(0);
    assert!(
        store
            .finish(&again.lease, put_off(206), at(105))
            .await
            .unwrap()
    );
    assert_eq!(store.recall(at(105), PAUSE).await.unwrap(), 1);
    let done = lease_all(&store, at(105)).await.remove(0);
    assert!(
        store
            .finish(&done.lease, Outcome::Done(None), at(105))
            .await
            .unwrap()
    );
    assert_eq!(store.next_due().await.unwrap(), Some(at(EXPIRY)));
}

/// Whether a future is ready at once.
async fn is_ready(future: impl Future<Output = ()>) -> bool {
    tokio::select! {
        biased;
        () = future => true,
        () = std::future::ready(()) => false,
    }
}
