//! Promise A6 and L1: what is written down, and what never is.

use std::io;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::browser::{Browser, Site};
use crate::watched_store::{Fault, Watched};
use crate::world::World;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[actix_web::test]
async fn the_log_tells_what_happened_by_ids_and_never_a_path_an_address_or_a_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // With a single subscriber alive, `tracing` asks the thread that first reaches an event whether
    // anybody listens, and keeps a neighbouring test's no. A second one makes it ask each time.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());

    let world = World::new();
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    let secret = "S".repeat(43);
    browser
        .get(&format!("/m/{}?canary-query={secret}", held.handle))
        .await;
    browser
        .get(&format!("/m/{}%231.{secret}", held.handle))
        .await;
    browser
        .get(&format!("//m/{}%25231.{secret}?canary-query", held.handle))
        .await;
    browser
        .get(&format!("/m/{}?x=%231.{secret}", held.handle))
        .await;
    browser.get("/nothing/canary-path").await;
    browser.get("/api/v1/canary-path").await;
    browser
        .ask(browser.request(Method::from_bytes(b"CANARY").unwrap(), "/"))
        .await;
    browser.summary(&held).await;
    for _ in 0..2 {
        browser.note_exposed(&held).await;
    }
    browser.ask_code(&held).await;
    let (_, before) = browser.only_cookie();
    browser.ask_code(&held).await;
    let code = world.mailed_codes().await.remove(0);
    browser.type_code(&held, "00000000").await;
    browser.type_code(&held, &code).await;
    let (_, token) = browser.only_cookie();
    let share = browser.grant(&held).await.json()["share"]
        .as_str()
        .unwrap()
        .to_owned();
    browser
        .post(&Browser::path(&held, "touch"), &json!({}))
        .await;
    browser.get(&Browser::path(&held, "message.age")).await;
    browser
        .post(&Browser::path(&held, "replies"), &json!({}))
        .await;
    watched.fail_at("put_part", Fault::Panic);
    let begun = browser
        .post(&Browser::path(&held, "replies"), &json!({}))
        .await;
    let begun = begun.json()["reply_id"].as_str().unwrap().to_owned();
    let part = Browser::path(&held, &format!("replies/{begun}/parts/0"));
    let put = browser.changing(Method::PUT, &part).set_payload("part");
    let put = put.insert_header(("Content-Type", "application/octet-stream"));
    assert_eq!(browser.ask(put).await.refusal(), "500 internal");
    watched.fail_at("message_of", Fault::Panic);
    browser.grant(&held).await;
    let csrf = browser.csrf();
    browser
        .post(&Browser::path(&held, "close"), &json!({}))
        .await;

    let log = lines.text();
    for event in [
        "a link arrived with its secret in the address",
        "a link's secret was exposed on its way",
        "a code was asked for",
        "a code was refused",
        "a wrong code was typed",
        "a session began",
        "a share was released",
        "a sealed file was fetched",
        "a reply was begun",
        "a part's task broke off",
        "a handler panicked",
        "a session was closed",
    ] {
        assert!(log.contains(event), "{event}\n{log}");
    }
    assert_eq!(
        log.matches("a share was released").count(),
        1,
        "once for each time that one was"
    );
    for part in [
        "route=\"/api/v1/m/{handle}/code\"",
        "route=\"/m/{handle:.*}\"",
        "route=\"none\"",
        "request.id=",
        "duration_ms=",
        "status=202",
        "method=\"other\"",
        &format!("message.id={}", held.message),
        &format!("recipient.id={}", held.recipient),
    ] {
        assert!(log.contains(part), "{part}\n{log}");
    }
    let handle = held.handle.to_string();
    let digits = code.replace(' ', "");
    for never in [
        &*handle,
        &held.handle.reference(),
        &held.proof(),
        &secret,
        "canary-path",
        "CANARY",
        "canary-in-a-panic",
        "canary-query",
        "anna",
        "example.net",
        &before,
        &token,
        &csrf,
        &share,
        &code,
        &digits,
        "__Host-",
    ] {
        assert!(!log.contains(never), "{never}\n{log}");
    }
}
