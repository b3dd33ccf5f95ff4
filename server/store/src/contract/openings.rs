//! What is kept of what recipients did (promise L1): openings and replies, and who there is to have
//! done them.

use jiff::SignedDuration;

use super::Home;
use super::samples::*;
use crate::{Disposition, Guest, NewRecipient, OPENINGS_KEPT, Openings, Outcome, Store, TaskKind};

pub async fn each_opening_is_recorded_with_its_instant_and_outlives_the_grant(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let of = async |recipient| store.openings(recipient).await.unwrap();
    assert_eq!(of(letter.recipient).await, Openings::default());
    assert_eq!(of(recipient_id()).await, Openings::default(), "nobody's");
    for second in [5, 125] {
        open_session(&viewer, letter.recipient, second).await;
        let code = armed_code(&viewer, letter.recipient, random32(), second + 60).await;
        let others = new_session(other.recipient, at(DAY));
        let redeemed = viewer.redeem(code, others, at(second + 61)).await;
        assert!(!redeemed.unwrap(), "no opening without a code of one's own");
    }
    let expected = Openings {
        count: 2,
        first: Some(at(5)),
        newest: vec![at(125), at(5)],
        is_unknown: false,
    };
    assert_eq!(of(letter.recipient).await, expected);
    assert_eq!(of(other.recipient).await, Openings::default());
    store.revoke(letter.message, None, at(300)).await.unwrap();
    drop((store, viewer));
    let store = home.open().await;
    assert_eq!(store.openings(letter.recipient).await.unwrap(), expected);
    // It goes with the record.
    for task in lease_all(&store, at(EXPIRY)).await {
        let done = Outcome::Done(None);
        assert!(store.finish(&task.lease, done, at(EXPIRY)).await.unwrap());
    }
    let late = at(EXPIRY) + SignedDuration::from_secs(1);
    assert_eq!(store.purge(late, 10).await.unwrap(), 1);
    let gone = store.openings(letter.recipient).await.unwrap();
    assert_eq!(gone, Openings::default());
}

pub async fn the_newest_hundred_openings_are_kept_and_all_are_counted(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    // Ten codes a day.
    let second = |number: i64| number / 10 * DAY + number % 10 * 60;
    for number in 0..i64::from(OPENINGS_KEPT) + 1 {
        let before = store.openings(letter.recipient).await.unwrap();
        assert_eq!(before.newest.len() as u32, before.count);
        open_session(&store, letter.recipient, second(number)).await;
    }
    let openings = store.openings(letter.recipient).await.unwrap();
    assert_eq!((OPENINGS_KEPT, openings.count), (100, 101));
    assert_eq!(openings.first, Some(at(second(0))));
    let kept: Vec<_> = (1..=100).rev().map(|number| at(second(number))).collect();
    assert_eq!(openings.newest, kept);
}

pub async fn whoever_was_diverted_is_listed_with_the_first_message(home: impl Home) {
    let store = home.open().await;
    let first = capture(
        &store,
        vec![held("patient@example.net"), relayed("surgery@example.org")],
    );
    let (message, patient, surgery) = (first.id, first.recipients[0].id, first.recipients[1].id);
    let _ = store.capture(first).await.unwrap();
    let relay = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Relay(..))).await;
    let listed = async |message| -> Vec<_> {
        let found = store.recipients(message).await.unwrap();
        found.into_iter().map(|one| (one.id, one.message)).collect()
    };
    assert_eq!(
        listed(message).await,
        [(patient, message), (surgery, message)]
    );
    let disposition = held("surgery@example.org").disposition;
    let diverted = capture(
        &store,
        vec![NewRecipient {
            id: surgery,
            disposition,
            ..relayed("surgery@example.org")
        }],
    );
    let second = diverted.id;
    assert!(store.divert(&relay.lease, diverted).await.unwrap());
    assert_eq!(
        listed(message).await,
        [(patient, message), (surgery, second)]
    );
    assert_eq!(listed(second).await, [(surgery, second)]);
    assert!(listed(message_id()).await.is_empty());
    let records = store.recipients(message).await.unwrap();
    let is_held = |disposition: &Disposition| matches!(disposition, Disposition::Held { .. });
    assert!(records.iter().all(|one| is_held(&one.disposition)));
}

pub async fn replies_are_listed_once_they_are_sent(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let (sent, later, unsent) = (reply_id(), reply_id(), reply_id());
    for reply in [later, sent, unsent] {
        let begun = store.begin_reply(reply, letter.recipient, 5, at(1)).await;
        begun.unwrap().unwrap();
    }
    for (reply, second) in [(sent, 2), (later, 3)] {
        let deliver = task(TaskKind::DeliverReply(reply), at(second));
        let sent = store.send_reply(reply, [1; 64], deliver, at(second)).await;
        assert!(sent.unwrap());
    }
    let listed = store.replies_sent(letter.recipient).await.unwrap();
    assert_eq!(listed, [(sent, at(2)), (later, at(3))]);
    assert!(store.replies_sent(recipient_id()).await.unwrap().is_empty());
}
