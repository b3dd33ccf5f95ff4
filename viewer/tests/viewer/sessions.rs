//! Promise A7: cookies, sessions, and who may change anything in them. CSRF and origin.

use std::time::Duration;

use actix_web::http::Method;
use seal::{Seed, ServerShare};
use serde_json::json;

use crate::browser::{Answer, Browser, Site};
use crate::watched_store::Watched;
use crate::world::{Held, PUBLIC_URL, World};

async fn signed_in(world: &World, held: &Held) -> (Site, Browser) {
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.sign_in(world, held).await;
    (site, browser)
}

#[actix_web::test]
async fn the_cookie_has_every_attribute_and_changes_at_login() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let asked = browser.ask_code(&held).await;
    let (name, before) = browser.only_cookie();
    let code = world.mailed_codes().await.remove(0);
    let verified = browser.type_code(&held, &code).await;
    for answer in [&asked, &verified] {
        let text = answer.header("set-cookie").unwrap();
        assert!(text.starts_with("__Host-sealpost-"));
        let attributes: Vec<&str> = text.split("; ").skip(1).collect();
        assert_eq!(
            attributes,
            ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"],
            "{text}"
        );
    }
    let (same_name, after) = browser.only_cookie();
    assert_eq!((name.as_str(), after.len()), (same_name.as_str(), 43));
    assert_ne!(before, after);
    browser.set_cookie(&name, &before);
    assert_eq!(browser.grant(&held).await.refusal(), "401 session-ended");
}

#[actix_web::test]
async fn signing_in_again_ends_the_older_session() {
    let world = World::new();
    let held = world.message().await;
    let (_site, browser) = signed_in(&world, &held).await;
    let (name, older) = browser.only_cookie();
    world.pass_minutes(1);
    browser.sign_in(&world, &held).await;
    assert_eq!(browser.grant(&held).await.status, 200);
    browser.set_cookie(&name, &older);
    assert_eq!(browser.grant(&held).await.status, 401);
}

/// A shared mailbox: whoever reads it may have the link and a code of their own.
#[actix_web::test]
async fn a_second_person_of_the_same_mailbox_ends_nobodys_session_and_has_one_of_their_own() {
    let world = World::new();
    let held = world.message().await;
    let (site, first) = signed_in(&world, &held).await;
    world.pass_minutes(1);
    let second = Browser::new(&site);
    assert_eq!(second.ask_code(&held).await.status, 202);
    let code = world.mailed_codes().await.remove(0);
    // The code is bound to the browser that asked: the first one cannot use it up.
    let elsewhere = first.type_code(&held, &code).await;
    assert_eq!(elsewhere.refusal(), "401 ask-first");
    assert_eq!(first.grant(&held).await.status, 200);
    assert_eq!(second.type_code(&held, &code).await.status, 200);
    for browser in [&first, &second] {
        assert_eq!(browser.grant(&held).await.status, 200);
        let begun = browser
            .post(&Browser::path(&held, "replies"), &json!({}))
            .await;
        assert_eq!(begun.status, 201, "each answers for themselves");
    }
    let closed = second
        .post(&Browser::path(&held, "close"), &json!({}))
        .await;
    assert_eq!(closed.status, 204);
    assert_eq!(second.grant(&held).await.status, 401);
    assert_eq!(first.grant(&held).await.status, 200);
    // Neither keeps the other's alive.
    world.pass_minutes(21);
    assert_eq!(first.grant(&held).await.status, 401);
}

