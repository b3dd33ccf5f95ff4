//! More time for grants.

use jiff::Timestamp;
use seal::{KeyId, MessageId, RecipientId};

use super::Home;
use super::samples::*;
use crate::{
    Act, Disposition, End, EventId, Extension, Guest, KeyPurpose, LeasedTask, MoreTime, NewEvent,
    NewTask, OPENINGS_KEPT, Outcome, Rewrapped, Store, StoreError, TaskKind,
};

const LATER: i64 = EXPIRY + 30 * DAY;

async fn share(store: &impl Store, recipient: RecipientId) -> Option<Vec<u8>> {
    let found = store.recipient(recipient).await.unwrap().unwrap();
    match found.disposition {
        Disposition::Held { share, .. } => share,
        Disposition::Relayed => None,
    }
}

fn bare(kind: TaskKind, due_at: Timestamp) -> NewTask {
    NewTask {
        payload: None,
        ..task(kind, due_at)
    }
}

/// More time until [`LATER`] for these shares.
pub(crate) fn extension(message: MessageId, shares: Vec<Rewrapped>) -> Extension {
    Extension {
        event: NewEvent {
            id: EventId::from_bytes(*task_id().as_bytes()),
            act: Act::Extend(message, at(LATER)),
            cause: String::new(),
            reason: None,
        },
        shares,
        expiry: bare(TaskKind::Expire(message), at(0)),
        follow_up: bare(TaskKind::FollowUp(message), at(0)),
    }
}

pub(crate) async fn anew(store: &impl Store, recipient: RecipientId, key: KeyId) -> Rewrapped {
    Rewrapped {
        id: *recipient.as_bytes(),
        old: share(store, recipient).await.unwrap(),
        new: wrapped(key),
    }
}

pub(crate) async fn two(store: &impl Store) -> (MessageId, [RecipientId; 2], KeyId) {
    let key = key_id();
    let people = vec![held("a@example.net"), held("b@example.net")];
    let capture = capture_under(store, people, key);
    let (message, ids) = (capture.id, [0, 1].map(|n| capture.recipients[n].id));
    let _ = store.capture(capture).await.unwrap();
    (message, ids, key)
}

pub async fn who_gets_more_time_reads_on_and_ends_later(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (message, [a, b], old_key) = two(&store).await;
    let token = open_session(&viewer, a, 0).await;
    let key = key_id();
    let shares = vec![anew(&store, a, key).await, anew(&store, b, key).await];
    let given = extension(message, shares.clone());
    let event = given.event.id;
    let now = just_before(at(EXPIRY));
    assert!(store.extend(given, now).await.unwrap());
    for (recipient, expected) in [a, b].into_iter().zip(&shares) {
        let found = store.recipient(recipient).await.unwrap().unwrap();
        assert_eq!(found.expires_at, at(LATER));
        assert_eq!(share(&store, recipient).await.as_ref(), Some(&expected.new));
    }
    assert!(
        store
            .session(&token, &session_limits(), at(60))
            .await
            .unwrap()
            .is_some()
    );
    let uses = async |key| store.key_uses(KeyPurpose::Share, key, now).await.unwrap();
    assert_eq!((uses(old_key).await, uses(key).await), (0, 2));
    // The old end ends nothing; the new one all.
    let is_expiry = |kind: &TaskKind| matches!(kind, TaskKind::Expire(_));
    let due = async |second| -> Vec<_> {
        let all = lease_all(&store, at(second)).await;
        all.into_iter()
            .filter(|task| is_expiry(&task.kind))
            .collect()
    };
    assert!(due(LATER - 1).await.is_empty());
    store.expire(message, at(LATER - 1)).await.unwrap();
    assert!(share(&store, a).await.is_some());
    let expiry = due(LATER).await.remove(0);
    store.expire(message, at(LATER)).await.unwrap();
    assert!(share(&store, a).await.is_none());
    let over = Outcome::Done(Some(End::Expired));
    assert!(store.finish(&expiry.lease, over, at(LATER)).await.unwrap());
    assert_eq!(end_of(&store, b).await, Some(End::Expired));
    let events = store.events(0, 10).await.unwrap();
    let kept: Vec<_> = events
        .iter()
        .map(|one| (one.id, one.act, one.changed))
        .collect();
    assert_eq!(kept, [(event, Act::Extend(message, at(LATER)), 2)]);
    assert_eq!(events[0].who, "operator");
}

