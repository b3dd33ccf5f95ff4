//! The sender's link: made with its secret in the task, limited as a recipient's is, and what it is
//! for (decision 0027).

use std::time::Duration;

use jiff::SignedDuration;
use seal::{CodeId, Handle, KeyId, MessageId, SystemRandom};

use super::Home;
use super::samples::*;
use crate::{
    Act, CodeRefused, End, EventId, GuessRefused, Guest, KeyPurpose, KeyedField, KeyedRecord,
    LeasedTask, NewSender, NewSenderSession, Outcome, Rewrapped, SenderCodeRequest, SenderGuest,
    Standing, Store, TaskKind, Topic, Way, Withdrawal,
};

const KEPT: i64 = 7 * DAY;

/// A letter whose receipt is being written: its task is leased.
async fn receipt(store: &impl Store) -> (Letter, LeasedTask) {
    let recipient = held("patient@example.net");
    let (id, handle) = (recipient.id, handle_of(&recipient));
    let mut capture = capture(store, vec![recipient]);
    let message = capture.id;
    let mut task = task(TaskKind::Advise(message, Topic::Receipt), at(0));
    task.payload = None;
    capture.tasks.push(task);
    let _ = store.capture(capture).await.unwrap();
    let letter = Letter {
        message,
        recipient: id,
        handle,
    };
    let wanted = TaskKind::Advise(message, Topic::Receipt);
    let leased = lease_one(store, at(0), |kind| *kind == wanted).await;
    (letter, leased)
}

fn new_sender(message: MessageId, key: KeyId) -> NewSender {
    NewSender {
        message,
        handle: Handle::generate(&SystemRandom::new()),
        proof_digest: random32(),
        kept_for: Duration::from_secs(KEPT.unsigned_abs()),
        secret: wrapped(key),
    }
}

/// A letter whose receipt has left.
async fn with_sender(store: &impl Store) -> (Letter, Handle) {
    let (letter, task) = receipt(store).await;
    let sender = new_sender(letter.message, key_id());
    let handle = sender.handle;
    assert!(store.let_sender_in(&task.lease, sender).await.unwrap());
    let done = Outcome::Done(None);
    assert!(store.finish(&task.lease, done, at(0)).await.unwrap());
    (letter, handle)
}

fn sender_code(message: MessageId, browser: [u8; 32]) -> SenderCodeRequest {
    let code = code_id();
    SenderCodeRequest {
        code,
        message,
        browser,
        task: task(TaskKind::SendSenderCode(message, code), at(0)),
    }
}

async fn armed<B: Store + SenderGuest>(
    store: &B,
    message: MessageId,
    browser: [u8; 32],
    seconds: i64,
) -> CodeId {
    let request = sender_code(message, browser);
    let code = request.code;
    let limits = limits();
    let asked = store.request_sender_code(request, &limits, at(seconds));
    asked.await.unwrap().expect("within the limits");
    let until = at(seconds + CODE_LIFE);
    let armed = store.arm_code(code, verifier(code), passcode_key(), until);
    assert!(armed.await.unwrap());
    code
}

async fn signed_in<B: Store + SenderGuest>(
    store: &B,
    message: MessageId,
    seconds: i64,
) -> [u8; 32] {
    let code = armed(store, message, random32(), seconds).await;
    let session = NewSenderSession {
        token: random32(),
        message,
        ends_at: at(seconds + 8 * 3600),
    };
    let token = session.token;
    let redeemed = store.redeem_sender(code, session, at(seconds)).await;
    assert!(redeemed.unwrap());
    token
}

async fn lives(store: &impl SenderGuest, token: &[u8; 32], now: jiff::Timestamp) -> bool {
    let found = store.sender_session(token, &session_limits(), now).await;
    found.unwrap().is_some()
}

fn event() -> EventId {
    EventId::from_bytes(*task_id().as_bytes())
}

