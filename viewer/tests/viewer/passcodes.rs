//! Promises A2 to A4 and A10: codes and guesses, as one person or many try them.

use std::time::Duration;

use futures_util::future::join_all;

use crate::browser::{Browser, Site};
use crate::world::World;

const WRONG: &str = "00000000";

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[actix_web::test]
async fn asking_for_a_code_says_where_it_goes_and_binds_it_to_the_browser() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let asked = browser.ask_code(&held).await;
    assert_eq!(asked.status, 202);
    assert_eq!(
        asked.json(),
        serde_json::json!({
            "masked_address": "a••••@example.net",
            "requested_at": "2026-11-22T09:00:00Z",
            "valid_minutes": 15,
            "resend_after_seconds": 30,
            "codes_left": 9,
        })
    );
    let code = world.mailed_codes().await.remove(0);
    assert_eq!(
        Browser::new(&site).type_code(&held, &code).await.refusal(),
        "401 ask-first"
    );
    let verified = browser.type_code(&held, &code).await;
    assert_eq!(verified.status, 200);
    assert_eq!(verified.json()["idle_minutes"], 20);
    assert_eq!(verified.json()["expires_at"], "2026-11-22T17:00:00Z");
}

#[actix_web::test]
async fn a_code_works_once() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    let (name, before) = browser.only_cookie();
    let code = world.mailed_codes().await.remove(0);
    assert_eq!(browser.type_code(&held, &code).await.status, 200);
    browser.set_cookie(&name, &before);
    assert_eq!(
        browser.type_code(&held, &code).await.refusal(),
        "401 ask-first"
    );
}

#[actix_web::test]
async fn a_hundred_correct_submissions_at_once_give_exactly_one_session() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    let code = world.mailed_codes().await.remove(0);
    let browsers: Vec<Browser> = (0..100).map(|_| browser.clone()).collect();
    let answers = join_all(
        browsers
            .iter()
            .map(|browser| browser.type_code(&held, &code)),
    )
    .await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert!(answer.cookie().is_none());
        assert!(["403 code-expired", "401 ask-first"].contains(&&*answer.refusal()));
    }
    let mut opened = 0;
    for browser in &browsers {
        opened += usize::from(browser.grant(&held).await.status == 200);
    }
    assert_eq!(opened, 1);
}

#[actix_web::test]
async fn the_sixth_guess_at_a_code_is_not_looked_at() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    let code = world.mailed_codes().await.remove(0);
    for left in (0..5).rev() {
        let answer = browser.type_code(&held, WRONG).await;
        assert_eq!(answer.refusal(), "403 wrong-code");
        assert_eq!(answer.json()["error"]["tries_left"], left);
        let body = answer.json();
        let sentence = body["error"]["message"].as_str().unwrap();
        assert_eq!(
            sentence.contains("Ask for a new code"),
            left == 0,
            "{sentence}"
        );
    }
    assert_eq!(
        browser.type_code(&held, &code).await.refusal(),
        "403 code-expired"
    );
    // The limit slows; it does not lock.
    world.pass_minutes(1);
    browser.sign_in(&world, &held).await;
}

#[actix_web::test]
async fn the_twenty_first_wrong_guess_of_a_day_waits_for_the_next_day() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    for _ in 0..4 {
        // Each from another browser: the limit is the recipient's.
        let browser = Browser::new(&site);
        browser.ask_code(&held).await;
        world.mailed_codes().await;
        for _ in 0..5 {
            assert_eq!(
                browser.type_code(&held, WRONG).await.refusal(),
                "403 wrong-code"
            );
        }
        world.pass_minutes(1);
    }
    let browser = Browser::new(&site);
    assert_eq!(browser.ask_code(&held).await.status, 202);
    let code = world.mailed_codes().await.remove(0);
    let refused = browser.type_code(&held, &code).await;
    assert_eq!(refused.refusal(), "429 too-many-tries");
    assert_eq!(refused.json()["error"]["retry_at"], "2026-11-23T00:00:00Z");
    world.pass(minutes(15 * 60));
    browser.sign_in(&world, &held).await;
}