pub async fn each_of_several_ends_at_its_own_time(home: impl Home) {
    let store = home.open().await;
    let (message, [a, b], _) = two(&store).await;
    let given = extension(message, vec![anew(&store, a, key_id()).await]);
    assert!(store.extend(given, at(1)).await.unwrap());
    for (second, lives) in [(EXPIRY, [true, false]), (LATER, [false, false])] {
        let expiry = lease_one(&store, at(second), |kind| {
            matches!(kind, TaskKind::Expire(_))
        })
        .await;
        assert_eq!(expiry.first_due_at, at(second));
        store.expire(message, at(second)).await.unwrap();
        let over = Outcome::Done(Some(End::Expired));
        assert!(store.finish(&expiry.lease, over, at(second)).await.unwrap());
        for (recipient, lives) in [a, b].into_iter().zip(lives) {
            assert_eq!(share(&store, recipient).await.is_some(), lives);
            let end = (!lives).then_some(End::Expired);
            assert_eq!(end_of(&store, recipient).await, end);
        }
    }
    let late = lease_all(&store, at(2 * LATER)).await;
    let left = |kind: &TaskKind| matches!(kind, TaskKind::Expire(_));
    assert!(!late.iter().any(|task| left(&task.kind)));
}

pub async fn nothing_is_extended_unless_all_of_it_fits(home: impl Home) {
    let store = home.open().await;
    let (message, [a, b], _) = two(&store).await;
    let (other, ..) = two(&store).await;
    let (of_a, of_b) = (
        anew(&store, a, key_id()).await,
        anew(&store, b, key_id()).await,
    );
    let raced = Rewrapped {
        old: wrapped(key_id()),
        ..of_b.clone()
    };
    let both = vec![of_a.clone(), of_b];
    let extended = async |given, second| store.extend(given, at(second)).await.unwrap();
    assert!(!extended(extension(message, Vec::new()), 1).await);
    assert!(!extended(extension(message, vec![of_a.clone(), raced]), 1).await);
    assert!(!extended(extension(other, both.clone()), 1).await);
    assert!(
        !extended(extension(message, both.clone()), EXPIRY).await,
        "over"
    );
    let mut sooner = extension(message, both.clone());
    sooner.event.act = Act::Extend(message, at(EXPIRY));
    assert!(!extended(sooner, 1).await, "it would not end later");
    let closed = key_id();
    assert_eq!(
        store
            .close_key(KeyPurpose::Share, closed, at(0))
            .await
            .unwrap(),
        0
    );
    let under = Rewrapped {
        new: wrapped(closed),
        ..of_a
    };
    let refused = store.extend(extension(message, vec![under]), at(1)).await;
    assert!(matches!(refused, Err(StoreError::KeyClosed(key)) if key == closed));
    for recipient in [a, b] {
        let found = store.recipient(recipient).await.unwrap().unwrap();
        assert_eq!(found.expires_at, at(EXPIRY));
    }
    assert!(store.events(0, 10).await.unwrap().is_empty());
    store.revoke(message, Some(a), at(2)).await.unwrap();
    assert!(
        !extended(extension(message, both), 3).await,
        "its share is gone"
    );
}

/// A message of which one notice was taken; its follow-up is due at [`DAY`].
async fn followed(store: &impl Store) -> (MessageId, RecipientId) {
    let (message, [a, _], _) = two(store).await;
    let notice = lease_one(
        store,
        at(0),
        |kind| matches!(kind, TaskKind::Notify(_, recipient) if *recipient == a),
    )
    .await;
    let taken = Outcome::And {
        outcome: Box::new(Outcome::Done(Some(End::Notified))),
        tasks: vec![bare(TaskKind::FollowUp(message), at(DAY))],
    };
    assert!(store.finish(&notice.lease, taken, at(1)).await.unwrap());
    (message, a)
}

async fn follow_ups(store: &impl Store, message: MessageId, second: i64) -> Vec<LeasedTask> {
    let mut due = lease_all(store, at(second)).await;
    due.retain(|task| task.kind == TaskKind::FollowUp(message));
    due
}

async fn give(store: &impl Store, message: MessageId, to: RecipientId, second: i64) {
    let given = extension(message, vec![anew(store, to, key_id()).await]);
    assert!(store.extend(given, at(second)).await.unwrap());
}

