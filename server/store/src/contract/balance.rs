//! The balance of promise D3.

use super::Home;
use super::samples::*;
use crate::{Balance, Bounce, End, Guest, Outcome, ReportAction, Store, TaskKind};

fn adds_up(balance: &Balance) -> bool {
    let Balance {
        accepted,
        notified,
        dsn,
        expired,
        revoked,
        held,
        in_progress,
        ..
    } = *balance;
    accepted == notified + dsn + expired + revoked + held + in_progress
}

pub async fn what_was_accepted_is_what_ended_and_what_is_in_progress(home: impl Home) {
    let store = home.open().await;
    assert_eq!(store.balance().await.unwrap(), Balance::default());
    let ends = [
        End::Notified,
        End::Notified,
        End::Notified,
        End::Dsn,
        End::Dsn,
        End::Expired,
        End::Revoked,
        End::Held,
    ];
    let people = (0..10).map(|_| held("patient@example.net")).collect();
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let before = store.balance().await.unwrap();
    assert_eq!(
        before,
        Balance {
            accepted: 10,
            in_progress: 10,
            ..Balance::default()
        }
    );
    for (task, end) in lease_all(&store, at(0)).await.iter().zip(ends) {
        store
            .finish(&task.lease, Outcome::Done(Some(end)), at(1))
            .await
            .unwrap();
    }
    let after = store.balance().await.unwrap();
    let expected = Balance {
        accepted: 10,
        notified: 3,
        dsn: 2,
        expired: 1,
        revoked: 1,
        held: 1,
        in_progress: 2,
        stranded: 0,
    };
    assert_eq!(after, expected);
    assert!(adds_up(&before) && adds_up(&after));
}

pub async fn a_recipient_whom_no_task_serves_any_more_is_stranded(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
    let surgery = people[1].id;
    let _ = store.capture(capture(&store, people)).await.unwrap();
    assert_eq!(store.balance().await.unwrap().stranded, 0);
    // Both tasks go without an end. For the held one, the expiry will still bring one.
    for task in lease_all(&store, at(0)).await {
        store
            .finish(&task.lease, Outcome::Done(None), at(1))
            .await
            .unwrap();
    }
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.in_progress, balance.stranded), (2, 1));
    assert!(adds_up(&balance));
    assert_eq!(store.recipient(surgery).await.unwrap().unwrap().end, None);
    // Neither a passcode nor a failed task counts as help.
    let expiry = lease_all(&store, at(EXPIRY)).await.remove(0);
    assert!(matches!(expiry.kind, TaskKind::Expire(_)));
    let failed = Outcome::Failed {
        end: None,
        cause: "no".into(),
    };
    store
        .finish(&expiry.lease, failed, at(EXPIRY))
        .await
        .unwrap();
    assert_eq!(store.balance().await.unwrap().stranded, 2);
}

pub async fn a_refused_capture_is_not_counted(home: impl Home) {
    let store = home.open().await;
    letter(&store).await;
    let mut refused = capture(&store, vec![held("patient@example.net")]);
    refused
        .tasks
        .push(task(TaskKind::Notify(message_id(), recipient_id()), at(0)));
    assert!(store.capture(refused).await.is_err());
    let request = code_request(recipient_id(), random32());
    assert!(
        store
            .request_code(request, &limits(), at(0))
            .await
            .unwrap()
            .is_err()
    );
    let balance = store.balance().await.unwrap();
    assert_eq!(
        balance,
        Balance {
            accepted: 1,
            in_progress: 1,
            ..Balance::default()
        }
    );
}

