//! Who has not read a message, and what is done about it: one task for each message, which its first
//! notice brings along.

use super::Home;
use super::samples::*;
use crate::{End, Lease, LeasedTask, NewTask, Outcome, ReportAction, Store, TaskKind};

fn follow_up(message: seal::MessageId, second: i64) -> NewTask {
    NewTask {
        payload: None,
        ..task(TaskKind::FollowUp(message), at(second))
    }
}

fn is_notice(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Notify(..))
}

fn is_follow_up(task: &LeasedTask) -> bool {
    matches!(task.kind, TaskKind::FollowUp(_))
}

/// A notice was taken; its message is to be followed up.
fn taken(message: seal::MessageId, second: i64) -> Outcome {
    Outcome::And {
        outcome: Box::new(Outcome::Done(Some(End::Notified))),
        tasks: vec![follow_up(message, second)],
    }
}

pub async fn a_message_has_one_follow_up_however_many_notices_bring_one(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("a@example.net"), held("b@example.net")];
    let capture = capture(&store, people);
    let message = capture.id;
    let _ = store.capture(capture).await.unwrap();
    let notices: Vec<_> = lease_all(&store, at(0)).await;
    let lost = Lease {
        token: 99,
        ..notices[0].lease.clone()
    };
    assert!(
        !store
            .finish(&lost, taken(message, 50), at(1))
            .await
            .unwrap()
    );
    let ended = notices.iter().filter(|task| is_notice(&task.kind));
    let ended: Vec<_> = ended
        .map(|task| (task.lease.clone(), taken(message, 100)))
        .collect();
    assert_eq!(ended.len(), 2);
    assert_eq!(
        store.finish_together(ended, at(1)).await.unwrap(),
        [true, true]
    );
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.notified, balance.stranded), (2, 0));
    let listed = store.tasks(10).await.unwrap();
    assert!(listed.is_empty(), "one that waits is not worth a look");
    assert!(!lease_all(&store, at(99)).await.iter().any(is_follow_up));
    let due = lease_all(&store, at(100)).await;
    assert_eq!(due.iter().filter(|task| is_follow_up(task)).count(), 1);
}

pub async fn a_task_that_is_done_for_this_time_comes_again_as_if_it_were_new(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), is_notice).await;
    let finished = store.finish(&notice.lease, taken(letter.message, 100), at(1));
    assert!(finished.await.unwrap());
    let first = lease_all(&store, at(100)).await.remove(0);
    let late = Outcome::Retry {
        at: at(110),
        cause: "no".into(),
    };
    assert!(store.finish(&first.lease, late, at(101)).await.unwrap());
    let second = lease_all(&store, at(110)).await.remove(0);
    assert_eq!((second.first_due_at, second.failures), (at(100), 1));
    let remind = NewTask {
        payload: None,
        ..task(TaskKind::Remind(letter.message, letter.recipient), at(110))
    };
    let again = Outcome::And {
        outcome: Box::new(Outcome::Again { at: at(200) }),
        tasks: vec![remind.clone()],
    };
    assert!(store.finish(&second.lease, again, at(111)).await.unwrap());
    let reminder = lease_all(&store, at(199)).await.remove(0);
    assert_eq!(reminder.kind, remind.kind);
    let third = lease_all(&store, at(200)).await;
    let third = third.iter().find(|task| is_follow_up(task)).unwrap();
    assert_eq!((third.first_due_at, third.failures), (at(200), 0));
    let done = Outcome::Done(None);
    assert!(store.finish(&third.lease, done, at(201)).await.unwrap());
    assert!(!lease_all(&store, at(2_000)).await.iter().any(is_follow_up));
}

pub async fn unread_is_what_can_be_read_and_is_not_known_to_have_been(home: impl Home) {
    let store = home.open().await;
    let mut people: Vec<_> = (0..7)
        .map(|number| held(&format!("{number}@example.net")))
        .collect();
    people.push(relayed("surgery@example.org"));
    let capture = capture(&store, people);
    let message = capture.id;
    let ids: Vec<_> = capture.recipients.iter().map(|one| one.id).collect();
    let _ = store.capture(capture).await.unwrap();
    for task in lease_all(&store, at(0)).await {
        let TaskKind::Notify(_, recipient) = task.kind else {
            continue;
        };
        let outcome = match ids.iter().position(|id| *id == recipient) {
            Some(0) => continue, // It waits.
            Some(1) => Outcome::Failed {
                end: Some(End::Held),
                cause: "no".into(),
            },
            Some(2) => Outcome::Told {
                outcome: Box::new(Outcome::Done(None)),
                telling: telling(message, recipient, ReportAction::Failed),
            },
            _ => Outcome::Done(Some(End::Notified)),
        };
        assert!(store.finish(&task.lease, outcome, at(1)).await.unwrap());
    }
    open_session(&store, ids[3], 60).await;
    store.revoke(message, Some(ids[4]), at(61)).await.unwrap();
    let bounced = crate::Bounce::Failed(Some(telling(message, ids[5], ReportAction::Bounced)));
    let (_stored, changed) = store.bounced(ids[5], bounced, at(62)).await.unwrap();
    assert!(changed);
    let unread = async |now| -> Vec<_> {
        let found = store.unread(message, now).await.unwrap();
        found.into_iter().map(|one| (one.id, one.end)).collect()
    };
    assert_eq!(
        unread(just_before(at(EXPIRY))).await,
        [(ids[0], None), (ids[6], Some(End::Notified))]
    );
    assert!(unread(at(EXPIRY)).await.is_empty());
    assert!(store.unread(message_id(), at(1)).await.unwrap().is_empty());
}

/// A reminder among notices would be leased by who cannot send it.
pub async fn reminders_are_gathered_with_reminders_and_notices_with_notices(home: impl Home) {
    let store = home.open().await;
    let limit = crate::NoticeLimit {
        most: 1,
        window: std::time::Duration::from_secs(3_600),
        together: 10,
    };
    let address = random32();
    let mut messages = Vec::new();
    for _ in 0..3 {
        let mut person = held("patient@example.net");
        person.address_index = address;
        let mut capture = capture(&store, vec![person]);
        let (message, recipient) = (capture.id, capture.recipients[0].id);
        capture
            .tasks
            .push(task(TaskKind::Remind(message, recipient), at(0)));
        messages.push(message);
        let _ = store.capture(capture).await.unwrap();
    }
    let mut went = 0;
    for task in lease_all(&store, at(0)).await {
        let admitted = store.admit_notice(&task.lease, limit, HOLD, at(0)).await;
        went += u32::from(matches!(admitted.unwrap(), crate::Admission::Go));
    }
    assert_eq!(went, 1, "reminders count as notices do");
    let mut together = Vec::new();
    for task in lease_all(&store, at(3_600)).await {
        let admitted = store
            .admit_notice(&task.lease, limit, HOLD, at(3_600))
            .await;
        if let crate::Admission::Together(others) = admitted.unwrap() {
            for other in &others {
                assert_eq!(is_notice(&other.kind), is_notice(&task.kind));
            }
            together.push(others.len() + 1);
        }
    }
    together.sort_unstable();
    assert_eq!(together, [2, 3]);
}
