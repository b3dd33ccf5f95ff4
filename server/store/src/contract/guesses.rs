//! Guesses: taken away before anybody compares (promise A3).

use super::Home;
use super::samples::*;
use crate::{Guess, GuessRefused, Guest, Store};

/// The first moment of the UTC day after [`at`]\(0).
fn midnight() -> jiff::Timestamp {
    "2026-11-03T00:00:00Z".parse().unwrap()
}

async fn guess<B: Guest>(
    store: &B,
    letter: &Letter,
    browser: &[u8; 32],
    seconds: i64,
) -> Result<Guess, GuessRefused> {
    store
        .take_guess(letter.recipient, browser, &limits(), at(seconds))
        .await
        .unwrap()
}

pub async fn a_browser_that_asked_for_no_code_is_told_to_ask(home: impl Home) {
    let store = home.open().await;
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let browser = random32();
    armed_code(&store, letter.recipient, browser, 0).await;
    assert_eq!(
        guess(&store, &letter, &random32(), 1).await,
        Err(GuessRefused::AskFirst)
    );
    assert_eq!(
        guess(&store, &other, &browser, 1).await,
        Err(GuessRefused::AskFirst)
    );
    assert!(guess(&store, &letter, &browser, 1).await.is_ok());
}

pub async fn a_code_can_be_answered_once_it_is_armed_and_until_it_expires(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    let request = code_request(letter.recipient, browser);
    let code = request.code;
    store
        .request_code(request, &limits(), at(0))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        guess(&store, &letter, &browser, 1).await,
        Err(GuessRefused::NoLiveCode)
    );
    assert!(
        store
            .arm_code(code, verifier(code), passcode_key(), at(CODE_LIFE))
            .await
            .unwrap()
    );
    let taken = guess(&store, &letter, &browser, 2).await.unwrap();
    assert_eq!(
        taken,
        Guess {
            candidates: vec![(code, verifier(code))],
            tries_left: 4
        }
    );
    assert!(
        guess(&store, &letter, &browser, CODE_LIFE - 1)
            .await
            .is_ok()
    );
    assert_eq!(
        guess(&store, &letter, &browser, CODE_LIFE).await,
        Err(GuessRefused::NoLiveCode)
    );
}

pub async fn the_sixth_guess_at_a_code_is_refused(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    let code = armed_code(&store, letter.recipient, browser, 0).await;
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(
            guess(&store, &letter, &browser, 1)
                .await
                .unwrap()
                .tries_left,
            left
        );
    }
    assert_eq!(
        guess(&store, &letter, &browser, 1).await,
        Err(GuessRefused::NoLiveCode)
    );
    // The fifth may have been right.
    let session = new_session(letter.recipient, at(3600));
    assert!(store.redeem(code, session, at(2)).await.unwrap());
}

pub async fn a_hundred_guesses_at_the_same_time_are_five(home: impl Home) {
    let stores = [home.open().await, home.open().await];
    let letter = letter(&stores[0]).await;
    let browser = random32();
    armed_code(&stores[0], letter.recipient, browser, 0).await;
    let mut guesses = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (store, recipient) = (stores[number % 2].clone(), letter.recipient);
        guesses.spawn(async move {
            store
                .take_guess(recipient, &browser, &limits(), at(1))
                .await
                .unwrap()
        });
    }
    let taken = guesses
        .join_all()
        .await
        .into_iter()
        .filter(Result::is_ok)
        .count();
    assert_eq!(taken, 5);
}

pub async fn the_twenty_first_wrong_guess_of_the_day_is_refused_in_every_browser(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let mut browser = random32();
    for number in 0..20 {
        if number % 4 == 0 {
            browser = random32();
            armed_code(&store, letter.recipient, browser, number * 30).await;
        }
        let taken = guess(&store, &letter, &browser, number * 30).await.unwrap();
        let of_code = 4 - (number % 4) as u32;
        let of_day = 19 - number as u32;
        assert_eq!(
            taken.tries_left,
            of_code.min(of_day),
            "after guess {number}"
        );
    }
    let too_many = Err(GuessRefused::TooMany {
        retry_at: midnight(),
    });
    assert_eq!(guess(&store, &letter, &browser, 600).await, too_many);
    let other = random32();
    armed_code(&store, letter.recipient, other, 600).await;
    assert_eq!(guess(&store, &letter, &other, 601).await, too_many);
    // Another recipient of the same store is not touched by it.
    let elsewhere = self::letter(&store).await;
    armed_code(&store, elsewhere.recipient, other, 600).await;
    assert!(guess(&store, &elsewhere, &other, 601).await.is_ok());
}

