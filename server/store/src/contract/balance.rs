//! The balance of promise D3.

use super::Home;
use super::samples::*;
use crate::{Balance, End, Guest, Outcome, Store, TaskKind};

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
