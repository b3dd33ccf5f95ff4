//! Captures: whole or not at all, and there for good.

use std::collections::HashSet;

use super::Home;
use super::samples::*;
use crate::{
    ContentKind, Disposition, Guest, INLINE_LIMIT, PAYLOAD_OCTETS, Store, StoreError, TaskKind,
};
use seal::{Handle, Profile, SystemRandom};

pub async fn a_capture_reads_back_whole(home: impl Home) {
    let store = home.open().await;
    let (patient, surgery) = (held("patient@example.net"), relayed("surgery@example.org"));
    let capture = capture(&store, vec![patient, surgery]);
    let (id, message_content) = (capture.id, capture.held.as_ref().unwrap().message.id);
    let (patient, surgery) = (capture.recipients[0].id, capture.recipients[1].id);
    let disposition = capture.recipients[0].disposition.clone();
    let Disposition::Held {
        handle,
        reply_token_index,
        ..
    } = disposition.clone()
    else {
        panic!("a held recipient")
    };

    let stored = store.capture(capture).await.unwrap();
    assert_eq!((stored.message(), stored.sent_before()), (id, 0));

    let message = store.message(id).await.unwrap().unwrap();
    assert_eq!((message.id, message.captured_at), (id, at(0)));
    assert_eq!(message.sender, b"a sealed sender");
    assert_eq!(message.profile, Some(Profile::Hybrid));
    assert_eq!(message.content(ContentKind::View).unwrap().1, 1_000);
    assert_eq!(
        message.content(ContentKind::Message),
        Some((message_content, 5_000))
    );
    assert_eq!(message.content(ContentKind::Spool).unwrap().1, 5_000);

    let found = [
        store.recipient(patient).await.unwrap().unwrap(),
        store.recipient_by_handle(&handle).await.unwrap().unwrap(),
        store
            .recipient_by_reply_token(&[reply_token_index])
            .await
            .unwrap()
            .unwrap(),
    ];
    for recipient in found {
        assert_eq!((recipient.id, recipient.message), (patient, id));
        assert_eq!(recipient.address, b"patient@example.net");
        assert_eq!(recipient.disposition, disposition);
        assert_eq!(
            (recipient.captured_at, recipient.expires_at),
            (at(0), at(EXPIRY))
        );
        assert_eq!(recipient.end, None);
    }
    let recipient = store.recipient(surgery).await.unwrap().unwrap();
    assert_eq!(recipient.disposition, Disposition::Relayed);
    assert_eq!(recipient.expires_at, at(0));

    let tasks = lease_all(&store, at(EXPIRY)).await;
    let kinds: HashSet<_> = tasks.iter().map(|task| task.kind).collect();
    assert_eq!(
        kinds,
        HashSet::from([
            TaskKind::Notify(id, patient),
            TaskKind::Relay(id, surgery),
            TaskKind::Expire(id)
        ])
    );
    assert!(
        tasks
            .iter()
            .all(|task| task.payload.as_deref() == Some(b"a sealed payload"))
    );
}

pub async fn every_range_of_small_and_large_content_reads_back(home: impl Home) {
    let store = home.open().await;
    for size in [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 1_000_000] {
        let patient = held("patient@example.net");
        let handle = handle_of(&patient);
        let capture = capture_sized(&store, vec![patient], size);
        let content = capture.held.as_ref().unwrap().message.id;
        let _ = store.capture(capture).await.unwrap();
        let recipient = store.recipient_by_handle(&handle).await.unwrap().unwrap();
        let whole = octets(size);
        for (offset, length) in [
            (0, size),
            (0, size + 1),
            (0, 0),
            (0, 1),
            (size / 2, 1_000),
            (size.saturating_sub(1), 2),
            (size, 1),
            (size + 1, 1),
            (usize::MAX, 1),
            (1, usize::MAX),
        ] {
            let start = offset.min(size);
            let expected = &whole[start..start.saturating_add(length).min(size)];
            let read = store.read(content, offset as u64, length).await.unwrap();
            assert!(read == expected, "{length} of {size} octets from {offset}");
            let sealed = store
                .read_sealed(&recipient, ContentKind::Message, offset as u64, length)
                .await;
            assert!(
                sealed.unwrap() == expected,
                "{length} of {size} octets from {offset}"
            );
        }
    }
}

