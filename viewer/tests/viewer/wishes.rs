//! What a reader says with one button (PAGES R1, R8): "this is not for me", and "more time".

use store::{Act, End, Store, TaskKind, Wish};

use crate::browser::{Answer, Browser, Site};
use crate::world::{Held, World};

async fn say(browser: &Browser, held: &Held, what: &str) -> Answer {
    let proof = serde_json::json!({"proof": held.proof()});
    browser.post(&Browser::path(held, what), &proof).await
}

#[actix_web::test]
async fn a_message_that_is_not_for_its_reader_is_closed_for_everybody_with_the_link() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let site = Site::new(&world.viewer()).await;
    let (reader, somebody) = (Browser::new(&site), Browser::new(&site));
    reader.sign_in(&world, &held).await;
    assert_eq!(reader.grant(&held).await.status, 200);
    for _ in 0..2 {
        let said = say(&somebody, &held, "not-for-me").await;
        assert_eq!((said.status.as_u16(), &said.body[..]), (204, &b""[..]));
    }
    assert_eq!(reader.grant(&held).await.refusal(), "401 session-ended");
    for browser in [&reader, &somebody] {
        let summary = browser.summary(&held).await;
        assert_eq!(summary.json()["state"], "disowned");
        assert_eq!(browser.ask_code(&held).await.refusal(), "410 disowned");
        let asked = say(browser, &held, "more-time").await;
        assert_eq!(asked.refusal(), "410 disowned");
    }
    let kind = TaskKind::PassOn(held.message, held.recipient, Wish::NotForMe);
    assert_eq!(
        world.tasks().await,
        [(kind, None)],
        "the sender is told once"
    );
    let events = world.store.events(0, 10).await.unwrap();
    let acts: Vec<_> = events.iter().map(|event| event.act).collect();
    assert_eq!(acts, [Act::NotForMe(held.message, held.recipient)]);
    let record = world
        .store
        .recipient(held.recipient)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.end, Some(End::Revoked));
    assert_eq!(reader.summary(&other).await.json()["state"], "open");
}

#[actix_web::test]
async fn what_is_over_or_withdrawn_is_not_disowned() {
    let world = World::new();
    let (withdrawn, over) = (world.message().await, world.message().await);
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let revoked = world.store.revoke(withdrawn.message, None, world.now());
    assert_eq!(revoked.await.unwrap(), 1);
    let said = say(&browser, &withdrawn, "not-for-me").await;
    assert_eq!(said.refusal(), "410 withdrawn");
    let said = say(&browser, &withdrawn, "more-time").await;
    assert_eq!(said.refusal(), "410 withdrawn");
    world.pass_minutes(60 * 24 * 30);
    let said = say(&browser, &over, "not-for-me").await;
    assert_eq!(said.refusal(), "410 expired");
    assert!(world.tasks().await.is_empty());
    assert!(world.store.events(0, 10).await.unwrap().is_empty());
}

#[actix_web::test]
async fn more_time_is_asked_for_once_a_day_before_the_end_and_after() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let wish = TaskKind::PassOn(held.message, held.recipient, Wish::MoreTime);
    assert_eq!(say(&browser, &held, "more-time").await.status, 202);
    world.pass_minutes(24 * 60 - 1);
    let refused = say(&Browser::new(&site), &held, "more-time").await;
    assert_eq!(refused.refusal(), "429 asked-already");
    let retry_at = &refused.json()["error"]["retry_at"];
    assert_eq!(retry_at, "2026-11-23T09:00:00Z");
    world.pass_minutes(1);
    assert_eq!(say(&browser, &held, "more-time").await.status, 202);
    assert_eq!(world.tasks().await, [(wish, None), (wish, None)]);
    world.pass_minutes(60 * 24 * 30);
    world.store_expires(&held).await;
    assert_eq!(say(&browser, &held, "more-time").await.status, 202);
    let refused = say(&browser, &held, "more-time").await;
    assert_eq!(refused.refusal(), "429 asked-already");
    assert_eq!(world.tasks().await, [(wish, None)]);
    assert_eq!(browser.summary(&held).await.json()["state"], "expired");
}

#[actix_web::test]
async fn a_damaged_message_is_told_of_once_a_day_and_only_while_it_can_be_read() {
    let world = World::new();
    let (held, withdrawn) = (world.message().await, world.message().await);
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let word = TaskKind::PassOn(held.message, held.recipient, Wish::Damaged);
    for _ in 0..2 {
        let told = say(&browser, &held, "damaged").await;
        assert_eq!((told.status.as_u16(), &told.body[..]), (202, &b""[..]));
    }
    assert_eq!(
        world.tasks().await,
        [(word, None)],
        "the sender is told once"
    );
    assert_eq!(browser.summary(&held).await.json()["state"], "open");
    world.pass_minutes(24 * 60);
    assert_eq!(say(&browser, &held, "damaged").await.status, 202);
    assert_eq!(world.tasks().await, [(word, None)]);
    let revoked = world.store.revoke(withdrawn.message, None, world.now());
    assert_eq!(revoked.await.unwrap(), 1);
    let told = say(&browser, &withdrawn, "damaged").await;
    assert_eq!(told.refusal(), "410 withdrawn");
    world.pass_minutes(60 * 24 * 30);
    let told = say(&browser, &held, "damaged").await;
    assert_eq!(told.refusal(), "410 expired");
    assert!(world.tasks().await.is_empty());
}
