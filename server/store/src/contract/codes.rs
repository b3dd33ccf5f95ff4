//! Passcodes: how many, how often, for whom, and traded once (promises A2 and A3).

use super::Home;
use super::samples::*;
use crate::{CodeRefused, GuessRefused, Guest, Store, TaskKind};

/// The first moment of the UTC day after [`at`]\(0).
fn midnight() -> jiff::Timestamp {
    "2026-11-03T00:00:00Z".parse().unwrap()
}

pub async fn each_code_that_is_asked_for_leaves_one_less_for_the_day(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    // Over several browsers: the limit is the recipient's.
    for number in 0..10 {
        let request = code_request(letter.recipient, random32());
        let left = store
            .request_code(request, &limits(), at(number * 60))
            .await
            .unwrap();
        assert_eq!(left, Ok(9 - number as u32));
    }
    let eleventh = code_request(letter.recipient, random32());
    let refused = store
        .request_code(eleventh, &limits(), at(600))
        .await
        .unwrap();
    assert_eq!(
        refused,
        Err(CodeRefused::TooMany {
            retry_at: midnight()
        })
    );
}

pub async fn the_next_code_is_refused_a_moment_too_soon_and_given_on_time(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let ask = async |now| {
        let request = code_request(letter.recipient, random32());
        store.request_code(request, &limits(), now).await.unwrap()
    };
    assert_eq!(ask(at(0)).await, Ok(9));
    let too_soon = CodeRefused::TooSoon { retry_at: at(30) };
    assert_eq!(ask(at(0)).await, Err(too_soon));
    assert_eq!(ask(just_before(at(30))).await, Err(too_soon));
    assert_eq!(ask(at(30)).await, Ok(8), "a refusal costs nothing");
}

pub async fn a_new_day_gives_new_codes(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let mut limits = limits();
    limits.codes_per_day = 1;
    let ask = async |now| {
        let request = code_request(letter.recipient, random32());
        store.request_code(request, &limits, now).await.unwrap()
    };
    let too_many = Err(CodeRefused::TooMany {
        retry_at: midnight(),
    });
    assert_eq!(ask(at(0)).await, Ok(0));
    assert_eq!(ask(just_before(midnight())).await, too_many);
    assert_eq!(ask(midnight()).await, Ok(0));
    // A clock that goes back does not bring the former day's back.
    assert!(matches!(
        ask(at(60)).await,
        Err(CodeRefused::TooMany { .. })
    ));
}

pub async fn a_clock_that_was_far_ahead_locks_nobody_out(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let mut limits = limits();
    (limits.codes_per_day, limits.guesses_per_day) = (1, 1);
    let browser = random32();
    for seconds in [10 * DAY, 0] {
        let request = code_request(letter.recipient, browser);
        let code = request.code;
        let asked = store
            .request_code(request, &limits, at(seconds))
            .await
            .unwrap();
        assert_eq!(asked, Ok(0));
        assert!(
            store
                .arm_code(code, verifier(code), passcode_key(), at(20 * DAY))
                .await
                .unwrap()
        );
        let guess = store
            .take_guess(letter.recipient, &browser, &limits, at(seconds))
            .await;
        assert!(guess.unwrap().is_ok());
    }
}

pub async fn no_code_is_given_when_the_grant_is_over_or_unknown(home: impl Home) {
    let store = home.open().await;
    let surgery = relayed("surgery@example.org");
    let relayed = surgery.id;
    let _ = store.capture(capture(&store, vec![surgery])).await.unwrap();
    let letter = letter(&store).await;
    let ask = async |recipient, now| {
        let request = code_request(recipient, random32());
        store.request_code(request, &limits(), now).await.unwrap()
    };
    assert_eq!(ask(recipient_id(), at(0)).await, Err(CodeRefused::Over));
    assert_eq!(ask(relayed, at(0)).await, Err(CodeRefused::Over));
    assert!(ask(letter.recipient, just_before(at(EXPIRY))).await.is_ok());
    assert_eq!(
        ask(letter.recipient, at(EXPIRY)).await,
        Err(CodeRefused::Over)
    );
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    assert_eq!(
        ask(letter.recipient, at(0)).await,
        Err(CodeRefused::Over),
        "for good"
    );
}

pub async fn asking_for_a_code_adds_its_task_and_a_refusal_adds_none(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    for _ in 0..2 {
        let request = code_request(letter.recipient, random32());
        let _ = store.request_code(request, &limits(), at(0)).await.unwrap();
    }
    let tasks = lease_all(&store, at(0)).await;
    let codes = tasks
        .iter()
        .filter(|task| matches!(task.kind, TaskKind::SendCode(..)));
    assert_eq!(codes.count(), 1);
}

