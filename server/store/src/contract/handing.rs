//! What a sender is told of the way of a notice or copy, and of what was fetched of the sealed file.

use jiff::SignedDuration;

use super::Home;
use super::samples::*;
use crate::{End, Guest, HandedTo, OPENINGS_KEPT, Outcome, ReportAction, Store, TaskKind, TlsUsed};

fn over_tls() -> HandedTo {
    HandedTo {
        host: "mx.example.net".into(),
        tls: Some(TlsUsed {
            version: "TLS 1.3".into(),
            cipher: "TLS_AES_256_GCM_SHA384".into(),
        }),
    }
}

fn in_clear() -> HandedTo {
    HandedTo {
        host: "127.0.0.1".into(),
        tls: None,
    }
}

fn notified(to: HandedTo) -> Outcome {
    Outcome::Handed {
        outcome: Box::new(Outcome::Done(Some(End::Notified))),
        to,
    }
}

pub async fn who_took_a_notice_or_a_copy_is_kept_with_its_recipient(home: impl Home) {
    let store = home.open().await;
    let people = vec![
        held("a@example.net"),
        held("b@example.net"),
        relayed("c@example.org"),
    ];
    let capture = capture(&store, people);
    let (message, ids) = (capture.id, [0, 1, 2].map(|n| capture.recipients[n].id));
    let _ = store.capture(capture).await.unwrap();
    let handed = async || {
        let courses = store.courses(message).await.unwrap();
        let of = |id| courses.iter().find(|one| one.recipient == id);
        ids.map(|id| of(id).and_then(|one| one.handed_to.clone()))
    };
    assert_eq!(handed().await, [None, None, None]);
    let tasks = lease_all(&store, at(0)).await;
    let task_of = |number: usize| {
        let found = tasks.iter().find(|task| match task.kind {
            TaskKind::Notify(_, id) | TaskKind::Relay(_, id) => id == ids[number],
            _ => false,
        });
        found.unwrap().lease.clone()
    };
    // Whose lease was lost has handed nothing over that counts.
    let mut lost = task_of(0);
    lost.token += 1;
    assert!(
        !store
            .finish(&lost, notified(in_clear()), at(1))
            .await
            .unwrap()
    );
    assert_eq!(handed().await, [None, None, None]);
    // Inside of whatever else is done in the commit.
    let told = Outcome::Handed {
        outcome: Box::new(Outcome::Told {
            outcome: Box::new(Outcome::Done(Some(End::Notified))),
            telling: telling(message, ids[0], ReportAction::Relayed),
        }),
        to: over_tls(),
    };
    let ended = vec![
        (task_of(0), told),
        (task_of(1), notified(in_clear())),
        (task_of(2), notified(over_tls())),
    ];
    let finished = store.finish_together(ended, at(2)).await.unwrap();
    assert_eq!(finished, [true, true, true]);
    let expected = [over_tls(), in_clear(), over_tls()].map(Some);
    assert_eq!(handed().await, expected);
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.notified), (3, 3));
}

pub async fn the_first_fetch_of_each_session_is_recorded_and_the_newest_hundred_are_kept(
    home: impl Home,
) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let fetched = async |of: &Letter| store.courses(of.message).await.unwrap()[0].fetched.clone();
    assert!(fetched(&letter).await.is_empty());
    let token = open_session(&viewer, letter.recipient, 0).await;
    assert!(fetched(&letter).await.is_empty(), "opening fetches nothing");
    for second in [5, 6, 7] {
        viewer.note_fetch(&token, at(second)).await.unwrap();
    }
    viewer.note_fetch(&random32(), at(8)).await.unwrap();
    assert_eq!(fetched(&letter).await, [at(5)]);
    assert!(fetched(&other).await.is_empty());
    viewer.close_session(&token).await.unwrap();
    viewer.note_fetch(&token, at(9)).await.unwrap();
    assert_eq!(fetched(&letter).await, [at(5)]);

    // Ten codes a day; one of them is used up.
    let second = |number: i64| number / 9 * DAY + (number % 9 + 1) * 60;
    for number in 0..i64::from(OPENINGS_KEPT) {
        let token = open_session(&viewer, letter.recipient, second(number)).await;
        viewer.note_fetch(&token, at(second(number))).await.unwrap();
        let kept = fetched(&letter).await;
        assert_eq!(kept.len() as i64, (number + 2).min(100));
    }
    let kept: Vec<_> = (0..100).map(|number| at(second(number))).collect();
    assert_eq!(fetched(&letter).await, kept);
    // It goes with the record.
    for task in lease_all(&store, at(EXPIRY)).await {
        let done = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&task.lease, done, at(EXPIRY)).await.unwrap());
    }
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    store.expire(other.message, at(EXPIRY)).await.unwrap();
    let late = at(EXPIRY) + SignedDuration::from_secs(1);
    assert_eq!(store.purge(late, 10).await.unwrap(), 2);
    assert!(store.courses(letter.message).await.unwrap().is_empty());
}