pub async fn a_senders_link_is_made_with_its_secret_in_the_task_and_that_goes_with_it(
    home: impl Home,
) {
    let store = home.open().await;
    let (letter, task) = receipt(&store).await;
    let (key, fresh) = (key_id(), key_id());
    let sender = new_sender(letter.message, key);
    let (handle, digest, secret) = (sender.handle, sender.proof_digest, sender.secret.clone());

    let mut lost = task.lease.clone();
    lost.token += 1;
    assert!(!store.let_sender_in(&lost, sender.clone()).await.unwrap());
    assert!(
        store
            .sender_by_handle(&handle, at(1))
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.let_sender_in(&task.lease, sender).await.unwrap());

    let found = store
        .sender_by_handle(&handle, at(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.message, found.proof_digest),
        (letter.message, digest)
    );
    assert_eq!(found.grants_end, Some(at(EXPIRY)));
    assert_eq!(
        store.sender(letter.message, at(1)).await.unwrap(),
        Some(found)
    );
    assert!(store.recipient_by_handle(&handle).await.unwrap().is_none());
    assert!(
        store
            .sender_by_handle(&letter.handle, at(1))
            .await
            .unwrap()
            .is_none()
    );

    // It waits under a key, is brought under another, and nobody takes it for a notice's.
    let field = KeyedField::SenderLinkSecret;
    let uses = async |key| {
        store
            .key_uses(KeyPurpose::Outbox, key, at(1))
            .await
            .unwrap()
    };
    assert_eq!(uses(key).await, 1);
    let stale = store.stale_values(field, &[fresh], None, 10).await.unwrap();
    let [value] = &stale[..] else {
        panic!("{stale:?}")
    };
    let KeyedRecord::SenderLinkSecret {
        task: of_task,
        message,
    } = value.record
    else {
        panic!("{value:?}")
    };
    assert_eq!((of_task, message), (task.lease.task, letter.message));
    assert_eq!(value.sealed, secret);
    let notices = store.stale_values(KeyedField::LinkSecret, &[], None, 10);
    assert!(
        notices
            .await
            .unwrap()
            .iter()
            .all(|value| value.sealed != secret)
    );
    let new = wrapped(fresh);
    let rewrapped = Rewrapped {
        id: value.record.id(),
        old: secret,
        new: new.clone(),
    };
    assert_eq!(store.rewrap(field, vec![rewrapped]).await.unwrap(), 1);
    assert_eq!((uses(key).await, uses(fresh).await), (0, 1));
    let again = store.stale_values(field, &[], None, 10).await.unwrap();
    assert_eq!(again[0].sealed, new);

    // A retry finds it; the end of the task destroys it and leaves the link.
    let later = Outcome::Retry {
        at: at(10),
        cause: "no".into(),
    };
    assert!(store.finish(&task.lease, later, at(2)).await.unwrap());
    let wanted = TaskKind::Advise(letter.message, Topic::Receipt);
    let task = lease_one(&store, at(10), |kind| *kind == wanted).await;
    assert_eq!(task.payload, Some(new));
    let done = Outcome::Done(None);
    assert!(store.finish(&task.lease, done, at(11)).await.unwrap());
    assert_eq!(store.count_stale(field, &[]).await.unwrap(), 0);
    assert!(
        store
            .sender_by_handle(&handle, at(12))
            .await
            .unwrap()
            .is_some()
    );
}