pub async fn a_capture_that_is_refused_leaves_nothing(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let _ = lease_all(&store, at(EXPIRY)).await;
    for size in [5_000, INLINE_LIMIT + 1] {
        // The last of its recipients takes a handle that somebody has.
        let mut thief = held("thief@example.net");
        let Disposition::Held { handle, .. } = &mut thief.disposition else {
            panic!()
        };
        *handle = letter.handle;
        let capture = capture_sized(
            &store,
            vec![held("a@example.net"), relayed("b@example.org"), thief],
            size,
        );
        let id = capture.id;
        let contents = [
            capture.held.as_ref().unwrap().message.id,
            capture.held.as_ref().unwrap().view.id,
            capture.spool.as_ref().unwrap().id,
        ];
        let recipients: Vec<_> = capture
            .recipients
            .iter()
            .map(|recipient| recipient.id)
            .collect();

        assert!(matches!(
            store.capture(capture).await,
            Err(StoreError::Exists)
        ));

        assert!(store.message(id).await.unwrap().is_none());
        for recipient in recipients {
            assert!(store.recipient(recipient).await.unwrap().is_none());
        }
        for content in contents {
            assert!(matches!(
                store.read(content, 0, 1).await,
                Err(StoreError::NotFound)
            ));
        }
    }
    assert!(
        lease_all(&store, at(EXPIRY)).await.is_empty(),
        "no task was added"
    );
    let found = store
        .recipient_by_handle(&letter.handle)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id, letter.recipient);
}

pub async fn a_capture_whose_task_is_about_nobody_is_refused(home: impl Home) {
    let store = home.open().await;
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let id = capture.id;
    capture
        .tasks
        .push(task(TaskKind::Notify(id, recipient_id()), at(0)));
    assert!(matches!(
        store.capture(capture).await,
        Err(StoreError::NotFound)
    ));
    assert!(store.message(id).await.unwrap().is_none());
}

pub async fn a_payload_has_as_much_room_as_is_said(home: impl Home) {
    let store = home.open().await;
    let of = |octets: usize| {
        let mut capture = capture(&store, vec![held("patient@example.net")]);
        capture.tasks[0].payload = Some(vec![0xff; octets]);
        capture
    };
    let refused = of(PAYLOAD_OCTETS + 1);
    let id = refused.id;
    let error = store.capture(refused).await.err().unwrap();
    assert!(matches!(error, StoreError::PayloadTooLong), "{error}");
    assert!(store.message(id).await.unwrap().is_none());

    for octets in [PAYLOAD_OCTETS, 1, 0] {
        let taken = of(octets);
        let id = taken.tasks[0].id;
        let _ = store.capture(taken).await.unwrap();
        let leased = store.lease(at(0), HOLD, 10).await.unwrap();
        let task = leased
            .into_iter()
            .find(|task| task.lease.task == id)
            .unwrap();
        assert_eq!(task.payload, Some(vec![0xff; octets]));
    }
}

pub async fn a_held_recipient_without_a_sealed_message_is_refused(home: impl Home) {
    let store = home.open().await;
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    capture.held = None;
    let id = capture.id;
    assert!(matches!(
        store.capture(capture).await,
        Err(StoreError::NotFound)
    ));
    assert!(store.message(id).await.unwrap().is_none());
}

pub async fn what_is_sent_again_without_end_is_counted_up_to_a_hundred(home: impl Home) {
    let store = home.open().await;
    let hashes = (Some(random32()), random32());
    for before in 0..=101 {
        let mut capture = capture(&store, Vec::new());
        (capture.message_id_index, capture.content_index) = hashes;
        let stored = store.capture(capture).await.unwrap();
        assert_eq!(stored.sent_before(), before.min(100));
    }
}

pub async fn a_message_that_is_sent_again_is_stored_again_and_marked(home: impl Home) {
    let store = home.open().await;
    let (message_id, content) = (random32(), random32());
    let cases = [
        (Some(message_id), content, 0),
        (Some(message_id), content, 1),
        (Some(message_id), content, 2),
        (Some(message_id), random32(), 0),
        (Some(random32()), content, 0),
        (None, content, 0),
        (None, content, 0),
    ];
    for (message_id_index, content_index, expected) in cases {
        let mut capture = capture(&store, vec![held("patient@example.net")]);
        capture.message_id_index = message_id_index;
        capture.content_index = content_index;
        let stored = store.capture(capture).await.unwrap();
        assert_eq!(stored.sent_before(), expected);
        let message = store.message(stored.message()).await.unwrap().unwrap();
        assert_eq!(message.sent_before, expected);
    }
    assert_eq!(store.balance().await.unwrap().accepted, cases.len() as u64);
}

