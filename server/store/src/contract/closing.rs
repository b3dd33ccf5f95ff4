//! Nothing comes under a closed key (promise K6).

use seal::KeyId;

use super::Home;
use super::samples::*;
use crate::{
    Capture, Disposition, Guest, INLINE_LIMIT, KeyPurpose, KeyedField, Reindexed, Result,
    Rewrapped, Store, StoreError, TaskKind,
};

/// Closes a key that nothing needs.
pub(super) async fn close(store: &impl Store, purpose: KeyPurpose, key: KeyId, seconds: i64) {
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

pub async fn no_task_of_a_guest_is_under_a_closed_key(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let closed = key_id();
    close(&store, KeyPurpose::Outbox, closed, 0).await;
    let (reply, recipient) = (reply_id(), letter.recipient);
    let begun = store.begin_reply(reply, recipient, 1, at(0)).await;
    begun.unwrap().unwrap();
    let mut deliver = task(TaskKind::DeliverReply(reply), at(0));
    deliver.payload = Some(wrapped(closed));
    is_closed(
        store.send_reply(reply, [1; 64], deliver, at(0)).await,
        closed,
    );
    let unsent = store.reply(reply).await.unwrap().unwrap();
    assert_eq!(unsent.sent_at, None);

    let mut request = code_request(recipient, random32());
    request.task.payload = Some(wrapped(closed));
    is_closed(store.request_code(request, &limits(), at(0)).await, closed);
    let request = code_request(recipient, random32());
    let left = store.request_code(request, &limits(), at(0)).await.unwrap();
    assert_eq!(left, Ok(9), "the refused one was not counted");
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
