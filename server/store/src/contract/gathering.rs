//! Notices to one address: some one by one, the further ones together, none dropped.

use std::time::Duration;

use seal::RecipientId;

use super::Home;
use super::samples::*;
use crate::{
    Admission, Bounce, End, LeasedTask, NoticeLimit, Outcome, ReportAction, Store, TaskKind,
};

const LIMIT: NoticeLimit = NoticeLimit {
    most: 2,
    window: Duration::from_secs(3600),
    together: 3,
};

async fn letters(store: &impl Store, count: usize, address: [u8; 32]) {
    for _ in 0..count {
        let mut recipient = held("patient@example.net");
        recipient.address_index = address;
        let _ = store
            .capture(capture(store, vec![recipient]))
            .await
            .unwrap();
    }
}

async fn admit(store: &impl Store, task: &LeasedTask, seconds: i64) -> Admission {
    let admission = store.admit_notice(&task.lease, LIMIT, HOLD, at(seconds));
    admission.await.unwrap()
}

async fn notified(store: &impl Store, tasks: &[&LeasedTask], seconds: i64) -> Vec<bool> {
    let done = |task: &&LeasedTask| (task.lease.clone(), Outcome::Done(Some(End::Notified)));
    let ended = tasks.iter().map(done).collect();
    store.finish_together(ended, at(seconds)).await.unwrap()
}

fn recipient(task: &LeasedTask) -> RecipientId {
    match task.kind {
        TaskKind::Notify(_, recipient) => recipient,
        _ => panic!("a notice"),
    }
}

/// Two that went, and the rest put off; says how many were put off.
async fn bombed(store: &impl Store, count: usize) -> usize {
    letters(store, count, [9; 32]).await;
    let mut later = 0;
    for task in lease_all(store, at(0)).await {
        match admit(store, &task, 0).await {
            Admission::Go => assert_eq!(notified(store, &[&task], 0).await, [true]),
            Admission::Later(until) => {
                assert_eq!(until, at(3600));
                later += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    later
}

pub async fn notices_beyond_the_limit_wait_and_go_together(home: impl Home) {
    let store = home.open().await;
    assert_eq!(bombed(&store, 2).await, 0, "as many as allowed");
    let store = home.open().await;
    assert_eq!(bombed(&store, 3).await, 3, "of the same hour");
    assert!(lease_all(&store, just_before(at(3600))).await.is_empty());
    // Two workers got one each; whoever asks first has them all.
    let leased = lease_all(&store, at(3600)).await;
    assert_eq!(leased.len(), 3);
    let Admission::Together(others) = admit(&store, &leased[0], 3600).await else {
        panic!("it has waited");
    };
    assert_eq!(others.len(), 2);
    assert!(matches!(
        admit(&store, &leased[1], 3600).await,
        Admission::Lost
    ));
    let all: Vec<_> = [&leased[0]].into_iter().chain(&others).collect();
    assert_eq!(notified(&store, &all, 3601).await, [true; 3]);
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.notified, balance.in_progress), (5, 0));
}

pub async fn a_notice_that_is_tried_again_is_not_counted_again(home: impl Home) {
    let store = home.open().await;
    letters(&store, 1, [9; 32]).await;
    for round in 0..5 {
        let task = lease_all(&store, at(round)).await.remove(0);
        assert!(matches!(admit(&store, &task, round).await, Admission::Go));
        let retry = Outcome::Retry {
            at: at(round + 1),
            cause: "busy".into(),
        };
        assert!(store.finish(&task.lease, retry, at(round)).await.unwrap());
    }
    letters(&store, 1, [9; 32]).await;
    for task in lease_all(&store, at(10)).await {
        assert!(matches!(admit(&store, &task, 10).await, Admission::Go));
    }
}

pub async fn notices_to_others_do_not_wait(home: impl Home) {
    let store = home.open().await;
    assert_eq!(bombed(&store, 4).await, 2);
    letters(&store, 1, [8; 32]).await;
    let other = lease_all(&store, at(1)).await.remove(0);
    assert!(matches!(admit(&store, &other, 1).await, Admission::Go));
}

pub async fn no_more_than_allowed_go_in_one_mail(home: impl Home) {
    let store = home.open().await;
    // Two go, five wait: four in one mail, one in the next.
    assert_eq!(bombed(&store, 7).await, 5);
    let first = store.lease(at(3600), HOLD, 1).await.unwrap().remove(0);
    let Admission::Together(others) = admit(&store, &first, 3600).await else {
        panic!("it has waited");
    };
    assert_eq!(others.len(), LIMIT.together);
    let last = lease_all(&store, at(3600)).await;
    assert_eq!(last.len(), 1);
    let Admission::Together(none) = admit(&store, &last[0], 3600).await else {
        panic!("it has waited");
    };
    assert!(none.is_empty());
}

pub async fn what_went_together_bounces_together(home: impl Home) {
    let store = home.open().await;
    assert_eq!(bombed(&store, 5).await, 3);
    let first = store.lease(at(3600), HOLD, 1).await.unwrap().remove(0);
    let Admission::Together(others) = admit(&store, &first, 3600).await else {
        panic!("it has waited");
    };
    let all: Vec<_> = [&first].into_iter().chain(&others).collect();
    let mut expected: Vec<_> = all.iter().map(|task| recipient(task)).collect();
    expected.sort_unstable_by_key(|id| *id.as_bytes());
    assert_eq!(
        store.told_together(recipient(&first)).await.unwrap(),
        [recipient(&first)],
        "not yet"
    );
    notified(&store, &all, 3601).await;
    let together = store.told_together(recipient(&first)).await.unwrap();
    assert_eq!(together, expected);
    for task in all {
        let TaskKind::Notify(message, recipient) = task.kind else {
            unreachable!("a notice")
        };
        let told = telling(message, recipient, ReportAction::Bounced);
        let taken = store.bounced(recipient, Bounce::Failed(Some(told)), at(3700));
        assert!(taken.await.unwrap().1);
    }
}

pub async fn what_failed_together_is_gathered_again(home: impl Home) {
    let store = home.open().await;
    assert_eq!(bombed(&store, 4).await, 2);
    for round in 0..3 {
        let now = 3600 + round * 10;
        let first = store.lease(at(now), HOLD, 1).await.unwrap().remove(0);
        let Admission::Together(others) = admit(&store, &first, now).await else {
            panic!("it has waited");
        };
        assert_eq!(others.len(), 1);
        let retry = |task: &LeasedTask| {
            let retry = Outcome::Retry {
                at: at(now + 10),
                cause: "busy".into(),
            };
            (task.lease.clone(), retry)
        };
        let ended = vec![retry(&first), retry(&others[0])];
        assert_eq!(
            store.finish_together(ended, at(now)).await.unwrap(),
            [true, true]
        );
    }
}
