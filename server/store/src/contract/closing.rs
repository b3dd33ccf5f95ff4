//! A key is closed when nothing live needs it, and nothing comes under it from then on (promise K6).

use seal::KeyId;

use super::Home;
use super::samples::*;
use crate::{
    Capture, Disposition, End, Guest, INLINE_LIMIT, KeyPurpose, KeyedField, Outcome, Reindexed,
    Result, Rewrapped, Store, StoreError, TaskKind,
};

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

async fn close(store: &impl Store, purpose: KeyPurpose, key: KeyId, seconds: i64) {
    let uses = store.key_uses(purpose, key, at(seconds)).await.unwrap();
    let closed = store.close_key(purpose, key, at(seconds)).await.unwrap();
    assert_eq!((uses, closed), (0, 0), "{purpose:?}");
}

fn is_closed<T: std::fmt::Debug>(result: Result<T>, key: KeyId) {
    match result {
        Err(StoreError::KeyClosed(closed)) => assert_eq!(closed, key),
        other => panic!("{other:?}"),
    }
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

/// What of a capture can be under a key.
type Use = fn(&mut Capture, KeyId);

const USES: [(&str, Use); 8] = [
    ("lookup", |capture, key| capture.keys.lookup = key),
    ("reply", |capture, key| capture.keys.reply = Some(key)),
    ("spool", |capture, key| capture.keys.spool = Some(key)),
    ("sender", |capture, key| capture.sender = wrapped(key)),
    ("address", |capture, key| {
        capture.recipients[0].address = wrapped(key);
    }),
    ("another address", |capture, key| {
        capture.recipients[1].address = wrapped(key);
    }),
    ("share", |capture, key| {
        let Disposition::Held { share, .. } = &mut capture.recipients[0].disposition else {
            panic!("a held recipient")
        };
        *share = Some(wrapped(key));
    }),
    ("payload", |capture, key| {
        capture.tasks[0].payload = Some(wrapped(key));
    }),
];

pub async fn a_capture_under_a_closed_key_is_refused_and_leaves_nothing(home: impl Home) {
    let store = home.open().await;
    for (name, make_use) in USES {
        let (key, open) = (key_id(), key_id());
        close(&store, KeyPurpose::Share, key, 0).await;
        let before = store.balance().await.unwrap();
        for (key, closed) in [(key, true), (open, false)] {
            let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
            let mut capture = capture_sized(&store, people, INLINE_LIMIT + 1);
            make_use(&mut capture, key);
            let (id, recipient) = (capture.id, capture.recipients[0].id);
            let view = capture.held.as_ref().unwrap().view.id;
            let message = capture.held.as_ref().unwrap().message.id;
            let stored = store.capture(capture).await;
            assert_eq!(stored.is_err(), closed, "{name}");
            if closed {
                is_closed(stored, key);
                assert_eq!(store.balance().await.unwrap(), before, "{name}");
            }
            assert_eq!(store.message(id).await.unwrap().is_none(), closed);
            assert_eq!(store.recipient(recipient).await.unwrap().is_none(), closed);
            for content in [view, message] {
                assert_eq!(store.read(content, 0, 1).await.is_err(), closed);
            }
        }
    }
    let tasks = lease_all(&store, at(0)).await;
    assert_eq!(tasks.len(), 2 * USES.len(), "none of a refused capture");
}

pub async fn a_capture_that_does_not_name_its_keys_is_refused(home: impl Home) {
    let store = home.open().await;
    let changes: [Use; 4] = [
        |capture, _| capture.keys.reply = None,
        |capture, _| capture.keys.spool = None,
        |capture, _| capture.held = None,
        |capture, _| capture.spool = None,
    ];
    for change in changes {
        let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
        let mut capture = capture(&store, people);
        change(&mut capture, key_id());
        let refused = store.capture(capture).await;
        assert!(matches!(refused, Err(StoreError::NotFound)));
    }
    assert_eq!(store.balance().await.unwrap().accepted, 0);
}

pub async fn nothing_is_rewrapped_under_a_closed_key(home: impl Home) {
    let store = home.open().await;
    let (old, open, closed) = (key_id(), key_id(), key_id());
    let people = vec![held("a@example.net"), held("b@example.net")];
    let _ = store
        .capture(capture_under(&store, people, old))
        .await
        .unwrap();
    close(&store, KeyPurpose::Metadata, closed, 0).await;
    let fields = [
        KeyedField::Share,
        KeyedField::Sender,
        KeyedField::Address,
        KeyedField::LinkSecret,
    ];
    for field in fields {
        let stale = store.stale_values(field, &[], None, 10).await.unwrap();
        // The first would do; the last is refused, and the first with it.
        let keys = [vec![open; stale.len() - 1], vec![closed]].concat();
        let values = stale.iter().zip(keys).map(|(value, key)| Rewrapped {
            id: value.record.id(),
            old: value.sealed.clone(),
            new: wrapped(key),
        });
        is_closed(store.rewrap(field, values.collect()).await, closed);
        let after = store.stale_values(field, &[], None, 10).await.unwrap();
        assert_eq!(after, stale, "{field:?}");
    }
}

pub async fn nothing_is_hashed_anew_under_a_closed_key(home: impl Home) {
    let store = home.open().await;
    let closed = key_id();
    let people = vec![relayed("a@example.org"), relayed("b@example.org")];
    let capture = capture(&store, people);
    let recipients = [capture.recipients[0].id, capture.recipients[1].id];
    let _ = store.capture(capture).await.unwrap();
    close(&store, KeyPurpose::Lookup, closed, 0).await;
    let indexes = recipients
        .into_iter()
        .zip([key_id(), closed])
        .map(|(recipient, key)| Reindexed {
            recipient,
            key,
            address_index: random32(),
            reply_token_index: None,
        });
    is_closed(store.reindex(indexes.collect()).await, closed);
    assert_eq!(store.count_stale_indexes(lookup_key()).await.unwrap(), 0);
}

pub async fn no_code_is_armed_under_a_closed_key(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let (browser, closed) = (random32(), key_id());
    let request = code_request(letter.recipient, browser);
    let code = request.code;
    let asked = store.request_code(request, &limits(), at(0)).await;
    asked.unwrap().unwrap();
    close(&store, KeyPurpose::Passcode, closed, 0).await;
    let arm = |key| store.arm_code(code, verifier(code), key, at(CODE_LIFE));
    is_closed(arm(closed).await, closed);
    let limits = limits();
    let guess = || store.take_guess(letter.recipient, &browser, &limits, at(1));
    assert!(guess().await.unwrap().is_err(), "not armed");
    assert!(arm(passcode_key()).await.unwrap());
    assert!(guess().await.unwrap().is_ok());
}

pub async fn a_closed_key_is_closed_in_every_process_and_for_good(home: impl Home) {
    let (store, other) = (home.open().await, home.open().await);
    let key = key_id();
    let under = |store: &_| capture_under(store, vec![held("patient@example.net")], key);
    close(&store, KeyPurpose::Share, key, 0).await;
    close(&other, KeyPurpose::Share, key, 1).await;
    is_closed(other.capture(under(&other)).await, key);
    drop((store, other));
    let store = home.open().await;
    is_closed(store.capture(under(&store)).await, key);
    close(&store, KeyPurpose::Outbox, key, 2).await;
}

/// Of a capture and the closing of its key one goes through, whichever comes first: no capture is
/// taken whose key was found to be free of use.
pub async fn a_capture_and_the_closing_of_its_key_never_both_go_through(home: impl Home) {
    let (store, other) = (home.open().await, home.open().await);
    let mut closed = 0;
    for round in 0..60 {
        let key = key_id();
        let capture = capture_under(&store, vec![held("patient@example.net")], key);
        let closer = if round % 2 == 0 { &store } else { &other }.clone();
        let closing =
            tokio::spawn(async move { closer.close_key(KeyPurpose::Share, key, at(0)).await });
        // Sometimes a step ahead, sometimes behind.
        for _ in 0..round % 3 {
            tokio::task::yield_now().await;
        }
        let captured = store.capture(capture).await;
        match closing.await.unwrap().unwrap() {
            0 => {
                is_closed(captured, key);
                closed += 1;
            }
            1 => drop(captured.unwrap()),
            uses => panic!("{uses} uses"),
        }
    }
    let notices = lease_all(&store, at(0)).await;
    assert_eq!(notices.len(), 60 - closed);
}
