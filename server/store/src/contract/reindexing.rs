//! Keyed hashes go from key to key, or are forgotten when nothing can make them anew.

use seal::{KeyId, RecipientId};

use super::Home;
use super::samples::*;
use crate::{Capture, Disposition, KeyPurpose, NewRecipient, Reindexed, Store};

fn token_index(recipient: &NewRecipient) -> [u8; 32] {
    match recipient.disposition {
        Disposition::Held {
            reply_token_index, ..
        } => reply_token_index,
        Disposition::Relayed => panic!("a relayed recipient has no reply token"),
    }
}

fn under(key: KeyId, recipient: RecipientId, held: bool) -> Reindexed {
    Reindexed {
        recipient,
        key,
        address_index: random32(),
        reply_token_index: held.then(random32),
    }
}

async fn finds(store: &impl Store, index: &[u8; 32]) -> Option<RecipientId> {
    let found = store.recipient_by_reply_token(&[*index]).await.unwrap();
    found.map(|recipient| recipient.id)
}

pub async fn a_reply_token_is_found_by_its_hash_under_any_kept_key(home: impl Home) {
    let store = home.open().await;
    let people = [held("a@example.net"), held("b@example.net")];
    let [(a, of_a), (b, of_b)] = people.each_ref().map(|one| (one.id, token_index(one)));
    let _ = store.capture(capture(&store, people.into())).await.unwrap();
    for (indexes, expected) in [
        (vec![of_a], Some(a)),
        (vec![random32(), of_b], Some(b)),
        (vec![of_b, of_a], Some(b)),
        (vec![random32(), random32()], None),
        (vec![], None),
    ] {
        let found = store.recipient_by_reply_token(&indexes).await.unwrap();
        assert_eq!(found.map(|recipient| recipient.id), expected);
    }
}

pub async fn recipients_are_listed_until_their_hashes_are_under_the_fresh_key(home: impl Home) {
    let store = home.open().await;
    let fresh = key_id();
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let capture = capture(&store, people);
    let message = capture.id;
    let [patient, surgery] = [capture.recipients[0].id, capture.recipients[1].id];
    let old_token = token_index(&capture.recipients[0]);
    let _ = store.capture(capture).await.unwrap();

    let none = store.stale_indexes(lookup_key(), None, 10).await.unwrap();
    assert_eq!(none, []);
    let listed = store.stale_indexes(fresh, None, 10).await.unwrap();
    let facts: Vec<_> = listed
        .iter()
        .map(|one| (one.recipient, one.message, one.address.as_slice(), one.held))
        .collect();
    assert_eq!(
        facts,
        [
            (patient, message, b"patient@example.net".as_slice(), true),
            (surgery, message, b"surgery@example.org".as_slice(), false)
        ]
    );
    assert_eq!(store.count_stale_indexes(fresh).await.unwrap(), 2);

    let indexes = [under(fresh, patient, true), under(fresh, surgery, false)];
    let new_token = indexes[0].reply_token_index.unwrap();
    assert_eq!(store.reindex(indexes.to_vec()).await.unwrap(), 2);
    assert_eq!(store.count_stale_indexes(fresh).await.unwrap(), 0);
    assert_eq!(finds(&store, &new_token).await, Some(patient));
    assert_eq!(finds(&store, &old_token).await, None);
    assert_eq!(store.reindex(indexes.to_vec()).await.unwrap(), 0, "again");
}

pub async fn stale_hashes_are_paged_through_in_the_order_of_ids(home: impl Home) {
    let store = home.open().await;
    let people = (0..7).map(|_| held("patient@example.net")).collect();
    let _ = store.capture(capture(&store, people)).await.unwrap();
    for (page, pages) in [(3, 3), (6, 2), (7, 1), (8, 1)] {
        let (mut seen, mut after, mut turned) = (Vec::new(), None, 0);
        loop {
            let stale = store.stale_indexes(key_id(), after, page).await.unwrap();
            assert!(stale.len() <= page);
            let Some(last) = stale.last() else { break };
            after = Some(*last.recipient.as_bytes());
            seen.extend(stale.iter().map(|one| one.recipient));
            turned += 1;
        }
        assert_eq!((seen.len(), turned), (7, pages), "by {page}");
        assert!(seen.is_sorted_by(|one, next| one < next));
    }
}

pub async fn half_of_a_recipients_hashes_is_left_as_it_is(home: impl Home) {
    let store = home.open().await;
    let fresh = key_id();
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let capture = capture(&store, people);
    let [patient, surgery] = [capture.recipients[0].id, capture.recipients[1].id];
    let token = token_index(&capture.recipients[0]);
    let _ = store.capture(capture).await.unwrap();
    let indexes = vec![
        under(fresh, patient, false),
        under(fresh, surgery, true),
        under(fresh, recipient_id(), true),
    ];
    assert_eq!(store.reindex(indexes).await.unwrap(), 0);
    assert_eq!(store.count_stale_indexes(fresh).await.unwrap(), 2);
    assert_eq!(finds(&store, &token).await, Some(patient));
}

/// A message without recipients, under a lookup key and with these hashes.
fn sent(store: &impl Store, key: KeyId, hashes: ([u8; 32], [u8; 32]), seconds: i64) -> Capture {
    let mut capture = capture(store, Vec::new());
    capture.captured_at = at(seconds);
    capture.keys.lookup = key;
    (capture.message_id_index, capture.content_index) = (Some(hashes.0), hashes.1);
    capture
}

pub async fn a_message_is_known_again_by_its_hashes_under_an_older_key(home: impl Home) {
    let store = home.open().await;
    let [older, old, new] = [(); 3].map(|()| (random32(), random32()));
    for hashes in [older, old, old] {
        let capture = sent(&store, key_id(), hashes, 0);
        let _ = store.capture(capture).await.unwrap();
    }
    for (earlier, expected) in [
        (vec![], 0),
        (vec![older], 2),
        (vec![old, older], 5),
        (vec![old, new, old], 5),
        (vec![(old.0, older.1)], 4),
    ] {
        let mut capture = sent(&store, key_id(), new, 1);
        capture.earlier_indexes = earlier;
        let stored = store.capture(capture).await.unwrap();
        assert_eq!(stored.sent_before(), expected);
    }
}

pub async fn hashes_of_old_messages_are_forgotten_and_need_no_key_any_more(home: impl Home) {
    let store = home.open().await;
    let (key, kept) = (key_id(), key_id());
    let hashes = (random32(), random32());
    for (key, seconds) in [(key, 0), (key, 9), (key, 10), (kept, 0)] {
        let _ = store
            .capture(sent(&store, key, hashes, seconds))
            .await
            .unwrap();
    }
    let uses = |key| store.key_uses(KeyPurpose::Lookup, key, at(20));
    assert_eq!(
        (uses(key).await.unwrap(), uses(kept).await.unwrap()),
        (3, 1)
    );
    let forget = |instant| store.forget_message_indexes(key, at(instant));
    assert_eq!(forget(0).await.unwrap(), 0);
    assert_eq!(forget(10).await.unwrap(), 2);
    assert_eq!(forget(10).await.unwrap(), 0, "again");
    assert_eq!(
        (uses(key).await.unwrap(), uses(kept).await.unwrap()),
        (1, 1)
    );
    let stored = store.capture(sent(&store, kept, hashes, 11)).await.unwrap();
    assert_eq!(stored.sent_before(), 2);
    assert_eq!(forget(11).await.unwrap(), 1);
    assert_eq!(
        (uses(key).await.unwrap(), uses(kept).await.unwrap()),
        (0, 2)
    );
}
