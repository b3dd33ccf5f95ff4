//! What operators did stands in a record that is only added to (promise L1).

use super::Home;
use super::samples::*;
use crate::{
    Act, End, EventId, KeyPurpose, KeyedField, KeyedRecord, NewEvent, Rewrapped, Store, StoreError,
    TaskKind,
};

fn event(act: Act, reason: Option<Vec<u8>>) -> NewEvent {
    NewEvent {
        id: EventId::from_bytes(*task_id().as_bytes()),
        act,
        cause: "by an operator".into(),
        reason,
    }
}

pub async fn every_act_is_recorded_with_what_it_changed(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let (task, message) = (notice.lease.task, letter.message);
    let other = task_id();
    let acts = [
        (Act::Hold(task), 1),
        (Act::Hold(task), 0),
        (Act::Retry(task), 1),
        (Act::Retry(task), 0),
        (Act::Drop(task), 1),
        (Act::Drop(other), 0),
        (Act::Export(message), 1),
        (Act::Revoke(message, Some(letter.recipient)), 1),
        (Act::Revoke(message, None), 0),
    ];
    let mut ids = Vec::new();
    for (second, (act, changed)) in acts.into_iter().enumerate() {
        let event = event(act, (second % 2 == 0).then(|| wrapped(key_id())));
        ids.push((event.id, event.reason.clone()));
        let now = at(i64::try_from(second).unwrap());
        assert_eq!(store.act(event, now).await.unwrap(), changed, "{act:?}");
    }
    let found = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert_eq!(found.end, Some(End::Revoked), "they were done, too");

    drop(store);
    let store = home.open().await;
    let all = store.events(0, 100).await.unwrap();
    assert_eq!(all.len(), acts.len());
    for (place, (event, (act, changed))) in all.iter().zip(acts).enumerate() {
        assert_eq!(event.number, place as u64 + 1);
        assert_eq!(event.at, at(i64::try_from(place).unwrap()));
        assert_eq!((event.act, event.changed), (act, changed));
        assert_eq!((event.id, event.reason.clone()), ids[place]);
        assert_eq!(event.who, "operator");
    }
    assert_eq!(store.events(2, 3).await.unwrap(), all[2..5]);
    assert!(store.events(9, 3).await.unwrap().is_empty());
}

pub async fn an_act_that_cannot_be_recorded_is_not_done(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let key = key_id();
    let closed = store.close_key(KeyPurpose::Metadata, key, at(0)).await;
    assert_eq!(closed.unwrap(), 0);
    let refused = store
        .act(
            event(Act::Hold(notice.lease.task), Some(wrapped(key))),
            at(1),
        )
        .await;
    assert!(matches!(refused, Err(StoreError::KeyClosed(found)) if found == key));
    assert!(store.events(0, 10).await.unwrap().is_empty());
    assert_eq!(store.balance().await.unwrap().held, 0);
    // Nor twice under one id.
    let once = event(Act::Hold(notice.lease.task), None);
    assert_eq!(store.act(once.clone(), at(2)).await.unwrap(), 1);
    let again = NewEvent {
        act: Act::Retry(notice.lease.task),
        ..once
    };
    assert!(store.act(again, at(3)).await.is_err());
    assert_eq!(store.balance().await.unwrap().held, 1);
    assert_eq!(store.events(0, 10).await.unwrap().len(), 1);
}

pub async fn a_reason_is_brought_under_another_key_and_keeps_its_key_alive(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    let first = event(Act::Export(message_id()), Some(wrapped(old)));
    store.act(first.clone(), at(0)).await.unwrap();
    let without = event(Act::Export(message_id()), None);
    store.act(without, at(0)).await.unwrap();
    let uses = async |key| {
        store
            .key_uses(KeyPurpose::Metadata, key, at(0))
            .await
            .unwrap()
    };
    assert_eq!((uses(old).await, uses(new).await), (1, 0));

    let stale = store
        .stale_values(KeyedField::Reason, &[new], None, 9)
        .await;
    let [value] = &stale.unwrap()[..] else {
        panic!("one value")
    };
    assert_eq!(value.record, KeyedRecord::Reason { event: first.id });
    let replaced = Rewrapped {
        id: value.record.id(),
        old: value.sealed.clone(),
        new: wrapped(new),
    };
    let count = store.rewrap(KeyedField::Reason, vec![replaced.clone()]);
    assert_eq!(count.await.unwrap(), 1);
    assert_eq!(
        store.count_stale(KeyedField::Reason, &[new]).await.unwrap(),
        0
    );
    assert_eq!((uses(old).await, uses(new).await), (0, 1));
    let events = store.events(0, 10).await.unwrap();
    assert_eq!(events[0].reason.as_ref(), Some(&replaced.new));
    assert_eq!(events[1].reason, None);
}