/// A thousand random steps in ten runs, the balance looked at after each.
pub async fn whatever_is_done_in_whatever_order_the_balance_adds_up(home: impl Home) {
    let store = home.open().await;
    let mut state = 0x5eed_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut letters = Vec::new();
    let mut now = 0;
    let mut ends = Balance::default();
    for _ in 0..1_000 {
        now += draw(3 * DAY as usize) as i64 / 20;
        match draw(10) {
            0 | 1 => {
                let people: Vec<_> = (0..1 + draw(3))
                    .map(|n| match n {
                        0 => held("patient@example.net"),
                        _ => relayed("surgery@example.org"),
                    })
                    .collect();
                let ids: Vec<_> = people.iter().map(|person| person.id).collect();
                let mut capture = capture(&store, people);
                for task in &mut capture.tasks {
                    let wait = if matches!(task.kind, TaskKind::Expire(_)) {
                        EXPIRY
                    } else {
                        0
                    };
                    task.due_at = at(now + wait);
                }
                if let Some(held) = &mut capture.held {
                    held.expires_at = at(now + EXPIRY);
                }
                capture.captured_at = at(now);
                letters.push((capture.id, ids));
                let _ = store.capture(capture).await.unwrap();
            }
            2..=5 => {
                for task in store.lease(at(now), HOLD, 1 + draw(3)).await.unwrap() {
                    let told = |action| match task.kind {
                        TaskKind::Notify(message, recipient)
                        | TaskKind::Relay(message, recipient) => {
                            Some(telling(message, recipient, action))
                        }
                        _ => None,
                    };
                    let plain = match draw(5) {
                        0 => Outcome::Retry {
                            at: at(now + 100),
                            cause: "busy".into(),
                        },
                        1 => Outcome::Failed {
                            end: Some(End::Held),
                            cause: "no".into(),
                        },
                        2 => Outcome::Done(None),
                        _ => Outcome::Done(Some(match task.kind {
                            TaskKind::Expire(_) => End::Expired,
                            TaskKind::Report(_) => End::Dsn,
                            _ => End::Notified,
                        })),
                    };
                    let action = match plain {
                        Outcome::Retry { .. } => ReportAction::Delayed,
                        Outcome::Done(None) => ReportAction::Failed,
                        _ => ReportAction::Relayed,
                    };
                    let outcome = match told(action).filter(|_| draw(2) == 0) {
                        Some(telling) => Outcome::Told {
                            outcome: Box::new(plain),
                            telling,
                        },
                        None => plain,
                    };
                    store.finish(&task.lease, outcome, at(now)).await.unwrap();
                }
            }
            6 if !letters.is_empty() => {
                let (message, people) = &letters[draw(letters.len())];
                if store.message(*message).await.unwrap().is_some() {
                    let told = telling(*message, people[0], ReportAction::Bounced);
                    let bounce = Bounce::Failed(Some(told).filter(|_| draw(2) == 0));
                    let _ = store.bounced(people[0], bounce, at(now)).await.unwrap();
                }
            }
            7 if !letters.is_empty() => {
                let (message, _) = letters[draw(letters.len())];
                store.revoke(message, None, at(now)).await.unwrap();
            }
            8 => {
                let tasks = store.tasks(1_000).await.unwrap();
                if !tasks.is_empty() {
                    let task = tasks[draw(tasks.len())].id;
                    match draw(3) {
                        0 => store.park(task, "held", at(now)).await.unwrap(),
                        1 => store.drop_task(task, "dropped", at(now)).await.unwrap(),
                        _ => store.retry_failed(task, at(now)).await.unwrap(),
                    };
                }
            }
            _ => {
                for (message, _) in &letters {
                    store.expire(*message, at(now)).await.unwrap();
                }
                store.purge(at(now - 40 * DAY), 10).await.unwrap();
            }
        }
        ends = store.balance().await.unwrap();
        assert!(adds_up(&ends), "{ends:?}");
    }
    // The run has been everywhere.
    let Balance {
        accepted,
        notified,
        dsn,
        expired,
        revoked,
        held,
        ..
    } = ends;
    assert!(accepted > 100, "{ends:?}");
    for count in [notified, dsn, expired, revoked, held] {
        assert!(count > 0, "{ends:?}");
    }
}
