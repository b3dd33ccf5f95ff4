//! Reports: a recipient's end comes with the mail that tells its sender (promises D3, D6).

use super::Home;
use super::samples::*;
use crate::{Bounce, End, LeasedTask, Outcome, ReportAction, Store, TaskKind};

fn is_report(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Report(_))
}

fn is_notice(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Notify(..))
}

async fn finish_telling(store: &impl Store, task: &LeasedTask, outcome: Outcome) {
    let (TaskKind::Notify(message, recipient) | TaskKind::Relay(message, recipient)) = task.kind
    else {
        panic!("a task with a recipient");
    };
    let action = match outcome {
        Outcome::Retry { .. } => ReportAction::Delayed,
        _ => ReportAction::Failed,
    };
    let told = Outcome::Told {
        outcome: Box::new(outcome),
        telling: telling(message, recipient, action),
    };
    assert!(store.finish(&task.lease, told, at(1)).await.unwrap());
}

/// A letter whose notice has left.
async fn notified(store: &impl Store) -> Letter {
    let letter = letter(store).await;
    let task = lease_one(store, at(0), is_notice).await;
    let done = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&task.lease, done, at(1)).await.unwrap());
    letter
}

pub async fn a_recipient_that_failed_stays_in_progress_until_the_sender_was_told(home: impl Home) {
    let store = home.open().await;
    let surgery = relayed("surgery@example.org");
    let id = surgery.id;
    let _ = store.capture(capture(&store, vec![surgery])).await.unwrap();
    let task = lease_all(&store, at(0)).await.remove(0);
    finish_telling(&store, &task, Outcome::Done(None)).await;
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.in_progress, balance.stranded), (1, 0));

    let report = lease_all(&store, at(1)).await.remove(0);
    let told = store.reports(report.lease.task).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].recipient, told[0].action),
        (id, ReportAction::Failed)
    );
    assert_eq!(told[0].cause, "the relay refused with 550");
    assert_eq!(told[0].remote.as_deref(), Some(&[7; 3][..]));
    assert_eq!(end_of(&store, id).await, None);
    let done = Outcome::Done(Some(End::Dsn));
    assert!(store.finish(&report.lease, done, at(2)).await.unwrap());
    assert_eq!(end_of(&store, id).await, Some(End::Dsn));
    assert!(store.tasks(10).await.unwrap().is_empty());
}

pub async fn recipients_that_fail_together_are_told_of_together_and_later_ones_apart(
    home: impl Home,
) {
    let store = home.open().await;
    let people = (0..3).map(|_| relayed("surgery@example.org")).collect();
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let tasks = lease_all(&store, at(0)).await;
    finish_telling(&store, &tasks[0], Outcome::Done(None)).await;
    finish_telling(&store, &tasks[1], Outcome::Done(None)).await;
    let first = lease_one(&store, at(1), is_report).await.lease.task;
    // That one is being written.
    finish_telling(&store, &tasks[2], Outcome::Done(None)).await;
    let second = lease_one(&store, at(1), is_report).await.lease.task;
    assert_ne!(first, second);
    assert_eq!(store.reports(first).await.unwrap().len(), 2);
    assert_eq!(store.reports(second).await.unwrap().len(), 1);
}

pub async fn a_sender_is_told_of_a_delay_once(home: impl Home) {
    let store = home.open().await;
    let surgery = relayed("surgery@example.org");
    let id = surgery.id;
    let _ = store.capture(capture(&store, vec![surgery])).await.unwrap();
    for round in 0..3 {
        let is_copy = |kind: &TaskKind| matches!(kind, TaskKind::Relay(..));
        let now = at(round * 10);
        let task = lease_one(&store, now, is_copy).await;
        let retry = Outcome::Retry {
            at: at((round + 1) * 10),
            cause: "busy".into(),
        };
        finish_telling(&store, &task, retry).await;
        let reports = store.lease(at(round * 10 + 1), HOLD, 10).await.unwrap();
        assert_eq!(reports.len(), usize::from(round == 0));
        for report in reports {
            let done = Outcome::Done(Some(End::Dsn));
            assert!(store.finish(&report.lease, done, now).await.unwrap());
        }
        assert_eq!(end_of(&store, id).await, None, "a delay is no end");
    }
}

pub async fn a_sender_who_cannot_be_told_leaves_its_recipients_held_and_a_retry_takes_that_back(
    home: impl Home,
) {
    let store = home.open().await;
    let surgery = relayed("surgery@example.org");
    let id = surgery.id;
    let _ = store.capture(capture(&store, vec![surgery])).await.unwrap();
    let task = lease_all(&store, at(0)).await.remove(0);
    finish_telling(&store, &task, Outcome::Done(None)).await;
    let report = lease_all(&store, at(1)).await.remove(0);
    let failed = Outcome::Failed {
        end: Some(End::Held),
        cause: "the relay refused with 550".into(),
    };
    assert!(store.finish(&report.lease, failed, at(2)).await.unwrap());
    assert_eq!(end_of(&store, id).await, Some(End::Held));
    assert!(store.retry_failed(report.lease.task, at(3)).await.unwrap());
    assert_eq!(end_of(&store, id).await, None);
    let again = lease_all(&store, at(3)).await.remove(0);
    let done = Outcome::Done(Some(End::Dsn));
    assert!(store.finish(&again.lease, done, at(4)).await.unwrap());
    assert_eq!(end_of(&store, id).await, Some(End::Dsn));
}

