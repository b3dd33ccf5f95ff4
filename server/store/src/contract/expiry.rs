//! The end of grants, and of the content that nobody needs any more.

use super::Home;
use super::samples::*;
use crate::{
    ContentKind, Disposition, End, GuessRefused, Guest, INLINE_LIMIT, Outcome, RecipientRecord,
    Store, StoreError, TaskKind,
};

fn share(recipient: &RecipientRecord) -> Option<&[u8]> {
    match &recipient.disposition {
        Disposition::Held { share, .. } => share.as_deref(),
        Disposition::Relayed => None,
    }
}

pub async fn nothing_ends_before_its_time(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, EXPIRY - 60).await;
    store
        .expire(letter.message, just_before(at(EXPIRY)))
        .await
        .unwrap();
    let recipient = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert!(share(&recipient).is_some());
    let view = store.read_sealed(&recipient, ContentKind::View, 0, 1).await;
    assert_eq!(view.unwrap().len(), 1);
    let session = store
        .session(&token, &session_limits(), at(EXPIRY - 50))
        .await
        .unwrap();
    assert!(session.is_some());
    // A message that is not there has nothing to end.
    store.expire(message_id(), at(EXPIRY)).await.unwrap();
}

pub async fn what_ended_is_destroyed_and_still_found_by_its_handle(home: impl Home) {
    let store = home.open().await;
    let patient = held("patient@example.net");
    let (id, handle) = (patient.id, handle_of(&patient));
    let capture = capture_sized(
        &store,
        vec![patient, held("b@example.net")],
        INLINE_LIMIT + 1,
    );
    let (message, sealed) = (capture.id, capture.held.as_ref().unwrap());
    let contents = [sealed.view.id, sealed.message.id];
    let _ = store.capture(capture).await.unwrap();
    let other = letter(&store).await;
    let before = store.recipient(id).await.unwrap().unwrap();

    let now = EXPIRY - 600;
    let token = open_session(&store, id, now).await;
    let browser = random32();
    let code = armed_code(&store, id, browser, now + 60).await;
    let (sent, unsent) = (reply_id(), reply_id());
    for reply in [sent, unsent] {
        store
            .begin_reply(reply, id, 2, at(now))
            .await
            .unwrap()
            .unwrap();
        let part = staged_part(&store, &octets(INLINE_LIMIT + 1));
        assert!(store.put_part(reply, id, 0, [0; 32], part).await.unwrap());
    }
    let parts = |reply| store.reply(reply);
    let unsent_content = parts(unsent).await.unwrap().unwrap().parts[0].content;
    let sent_content = parts(sent).await.unwrap().unwrap().parts[0].content;
    let deliver = task(TaskKind::DeliverReply(sent), at(now));
    assert!(
        store
            .send_reply(sent, [1; 64], deliver, at(now))
            .await
            .unwrap()
    );

    store.expire(message, at(EXPIRY)).await.unwrap();

    let after = store.recipient_by_handle(&handle).await.unwrap().unwrap();
    assert_eq!(
        (after.id, share(&after), after.expires_at),
        (id, None, at(EXPIRY))
    );
    let digest = |recipient: &RecipientRecord| match recipient.disposition {
        Disposition::Held { proof_digest, .. } => proof_digest,
        Disposition::Relayed => panic!("a held recipient"),
    };
    assert_eq!(
        digest(&after),
        digest(&before),
        "the proof can still be checked"
    );
    for content in contents {
        assert!(matches!(
            store.read(content, 0, 1).await,
            Err(StoreError::NotFound)
        ));
    }
    assert!(
        store
            .message(message)
            .await
            .unwrap()
            .unwrap()
            .contents
            .is_empty()
    );
    // Whoever still holds an older record of the recipient reads nothing with it.
    let read = store.read_sealed(&before, ContentKind::Message, 0, 1).await;
    assert!(matches!(read, Err(StoreError::NotFound)));
    assert!(
        store
            .session(&token, &session_limits(), at(now + 61))
            .await
            .unwrap()
            .is_none()
    );
    let guess = store
        .take_guess(id, &browser, &limits(), at(now + 61))
        .await
        .unwrap();
    assert_eq!(guess, Err(GuessRefused::NoLiveCode));
    assert!(
        !store
            .arm_code(code, random32(), passcode_key(), at(EXPIRY + 60))
            .await
            .unwrap()
    );
    assert!(store.reply(unsent).await.unwrap().is_none());
    assert!(matches!(
        store.read(unsent_content, 0, 1).await,
        Err(StoreError::NotFound)
    ));
    // What was sent is still to be delivered, and another message is not touched.
    assert_eq!(store.read(sent_content, 0, 1).await.unwrap().len(), 1);
    let other = store.recipient(other.recipient).await.unwrap().unwrap();
    assert!(share(&other).is_some());
}