#[actix_web::test]
async fn the_eleventh_code_of_a_day_is_not_sent_and_codes_are_half_a_minute_apart() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    for left in (0..10).rev() {
        let browser = Browser::new(&site);
        let asked = browser.ask_code(&held).await;
        assert_eq!(asked.json()["codes_left"], left);
        if left > 0 {
            world.pass(Duration::from_secs(29));
            let soon = browser.ask_code(&held).await;
            assert_eq!(soon.refusal(), "429 wait");
            let retry_at = soon.json()["error"]["retry_at"]
                .as_str()
                .unwrap()
                .to_owned();
            world.pass(Duration::from_secs(1));
            assert_eq!(retry_at, world.now().to_string());
        }
    }
    world.pass_minutes(1);
    let refused = Browser::new(&site).ask_code(&held).await;
    assert_eq!(refused.refusal(), "429 too-many-codes");
    assert_eq!(refused.json()["error"]["retry_at"], "2026-11-23T00:00:00Z");
    assert!(refused.cookie().is_none());
    assert_eq!(world.mailed_codes().await.len(), 10);
    // Another recipient is not touched.
    let other = world.message().await;
    assert_eq!(Browser::new(&site).ask_code(&other).await.status, 202);
}

#[actix_web::test]
async fn limits_survive_a_restart() {
    let mut world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    world.mailed_codes().await;
    for _ in 0..3 {
        browser.type_code(&held, WRONG).await;
    }
    let (name, token) = browser.only_cookie();
    drop((browser, site));
    world.reopen();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.set_cookie(&name, &token);
    assert_eq!(browser.ask_code(&held).await.refusal(), "429 wait");
    for left in [1, 0] {
        assert_eq!(
            browser.type_code(&held, WRONG).await.json()["error"]["tries_left"],
            left
        );
    }
    assert_eq!(
        browser.type_code(&held, WRONG).await.refusal(),
        "403 code-expired"
    );
}

#[actix_web::test]
async fn the_two_newest_codes_work_and_older_ones_do_not() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    for (which, works) in [(0, false), (1, true), (2, true)] {
        let browser = Browser::new(&site);
        let mut codes = Vec::new();
        for _ in 0..3 {
            assert_eq!(browser.ask_code(&held).await.status, 202);
            codes.extend(world.mailed_codes().await);
            world.pass_minutes(1);
        }
        let answer = browser.type_code(&held, &codes[which]).await;
        assert_eq!(answer.status == 200, works, "{which}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_code_is_valid_for_fifteen_minutes() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    for (wait, works) in [
        (Duration::from_secs(15 * 60), false),
        (Duration::from_secs(899), true),
    ] {
        browser.ask_code(&held).await;
        let code = world.mailed_codes().await.remove(0);
        world.pass(wait);
        assert_eq!(
            browser.type_code(&held, &code).await.status == 200,
            works,
            "{wait:?}"
        );
    }
}

#[actix_web::test]
async fn a_code_of_one_recipient_does_not_work_for_another() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    let code = world.mailed_codes().await.remove(0);
    browser.ask_code(&other).await;
    world.mailed_codes().await;
    assert_eq!(
        browser.type_code(&other, &code).await.refusal(),
        "403 wrong-code"
    );
}

#[actix_web::test]
async fn what_is_no_code_costs_no_guess() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    let code = world.mailed_codes().await.remove(0);
    for _ in 0..10 {
        assert_eq!(
            browser.type_code(&held, "1234").await.refusal(),
            "400 malformed-code"
        );
    }
    let typed = code.replace(' ', " – ");
    assert_eq!(browser.type_code(&held, &typed).await.status, 200);
}

#[actix_web::test]
async fn a_code_that_has_not_left_yet_cannot_be_guessed() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.ask_code(&held).await;
    assert_eq!(
        browser.type_code(&held, WRONG).await.refusal(),
        "403 code-expired"
    );
    let code = world.mailed_codes().await.remove(0);
    assert_eq!(browser.type_code(&held, &code).await.status, 200);
}