/// Reminders belong to the end: whoever moves it has them looked at anew, and the one that looks
/// knows since when it has to.
pub async fn whoever_gives_more_time_has_the_message_looked_at_anew(home: impl Home) {
    let store = home.open().await;
    let (message, a) = followed(&store).await;
    // The control: nobody looks before it is time.
    assert!(follow_ups(&store, message, DAY - 1).await.is_empty());
    give(&store, message, a, DAY - 1).await;
    let [task] = &follow_ups(&store, message, DAY - 1).await[..] else {
        panic!("one follow-up")
    };
    assert_eq!(task.first_due_at, at(DAY - 1));
    let again = Outcome::Again { at: at(2 * DAY) };
    assert!(store.finish(&task.lease, again, at(DAY)).await.unwrap());
    assert!(follow_ups(&store, message, 2 * DAY - 1).await.is_empty());
    assert_eq!(follow_ups(&store, message, 2 * DAY).await.len(), 1);
}

pub async fn what_a_follow_up_has_not_done_yet_is_not_passed_over(home: impl Home) {
    let store = home.open().await;
    // Due an hour ago and not begun, and begun without an end: it looks since it was due.
    for is_begun in [false, true] {
        let (message, a) = followed(&store).await;
        let begun = match is_begun {
            true => follow_ups(&store, message, DAY).await,
            false => Vec::new(),
        };
        give(&store, message, a, DAY + 3_600).await;
        for task in &begun {
            let done = Outcome::Again { at: at(2 * DAY) };
            let finished = store.finish(&task.lease, done, at(DAY + 3_601)).await;
            assert!(!finished.unwrap(), "it looked at the former end");
        }
        let due = follow_ups(&store, message, DAY + 3_601).await;
        let [task] = &due[..] else {
            panic!("one follow-up")
        };
        assert_eq!(task.first_due_at, at(DAY));
    }
    // One that had nothing more to wait for is there again.
    let (message, a) = followed(&store).await;
    let task = follow_ups(&store, message, DAY).await.remove(0);
    let done = Outcome::Done(None);
    assert!(store.finish(&task.lease, done, at(DAY)).await.unwrap());
    assert!(follow_ups(&store, message, 2 * DAY).await.is_empty());
    give(&store, message, a, 2 * DAY).await;
    let task = follow_ups(&store, message, 2 * DAY).await.remove(0);
    assert_eq!(task.first_due_at, at(2 * DAY));
}

pub async fn each_recipient_s_extensions_are_listed_and_the_newest_hundred_are_kept(
    home: impl Home,
) {
    let store = home.open().await;
    let (message, [a, b], _) = two(&store).await;
    let until = async |given: &[RecipientId], second, until| {
        let mut shares = Vec::new();
        for recipient in given {
            shares.push(anew(&store, *recipient, key_id()).await);
        }
        let mut given = extension(message, shares);
        given.event.act = Act::Extend(message, at(until));
        store.extend(given, at(second)).await.unwrap()
    };
    let told = async || {
        let courses = store.courses(message).await.unwrap();
        [a, b].map(|one| {
            let course = courses.iter().find(|course| course.recipient == one);
            course.expect("its course").extended.clone()
        })
    };
    let entry = |(second, until)| MoreTime {
        at: at(second),
        until: at(until),
    };
    assert_eq!(told().await, [vec![], vec![]]);
    assert!(until(&[a], 1, LATER).await);
    assert!(!until(&[a], 2, LATER).await, "it would not end later");
    assert!(until(&[a, b], 3, LATER + 2).await);
    let first = [(1, LATER), (3, LATER + 2)].map(entry);
    assert_eq!(told().await, [first.to_vec(), vec![first[1]]]);

    for number in 3..=i64::from(OPENINGS_KEPT) + 1 {
        assert!(until(&[a], number + 1, LATER + number).await);
        let [of_a, of_b] = told().await;
        assert_eq!(of_a.len() as i64, number.min(100), "of {number}");
        assert_eq!(of_a.last(), Some(&entry((number + 1, LATER + number))));
        assert_eq!(of_a[0] == first[0], number <= 100);
        assert_eq!(of_b, [first[1]]);
    }
    // They go with the record.
    let end = at(LATER + 200);
    for task in lease_all(&store, end).await {
        let done = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&task.lease, done, end).await.unwrap());
    }
    store.expire(message, end).await.unwrap();
    assert_eq!(store.purge(at(LATER + 201), 10).await.unwrap(), 1);
    assert!(store.courses(message).await.unwrap().is_empty());
}