#[actix_web::test]
async fn the_grant_gives_the_share_that_completes_the_link() {
    let world = World::new();
    let held = world.message().await;
    let (_site, browser) = signed_in(&world, &held).await;
    let grant = browser.grant(&held).await;
    assert_eq!(grant.status, 200);
    let grant = grant.json();
    let share = seal::OpenProof::from_base64url(grant["share"].as_str().unwrap());
    assert!(share.is_some(), "32 octets in base64url");
    let octets = base64::Engine::decode(
        &base64::prelude::BASE64_URL_SAFE_NO_PAD,
        grant["share"].as_str().unwrap(),
    );
    let share = ServerShare::from_bytes(&octets.unwrap().try_into().unwrap());
    let seed: Seed = held.link.join(&share, held.message, held.recipient);
    assert_eq!(seed.expose_secret(), &held.seed);
    let mut rest = grant.clone();
    rest.as_object_mut().unwrap().remove("share");
    assert_eq!(
        rest,
        json!({
            "message_id": held.message.to_string(),
            "recipient_id": held.recipient.to_string(),
            "profile": "mlkem768x25519",
            "view_size": held.view.len(),
            "message_size": held.content.len(),
            "expires_at": "2026-12-22T09:00:00Z",
            "captured_at": "2026-11-22T09:00:00Z",
            "csrf": browser.csrf(),
            "idle_minutes": 20,
            "session_ends_at": "2026-11-22T17:00:00Z",
            "reply": {"max_bytes": 25 * 1024 * 1024, "max_files": 20},
        })
    );
}

#[actix_web::test]
async fn a_session_ends_twenty_minutes_after_its_last_use_and_eight_hours_after_its_first() {
    let world = World::new();
    let held = world.message().await;
    let (_site, browser) = signed_in(&world, &held).await;
    for _ in 0..25 {
        world.pass_minutes(19);
        assert_eq!(browser.grant(&held).await.status, 200);
    }
    world.pass_minutes(5);
    assert_eq!(
        browser.grant(&held).await.refusal(),
        "401 session-ended",
        "8 hours are over"
    );
    browser.sign_in(&world, &held).await;
    world.pass_minutes(20);
    assert_eq!(
        browser.grant(&held).await.refusal(),
        "401 session-ended",
        "idle for too long"
    );
}

#[actix_web::test]
async fn a_touch_renews_the_session_tells_of_it_and_releases_nothing() {
    let world = World::new();
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    browser.sign_in(&world, &held).await;
    watched.taken();
    let path = Browser::path(&held, "touch");
    for _ in 0..25 {
        world.pass_minutes(19);
        let touched = browser.post(&path, &json!({})).await;
        assert_eq!(touched.status, 200);
        assert_eq!(
            touched.json(),
            json!({
                "csrf": browser.csrf(),
                "idle_minutes": 20,
                "expires_at": "2026-11-22T17:00:00Z",
            })
        );
        assert_eq!(watched.taken(), ["session"]);
    }
    world.pass_minutes(5);
    let touched = browser.post(&path, &json!({})).await;
    assert_eq!(touched.refusal(), "401 session-ended", "8 hours are over");
    browser.sign_in(&world, &held).await;
    browser.forget_csrf();
    let touched = browser.post(&path, &json!({})).await;
    assert_eq!(touched.refusal(), "403 csrf");
    world.pass_minutes(20);
    let touched = browser.post(&path, &json!({})).await;
    assert_eq!(touched.refusal(), "401 session-ended", "idle for too long");
}

#[actix_web::test]
async fn a_session_ends_with_its_grant_before_any_task_has_run() {
    let world = World::new();
    let held = world.message().await;
    world.pass_minutes(60 * 24 * 30 - 10);
    let (_site, browser) = signed_in(&world, &held).await;
    assert_eq!(browser.grant(&held).await.status, 200);
    world.pass(Duration::from_secs(600));
    for rest in ["grant", "view.age", "message.age"] {
        let answer = browser.get(&Browser::path(&held, rest)).await;
        assert_eq!(answer.refusal(), "401 session-ended", "{rest}");
    }
    assert_eq!(browser.summary(&held).await.json()["state"], "expired");
}

#[actix_web::test]
async fn one_message_s_session_opens_no_other_message() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let (site, browser) = signed_in(&world, &held).await;
    let (_, token) = browser.only_cookie();
    let stranger = Browser::new(&site);
    stranger.sign_in(&world, &other).await;
    let (other_name, _) = stranger.only_cookie();
    // The right name for the other handle, with this session's token.
    let forger = Browser::new(&site);
    forger.set_cookie(&other_name, &token);
    forger.set_csrf(&browser.csrf());
    for rest in ["grant", "view.age", "message.age"] {
        let answer = forger.get(&Browser::path(&other, rest)).await;
        assert_eq!(answer.refusal(), "401 session-ended", "{rest}");
        let answer = browser.get(&Browser::path(&other, rest)).await;
        assert_eq!(answer.refusal(), "401 session-ended", "{rest}");
    }
    for rest in ["touch", "replies", "close"] {
        let answer = forger.post(&Browser::path(&other, rest), &json!({})).await;
        assert_eq!(answer.refusal(), "401 session-ended", "{rest}");
    }
    assert_eq!(browser.grant(&held).await.status, 200);
    assert_eq!(stranger.grant(&other).await.status, 200);
}