pub async fn a_report_about_another_message_is_refused(home: impl Home) {
    let store = home.open().await;
    let (first, second) = (letter(&store).await, letter(&store).await);
    for task in lease_all(&store, at(0)).await {
        let told = Outcome::Told {
            outcome: Box::new(Outcome::Done(None)),
            telling: match task.kind {
                TaskKind::Notify(message, _) if message == first.message => {
                    telling(message, second.recipient, ReportAction::Failed)
                }
                _ => continue,
            },
        };
        assert!(store.finish(&task.lease, told, at(1)).await.is_err());
        assert!(store.task(task.lease.task).await.unwrap().is_some());
    }
}

pub async fn a_bounce_moves_who_was_notified_once(home: impl Home) {
    let store = home.open().await;
    let letter = notified(&store).await;
    let failed = || {
        let told = telling(letter.message, letter.recipient, ReportAction::Bounced);
        Bounce::Failed(Some(told))
    };
    let bounced = async |bounce| {
        store
            .bounced(letter.recipient, bounce, at(2))
            .await
            .unwrap()
    };
    let (taken, changed) = bounced(Bounce::Passing).await;
    assert_eq!((taken.message(), changed), (letter.message, false));
    assert!(bounced(failed()).await.1);
    assert!(!bounced(failed()).await.1, "it is on its way");
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Notified));
    let report = lease_one(&store, at(2), is_report).await;
    let done = Outcome::Done(Some(End::Dsn));
    assert!(store.finish(&report.lease, done, at(3)).await.unwrap());
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Dsn));
    assert!(!bounced(failed()).await.1, "it is over");
    let unknown = store.bounced(recipient_id(), Bounce::Passing, at(3)).await;
    assert!(unknown.is_err());
}

pub async fn a_bounce_whose_sender_may_not_be_told_holds_its_recipient(home: impl Home) {
    let store = home.open().await;
    let letter = notified(&store).await;
    let (_, changed) = store
        .bounced(letter.recipient, Bounce::Failed(None), at(2))
        .await
        .unwrap();
    assert!(changed);
    assert_eq!(end_of(&store, letter.recipient).await, Some(End::Held));
}

pub async fn a_bounce_of_what_is_over_or_was_opened_changes_nothing(home: impl Home) {
    let store = home.open().await;
    let (opened, revoked, expired) = (
        notified(&store).await,
        notified(&store).await,
        notified(&store).await,
    );
    open_session(&store, opened.recipient, 10).await;
    store.revoke(revoked.message, None, at(10)).await.unwrap();
    for (letter, seconds) in [(opened, 20), (revoked, 20), (expired, EXPIRY)] {
        let told = telling(letter.message, letter.recipient, ReportAction::Bounced);
        for bounce in [Bounce::Failed(Some(told)), Bounce::Failed(None)] {
            let taken = store.bounced(letter.recipient, bounce, at(seconds)).await;
            assert!(!taken.unwrap().1);
        }
        assert_eq!(end_of(&store, letter.recipient).await, Some(End::Notified));
    }
}

pub async fn who_was_never_told_and_who_never_looked_run_out(home: impl Home) {
    let store = home.open().await;
    let people: Vec<_> = (0..4).map(|_| held("patient@example.net")).collect();
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let capture = capture(&store, people);
    let message = capture.id;
    let _ = store.capture(capture).await.unwrap();
    for task in lease_all(&store, at(0)).await {
        if !matches!(task.kind, TaskKind::Notify(_, recipient) if recipient == ids[0]) {
            let done = Outcome::Done(Some(End::Notified));
            assert!(store.finish(&task.lease, done, at(1)).await.unwrap());
        }
    }
    open_session(&store, ids[2], 10).await;
    store.revoke(message, Some(ids[3]), at(20)).await.unwrap();
    let before = store.run_out(message, just_before(at(EXPIRY))).await;
    assert!(before.unwrap().is_empty());
    let out = store.run_out(message, at(EXPIRY)).await.unwrap();
    assert_eq!(
        out,
        [
            (ids[0], ReportAction::Expired),
            (ids[1], ReportAction::Unopened)
        ]
    );
}

pub async fn an_expiry_leaves_the_end_of_who_is_reported_to_the_report(home: impl Home) {
    let store = home.open().await;
    let people: Vec<_> = (0..3).map(|_| held("patient@example.net")).collect();
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let third = lease_one(
        &store,
        at(0),
        |kind| matches!(kind, TaskKind::Notify(_, recipient) if *recipient == ids[2]),
    )
    .await;
    let done = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&third.lease, done, at(1)).await.unwrap());
    let expiry = lease_one(&store, at(EXPIRY), |kind| {
        matches!(kind, TaskKind::Expire(_))
    })
    .await;
    let TaskKind::Expire(message) = expiry.kind else {
        unreachable!("looked for")
    };
    let mut telling = telling(message, ids[0], ReportAction::Expired);
    let mut unopened = telling.reports[0].clone();
    (unopened.recipient, unopened.action) = (ids[2], ReportAction::Unopened);
    telling.reports.push(unopened);
    let told = Outcome::Told {
        outcome: Box::new(Outcome::Done(Some(End::Held))),
        telling,
    };
    assert!(store.finish(&expiry.lease, told, at(EXPIRY)).await.unwrap());
    assert_eq!(end_of(&store, ids[0]).await, None);
    assert_eq!(end_of(&store, ids[1]).await, Some(End::Held));
    assert_eq!(end_of(&store, ids[2]).await, Some(End::Notified));
    assert!(store.run_out(message, at(EXPIRY)).await.unwrap().is_empty());
    let report = lease_one(&store, at(EXPIRY), is_report).await;
    let done = Outcome::Done(Some(End::Dsn));
    assert!(store.finish(&report.lease, done, at(EXPIRY)).await.unwrap());
    assert_eq!(end_of(&store, ids[0]).await, Some(End::Expired));
    assert_eq!(end_of(&store, ids[2]).await, Some(End::Expired));
}
