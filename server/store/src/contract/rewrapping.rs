//! Wrapped values go from key to key while mail flows (promise K6).

use seal::{KeyId, Profile};

use super::Home;
use super::samples::*;
use crate::{
    Disposition, End, KeyedField, KeyedRecord, Outcome, Rewrapped, StaleValue, Store, TaskKind,
};

const FIELDS: [KeyedField; 4] = [
    KeyedField::Share,
    KeyedField::Sender,
    KeyedField::Address,
    KeyedField::LinkSecret,
];

/// Each value wrapped anew under a key.
fn under(key: KeyId, stale: &[StaleValue]) -> Vec<Rewrapped> {
    let rewrapped = stale.iter().map(|value| Rewrapped {
        id: value.record.id(),
        old: value.sealed.clone(),
        new: wrapped(key),
    });
    rewrapped.collect()
}

async fn stale(store: &impl Store, field: KeyedField, fresh: &[KeyId]) -> Vec<StaleValue> {
    let listed = store.stale_values(field, fresh, None, 1_000).await.unwrap();
    let counted = store.count_stale(field, fresh).await.unwrap();
    assert_eq!(counted, listed.len() as u64, "{field:?}");
    listed
}

pub async fn stale_values_are_listed_with_what_their_places_are_made_of(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let capture = capture_under(&store, people, old);
    let (message, sender) = (capture.id, capture.sender.clone());
    let [patient, surgery] = &capture.recipients[..] else {
        panic!("two recipients")
    };
    let Disposition::Held {
        share: Some(share), ..
    } = patient.disposition.clone()
    else {
        panic!("a share")
    };
    let task = &capture.tasks[0];
    let value = |record, sealed: &[u8]| StaleValue {
        record,
        sealed: sealed.to_vec(),
    };
    let address = |recipient: &crate::NewRecipient| {
        let record = KeyedRecord::Address {
            recipient: recipient.id,
            message,
        };
        value(record, &recipient.address)
    };
    let expected = [
        vec![value(
            KeyedRecord::Share {
                recipient: patient.id,
                message,
                profile: Profile::Hybrid,
                expires_at: at(EXPIRY),
            },
            &share,
        )],
        vec![value(KeyedRecord::Sender { message }, &sender)],
        vec![address(patient), address(surgery)],
        vec![value(
            KeyedRecord::LinkSecret {
                task: task.id,
                recipient: patient.id,
            },
            task.payload.as_ref().unwrap(),
        )],
    ];
    let _ = store.capture(capture).await.unwrap();
    let other = capture_under(&store, vec![held("b@example.net")], new);
    let _ = store.capture(other).await.unwrap();
    for (field, expected) in FIELDS.into_iter().zip(expected) {
        assert_eq!(stale(&store, field, &[new]).await, expected, "{field:?}");
        assert_eq!(stale(&store, field, &[key_id(), new]).await, expected);
        assert_eq!(stale(&store, field, &[old, new]).await, []);
        assert!(stale(&store, field, &[]).await.len() > expected.len());
    }
}

pub async fn a_value_that_no_key_can_have_wrapped_is_listed_too(home: impl Home) {
    let store = home.open().await;
    let key = key_id();
    let mut capture = capture_under(&store, vec![held("patient@example.net")], key);
    capture.sender = wrapped(key)[..16].to_vec();
    let _ = store.capture(capture).await.unwrap();
    assert_eq!(stale(&store, KeyedField::Sender, &[key]).await.len(), 1);
    assert_eq!(stale(&store, KeyedField::Address, &[key]).await.len(), 0);
}

pub async fn a_listing_goes_over_every_stale_value_once_in_the_order_of_ids(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    for number in 0..7 {
        for key in [old, new] {
            let person = held(&format!("{number}@example.net"));
            let _ = store
                .capture(capture_under(&store, vec![person], key))
                .await
                .unwrap();
        }
    }
    for field in FIELDS {
        for (page, pages) in [(1, 7), (3, 3), (6, 2), (7, 1), (8, 1)] {
            let (mut seen, mut after, mut turned) = (Vec::new(), None, 0);
            loop {
                let values = store.stale_values(field, &[new], after, page).await;
                let values = values.unwrap();
                assert!(values.len() <= page);
                let Some(last) = values.last() else { break };
                after = Some(last.record.id());
                seen.extend(values.iter().map(|value| value.record.id()));
                turned += 1;
            }
            assert_eq!((seen.len(), turned), (7, pages), "{field:?} by {page}");
            assert!(seen.is_sorted_by(|one, next| one < next));
        }
    }
}