#[actix_web::test]
async fn nothing_changes_without_the_session_s_own_csrf_value() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let (site, browser) = signed_in(&world, &held).await;
    let (right, path) = (browser.csrf(), Browser::path(&held, "replies"));
    let stranger = Browser::new(&site);
    stranger.sign_in(&world, &other).await;
    let cut = right[..42].to_owned();
    for wrong in [
        "",
        "x",
        &cut,
        &stranger.csrf(),
        &"A".repeat(43),
        &format!("{right}="),
    ] {
        browser.set_csrf(wrong);
        for rest in ["replies", "close"] {
            let answer = browser.post(&Browser::path(&held, rest), &json!({})).await;
            assert_eq!(answer.refusal(), "403 csrf", "{rest} {wrong:?}");
        }
    }
    browser.forget_csrf();
    assert_eq!(browser.post(&path, &json!({})).await.refusal(), "403 csrf");
    browser.set_csrf(&right);
    assert_eq!(browser.post(&path, &json!({})).await.status, 201);
}

#[actix_web::test]
async fn another_site_s_page_can_change_nothing() {
    let world = World::new();
    let held = world.message().await;
    let (_site, browser) = signed_in(&world, &held).await;
    let csrf = browser.csrf();
    let paths = ["summary", "code", "verify", "touch", "replies", "close"];
    let foreign: [(&str, &str); 7] = [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://secure.example.org"),
        ("Origin", "https://secure.example.org.evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", ""),
    ];
    for (name, value) in foreign {
        for rest in paths {
            let request = browser
                .request(Method::POST, &Browser::path(&held, rest))
                .insert_header(("X-Sealpost-Csrf", csrf.as_str()))
                .insert_header(("Origin", PUBLIC_URL))
                .insert_header((name, value))
                .set_json(json!({"proof": held.proof(), "code": "12345678"}));
            let answer = browser.ask(request).await;
            assert_eq!(
                answer.refusal(),
                "403 cross-origin",
                "{rest} {name}: {value}"
            );
        }
    }
    assert_eq!(browser.grant(&held).await.status, 200, "nothing was closed");
    assert!(world.tasks().await.is_empty(), "nothing was sent");
}

#[actix_web::test]
async fn a_client_that_is_no_browser_needs_no_origin() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let request = browser
        .request(Method::POST, &Browser::path(&held, "summary"))
        .set_json(json!({"proof": held.proof()}));
    assert_eq!(browser.ask(request).await.status, 200);
}

#[actix_web::test]
async fn closing_ends_the_session_here_and_clears_the_cookie() {
    let world = World::new();
    let held = world.message().await;
    let (_site, browser) = signed_in(&world, &held).await;
    let (name, token) = browser.only_cookie();
    let closed: Answer = browser
        .post(&Browser::path(&held, "close"), &json!({}))
        .await;
    assert_eq!(closed.status, 204);
    let text = closed.header("set-cookie").unwrap();
    assert!(text.contains("Max-Age=0") && text.contains("Secure") && text.contains("Path=/"));
    browser.set_cookie(&name, &token);
    assert_eq!(browser.grant(&held).await.refusal(), "401 session-ended");
}

#[actix_web::test]
async fn a_malformed_cookie_of_another_host_ends_no_session() {
    let world = World::new();
    let held = world.message().await;
    let (site, browser) = signed_in(&world, &held).await;
    let (name, token) = browser.only_cookie();
    for cookies in [
        format!("nonsense; {name}={token}"),
        format!("=; x=%ff; {name}={token}; y"),
        format!("{name}=stale; {name}={token}"),
    ] {
        let request = Browser::new(&site)
            .request(Method::GET, &Browser::path(&held, "grant"))
            .insert_header(("Cookie", cookies.as_str()));
        assert_eq!(site.ask(request).await.status, 200, "{cookies}");
    }
}