pub async fn a_senders_link_is_good_for_as_long_as_the_last_grant_and_what_is_kept_longer(
    home: impl Home,
) {
    let store = home.open().await;
    let (letter, handle) = with_sender(&store).await;
    let message = letter.message;
    let end = at(EXPIRY + KEPT);
    let token = signed_in(&store, message, EXPIRY + KEPT - 60).await;
    assert!(lives(&store, &token, just_before(end)).await);
    assert!(
        store
            .sender_by_handle(&handle, just_before(end))
            .await
            .unwrap()
            .is_some()
    );
    let ask = async |now| {
        let request = sender_code(message, random32());
        store
            .request_sender_code(request, &limits(), now)
            .await
            .unwrap()
    };
    assert!(ask(just_before(end)).await.is_ok());

    assert!(!lives(&store, &token, end).await);
    assert!(
        store
            .sender_by_handle(&handle, end)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(ask(end).await, Err(CodeRefused::Over));
    let guess = store
        .take_sender_guess(message, &random32(), &limits(), end)
        .await;
    assert_eq!(guess.unwrap(), Err(GuessRefused::NoLiveCode));
    // Nor is there one of a message without a receipt.
    let other = self::letter(&store).await;
    assert!(store.sender(other.message, at(0)).await.unwrap().is_none());
}

pub async fn senders_codes_and_guesses_are_limited_as_recipients_are(home: impl Home) {
    let store = home.open().await;
    let (letter, _) = with_sender(&store).await;
    let message = letter.message;
    let browser = random32();
    let none = store
        .take_sender_guess(message, &browser, &limits(), at(0))
        .await;
    assert_eq!(none.unwrap(), Err(GuessRefused::AskFirst));
    let code = armed(&store, message, browser, 0).await;
    let soon = sender_code(message, browser);
    let soon = store
        .request_sender_code(soon, &limits(), just_before(at(30)))
        .await;
    assert_eq!(
        soon.unwrap(),
        Err(CodeRefused::TooSoon { retry_at: at(30) })
    );
    for left in (0..5).rev() {
        let guess = store
            .take_sender_guess(message, &browser, &limits(), at(1))
            .await;
        let guess = guess.unwrap().unwrap();
        assert_eq!(guess.tries_left, left);
        assert_eq!(guess.candidates, [(code, verifier(code))]);
    }
    let sixth = store
        .take_sender_guess(message, &browser, &limits(), at(1))
        .await;
    assert_eq!(sixth.unwrap(), Err(GuessRefused::NoLiveCode));
    for number in 1..10 {
        let request = sender_code(message, random32());
        let left = store
            .request_sender_code(request, &limits(), at(number * 60))
            .await;
        assert_eq!(left.unwrap(), Ok(9 - number as u32));
    }
    let eleventh = sender_code(message, random32());
    let refused = store
        .request_sender_code(eleventh, &limits(), at(600))
        .await;
    assert!(matches!(refused.unwrap(), Err(CodeRefused::TooMany { .. })));
    // The recipient's day is its own.
    let request = code_request(letter.recipient, random32());
    let left = store.request_code(request, &limits(), at(600)).await;
    assert_eq!(left.unwrap(), Ok(9));
}

pub async fn a_senders_code_is_traded_once_however_many_ask(home: impl Home) {
    let store = home.open().await;
    let (letter, _) = with_sender(&store).await;
    let code = armed(&store, letter.message, random32(), 0).await;
    let mut asking = Vec::new();
    for _ in 0..20 {
        let store = store.clone();
        asking.push(tokio::spawn(async move {
            let session = NewSenderSession {
                token: random32(),
                message: letter.message,
                ends_at: at(3600),
            };
            store.redeem_sender(code, session, at(1)).await.unwrap()
        }));
    }
    let mut traded = 0;
    for one in asking {
        traded += u32::from(one.await.unwrap());
    }
    assert_eq!(traded, 1);
}

pub async fn neither_a_code_nor_a_session_of_one_is_good_for_the_other(home: impl Home) {
    let store = home.open().await;
    let (letter, _) = with_sender(&store).await;
    let (other, _) = with_sender(&store).await;
    let senders = signed_in(&store, letter.message, 0).await;
    let recipients = open_session(&store, letter.recipient, 0).await;
    let as_recipient = store.session(&senders, &session_limits(), at(1)).await;
    assert!(as_recipient.unwrap().is_none());
    assert!(!lives(&store, &recipients, at(1)).await);
    let found = store
        .sender_session(&senders, &session_limits(), at(1))
        .await;
    assert_eq!(found.unwrap().unwrap().sender.message, letter.message);

    let of_sender = armed(&store, letter.message, random32(), 60).await;
    let of_recipient = armed_code(&store, letter.recipient, random32(), 60).await;
    let session = new_session(letter.recipient, at(3600));
    assert!(!store.redeem(of_sender, session, at(61)).await.unwrap());
    for (code, message) in [(of_recipient, letter.message), (of_sender, other.message)] {
        let session = NewSenderSession {
            token: random32(),
            message,
            ends_at: at(3600),
        };
        assert!(!store.redeem_sender(code, session, at(61)).await.unwrap());
    }
    // One is closed, the other stays.
    store.close_session(&senders).await.unwrap();
    assert!(lives(&store, &senders, at(62)).await);
    store.close_sender_session(&senders).await.unwrap();
    assert!(!lives(&store, &senders, at(62)).await);
    let still = store.session(&recipients, &session_limits(), at(62)).await;
    assert!(still.unwrap().is_some());
}

pub async fn a_senders_session_lives_until_it_was_idle_too_long_or_its_end_comes(home: impl Home) {
    let store = home.open().await;
    let (letter, _) = with_sender(&store).await;
    let idle = 20 * 60;
    let token = signed_in(&store, letter.message, 0).await;
    assert!(lives(&store, &token, just_before(at(idle))).await);
    assert!(!lives(&store, &token, at(2 * idle)).await);
    let token = signed_in(&store, letter.message, 60).await;
    for minutes in (0..8 * 60).step_by(19) {
        assert!(lives(&store, &token, at(60 + minutes * 60)).await);
    }
    assert!(lives(&store, &token, just_before(at(60 + 8 * 3600))).await);
    assert!(!lives(&store, &token, at(60 + 8 * 3600)).await);
}

pub async fn what_the_sender_withdraws_is_over_in_every_process_and_recorded_as_the_senders_act(
    home: impl Home,
) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (letter, _) = with_sender(&store).await;
    let (other, _) = with_sender(&store).await;
    let message = letter.message;
    let senders = signed_in(&viewer, message, 0).await;
    let recipients = open_session(&viewer, letter.recipient, 0).await;
    let withdraw = async |recipient| {
        let event = event();
        let withdrawal = Withdrawal {
            event,
            message,
            recipient,
        };
        (event, viewer.withdraw(withdrawal, at(2)).await.unwrap())
    };
    let (foreign, changed) = withdraw(Some(other.recipient)).await;
    assert_eq!(changed, 0, "of another message");
    let (own, changed) = withdraw(Some(letter.recipient)).await;
    assert_eq!(changed, 1);
    let (again, changed) = withdraw(None).await;
    assert_eq!(changed, 0);

    let found = store.session(&recipients, &session_limits(), at(3)).await;
    assert!(found.unwrap().is_none());
    assert!(
        lives(&store, &senders, at(3)).await,
        "who has yet to see it"
    );
    let [course] = &store.courses(message).await.unwrap()[..] else {
        panic!("one recipient")
    };
    assert_eq!(course.withdrawn_at, Some(at(2)));
    assert_eq!(course.standing(at(3)), Standing::Withdrawn);
    let opened = &course.opened;
    assert_eq!(
        (opened.count, opened.first),
        (1, Some(at(0))),
        "it stays opened"
    );
    let [untouched] = &store.courses(other.message).await.unwrap()[..] else {
        panic!("one recipient")
    };
    assert!(untouched.can_be_withdrawn(at(3)) && untouched.withdrawn_at.is_none());

    let events = store.events(0, 10).await.unwrap();
    let acts = [
        (foreign, Act::Revoke(message, Some(other.recipient)), 0),
        (own, Act::Revoke(message, Some(letter.recipient)), 1),
        (again, Act::Revoke(message, None), 0),
    ];
    assert_eq!(events.len(), acts.len());
    for (event, (id, act, changed)) in events.iter().zip(acts) {
        assert_eq!((event.id, event.act, event.changed), (id, act, changed));
        assert_eq!((event.who.as_str(), event.at), ("sender", at(2)));
    }
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.revoked), (2, 1));
    assert_eq!((balance.in_progress, balance.stranded), (1, 0));
}

