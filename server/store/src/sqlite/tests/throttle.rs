//! Reading a message is many requests; not each of them costs an fsync.

use super::*;
use crate::contract::samples::*;
use crate::{Guest, SessionLimits};

#[tokio::test]
async fn the_use_of_a_session_is_written_down_every_fifteen_seconds() {
    let home = Home::new();
    let store = home.open();
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, 0).await;
    let before = store.commits();
    for (now, written) in [
        (at(0), 0),
        (just_before(at(15)), 0),
        (at(15), 1),
        (at(29), 1),
        (at(30), 2),
    ] {
        assert!(
            store
                .session(&token, &session_limits(), now)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(store.commits() - before, written);
    }
}

#[tokio::test]
async fn a_short_idle_time_is_kept_alive_by_use() {
    let home = Home::new();
    let store = home.open();
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, 0).await;
    let limits = SessionLimits {
        idle: std::time::Duration::from_secs(8),
    };
    for second in 0..60 {
        assert!(
            store
                .session(&token, &limits, at(second))
                .await
                .unwrap()
                .is_some()
        );
    }
    assert!(
        store
            .session(&token, &limits, at(59 + 8))
            .await
            .unwrap()
            .is_none()
    );
}
