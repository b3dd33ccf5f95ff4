//! Grants that the sender withdraws: nothing is released any more (promise K9).

use seal::RecipientId;

use super::Home;
use super::samples::*;
use crate::{
    ContentKind, Disposition, End, GuessRefused, Guest, Outcome, RecipientRecord, Store,
    StoreError, TaskKind,
};

fn has_share(recipient: &RecipientRecord) -> bool {
    matches!(
        recipient.disposition,
        Disposition::Held { share: Some(_), .. }
    )
}

async fn record(store: &impl Store, recipient: RecipientId) -> RecipientRecord {
    store.recipient(recipient).await.unwrap().unwrap()
}

fn done() -> Outcome {
    Outcome::Done(Some(End::Notified))
}

pub async fn what_is_revoked_is_destroyed_and_said_to_be(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let mut capture = capture(&store, vec![held("patient@example.net")]);
    let escrow = staged(&store, ContentKind::Escrow, b"an escrow grant");
    let (message, id) = (capture.id, capture.recipients[0].id);
    let sealed = capture.held.as_mut().unwrap();
    let contents = [sealed.view.id, sealed.message.id, escrow.id];
    sealed.escrow = Some(escrow);
    let handle = handle_of(&capture.recipients[0]);
    let _ = store.capture(capture).await.unwrap();
    let other = letter(&store).await;
    let before = record(&store, id).await;

    let token = open_session(&viewer, id, 0).await;
    let browser = random32();
    let code = armed_code(&viewer, id, browser, 60).await;
    let (sent, unsent) = (reply_id(), reply_id());
    for reply in [sent, unsent] {
        let begun = viewer.begin_reply(reply, id, 2, at(60)).await;
        begun.unwrap().unwrap();
        let part = staged_part(&viewer, b"a sealed part");
        let put = viewer.put_part(reply, id, 0, [0; 32], part).await;
        assert!(put.unwrap());
    }
    let deliver = task(TaskKind::DeliverReply(sent), at(60));
    let was_sent = viewer.send_reply(sent, [1; 64], deliver, at(60)).await;
    assert!(was_sent.unwrap());

    assert_eq!(store.revoke(message, None, at(61)).await.unwrap(), 1);

    let after = viewer.recipient_by_handle(&handle).await.unwrap().unwrap();
    assert!(!has_share(&after));
    assert_eq!((after.id, after.end), (id, Some(End::Revoked)));
    let session = viewer.session(&token, &session_limits(), at(61)).await;
    assert!(session.unwrap().is_none(), "in every process at once");
    let guess = viewer.take_guess(id, &browser, &limits(), at(61)).await;
    assert_eq!(guess.unwrap(), Err(GuessRefused::NoLiveCode));
    let armed = store.arm_code(code, random32(), passcode_key(), at(900));
    assert!(!armed.await.unwrap());
    let read = viewer.read_sealed(&before, ContentKind::View, 0, 1).await;
    assert!(matches!(read, Err(StoreError::NotFound)));
    for content in contents {
        let read = store.read(content, 0, 1).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
    }
    assert!(store.reply(unsent).await.unwrap().is_none());
    let begun = viewer.begin_reply(reply_id(), id, 2, at(62)).await;
    assert!(matches!(begun, Err(StoreError::NotFound)));
    let kinds: Vec<_> = lease_all(&store, at(62)).await;
    let kinds: Vec<_> = kinds.iter().map(|task| task.kind).collect();
    let notices = |kind: &&TaskKind| matches!(kind, TaskKind::Notify(..));
    let notices: Vec<_> = kinds.iter().filter(notices).collect();
    assert_eq!(
        notices,
        [&TaskKind::Notify(other.message, other.recipient)],
        "another's goes out"
    );
    // What was sent before is delivered.
    assert!(kinds.contains(&TaskKind::DeliverReply(sent)));
    assert!(has_share(&record(&store, other.recipient).await));
    let balance = store.balance().await.unwrap();
    assert_eq!(
        (balance.revoked, balance.in_progress, balance.stranded),
        (1, 1, 0)
    );
}