pub async fn content_that_no_capture_names_is_not_there(home: impl Home) {
    let store = home.open().await;
    for size in [10, INLINE_LIMIT + 1] {
        let staged = staged(&store, ContentKind::Message, &octets(size));
        assert_eq!(staged.size, size as u64);
        let id = staged.id;
        assert!(matches!(
            store.read(id, 0, 1).await,
            Err(StoreError::NotFound)
        ));
        drop(staged);
        assert!(matches!(
            store.read(id, 0, 1).await,
            Err(StoreError::NotFound)
        ));
    }
}

pub async fn everything_is_there_after_a_restart(home: impl Home) {
    let store = home.open().await;
    let patient = held("patient@example.net");
    let (id, handle) = (patient.id, handle_of(&patient));
    let size = INLINE_LIMIT + 1;
    let capture = capture_sized(&store, vec![patient, relayed("surgery@example.org")], size);
    let (message, view) = (capture.id, capture.held.as_ref().unwrap().view.id);
    let _ = store.capture(capture).await.unwrap();
    drop(store);

    let store = home.open().await;
    let recipient = store.recipient_by_handle(&handle).await.unwrap().unwrap();
    assert_eq!((recipient.id, recipient.message), (id, message));
    assert_eq!(store.read(view, 0, 2_000).await.unwrap(), octets(1_000));
    let sealed = store
        .read_sealed(&recipient, ContentKind::Message, 0, size)
        .await
        .unwrap();
    assert!(sealed == octets(size));
    assert_eq!(lease_all(&store, at(EXPIRY)).await.len(), 3);
    assert_eq!(store.balance().await.unwrap().accepted, 2);
}

pub async fn what_one_process_commits_the_other_sees(home: impl Home) {
    let (gateway, viewer) = (home.open().await, home.open().await);
    let letter = letter(&gateway).await;
    let recipient = viewer
        .recipient_by_handle(&letter.handle)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recipient.id, letter.recipient);
    let view = viewer
        .read_sealed(&recipient, ContentKind::View, 0, 2_000)
        .await
        .unwrap();
    assert_eq!(view, octets(1_000));
    // And the other way round: the viewer asks for a code, the gateway sends and arms it.
    let request = code_request(letter.recipient, random32());
    let code = request.code;
    viewer
        .request_code(request, &limits(), at(0))
        .await
        .unwrap()
        .unwrap();
    let sent = lease_one(&gateway, at(0), |kind| {
        matches!(kind, TaskKind::SendCode(..))
    })
    .await;
    assert_eq!(sent.kind, TaskKind::SendCode(letter.recipient, code));
    assert!(
        gateway
            .arm_code(code, verifier(code), passcode_key(), at(CODE_LIFE))
            .await
            .unwrap()
    );
}

pub async fn a_hundred_captures_at_once_are_all_stored(home: impl Home) {
    let store = home.open().await;
    let mut captures = tokio::task::JoinSet::new();
    for number in 0..100 {
        let store = store.clone();
        captures.spawn(async move {
            let size = if number % 10 == 0 {
                INLINE_LIMIT + 1
            } else {
                100
            };
            let capture = capture_sized(&store, vec![held("patient@example.net")], size);
            let content = capture.held.as_ref().unwrap().message.id;
            let stored = store.capture(capture).await.unwrap();
            (stored.message(), content, size)
        });
    }
    for (message, content, size) in captures.join_all().await {
        let record = store.message(message).await.unwrap().unwrap();
        assert_eq!(
            record.content(ContentKind::Message),
            Some((content, size as u64))
        );
        assert!(store.read(content, 0, size).await.unwrap() == octets(size));
    }
    assert_eq!(store.balance().await.unwrap().accepted, 100);
}

pub async fn what_is_unknown_is_not_found(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    assert!(store.message(message_id()).await.unwrap().is_none());
    assert!(store.recipient(recipient_id()).await.unwrap().is_none());
    assert!(
        store
            .recipient_by_reply_token(&[random32()])
            .await
            .unwrap()
            .is_none()
    );
    let stranger = Handle::generate(&SystemRandom::new());
    assert!(
        store
            .recipient_by_handle(&stranger)
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.reply(reply_id()).await.unwrap().is_none());
    assert!(
        store
            .reply_of(reply_id(), letter.recipient)
            .await
            .unwrap()
            .is_none()
    );
    assert!(matches!(
        store.read(content_id(), 0, 1).await,
        Err(StoreError::NotFound)
    ));
}
