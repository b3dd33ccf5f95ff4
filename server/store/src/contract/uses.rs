//! What still needs a key, which is not closed until then (promise K6).

use seal::KeyId;

use super::Home;
use super::closing::close;
use super::samples::*;
use crate::{End, Guest, KeyPurpose, KeyedField, Outcome, Reindexed, Rewrapped, Store, TaskKind};

const PURPOSES: [KeyPurpose; 7] = [
    KeyPurpose::Share,
    KeyPurpose::Metadata,
    KeyPurpose::Lookup,
    KeyPurpose::Passcode,
    KeyPurpose::Outbox,
    KeyPurpose::Spool,
    KeyPurpose::Reply,
];

/// The uses of a key, which closing it reports too: only ever asked for when there are some.
async fn in_use(store: &impl Store, purpose: KeyPurpose, key: KeyId, seconds: i64) -> u64 {
    let uses = store.key_uses(purpose, key, at(seconds)).await.unwrap();
    assert!(uses > 0, "{purpose:?}");
    let refused = store.close_key(purpose, key, at(seconds)).await.unwrap();
    assert_eq!(refused, uses, "{purpose:?}");
    uses
}

pub async fn a_key_that_nothing_needs_is_closed_and_one_in_use_is_not(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    armed_code(&store, letter.recipient, random32(), 0).await;
    for purpose in PURPOSES {
        close(&store, purpose, key_id(), 0).await;
    }
    // A capture of the suite names these, and they stay open.
    in_use(&store, KeyPurpose::Lookup, lookup_key(), 0).await;
    in_use(&store, KeyPurpose::Reply, reply_key(), 0).await;
    in_use(&store, KeyPurpose::Passcode, passcode_key(), 0).await;
    self::letter(&store).await;
}

pub async fn share_and_metadata_keys_are_needed_by_what_is_wrapped_under_them(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let capture = capture_under(&store, people, old);
    let message = capture.id;
    let _ = store.capture(capture).await.unwrap();
    assert_eq!(in_use(&store, KeyPurpose::Share, old, 0).await, 1);
    assert_eq!(in_use(&store, KeyPurpose::Metadata, old, 0).await, 3);
    store.expire(message, at(EXPIRY)).await.unwrap();
    close(&store, KeyPurpose::Share, old, 0).await;

    let rewrap = async |field, most| {
        let stale = store.stale_values(field, &[new], None, most).await.unwrap();
        for value in stale {
            let value = Rewrapped {
                id: value.record.id(),
                old: value.sealed,
                new: wrapped(new),
            };
            assert_eq!(store.rewrap(field, vec![value]).await.unwrap(), 1);
        }
    };
    rewrap(KeyedField::Sender, 1).await;
    rewrap(KeyedField::Address, 1).await;
    assert_eq!(
        store
            .key_uses(KeyPurpose::Metadata, old, at(0))
            .await
            .unwrap(),
        1
    );
    rewrap(KeyedField::Address, 1).await;
    close(&store, KeyPurpose::Metadata, old, 0).await;
    assert_eq!(in_use(&store, KeyPurpose::Metadata, new, 0).await, 3);
}

pub async fn a_lookup_key_is_needed_by_recipients_and_messages(home: impl Home) {
    let store = home.open().await;
    let (old, new) = (key_id(), key_id());
    let mut capture = capture(&store, vec![relayed("surgery@example.org")]);
    capture.keys.lookup = old;
    let recipient = capture.recipients[0].id;
    let _ = store.capture(capture).await.unwrap();
    assert_eq!(in_use(&store, KeyPurpose::Lookup, old, 0).await, 2);
    let reindexed = Reindexed {
        recipient,
        key: new,
        address_index: random32(),
        reply_token_index: None,
    };
    assert_eq!(store.reindex(vec![reindexed]).await.unwrap(), 1);
    assert_eq!(in_use(&store, KeyPurpose::Lookup, old, 0).await, 1);
    assert_eq!(store.forget_message_indexes(old, at(1)).await.unwrap(), 1);
    close(&store, KeyPurpose::Lookup, old, 0).await;
    assert_eq!(in_use(&store, KeyPurpose::Lookup, new, 0).await, 1);
}

pub async fn a_passcode_key_is_needed_until_the_last_code_has_expired(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    armed_code(&store, letter.recipient, random32(), 0).await;
    armed_code(&store, letter.recipient, random32(), 60).await;
    let uses = |now| store.key_uses(KeyPurpose::Passcode, passcode_key(), now);
    let (first, second) = (at(CODE_LIFE), at(60 + CODE_LIFE));
    assert_eq!(uses(just_before(first)).await.unwrap(), 2);
    assert_eq!(uses(first).await.unwrap(), 1);
    assert_eq!(uses(just_before(second)).await.unwrap(), 1);
    let closing = store.close_key(KeyPurpose::Passcode, passcode_key(), just_before(second));
    assert_eq!(closing.await.unwrap(), 1);
    close(&store, KeyPurpose::Passcode, passcode_key(), 60 + CODE_LIFE).await;
}

pub async fn outbox_and_spool_keys_are_needed_until_the_work_is_done(home: impl Home) {
    let store = home.open().await;
    let (outbox, spool) = (key_id(), key_id());
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let mut capture = capture_under(&store, people, outbox);
    capture.keys.spool = Some(spool);
    let _ = store.capture(capture).await.unwrap();
    for task in lease_all(&store, at(0)).await {
        let (purpose, key) = match task.kind {
            TaskKind::Notify(..) => (KeyPurpose::Outbox, outbox),
            TaskKind::Relay(..) => (KeyPurpose::Spool, spool),
            other => panic!("{other:?}"),
        };
        assert_eq!(in_use(&store, purpose, key, 0).await, 1);
        let done = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&task.lease, done, at(1)).await.unwrap());
        close(&store, purpose, key, 0).await;
    }
}

pub async fn a_reply_key_is_needed_by_live_grants_and_by_replies_on_their_way(home: impl Home) {
    let store = home.open().await;
    let key = key_id();
    let people = vec![held("a@example.net"), held("b@example.net")];
    let mut capture = capture(&store, people);
    capture.keys.reply = Some(key);
    let (message, recipient) = (capture.id, capture.recipients[0].id);
    let _ = store.capture(capture).await.unwrap();
    assert_eq!(in_use(&store, KeyPurpose::Reply, key, 0).await, 1);

    let (sent, unsent) = (reply_id(), reply_id());
    for reply in [sent, unsent] {
        let begun = store.begin_reply(reply, recipient, 2, at(0)).await;
        begun.unwrap().unwrap();
    }
    assert_eq!(in_use(&store, KeyPurpose::Reply, key, 0).await, 3);
    let part = staged_part(&store, b"a sealed part");
    let put = store.put_part(sent, recipient, 0, [0; 32], part).await;
    assert!(put.unwrap());
    let deliver = task(TaskKind::DeliverReply(sent), at(0));
    let was_sent = store.send_reply(sent, [1; 64], deliver, at(0)).await;
    assert!(was_sent.unwrap());
    assert_eq!(in_use(&store, KeyPurpose::Reply, key, 0).await, 3);

    store.expire(message, at(EXPIRY)).await.unwrap();
    assert_eq!(in_use(&store, KeyPurpose::Reply, key, EXPIRY).await, 1);
    let task = lease_one(&store, at(0), |kind| {
        matches!(kind, TaskKind::DeliverReply(_))
    });
    let task = task.await;
    let done = store.finish(&task.lease, Outcome::Done(None), at(1)).await;
    assert!(done.unwrap());
    close(&store, KeyPurpose::Reply, key, EXPIRY).await;
}