async fn letter(store: &impl Store) -> Letter {
    super::samples::letter(store).await
}

pub async fn a_new_day_gives_new_guesses(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    let mut limits = limits();
    limits.guesses_per_day = 1;
    let (late, early) = (15 * 3600 - 1, 15 * 3600);
    assert_eq!(at(early), midnight());
    armed_code(&store, letter.recipient, browser, late).await;
    let take = async |now| {
        store
            .take_guess(letter.recipient, &browser, &limits, now)
            .await
            .unwrap()
    };
    assert_eq!(take(at(late)).await.unwrap().tries_left, 0);
    let too_many = Err(GuessRefused::TooMany {
        retry_at: midnight(),
    });
    assert_eq!(take(just_before(midnight())).await, too_many);
    assert!(take(midnight()).await.is_ok());
}

pub async fn the_two_newest_codes_can_be_answered_and_no_third(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    armed_code(&store, letter.recipient, browser, 0).await;
    let second = armed_code(&store, letter.recipient, browser, 30).await;
    // Another browser's code does not push this one's out.
    armed_code(&store, letter.recipient, random32(), 60).await;
    let third = armed_code(&store, letter.recipient, browser, 90).await;
    let taken = guess(&store, &letter, &browser, 100).await.unwrap();
    assert_eq!(
        taken.candidates,
        [(third, verifier(third)), (second, verifier(second))]
    );
    // One that is asked for and not yet armed pushes none out.
    let request = code_request(letter.recipient, browser);
    store
        .request_code(request, &limits(), at(120))
        .await
        .unwrap()
        .unwrap();
    let taken = guess(&store, &letter, &browser, 121).await.unwrap();
    assert_eq!(taken.candidates.len(), 2);
    assert_eq!(
        taken.tries_left, 3,
        "a guess counts for both codes it may be compared with"
    );
}

pub async fn a_used_up_code_does_not_bring_back_an_older_one(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    let oldest = armed_code(&store, letter.recipient, browser, 0).await;
    for _ in 0..4 {
        guess(&store, &letter, &browser, 1).await.unwrap();
    }
    let middle = armed_code(&store, letter.recipient, browser, 30).await;
    let candidates = guess(&store, &letter, &browser, 31)
        .await
        .unwrap()
        .candidates;
    assert_eq!(
        candidates,
        [(middle, verifier(middle)), (oldest, verifier(oldest))]
    );
    // The oldest has had its five now.
    let candidates = guess(&store, &letter, &browser, 32)
        .await
        .unwrap()
        .candidates;
    assert_eq!(candidates, [(middle, verifier(middle))]);
    let newest = armed_code(&store, letter.recipient, browser, 60).await;
    for _ in 0..5 {
        let candidates = guess(&store, &letter, &browser, 61)
            .await
            .unwrap()
            .candidates;
        assert_eq!(candidates[0], (newest, verifier(newest)));
    }
    assert_eq!(
        guess(&store, &letter, &browser, 62).await,
        Err(GuessRefused::NoLiveCode)
    );
}

pub async fn a_right_guess_is_given_back(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let mut limits = limits();
    limits.guesses_per_day = 2;
    for round in 0..5 {
        let browser = random32();
        let code = armed_code(&store, letter.recipient, browser, round * 60).await;
        let now = at(round * 60);
        let taken = store
            .take_guess(letter.recipient, &browser, &limits, now)
            .await
            .unwrap();
        assert_eq!(taken.unwrap().tries_left, 1, "in round {round}");
        let session = new_session(letter.recipient, at(3600));
        assert!(store.redeem(code, session, now).await.unwrap());
    }
}

pub async fn no_guess_is_taken_when_the_grant_is_over(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let browser = random32();
    armed_code(&store, letter.recipient, browser, EXPIRY - 10).await;
    assert!(guess(&store, &letter, &browser, EXPIRY - 1).await.is_ok());
    assert_eq!(
        guess(&store, &letter, &browser, EXPIRY).await,
        Err(GuessRefused::NoLiveCode)
    );
    store.expire(letter.message, at(EXPIRY)).await.unwrap();
    assert_eq!(
        guess(&store, &letter, &browser, EXPIRY - 1).await,
        Err(GuessRefused::NoLiveCode)
    );
}