pub async fn what_is_over_is_not_listed(home: impl Home) {
    let store = home.open().await;
    let capture = capture_under(&store, vec![held("patient@example.net")], key_id());
    let message = capture.id;
    let _ = store.capture(capture).await.unwrap();
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    assert_eq!(stale(&store, KeyedField::LinkSecret, &[]).await.len(), 1);
    let held = Outcome::Failed {
        end: Some(End::Held),
        cause: "a person has to look".into(),
    };
    assert!(store.finish(&notice.lease, held, at(1)).await.unwrap());
    let kept = stale(&store, KeyedField::LinkSecret, &[]).await;
    assert_eq!(kept.len(), 1, "it can be put back");
    assert!(store.retry_failed(notice.lease.task, at(2)).await.unwrap());
    let again = lease_one(&store, at(2), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let done = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&again.lease, done, at(3)).await.unwrap());
    assert_eq!(stale(&store, KeyedField::LinkSecret, &[]).await, []);
    assert_eq!(stale(&store, KeyedField::Share, &[]).await.len(), 1);
    store.expire(message, at(EXPIRY)).await.unwrap();
    assert_eq!(stale(&store, KeyedField::Share, &[]).await, []);
    for field in [KeyedField::Sender, KeyedField::Address] {
        assert_eq!(stale(&store, field, &[]).await.len(), 1, "{field:?}");
    }
}

pub async fn rewrapped_values_take_the_place_of_the_old_ones(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    let capture = capture_under(&store, vec![held("patient@example.net")], old);
    let (message, recipient) = (capture.id, capture.recipients[0].id);
    let _ = store.capture(capture).await.unwrap();
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let mut fresh = Vec::new();
    for field in FIELDS {
        let values = under(new, &stale(&store, field, &[new]).await);
        fresh.push(values[0].new.clone());
        assert_eq!(store.rewrap(field, values).await.unwrap(), 1);
        assert_eq!(stale(&store, field, &[new]).await, []);
    }
    let record = store.recipient(recipient).await.unwrap().unwrap();
    let Disposition::Held { share, .. } = record.disposition else {
        panic!("a held recipient")
    };
    assert_eq!(share.as_ref(), Some(&fresh[0]));
    let sender = store.message(message).await.unwrap().unwrap().sender;
    assert_eq!((&sender, &record.address), (&fresh[1], &fresh[2]));
    // A notice that is being sent is no less its worker's.
    let later = Outcome::Retry {
        at: at(5),
        cause: "busy".into(),
    };
    assert!(store.finish(&notice.lease, later, at(1)).await.unwrap());
    let again = lease_one(&store, at(5), |kind| matches!(kind, TaskKind::Notify(..))).await;
    assert_eq!(again.payload.as_ref(), Some(&fresh[3]));
}

pub async fn a_value_that_is_no_longer_the_old_one_is_left_as_it_is(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    let mut messages = Vec::new();
    for _ in 0..3 {
        let capture = capture_under(&store, vec![held("patient@example.net")], old);
        messages.push(capture.id);
        let _ = store.capture(capture).await.unwrap();
    }
    let listed = stale(&store, KeyedField::Share, &[new]).await;
    let (mine, others) = (under(new, &listed), under(new, &listed[..1]));
    assert_eq!(
        store
            .rewrap(KeyedField::Share, others.clone())
            .await
            .unwrap(),
        1
    );
    store.expire(messages[1], at(EXPIRY)).await.unwrap();

    let mut all = mine.clone();
    all.push(Rewrapped {
        id: *recipient_id().as_bytes(),
        old: mine[2].old.clone(),
        new: wrapped(new),
    });
    assert_eq!(store.rewrap(KeyedField::Share, all).await.unwrap(), 1);
    let left = stale(&store, KeyedField::Share, &[]).await;
    let values: Vec<_> = left.into_iter().map(|value| value.sealed).collect();
    assert_eq!(values, [others[0].new.clone(), mine[2].new.clone()]);
}

pub async fn two_rewrappers_at_once_replace_each_value_once(home: impl Home) {
    let (store, other) = (home.open().await, home.open().await);
    let (old, new) = (key_id(), key_id());
    let people = (0..50).map(|_| held("patient@example.net")).collect();
    let _ = store
        .capture(capture_under(&store, people, old))
        .await
        .unwrap();
    for field in [KeyedField::Share, KeyedField::Address] {
        let listed = stale(&store, field, &[new]).await;
        let (mine, theirs) = (under(new, &listed), under(new, &listed));
        let work = |store, values: &[Rewrapped]| {
            let batches: Vec<_> = values.chunks(5).map(<[_]>::to_vec).collect();
            rewrap_in_turn(store, field, batches)
        };
        let (first, second) = tokio::join!(work(&store, &mine), work(&other, &theirs));
        assert_eq!(first + second, 50, "{field:?}");
        let values = stale(&store, field, &[]).await;
        let is_of = |all: &[Rewrapped], value: &StaleValue| {
            all.iter().filter(|one| one.new == value.sealed).count() as u64
        };
        let of_mine: u64 = values.iter().map(|value| is_of(&mine, value)).sum();
        let of_theirs: u64 = values.iter().map(|value| is_of(&theirs, value)).sum();
        assert_eq!((of_mine, of_theirs), (first, second));
    }
}

async fn rewrap_in_turn(
    store: &impl Store,
    field: KeyedField,
    batches: Vec<Vec<Rewrapped>>,
) -> u64 {
    let mut replaced = 0;
    for batch in batches {
        replaced += store.rewrap(field, batch).await.unwrap();
    }
    replaced
}
