//! Promise A1: opening a link changes nothing. Promise A5 as far as pages go.

use actix_web::http::Method;
use serde_json::json;
use store::Guest;
use viewer::routes::{ROUTES, Verb};

use crate::browser::{Browser, Site};
use crate::watched_store::{READING, Watched};
use crate::world::World;

/// Every address of the table, with this message's handle in it.
fn addresses(handle: &str) -> impl Iterator<Item = (Verb, String)> {
    let handle = handle.to_owned();
    ROUTES.iter().map(move |rule| {
        let path = rule
            .path
            .replace("{handle:.*}", &handle)
            .replace("{handle}", &handle)
            .replace("{name}", "main.js")
            .replace("{reply_id}", "00000000-0000-7000-8000-000000000000")
            .replace("{index}", "0");
        (rule.verb, path)
    })
}

#[actix_web::test]
async fn get_and_head_of_every_address_change_nothing() {
    let world = World::new();
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    browser.sign_in(&world, &held).await;
    watched.taken();
    for (_, path) in addresses(&held.handle.to_string()) {
        // As scanners do it: with cookies, a CSRF value, a body, whatever helps.
        for method in [Method::GET, Method::HEAD] {
            browser
                .ask(browser.changing(method, &path).set_payload("{}"))
                .await;
        }
    }
    let calls = watched.taken();
    assert!(calls.contains(&"message_of"), "the walk reached the store");
    let changing: Vec<_> = calls
        .iter()
        .filter(|call| !READING.contains(call))
        .collect();
    assert!(changing.is_empty(), "{changing:?}");
    assert!(world.tasks().await.is_empty(), "no code was sent");
}

#[actix_web::test]
async fn only_the_named_method_works_at_an_address() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
    ];
    for (verb, path) in addresses(&held.handle.to_string()) {
        let (takes, allow): (&[&str], _) = match verb {
            Verb::Get => (&["GET", "HEAD"], "GET, HEAD"),
            Verb::Post => (&["POST"], "POST"),
            Verb::Put => (&["PUT"], "PUT"),
        };
        for method in methods.into_iter().filter(|method| !takes.contains(method)) {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = browser.ask(browser.changing(method.clone(), &path)).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn the_landing_page_is_the_same_for_every_handle_and_asks_the_store_nothing() {
    let world = World::new();
    let held = world.message().await;
    let over = world.message().await;
    world.pass_minutes(60 * 24 * 31);
    world.store_expires(&over).await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    let unknown = "0123456789abcdefghjkmnpqr0";
    let mut pages = Vec::new();
    for handle in [&*held.handle.to_string(), &over.handle.to_string(), unknown] {
        let answer = browser.get(&format!("/m/{handle}")).await;
        assert_eq!(answer.status, 200);
        let reference = handle.parse::<seal::Handle>().unwrap().reference();
        assert!(answer.text().contains(&reference));
        let nonce = nonce_of(answer.header("content-security-policy").unwrap());
        assert!(
            answer
                .text()
                .contains(&format!("data-style-nonce=\"{nonce}\""))
        );
        pages.push(
            answer
                .text()
                .replace(handle, "H")
                .replace(&reference, "R")
                .replace(&nonce, "N"),
        );
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert_eq!(watched.taken(), [""; 0]);
}

#[actix_web::test]
async fn a_mangled_link_shows_the_landing_page_too() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let secret = "A".repeat(43);
    for rest in [
        "",
        "x",
        "/",
        ".",
        "%23",
        &format!("/1.{secret}"),
        &format!("%231.{secret}"),
        &format!("%25231.{secret}"),
        &format!("*1.{secret}"),
        &format!("&1.{secret}"),
        &format!("?utm_source=x%231.{secret}"),
    ] {
        let path = format!("/m/{}{rest}", held.handle);
        let answer = Browser::new(&site).get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.text().contains("You have a secure message."),
            "{path}"
        );
        assert!(
            !answer.text().contains(&secret),
            "what was exposed is not repeated: {path}"
        );
    }
    for path in [
        format!("//m/{}", held.handle),
        format!("/m//{}", held.handle),
    ] {
        let answer = Browser::new(&site).get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let reference = format!("data-reference=\"{}\"", held.handle.reference());
        assert!(answer.text().contains(&reference), "{path}");
    }
    for path in ["/m/", "/m/nonsense", "/m/%22%3E%3Cscript%3E"] {
        let answer = Browser::new(&site).get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains("data-reference=\"\""), "{path}");
    }
}

fn nonce_of(policy: &str) -> String {
    let (_, rest) = policy.split_once("'nonce-").unwrap();
    rest.split_once('\'').unwrap().0.to_owned()
}

#[actix_web::test]
async fn a_link_is_marked_as_exposed_once_and_by_who_knows_its_secret_only() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    let marked = async || {
        let found = world.store.recipient_by_handle(&held.handle).await;
        found.unwrap().unwrap().exposed_at
    };
    // A GET with the secret in its path is somebody's prefetch: it changes nothing.
    let secret = "A".repeat(43);
    browser
        .get(&format!("/m/{}%231.{secret}", held.handle))
        .await;
    let path = Browser::path(&held, "exposed");
    let refused = browser.post(&path, &json!({"proof": other.proof()})).await;
    assert_eq!(refused.refusal(), "404 not-found");
    assert_eq!(marked().await, None);
    assert!(!watched.taken().contains(&"mark_exposed"));

    assert_eq!(browser.note_exposed(&held).await.status, 204);
    let first = marked().await;
    assert!(first.is_some());
    world.pass_minutes(1);
    assert_eq!(browser.note_exposed(&held).await.status, 204);
    assert_eq!(marked().await, first, "the first time stays");
    let writes = watched.taken();
    let writes = writes.iter().filter(|call| **call == "mark_exposed");
    assert_eq!(writes.count(), 1, "told again, it costs no write");
    assert!(world.tasks().await.is_empty());
}
