//! What a client may send: types, sizes, form.

use actix_web::http::Method;
use serde_json::json;

use crate::browser::{Browser, Site};
use crate::world::World;

#[actix_web::test]
async fn a_json_body_larger_than_four_kib_is_refused() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let path = Browser::path(&held, "summary");
    let body = |size: usize| {
        let bare = json!({"proof": held.proof(), "padding": ""})
            .to_string()
            .len();
        json!({"proof": held.proof(), "padding": "x".repeat(size - bare)})
    };
    assert_eq!(browser.post(&path, &body(4096)).await.status, 200);
    assert_eq!(
        browser.post(&path, &body(4097)).await.refusal(),
        "413 too-large"
    );
    assert_eq!(
        browser.post(&path, &body(1 << 20)).await.refusal(),
        "413 too-large"
    );
}

#[actix_web::test]
async fn only_json_is_read_as_json() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let ask = async |media_type: Option<&str>| {
        let request = browser.changing(Method::POST, &Browser::path(&held, "summary"));
        let request = request.set_payload(json!({"proof": held.proof()}).to_string());
        let request = match media_type {
            Some(media_type) => request.insert_header(("Content-Type", media_type)),
            None => request,
        };
        browser.ask(request).await
    };
    for good in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
    ] {
        assert_eq!(ask(Some(good)).await.status, 200, "{good}");
    }
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "text/plain; application/json",
        "",
    ] {
        assert_eq!(ask(Some(bad)).await.refusal(), "415 media-type", "{bad}");
    }
    assert_eq!(ask(None).await.refusal(), "415 media-type");
}

#[actix_web::test]
async fn a_compressed_body_is_not_unpacked() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let request = browser
        .changing(Method::POST, &Browser::path(&held, "summary"))
        .set_json(json!({"proof": held.proof()}))
        .insert_header(("Content-Encoding", "gzip"));
    assert_eq!(browser.ask(request).await.refusal(), "415 media-type");
}

#[actix_web::test]
async fn what_is_not_the_json_that_was_asked_for_is_malformed() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"proof\":1}",
        "{\"proof\":null}",
        "\u{feff}{}",
    ] {
        for rest in ["summary", "code", "verify"] {
            let request = browser
                .changing(Method::POST, &Browser::path(&held, rest))
                .insert_header(("Content-Type", "application/json"))
                .set_payload(body);
            let answer = browser.ask(request).await;
            assert_eq!(answer.refusal(), "400 malformed", "{rest} {body:?}");
        }
    }
}

#[actix_web::test]
async fn every_error_has_a_sentence_for_the_reader() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    for answer in [
        browser.grant(&held).await,
        browser.type_code(&held, "1").await,
        browser.type_code(&held, "12345678").await,
        browser.get("/api/v1/nothing").await,
        browser
            .post(&Browser::path(&held, "grant"), &json!({}))
            .await,
    ] {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body = answer.json();
        let sentence = body["error"]["message"].as_str().unwrap();
        assert!(sentence.ends_with('.') && sentence.len() > 15, "{sentence}");
    }
}

#[actix_web::test]
async fn people_get_pages_and_programs_get_json() {
    let world = World::new();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let page = browser.get("/nothing").await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("<h1>Page not found</h1>"));
    let page = browser
        .ask(browser.changing(Method::POST, "/genuine"))
        .await;
    assert_eq!(page.status, 405);
    assert!(page.text().contains("<h1>This page cannot do that</h1>"));
    assert!(
        page.text().contains("01632\u{a0}960000"),
        "the help line is on every page"
    );
}
