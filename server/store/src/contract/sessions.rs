//! Sessions: idle time, end, and the grant behind them (promise A7).

use super::Home;
use super::samples::*;
use crate::{Guest, Store};

/// Twenty minutes, as in [`session_limits`].
const IDLE: i64 = 20 * 60;

async fn lives<B: Guest>(store: &B, token: &[u8; 32], now: jiff::Timestamp) -> bool {
    store
        .session(token, &session_limits(), now)
        .await
        .unwrap()
        .is_some()
}

pub async fn a_session_lives_until_it_was_idle_too_long(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, 0).await;
    let session = store
        .session(&token, &session_limits(), at(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.recipient.id, letter.recipient);
    assert_eq!(session.ends_at, at(8 * 3600));
    assert!(!lives(&store, &random32(), at(1)).await, "an unknown token");
    // However a backend spares itself writes, the truth is never stretched: last used at 1.
    assert!(!lives(&store, &token, at(1 + IDLE)).await);

    let token = open_session(&store, letter.recipient, 60).await;
    assert!(lives(&store, &token, just_before(at(60 + IDLE))).await);
    let token = open_session(&store, letter.recipient, 120).await;
    assert!(!lives(&store, &token, at(120 + IDLE)).await);
}

pub async fn a_session_that_is_used_lives_on_until_its_end(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, 0).await;
    let end = 8 * 3600;
    for minutes in (0..8 * 60).step_by(19) {
        assert!(
            lives(&store, &token, at(minutes * 60)).await,
            "after {minutes} minutes"
        );
    }
    assert!(lives(&store, &token, just_before(at(end))).await);
    assert!(!lives(&store, &token, at(end)).await);
}

pub async fn a_closed_session_is_gone_at_once_in_every_process(home: impl Home) {
    let (store, other) = (home.open().await, home.open().await);
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, 0).await;
    let kept = open_session(&store, letter.recipient, 60).await;
    assert!(lives(&other, &token, at(61)).await);
    store.close_session(&token).await.unwrap();
    assert!(!lives(&store, &token, at(62)).await);
    assert!(!lives(&other, &token, at(62)).await);
    assert!(lives(&other, &kept, at(62)).await);
    store.close_session(&token).await.unwrap();
}

/// Several people may read one mailbox.
pub async fn a_second_session_of_a_recipient_ends_no_other(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let first = open_session(&store, letter.recipient, 0).await;
    let second = open_session(&store, letter.recipient, 60).await;
    for token in [first, second] {
        assert!(lives(&store, &token, at(61)).await);
    }
    // Used by one, idle for the other: each has its own time.
    assert!(lives(&store, &second, at(1000)).await);
    assert!(!lives(&store, &first, at(61 + IDLE)).await);
    assert!(lives(&store, &second, at(61 + IDLE)).await);
    store.close_session(&first).await.unwrap();
    assert!(lives(&store, &second, at(62 + IDLE)).await);
}

pub async fn a_session_ends_with_its_grant(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, EXPIRY - 60).await;
    assert!(lives(&store, &token, just_before(at(EXPIRY))).await);
    assert!(!lives(&store, &token, at(EXPIRY)).await);
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    assert!(
        !lives(&store, &token, at(EXPIRY - 30)).await,
        "destroyed, not only refused"
    );
}

pub async fn sessions_survive_a_restart(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let token = open_session(&store, letter.recipient, 0).await;
    assert!(lives(&store, &token, at(IDLE - 1)).await);
    drop(store);
    let store = home.open().await;
    assert!(
        lives(&store, &token, at(2 * IDLE - 2)).await,
        "the use was written down"
    );
    assert!(!lives(&store, &token, at(4 * IDLE)).await);
}