pub async fn expiring_twice_does_no_harm(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    for _ in 0..2 {
        store.expire(letter.message, at(EXPIRY)).await.unwrap();
    }
    let recipient = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert_eq!(
        (share(&recipient), recipient.end),
        (None, None),
        "its end comes with the task"
    );
}

pub async fn a_relay_copy_goes_with_the_last_task_that_needs_it(home: impl Home) {
    let store = home.open().await;
    for size in [5_000, INLINE_LIMIT + 1] {
        let people = vec![
            relayed("a@example.org"),
            relayed("b@example.org"),
            held("c@example.net"),
        ];
        let capture = capture_sized(&store, people, size);
        let (message, spool) = (capture.id, capture.spool.as_ref().unwrap().id);
        let _ = store.capture(capture).await.unwrap();
        let tasks = lease_all(&store, at(0)).await;
        let relays: Vec<_> = tasks
            .iter()
            .filter(|task| matches!(task.kind, TaskKind::Relay(..)))
            .collect();
        let failed = Outcome::Failed {
            end: Some(End::Dsn),
            cause: "refused".into(),
        };

        assert!(store.finish(&relays[0].lease, failed, at(1)).await.unwrap());
        assert!(store.read(spool, 0, size).await.unwrap() == octets(size));

        let done = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&relays[1].lease, done, at(1)).await.unwrap());
        assert!(matches!(
            store.read(spool, 0, 1).await,
            Err(StoreError::NotFound)
        ));
        let record = store.message(message).await.unwrap().unwrap();
        assert_eq!(record.content(ContentKind::Spool), None);
        assert!(
            record.content(ContentKind::Message).is_some(),
            "the grant still needs it"
        );
    }
}

pub async fn a_held_relay_task_keeps_its_copy(home: impl Home) {
    let store = home.open().await;
    let capture = capture(
        &store,
        vec![relayed("a@example.org"), relayed("b@example.org")],
    );
    let (message, spool) = (capture.id, capture.spool.as_ref().unwrap().id);
    let _ = store.capture(capture).await.unwrap();
    let tasks = lease_all(&store, at(0)).await;
    let held = Outcome::Failed {
        end: Some(End::Held),
        cause: "a person has to look".into(),
    };
    assert!(store.finish(&tasks[0].lease, held, at(1)).await.unwrap());
    assert!(
        store
            .finish(&tasks[1].lease, Outcome::Done(None), at(1))
            .await
            .unwrap()
    );
    store.expire(message, at(EXPIRY)).await.unwrap();
    assert_eq!(store.read(spool, 0, 1).await.unwrap().len(), 1);
}

pub async fn an_escrow_grant_is_kept_as_long_as_a_grant_needs_the_message(home: impl Home) {
    let store = home.open().await;
    for size in [700, INLINE_LIMIT + 1] {
        let mut capture = capture(&store, vec![held("patient@example.net")]);
        let escrow = staged(&store, ContentKind::Escrow, &octets(size));
        let (message, content) = (capture.id, escrow.id);
        capture.held.as_mut().unwrap().escrow = Some(escrow);
        let _ = store.capture(capture).await.unwrap();

        store
            .expire(message, just_before(at(EXPIRY)))
            .await
            .unwrap();
        let record = store.message(message).await.unwrap().unwrap();
        assert_eq!(
            record.content(ContentKind::Escrow),
            Some((content, size as u64))
        );
        assert!(store.read(content, 0, size).await.unwrap() == octets(size));

        store.expire(message, at(EXPIRY)).await.unwrap();
        let record = store.message(message).await.unwrap().unwrap();
        assert_eq!(record.content(ContentKind::Escrow), None);
        assert!(matches!(
            store.read(content, 0, 1).await,
            Err(StoreError::NotFound)
        ));
    }
}

pub async fn a_guest_never_sees_a_relay_copy_or_an_escrow_grant(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let handle = handle_of(&people[0]);
    let mut capture = capture(&store, people);
    let escrow = staged(&store, ContentKind::Escrow, b"an escrow grant");
    capture.held.as_mut().unwrap().escrow = Some(escrow);
    let _ = store.capture(capture).await.unwrap();
    let recipient = store.recipient_by_handle(&handle).await.unwrap().unwrap();
    let message = store.message_of(&recipient).await.unwrap().unwrap();
    assert_eq!(message.contents.len(), 2);
    for kind in [ContentKind::Spool, ContentKind::Escrow] {
        assert_eq!(message.content(kind), None);
    }
    for kind in [
        ContentKind::Spool,
        ContentKind::Escrow,
        ContentKind::ReplyPart,
    ] {
        let read = store.read_sealed(&recipient, kind, 0, 1).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
    }
}