pub async fn what_became_of_each_recipient_is_told_step_by_step(home: impl Home) {
    let store = home.open().await;
    let people = vec![
        held("reader@example.net"),
        held("nobody@example.net"),
        relayed("ward@example.org"),
    ];
    let capture = capture(&store, people);
    let message = capture.id;
    let handle = handle_of(&capture.recipients[0]);
    let [reader, nobody, ward] = [0, 1, 2].map(|number| capture.recipients[number].id);
    let _ = store.capture(capture).await.unwrap();
    let standing = async |now| {
        let courses = store.courses(message).await.unwrap();
        let ids: Vec<_> = courses.iter().map(|course| course.recipient).collect();
        assert_eq!(ids, [reader, nobody, ward]);
        courses
            .iter()
            .map(|course| course.standing(at(now)))
            .collect::<Vec<_>>()
    };
    let before = [Standing::Telling, Standing::Telling, Standing::PassingOn];
    assert_eq!(standing(0).await, before);

    for task in lease_all(&store, at(5)).await {
        let end = match task.kind {
            TaskKind::Notify(_, id) if id == nobody => Some(End::Held),
            _ => Some(End::Notified),
        };
        let outcome = match end {
            Some(End::Held) => Outcome::Failed {
                end,
                cause: "no".into(),
            },
            end => Outcome::Done(end),
        };
        assert!(store.finish(&task.lease, outcome, at(6)).await.unwrap());
    }
    let told = [Standing::Told, Standing::Stopped, Standing::PassedOn];
    assert_eq!(standing(7).await, told);

    open_session(&store, reader, 60).await;
    armed_code(&store, reader, random32(), 120).await;
    store.mark_exposed(&handle, at(130)).await.unwrap();
    let reply = reply_id();
    store
        .begin_reply(reply, reader, 2, at(140))
        .await
        .unwrap()
        .unwrap();
    let part = staged_part(&store, b"a sealed part");
    assert!(
        store
            .put_part(reply, reader, 0, [0; 32], part)
            .await
            .unwrap()
    );
    let unsent = store.courses(message).await.unwrap();
    assert!(unsent[0].replied.is_empty(), "begun is not sent");
    let deliver = task(TaskKind::DeliverReply(reply), at(150));
    let sent = store.send_reply(reply, [1; 64], deliver, at(150)).await;
    assert!(sent.unwrap());

    let courses = store.courses(message).await.unwrap();
    let [first, second, third] = &courses[..] else {
        panic!("three recipients")
    };
    assert_eq!(first.message, message);
    assert_eq!(first.address, b"reader@example.net");
    assert_eq!(first.notified_at, Some(at(6)));
    assert_eq!((first.codes_asked, first.code_asked_at), (2, Some(at(120))));
    assert_eq!(
        (first.opened.count, &first.opened.newest[..]),
        (1, &[at(60)][..])
    );
    assert_eq!(first.replied, [at(150)]);
    assert_eq!(first.exposed_at, Some(at(130)));
    let held = |has_share| Way::Held {
        expires_at: at(EXPIRY),
        has_share,
    };
    assert_eq!((first.way, first.withdrawn_at), (held(true), None));
    assert_eq!((second.notified_at, second.codes_asked), (None, 0));
    assert_eq!((third.way, third.notified_at), (Way::Relayed, Some(at(6))));
    let opened = [Standing::Opened, Standing::Stopped, Standing::PassedOn];
    assert_eq!(standing(200).await, opened);
    store.expire(message, at(EXPIRY)).await.unwrap();
    let over = [Standing::Over, Standing::Over, Standing::PassedOn];
    assert_eq!(standing(EXPIRY).await, over);
    assert_eq!(store.courses(message).await.unwrap()[0].way, held(false));
}

pub async fn a_message_that_is_forgotten_takes_its_senders_link_along(home: impl Home) {
    let store = home.open().await;
    let (letter, handle) = with_sender(&store).await;
    let token = signed_in(&store, letter.message, EXPIRY).await;
    armed(&store, letter.message, random32(), EXPIRY + 60).await;
    for task in lease_all(&store, at(EXPIRY + 120)).await {
        if let TaskKind::Expire(message) = task.kind {
            store.expire(message, at(EXPIRY)).await.unwrap();
        }
        let done = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&task.lease, done, at(EXPIRY)).await.unwrap());
    }
    let later = at(EXPIRY + 120);
    assert!(lives(&store, &token, later).await);
    let over = at(EXPIRY) + SignedDuration::from_secs(1);
    assert_eq!(store.purge(over, 10).await.unwrap(), 1);
    assert!(!lives(&store, &token, later).await);
    assert!(
        store
            .sender_by_handle(&handle, later)
            .await
            .unwrap()
            .is_none()
    );
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.notified), (1, 1));
}
