//! The end of old records.

use jiff::SignedDuration;

use super::Home;
use super::samples::*;
use crate::{End, Guest, Outcome, Store, TaskKind};

/// A letter with a held and a relayed recipient; what is due before the expiry ends like this.
async fn ended(store: &impl Store, end: End) -> seal::MessageId {
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let capture = capture(store, people);
    let id = capture.id;
    let _ = store.capture(capture).await.unwrap();
    for task in lease_all(store, at(0)).await {
        let outcome = match end {
            End::Held => Outcome::Failed {
                end: Some(end),
                cause: "no".into(),
            },
            _ => Outcome::Done(Some(end)),
        };
        assert!(store.finish(&task.lease, outcome, at(1)).await.unwrap());
    }
    id
}

async fn expired(store: &impl Store) {
    for task in lease_all(store, at(EXPIRY)).await {
        let TaskKind::Expire(message) = task.kind else {
            panic!("an expiry")
        };
        store.expire(message, at(EXPIRY)).await.unwrap();
        let done = Outcome::Done(None);
        assert!(store.finish(&task.lease, done, at(EXPIRY)).await.unwrap());
    }
}

pub async fn a_message_is_forgotten_when_everything_about_it_is_over(home: impl Home) {
    let store = home.open().await;
    let first = ended(&store, End::Notified).await;
    let second = ended(&store, End::Notified).await;
    let late = at(EXPIRY) + SignedDuration::from_secs(1);
    assert_eq!(store.purge(late, 10).await.unwrap(), 0, "not expired");
    expired(&store).await;
    assert_eq!(store.purge(at(EXPIRY), 10).await.unwrap(), 0, "too young");
    let before = store.balance().await.unwrap();
    assert_eq!(store.purge(late, 1).await.unwrap(), 1);
    assert!(store.message(first).await.unwrap().is_none());
    assert!(store.message(second).await.unwrap().is_some());
    assert_eq!(store.balance().await.unwrap(), before);
    assert_eq!(store.purge(late, 10).await.unwrap(), 1);
    assert_eq!(store.purge(late, 10).await.unwrap(), 0);
    drop(store);
    let store = home.open().await;
    assert_eq!(store.balance().await.unwrap(), before);
    assert_eq!((before.accepted, before.notified), (4, 4));
}

pub async fn what_a_person_has_to_look_at_is_kept(home: impl Home) {
    let store = home.open().await;
    let id = ended(&store, End::Held).await;
    expired(&store).await;
    assert_eq!(store.purge(at(2 * EXPIRY), 10).await.unwrap(), 0);
    assert!(store.message(id).await.unwrap().is_some());
}

pub async fn unsent_replies_are_swept_by_their_age(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let (old, young) = (reply_id(), reply_id());
    for (reply, seconds) in [(old, 0), (young, 10)] {
        let begun = store.begin_reply(reply, letter.recipient, 5, at(seconds));
        begun.await.unwrap().unwrap();
    }
    let part = staged_part(&store, b"a sealed part");
    let put = store.put_part(old, letter.recipient, 0, [1; 32], part);
    assert!(put.await.unwrap());
    let content = Store::reply(&store, old).await.unwrap().unwrap().parts[0].content;
    assert_eq!(store.sweep_replies(at(0)).await.unwrap(), 0);
    assert_eq!(store.sweep_replies(at(10)).await.unwrap(), 1);
    assert!(Store::reply(&store, old).await.unwrap().is_none());
    assert!(Store::reply(&store, young).await.unwrap().is_some());
    assert!(store.read(content, 0, 1).await.is_err());
}
