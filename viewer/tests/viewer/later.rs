//! The later messages that a page may tell of: to the same mailbox only, and none that is over.

use std::time::Duration;

use serde_json::{Value, json};
use store::{End, Mentions, Named, Outcome, Store, TaskKind};

use crate::browser::{Browser, Site};
use crate::world::{Held, World};

const ANNA: [u8; 32] = [1; 32];
const BEN: [u8; 32] = [2; 32];

async fn signed_in(world: &World, held: &Held) -> Browser {
    let browser = Browser::new(&Site::new(&world.viewer()).await);
    browser.sign_in(world, held).await;
    browser
}

async fn later(browser: &Browser, held: &Held) -> Value {
    let answer = browser.get(&Browser::path(held, "later")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

/// A message to a mailbox that answers others.
async fn message(world: &World, mailbox: [u8; 32], named: &[&Held]) -> Held {
    let named = named.iter().map(|one| Named::Recipient(one.recipient));
    let named = named.collect();
    world
        .message_in(mailbox, |recipient| Mentions {
            named,
            mailboxes: vec![(mailbox, recipient)],
        })
        .await
}

/// The relay takes a message's notice.
async fn notify(world: &World, held: &Held) {
    let leased = world
        .store
        .lease(world.now(), Duration::from_secs(60), 100)
        .await
        .unwrap();
    let notice = TaskKind::Notify(held.message, held.recipient);
    let task = leased.into_iter().find(|task| task.kind == notice);
    let taken = Outcome::Done(Some(End::Notified));
    let lease = task.unwrap().lease;
    assert!(
        world
            .store
            .finish(&lease, taken, world.now())
            .await
            .unwrap()
    );
}

#[actix_web::test]
async fn a_later_message_is_told_of_by_its_day_and_reference_and_nothing_else() {
    let world = World::new();
    let first = message(&world, ANNA, &[]).await;
    notify(&world, &first).await;
    world.pass(Duration::from_secs(11 * 24 * 3600));
    let browser = signed_in(&world, &first).await;
    let second = message(&world, ANNA, &[&first]).await;
    assert_eq!(later(&browser, &first).await, json!({"messages": []}));
    notify(&world, &second).await;
    let expected = json!({"messages": [{
        "day": "2026-12-03",
        "reference": second.handle.reference(),
    }]});
    assert_eq!(later(&browser, &first).await, expected);
    // Not back, and nothing of it to whoever has only the later link.
    let other = signed_in(&world, &second).await;
    assert_eq!(later(&other, &second).await, json!({"messages": []}));
}

#[actix_web::test]
async fn another_mailbox_is_told_of_nothing() {
    let world = World::new();
    let to_anna = message(&world, ANNA, &[]).await;
    let to_ben = message(&world, BEN, &[]).await;
    // Names both, and goes to one.
    let second = message(&world, ANNA, &[&to_anna, &to_ben]).await;
    notify(&world, &second).await;
    let (anna, ben) = (
        signed_in(&world, &to_anna).await,
        signed_in(&world, &to_ben).await,
    );
    let messages = |list: Value| list["messages"].as_array().unwrap().len();
    assert_eq!(messages(later(&anna, &to_anna).await), 1, "the control");
    assert_eq!(messages(later(&ben, &to_ben).await), 0);
    let foreign = ben.get(&Browser::path(&to_anna, "later")).await;
    assert_eq!(foreign.refusal(), "401 session-ended");
}

#[actix_web::test]
async fn a_later_message_that_was_withdrawn_or_is_over_is_told_of_no_more() {
    let world = World::new();
    let first = message(&world, ANNA, &[]).await;
    let withdrawn = message(&world, ANNA, &[&first]).await;
    notify(&world, &withdrawn).await;
    let browser = signed_in(&world, &first).await;
    let listed = later(&browser, &first).await;
    assert_eq!(listed["messages"].as_array().unwrap().len(), 1);
    let revoked = world.store.revoke(withdrawn.message, None, world.now());
    assert_eq!(revoked.await.unwrap(), 1);
    assert_eq!(later(&browser, &first).await, json!({"messages": []}));
}