pub async fn one_of_several_is_revoked_and_the_others_read_on(home: impl Home) {
    let store = home.open().await;
    let people = vec![
        held("a@example.net"),
        held("b@example.net"),
        relayed("c@example.org"),
    ];
    let capture = capture(&store, people);
    let message = capture.id;
    let [a, b, c] = [0, 1, 2].map(|number| capture.recipients[number].id);
    let _ = store.capture(capture).await.unwrap();
    let (of_a, of_b) = (
        open_session(&store, a, 0).await,
        open_session(&store, b, 0).await,
    );

    assert_eq!(store.revoke(message, Some(a), at(1)).await.unwrap(), 1);
    let limits = session_limits();
    let lives = async |token| {
        store
            .session(token, &limits, at(2))
            .await
            .unwrap()
            .is_some()
    };
    assert!(!lives(&of_a).await);
    assert!(lives(&of_b).await);
    for (id, shared, end) in [
        (a, false, Some(End::Revoked)),
        (b, true, None),
        (c, false, None),
    ] {
        let recipient = record(&store, id).await;
        assert_eq!((has_share(&recipient), recipient.end), (shared, end));
    }
    let other = record(&store, b).await;
    let view = store.read_sealed(&other, ContentKind::View, 0, 1).await;
    assert_eq!(view.unwrap().len(), 1);

    assert_eq!(store.revoke(message, None, at(3)).await.unwrap(), 1);
    let contents = store.message(message).await.unwrap().unwrap().contents;
    let kinds: Vec<_> = contents.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, [ContentKind::Spool], "for whom the relay serves");
    assert_eq!(record(&store, c).await.end, None);
}

pub async fn a_notice_that_is_being_sent_is_revoked_too(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    assert_eq!(store.revoke(letter.message, None, at(1)).await.unwrap(), 1);
    assert!(!store.finish(&notice.lease, done(), at(2)).await.unwrap());
    let recipient = record(&store, letter.recipient).await;
    assert_eq!(recipient.end, Some(End::Revoked));
    let later = at(0) + 2 * HOLD;
    assert!(
        lease_all(&store, later).await.is_empty(),
        "it never comes back"
    );
}

pub async fn a_held_notice_is_not_put_back_after_a_revocation(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    let held = Outcome::Failed {
        end: Some(End::Held),
        cause: "a person has to look".into(),
    };
    assert!(store.finish(&notice.lease, held, at(1)).await.unwrap());
    assert_eq!(store.revoke(letter.message, None, at(2)).await.unwrap(), 1);
    assert!(store.failed_tasks().await.unwrap().is_empty());
    assert!(!store.retry_failed(notice.lease.task, at(3)).await.unwrap());
    let recipient = record(&store, letter.recipient).await;
    assert_eq!(recipient.end, Some(End::Held), "the first end stays");
}

pub async fn who_was_notified_stays_so_when_revoked(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let notice = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Notify(..))).await;
    assert!(store.finish(&notice.lease, done(), at(1)).await.unwrap());
    assert_eq!(store.revoke(letter.message, None, at(2)).await.unwrap(), 1);
    let recipient = record(&store, letter.recipient).await;
    assert!(!has_share(&recipient));
    assert_eq!(recipient.end, Some(End::Notified));
}

pub async fn a_grant_is_revoked_once_and_only_through_its_own_message(home: impl Home) {
    let store = home.open().await;
    let (letter, other) = (letter(&store).await, letter(&store).await);
    for (message, recipient, expected) in [
        (message_id(), None, 0),
        (letter.message, Some(other.recipient), 0),
        (letter.message, Some(recipient_id()), 0),
        (letter.message, Some(letter.recipient), 1),
        (letter.message, Some(letter.recipient), 0),
        (letter.message, None, 0),
    ] {
        let revoked = store.revoke(message, recipient, at(1)).await;
        assert_eq!(revoked.unwrap(), expected);
    }
    assert!(!has_share(&record(&store, letter.recipient).await));
    assert!(has_share(&record(&store, other.recipient).await));
}

pub async fn whose_time_was_over_is_left_to_the_expiry(home: impl Home) {
    let store = home.open().await;
    for (now, end) in [
        (just_before(at(EXPIRY)), Some(End::Revoked)),
        (at(EXPIRY), None),
    ] {
        let letter = letter(&store).await;
        assert_eq!(store.revoke(letter.message, None, now).await.unwrap(), 1);
        let recipient = record(&store, letter.recipient).await;
        assert_eq!((has_share(&recipient), recipient.end), (false, end));
    }
}
