//! What recipients say with one button: that a message is not for them (PAGES R1), and that its
//! time is too short.

use super::Home;
use super::samples::*;
use crate::{
    Act, ContentKind, Disposition, End, EventId, Guest, NewTask, Outcome, Store, StoreError,
    TaskKind, Wish,
};

fn passing_on(letter: &Letter, wish: Wish) -> NewTask {
    NewTask {
        payload: None,
        ..task(
            TaskKind::PassOn(letter.message, letter.recipient, wish),
            at(0),
        )
    }
}

fn event() -> EventId {
    EventId::from_bytes(*task_id().as_bytes())
}

pub async fn what_is_disowned_is_destroyed_and_its_sender_is_told_once(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let done = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&notice.lease, done, at(1)).await.unwrap());
    let before = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert_eq!(
        (before.notified_at, before.disowned_at),
        (Some(at(1)), None)
    );
    let token = open_session(&viewer, letter.recipient, 60).await;
    let (first, second) = (event(), event());
    for (event, done) in [(first, true), (second, false)] {
        let said = passing_on(&letter, Wish::NotForMe);
        let disowned = viewer.disown(letter.recipient, event, said, at(61)).await;
        assert_eq!(disowned.unwrap(), done, "said twice, it is done once");
    }
    let after = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert!(matches!(
        after.disposition,
        Disposition::Held { share: None, .. }
    ));
    assert_eq!(
        (after.end, after.disowned_at),
        (Some(End::Revoked), Some(at(61)))
    );
    let session = viewer.session(&token, &session_limits(), at(61)).await;
    assert!(session.unwrap().is_none());
    let read = viewer.read_sealed(&before, ContentKind::View, 0, 1).await;
    assert!(matches!(read, Err(StoreError::NotFound)));
    let kind = TaskKind::PassOn(letter.message, letter.recipient, Wish::NotForMe);
    let told = lease_all(&store, at(62)).await;
    assert_eq!(told.iter().filter(|task| task.kind == kind).count(), 1);
    let events = store.events(0, 10).await.unwrap();
    let kept: Vec<_> = events.iter().map(|one| (one.id, one.act)).collect();
    let act = Act::NotForMe(letter.message, letter.recipient);
    assert_eq!(kept, [(first, act)]);
    assert_eq!(
        (events[0].who.as_str(), events[0].changed),
        ("recipient", 1)
    );
    let balance = store.balance().await.unwrap();
    let sum = balance.notified + balance.dsn + balance.expired + balance.revoked + balance.held;
    assert_eq!((balance.revoked, sum), (1, balance.accepted));
}

pub async fn who_disowns_before_the_notice_ended_is_revoked_and_its_notice_goes(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let said = passing_on(&letter, Wish::NotForMe);
    let disowned = store.disown(letter.recipient, event(), said, at(1)).await;
    assert!(disowned.unwrap());
    let done = Outcome::Done(Some(End::Notified));
    assert!(!store.finish(&notice.lease, done, at(2)).await.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Revoked));
}

pub async fn only_ones_own_live_grant_is_disowned(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("a@example.net"), held("b@example.net")];
    let capture = capture(&store, people);
    let (message, [a, b]) = (capture.id, [0, 1].map(|n| capture.recipients[n].id));
    let handle = handle_of(&capture.recipients[0]);
    let _ = store.capture(capture).await.unwrap();
    let of_a = Letter {
        message,
        recipient: a,
        handle,
    };
    let disown = async |recipient, second| {
        let said = passing_on(&of_a, Wish::NotForMe);
        store.disown(recipient, event(), said, at(second)).await
    };
    let nobody = disown(recipient_id(), 1).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
    assert!(!disown(a, EXPIRY).await.unwrap(), "its time is over");
    assert!(disown(a, EXPIRY - 1).await.unwrap());
    let other = store.recipient(b).await.unwrap().unwrap();
    assert!(matches!(
        other.disposition,
        Disposition::Held { share: Some(_), .. }
    ));
    assert_eq!((other.end, other.disowned_at), (None, None));
    let view = store.read_sealed(&other, ContentKind::View, 0, 1).await;
    assert_eq!(view.unwrap().len(), 1, "the other one reads on");
}

pub async fn more_time_is_asked_for_once_in_a_day_of_each_recipient(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let asked = async |letter: &Letter, second| {
        let wish = passing_on(letter, Wish::MoreTime);
        let answer = viewer.ask_more_time(letter.recipient, wish, at(second));
        answer.await.unwrap()
    };
    assert_eq!(asked(&letter, 100).await, Ok(()));
    assert_eq!(asked(&other, 101).await, Ok(()), "another's day");
    for second in [100, 101, 99 + DAY] {
        assert_eq!(asked(&letter, second).await, Err(at(100 + DAY)));
    }
    assert_eq!(asked(&letter, 100 + DAY).await, Ok(()));
    // After the end too, which has destroyed the share.
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    assert_eq!(asked(&letter, EXPIRY + 1).await, Ok(()));
    // A clock that was ahead keeps nobody waiting for years.
    assert_eq!(asked(&other, 1_000 * DAY).await, Ok(()));
    assert_eq!(asked(&other, 10 * DAY).await, Ok(()));
    let wishes = lease_all(&store, at(0)).await;
    let wish = |kind: &TaskKind| matches!(kind, TaskKind::PassOn(_, _, Wish::MoreTime));
    let count = wishes.iter().filter(|task| wish(&task.kind)).count();
    assert_eq!(count, 6, "a refusal adds none");
    let nobody = viewer
        .ask_more_time(recipient_id(), passing_on(&letter, Wish::MoreTime), at(0))
        .await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

pub async fn damage_is_told_once_in_a_day_of_each_recipient(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let told = async |letter: &Letter, second| {
        let word = passing_on(letter, Wish::Damaged);
        let answer = viewer.tell_damage(letter.recipient, word, at(second));
        answer.await.unwrap()
    };
    assert!(told(&letter, 100).await);
    assert!(told(&other, 101).await, "another's day");
    for second in [100, 101, 99 + DAY] {
        assert!(!told(&letter, second).await);
    }
    // A wish has a day of its own.
    let wish = passing_on(&letter, Wish::MoreTime);
    let asked = viewer.ask_more_time(letter.recipient, wish, at(101)).await;
    assert_eq!(asked.unwrap(), Ok(()));
    assert!(told(&letter, 100 + DAY).await);
    let tasks = lease_all(&store, at(100 + DAY)).await;
    let damaged = |kind: &TaskKind| matches!(kind, TaskKind::PassOn(_, _, Wish::Damaged));
    let count = tasks.iter().filter(|task| damaged(&task.kind)).count();
    assert_eq!(count, 3);
    let nobody = viewer
        .tell_damage(recipient_id(), passing_on(&letter, Wish::Damaged), at(0))
        .await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}
