//! A recipient's own copies of its replies: kept with the reply that is sent, read by nobody else.

use actix_web::http::Method;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use store::{SENT_COPY_OCTETS, Store};

use crate::browser::{Answer, Browser, Site};
use crate::world::{Held, World};

async fn signed_in(world: &World, held: &Held) -> Browser {
    let browser = Browser::new(&Site::new(&world.viewer()).await);
    browser.sign_in(world, held).await;
    browser
}

async fn begin(browser: &Browser, held: &Held) -> String {
    let begun = browser
        .post(&Browser::path(held, "replies"), &json!({}))
        .await;
    begun.json()["reply_id"].as_str().unwrap().to_owned()
}

async fn put(browser: &Browser, held: &Held, reply: &str, what: &str, octets: &[u8]) -> Answer {
    let path = Browser::path(held, &format!("replies/{reply}/{what}"));
    let request = browser
        .changing(Method::PUT, &path)
        .insert_header(("Content-Type", "application/octet-stream"))
        .set_payload(octets.to_vec());
    browser.ask(request).await
}

async fn send(browser: &Browser, held: &Held, reply: &str) -> Answer {
    assert_eq!(
        put(browser, held, reply, "parts/0", b"part").await.status,
        204
    );
    let digests = [seal::sha256_of(&[b"part"])];
    let id = reply.parse().unwrap();
    let input = seal::reply_signing_input(held.message, held.recipient, id, &digests);
    let signer = held.link.reply_signer(held.message, held.recipient);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signer.sign(&input));
    let path = Browser::path(held, &format!("replies/{reply}/send"));
    let body = json!({"parts": 1, "signature": signature});
    browser.post(&path, &body).await
}

async fn list(browser: &Browser, held: &Held) -> serde_json::Value {
    let answer = browser.get(&Browser::path(held, "sent")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["replies"].clone()
}

async fn copy(browser: &Browser, held: &Held, reply: &str) -> Answer {
    browser
        .get(&Browser::path(held, &format!("sent/{reply}")))
        .await
}

#[actix_web::test]
async fn what_was_sent_is_listed_and_read_on_another_device_and_nothing_before_it_was_sent() {
    let world = World::new();
    let held = world.message().await;
    let phone = signed_in(&world, &held).await;
    let reply = begin(&phone, &held).await;
    assert_eq!(
        put(&phone, &held, &reply, "copy", b"first try")
            .await
            .status,
        204
    );
    assert_eq!(
        put(&phone, &held, &reply, "copy", b"sealed copy")
            .await
            .status,
        204
    );
    assert_eq!(list(&phone, &held).await, json!([]));
    let early = copy(&phone, &held, &reply).await;
    assert_eq!(early.refusal(), "404 not-found");
    let sent = send(&phone, &held, &reply).await;
    assert_eq!(sent.status, 202);
    assert_eq!(world.tasks().await.len(), 1, "delivered");

    world.pass_minutes(30);
    let desktop = signed_in(&world, &held).await;
    let expected = json!([{
        "reply_id": reply,
        "reference": sent.json()["reference"],
        "sent_at": sent.json()["received_at"],
        "size": 11,
    }]);
    assert_eq!(list(&desktop, &held).await, expected);
    let read = copy(&desktop, &held, &reply).await;
    assert_eq!(
        (read.status.as_u16(), &read.body[..]),
        (200, &b"sealed copy"[..])
    );
    assert_eq!(
        read.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(read.header("cache-control"), Some("no-store"));
    let late = put(&desktop, &held, &reply, "copy", b"changed").await;
    assert_eq!(late.refusal(), "409 already-sent");
}

#[actix_web::test]
async fn a_reply_without_a_copy_is_sent_as_before() {
    let world = World::new();
    let held = world.message().await;
    let browser = signed_in(&world, &held).await;
    let reply = begin(&browser, &held).await;
    assert_eq!(send(&browser, &held, &reply).await.status, 202);
    assert_eq!(list(&browser, &held).await, json!([]));
    assert_eq!(
        copy(&browser, &held, &reply).await.refusal(),
        "404 not-found"
    );
    assert_eq!(
        copy(&browser, &held, "nonsense").await.refusal(),
        "404 not-found"
    );
}

#[actix_web::test]
async fn a_copy_one_octet_too_large_is_refused_and_the_reply_is_not() {
    let world = World::new();
    let held = world.message().await;
    let browser = signed_in(&world, &held).await;
    let most = vec![7; usize::try_from(SENT_COPY_OCTETS).unwrap()];
    let reply = begin(&browser, &held).await;
    let over = [&most[..], &[7]].concat();
    let refused = put(&browser, &held, &reply, "copy", &over).await;
    assert_eq!(refused.refusal(), "413 too-large");
    assert_eq!(
        put(&browser, &held, &reply, "copy", &most).await.status,
        204
    );
    assert_eq!(
        put(&browser, &held, &reply, "copy", &over).await.status,
        413
    );
    assert_eq!(send(&browser, &held, &reply).await.status, 202);
    assert_eq!(copy(&browser, &held, &reply).await.body.len(), most.len());
}

#[actix_web::test]
async fn another_recipient_neither_lists_nor_reads_nor_puts_a_copy() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let (mine, theirs) = (
        signed_in(&world, &held).await,
        signed_in(&world, &other).await,
    );
    let reply = begin(&mine, &held).await;
    let foreign = put(&theirs, &other, &reply, "copy", b"theirs").await;
    assert_eq!(foreign.refusal(), "404 not-found");
    assert_eq!(put(&mine, &held, &reply, "copy", b"mine").await.status, 204);
    assert_eq!(send(&mine, &held, &reply).await.status, 202);
    assert_eq!(list(&theirs, &other).await, json!([]));
    assert_eq!(
        copy(&theirs, &other, &reply).await.refusal(),
        "404 not-found"
    );
    let crossed = copy(&theirs, &held, &reply).await;
    assert_eq!(crossed.refusal(), "401 session-ended");
}

#[actix_web::test]
async fn copies_are_gone_when_the_message_is_withdrawn() {
    let world = World::new();
    let held = world.message().await;
    let browser = signed_in(&world, &held).await;
    let reply = begin(&browser, &held).await;
    assert_eq!(
        put(&browser, &held, &reply, "copy", b"mine").await.status,
        204
    );
    assert_eq!(send(&browser, &held, &reply).await.status, 202);
    let withdrawn = world.store.revoke(held.message, None, world.now()).await;
    assert_eq!(withdrawn.unwrap(), 1);
    assert_eq!(
        copy(&browser, &held, &reply).await.refusal(),
        "401 session-ended"
    );
}

#[actix_web::test]
async fn a_copy_is_put_by_the_page_only() {
    let world = World::new();
    let held = world.message().await;
    let browser = signed_in(&world, &held).await;
    let reply = begin(&browser, &held).await;
    let path = Browser::path(&held, &format!("replies/{reply}/copy"));
    let typed = |content_type: &'static str| {
        browser
            .changing(Method::PUT, &path)
            .insert_header(("Content-Type", content_type))
            .set_payload("copy")
    };
    let form = browser.ask(typed("text/plain")).await;
    assert_eq!(form.refusal(), "415 media-type");
    browser.forget_csrf();
    let forged = browser.ask(typed("application/octet-stream")).await;
    assert_eq!(forged.refusal(), "403 csrf");
}
