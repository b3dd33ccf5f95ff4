//! Relayed recipients whose copy cannot leave.

use seal::RecipientId;

use super::Home;
use super::samples::*;
use crate::{
    Capture, ContentKind, Disposition, End, KeyPurpose, LeasedTask, NewRecipient, Outcome, Store,
    StoreError, TaskKind,
};

/// What a gateway makes of the copy for this recipient.
fn diversion(store: &impl Store, recipient: RecipientId) -> Capture {
    let new = NewRecipient {
        id: recipient,
        ..held("surgery@example.org")
    };
    Capture {
        message_id_index: None,
        ..capture(store, vec![new])
    }
}

async fn relay_task(store: &impl Store) -> LeasedTask {
    let wanted = |kind: &TaskKind| matches!(kind, TaskKind::Relay(..));
    lease_one(store, at(0), wanted).await
}

fn recipient_of(task: &LeasedTask) -> RecipientId {
    match task.kind {
        TaskKind::Relay(_, recipient) => recipient,
        _ => panic!("a relay task"),
    }
}

pub async fn a_diverted_recipient_is_held_under_a_message_of_its_own(home: impl Home) {
    let store = home.open().await;
    let first = capture(&store, vec![relayed("surgery@example.org")]);
    let origin = first.id;
    let _ = store.capture(first).await.unwrap();
    let before = store.balance().await.unwrap();
    let task = relay_task(&store).await;
    let recipient = recipient_of(&task);
    let capture = diversion(&store, recipient);
    let message = capture.id;
    assert!(store.divert(&task.lease, capture).await.unwrap());

    let found = store.recipient(recipient).await.unwrap().unwrap();
    assert_eq!((found.message, found.end), (message, None));
    assert!(matches!(
        found.disposition,
        Disposition::Held { share: Some(_), .. }
    ));
    let record = store.message(message).await.unwrap().unwrap();
    assert!(record.content(ContentKind::View).is_some());
    let origin = store.message(origin).await.unwrap().unwrap();
    assert_eq!(origin.contents, [], "the copy is gone");
    assert_eq!(store.balance().await.unwrap(), before);
    let done = Outcome::Done(Some(End::Notified));
    let late = store.finish(&task.lease, done.clone(), at(1)).await;
    assert!(!late.unwrap(), "the relay task is no more");
    let tasks = lease_all(&store, at(0)).await;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].kind, TaskKind::Notify(message, recipient));
    assert!(store.finish(&tasks[0].lease, done, at(1)).await.unwrap());
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.notified), (1, 1));
}

pub async fn a_lease_that_was_lost_diverts_nobody(home: impl Home) {
    let store = home.open().await;
    let first = capture(&store, vec![relayed("surgery@example.org")]);
    let _ = store.capture(first).await.unwrap();
    let task = relay_task(&store).await;
    store.release_leases().await.unwrap();
    let again = relay_task(&store).await;
    let recipient = recipient_of(&task);
    for lease in [&task.lease, &again.lease] {
        let first = *lease == again.lease;
        let capture = diversion(&store, recipient);
        let message = capture.id;
        assert_eq!(store.divert(lease, capture).await.unwrap(), first);
        assert_eq!(store.message(message).await.unwrap().is_some(), first);
    }
    let twice = diversion(&store, recipient);
    assert!(!store.divert(&again.lease, twice).await.unwrap());
}

pub async fn a_diversion_that_does_not_fit_its_lease_changes_nothing(home: impl Home) {
    let store = home.open().await;
    let first = capture(&store, vec![relayed("surgery@example.org")]);
    let _ = store.capture(first).await.unwrap();
    let task = relay_task(&store).await;
    let recipient = recipient_of(&task);
    let another = diversion(&store, recipient_id());
    let mut untold = diversion(&store, recipient);
    untold.tasks.clear();
    let mut two = diversion(&store, recipient);
    two.recipients.push(held("other@example.org"));
    for capture in [another, untold, two] {
        let message = capture.id;
        let refused = store.divert(&task.lease, capture).await;
        assert!(matches!(refused, Err(StoreError::NotFound)));
        assert!(store.message(message).await.unwrap().is_none());
    }
    let found = store.recipient(recipient).await.unwrap().unwrap();
    assert_eq!(found.disposition, Disposition::Relayed);
}

pub async fn the_copy_stays_for_the_others_and_goes_with_the_last(home: impl Home) {
    let store = home.open().await;
    let both = vec![relayed("a@example.org"), relayed("b@example.org")];
    let first = capture(&store, both);
    let origin = first.id;
    let _ = store.capture(first).await.unwrap();
    let tasks = lease_all(&store, at(0)).await;
    for (task, left) in tasks.iter().zip([1, 0]) {
        let capture = diversion(&store, recipient_of(task));
        assert!(store.divert(&task.lease, capture).await.unwrap());
        let record = store.message(origin).await.unwrap().unwrap();
        assert_eq!(record.contents.len(), left);
    }
}

pub async fn withdrawing_the_first_message_withdraws_who_was_diverted(home: impl Home) {
    let store = home.open().await;
    let both = vec![held("patient@example.net"), relayed("a@example.org")];
    let first = capture(&store, both);
    let origin = first.id;
    let _ = store.capture(first).await.unwrap();
    let task = relay_task(&store).await;
    let recipient = recipient_of(&task);
    let capture = diversion(&store, recipient);
    let message = capture.id;
    assert!(store.divert(&task.lease, capture).await.unwrap());
    assert_eq!(store.revoke(origin, None, at(1)).await.unwrap(), 2);
    let found = store.recipient(recipient).await.unwrap().unwrap();
    assert_eq!(found.end, Some(End::Revoked));
    let record = store.message(message).await.unwrap().unwrap();
    assert_eq!(record.contents, []);
}

pub async fn a_diversion_under_a_closed_key_changes_nothing(home: impl Home) {
    let store = home.open().await;
    let first = capture(&store, vec![relayed("surgery@example.org")]);
    let _ = store.capture(first).await.unwrap();
    let task = relay_task(&store).await;
    let recipient = recipient_of(&task);
    let capture = diversion(&store, recipient);
    let key = capture.keys.reply.unwrap();
    let uses = store.close_key(KeyPurpose::Reply, key, at(0)).await;
    assert_eq!(uses.unwrap(), 0);
    let refused = store.divert(&task.lease, capture).await;
    assert!(matches!(refused, Err(StoreError::KeyClosed(_))));
    let found = store.recipient(recipient).await.unwrap().unwrap();
    assert_eq!(found.disposition, Disposition::Relayed);
}