pub async fn a_code_that_is_gone_cannot_be_armed(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    assert!(
        !store
            .arm_code(code_id(), random32(), passcode_key(), at(60))
            .await
            .unwrap()
    );
    // Asked for twice; the first is answered while the second waits to be sent.
    let browser = random32();
    let first = armed_code(&store, letter.recipient, browser, 0).await;
    let request = code_request(letter.recipient, browser);
    let second = request.code;
    store
        .request_code(request, &limits(), at(30))
        .await
        .unwrap()
        .unwrap();
    let session = new_session(letter.recipient, at(3600));
    assert!(store.redeem(first, session, at(40)).await.unwrap());
    assert!(
        !store
            .arm_code(second, random32(), passcode_key(), at(900))
            .await
            .unwrap()
    );
}

pub async fn a_code_is_redeemed_once_by_a_hundred_at_the_same_time(home: impl Home) {
    let stores = [home.open().await, home.open().await];
    let letter = letter(&stores[0]).await;
    let code = armed_code(&stores[0], letter.recipient, random32(), 0).await;
    let mut attempts = tokio::task::JoinSet::new();
    for attempt in 0..100 {
        let (store, recipient) = (stores[attempt % 2].clone(), letter.recipient);
        attempts.spawn(async move {
            let session = new_session(recipient, at(3600));
            let token = session.token;
            (store.redeem(code, session, at(1)).await.unwrap(), token)
        });
    }
    let attempts = attempts.join_all().await;
    assert_eq!(attempts.iter().filter(|(redeemed, _)| *redeemed).count(), 1);
    for (redeemed, token) in attempts {
        let session = stores[0]
            .session(&token, &session_limits(), at(2))
            .await
            .unwrap();
        assert_eq!(session.is_some(), redeemed);
    }
}

pub async fn redeeming_ends_every_code_of_this_browser_and_of_no_other(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let (mine, other) = (random32(), random32());
    let older = armed_code(&store, letter.recipient, mine, 0).await;
    let newer = armed_code(&store, letter.recipient, mine, 30).await;
    let others = armed_code(&store, letter.recipient, other, 60).await;
    let session = || new_session(letter.recipient, at(3600));
    assert!(store.redeem(newer, session(), at(61)).await.unwrap());
    assert!(!store.redeem(older, session(), at(62)).await.unwrap());
    let guess = store
        .take_guess(letter.recipient, &mine, &limits(), at(63))
        .await
        .unwrap();
    assert_eq!(guess, Err(GuessRefused::AskFirst));
    assert!(store.redeem(others, session(), at(64)).await.unwrap());
}

pub async fn a_code_is_redeemed_for_its_own_recipient_and_within_its_time_only(home: impl Home) {
    let store = home.open().await;
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let code = armed_code(&store, letter.recipient, random32(), 0).await;
    let redeem = async |code, recipient, now| {
        store
            .redeem(code, new_session(recipient, at(2 * EXPIRY)), now)
            .await
            .unwrap()
    };
    assert!(!redeem(code_id(), letter.recipient, at(1)).await);
    assert!(!redeem(code, other.recipient, at(1)).await);
    assert!(!redeem(code, letter.recipient, at(CODE_LIFE)).await);
    assert!(redeem(code, letter.recipient, just_before(at(CODE_LIFE))).await);

    let request = code_request(letter.recipient, random32());
    let unarmed = request.code;
    store
        .request_code(request, &limits(), at(CODE_LIFE))
        .await
        .unwrap()
        .unwrap();
    assert!(!redeem(unarmed, letter.recipient, at(CODE_LIFE)).await);

    let last = armed_code(&store, letter.recipient, random32(), EXPIRY - 1).await;
    assert!(
        !redeem(last, letter.recipient, at(EXPIRY)).await,
        "the grant is over"
    );
}

pub async fn the_counts_of_the_day_survive_a_restart(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    armed_code(&store, letter.recipient, browser, 0).await;
    let guess = store
        .take_guess(letter.recipient, &browser, &limits(), at(1))
        .await
        .unwrap();
    assert_eq!(guess.unwrap().tries_left, 4);
    drop(store);

    let store = home.open().await;
    let guess = store
        .take_guess(letter.recipient, &browser, &limits(), at(2))
        .await
        .unwrap();
    assert_eq!(guess.unwrap().tries_left, 3);
    let request = code_request(letter.recipient, browser);
    let refused = store.request_code(request, &limits(), at(3)).await.unwrap();
    assert_eq!(refused, Err(CodeRefused::TooSoon { retry_at: at(30) }));
    let request = code_request(letter.recipient, browser);
    let left = store
        .request_code(request, &limits(), at(30))
        .await
        .unwrap();
    assert_eq!(left, Ok(8));
}
