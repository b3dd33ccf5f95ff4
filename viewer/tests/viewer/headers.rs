//! Promise B2: the headers of every answer, and what may be cached or compressed.

use std::collections::HashSet;
use std::io::Read;

use actix_web::http::Method;
use serde_json::json;

use crate::browser::{Answer, Browser, Site};
use crate::route_table::style_name;
use crate::watched_store::{Fault, Watched};
use crate::world::{Held, World};

fn check(what: &str, answer: &Answer) -> String {
    let policy = answer
        .header("content-security-policy")
        .unwrap_or_else(|| panic!("{what}"));
    let (front, rest) = policy.split_once("'nonce-").unwrap();
    let (nonce, rest) = rest.split_once('\'').unwrap();
    assert_eq!(
        format!("{front}'nonce-N'{rest}"),
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'nonce-N'; \
         img-src 'self' data: blob:; connect-src 'self'; font-src 'none'; frame-src 'self' blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; \
         trusted-types sealpost-frame sealpost-worker dompurify",
        "{what}"
    );
    for (name, value) in [
        (
            "strict-transport-security",
            "max-age=31536000; includeSubDomains",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex, nofollow"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}: {name}");
    }
    let permissions = answer.header("permissions-policy").unwrap();
    for feature in ["camera", "microphone", "geolocation", "usb", "payment"] {
        assert!(
            permissions.contains(&format!("{feature}=()")),
            "{what}: {feature}"
        );
    }
    assert_eq!(
        answer.headers.get_all("content-security-policy").count(),
        1,
        "{what}"
    );
    nonce.to_owned()
}

/// One answer of each kind that the viewer gives.
async fn every_kind(world: &World, held: &Held, site: &Site) -> Vec<(String, Answer)> {
    let browser = Browser::new(site);
    let mut all = vec![("summary".to_owned(), browser.summary(held).await)];
    all.push(("code".to_owned(), browser.ask_code(held).await));
    let code = world.mailed_codes().await.remove(0);
    all.push((
        "wrong code".to_owned(),
        browser.type_code(held, "00000000").await,
    ));
    all.push(("session".to_owned(), browser.type_code(held, &code).await));
    all.push(("wait".to_owned(), browser.ask_code(held).await));
    for path in [
        "/",
        "/genuine",
        "/privacy",
        "/accessibility",
        "/cookies",
        "/.well-known/security.txt",
        "/.well-known/sealpost-bundle.sha256",
        "/m/x",
        "/s/x",
        "/nothing",
        "/assets/nothing",
        "/api/x",
    ] {
        all.push((path.to_owned(), browser.get(path).await));
    }
    for rest in ["grant", "view.age", "message.age", "nothing"] {
        all.push((
            rest.to_owned(),
            browser.get(&Browser::path(held, rest)).await,
        ));
    }
    for (what, request) in [
        ("405 page", browser.changing(Method::DELETE, "/")),
        (
            "405 JSON",
            browser.changing(Method::DELETE, &Browser::path(held, "grant")),
        ),
        (
            "403 page",
            browser
                .request(Method::POST, "/")
                .insert_header(("Origin", "null")),
        ),
        (
            "415",
            browser.changing(Method::POST, &Browser::path(held, "summary")),
        ),
        ("416", {
            let request = browser.request(Method::GET, &Browser::path(held, "message.age"));
            request.insert_header(("Range", "bytes=9999-"))
        }),
        ("OPTIONS", browser.request(Method::OPTIONS, "/")),
        ("HEAD", browser.request(Method::HEAD, "/")),
    ] {
        all.push((what.to_owned(), browser.ask(request).await));
    }
    all.push((
        "close".to_owned(),
        browser
            .post(&Browser::path(held, "close"), &json!({}))
            .await,
    ));
    all
}

#[actix_web::test]
async fn every_answer_carries_every_header_with_a_nonce_of_its_own() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let answers = every_kind(&world, &held, &site).await;
    let mut nonces = HashSet::new();
    for (what, answer) in &answers {
        let nonce = check(what, answer);
        assert_eq!(nonce.len(), 24, "18 octets");
        assert!(nonces.insert(nonce), "{what}: a nonce was used twice");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    }
    let statuses: HashSet<u16> = answers
        .iter()
        .map(|(_, answer)| answer.status.as_u16())
        .collect();
    for status in [200, 202, 204, 401, 403, 404, 405, 415, 416, 429] {
        let after_close = status == 401;
        assert!(
            statuses.contains(&status) || after_close,
            "{status} was not among them"
        );
    }
}

#[actix_web::test]
async fn faults_of_ours_carry_them_too_and_say_nothing_of_their_cause() {
    let world = World::new();
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    for (fault, refusal) in [
        (Fault::Panic, "500 internal"),
        (Fault::Fatal, "500 internal"),
        (Fault::Unavailable, "503 unavailable"),
    ] {
        watched.fail_at("recipient_by_handle", fault);
        let answer = browser.summary(&held).await;
        assert_eq!(answer.refusal(), refusal);
        assert!(!answer.text().contains("canary"));
        check(refusal, &answer);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[actix_web::test]
async fn hashed_assets_are_kept_for_a_year_and_nothing_else_is() {
    let world = World::new();
    let site = Site::new(&world.viewer()).await;
    let answer = Browser::new(&site)
        .get(&format!("/assets/{}", style_name()))
        .await;
    assert_eq!(answer.status, 200);
    check("asset", &answer);
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    assert_eq!(
        answer.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[actix_web::test]
async fn assets_are_compressed_and_nothing_else_is() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.sign_in(&world, &held).await;
    let get = async |path: &str| {
        let request = browser.request(Method::GET, path);
        browser
            .ask(request.insert_header(("Accept-Encoding", "gzip, deflate, br")))
            .await
    };
    let asset = get(&format!("/assets/{}", style_name())).await;
    assert_eq!(asset.header("content-encoding"), Some("gzip"));
    assert!(
        asset
            .header("vary")
            .unwrap()
            .to_lowercase()
            .contains("accept-encoding")
    );
    for path in [
        "/",
        "/m/x",
        &Browser::path(&held, "grant"),
        &Browser::path(&held, "message.age"),
    ] {
        assert_eq!(get(path).await.header("content-encoding"), None, "{path}");
    }
}

#[actix_web::test]
async fn who_takes_no_gzip_gets_the_asset_as_it_is_and_both_unpack_to_the_same() {
    let world = World::new();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let path = format!("/assets/{}", style_name());
    let get = async |accepted: Option<&str>| {
        let request = browser.request(Method::GET, &path);
        let answer = browser
            .ask(match accepted {
                Some(accepted) => request.insert_header(("Accept-Encoding", accepted)),
                None => request,
            })
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
        check("asset", &answer);
        answer
    };
    let plain = get(None).await.body;
    for accepted in ["", "identity", "br", "gzip;q=0", "deflate, zstd", ";;=,"] {
        let answer = get(Some(accepted)).await;
        assert_eq!(answer.header("content-encoding"), None, "{accepted}");
        assert_eq!(answer.body, plain, "{accepted}");
    }
    for accepted in ["gzip", "GZIP", "br, gzip", "gzip;q=0.5, identity;q=0.1"] {
        let answer = get(Some(accepted)).await;
        assert_eq!(
            answer.header("content-encoding"),
            Some("gzip"),
            "{accepted}"
        );
        assert!(answer.body.len() < plain.len() / 2);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*answer.body)
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, plain, "{accepted}");
    }
}

#[actix_web::test]
async fn the_bundle_s_hashes_are_those_of_what_is_served() {
    let world = World::new();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let hashes = browser.get("/.well-known/sealpost-bundle.sha256").await;
    let mut seen = 0;
    for line in hashes.text().lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        let asset = browser.get(&format!("/assets/{name}")).await;
        let digest = seal::sha256_of(&[&asset.body]);
        let hex: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hex, hash, "{name}");
        seen += 1;
    }
    assert!(seen >= 4);
}

#[actix_web::test]
async fn over_plain_http_no_browser_is_told_to_insist_on_tls() {
    let mut world = World::new();
    world.settings.public_url = "http://localhost:8080".parse().unwrap();
    let site = Site::new(&world.viewer()).await;
    let answer = Browser::new(&site).get("/").await;
    assert_eq!(answer.header("strict-transport-security"), None);
}

#[actix_web::test]
async fn the_landing_page_keeps_the_contract_with_the_script() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let answer = Browser::new(&site)
        .get(&format!("/m/{}", held.handle))
        .await;
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = answer.text();
    for part in [
        "<main id=\"main\"",
        "You have a secure message.",
        &format!("data-handle=\"{}\"", held.handle),
        &format!("data-reference=\"{}\"", held.handle.reference()),
        "data-organisation=\"Example Trust\"",
        "data-phone=\"01632 960000\"",
        "data-tel=\"01632960000\"",
        "data-worker=\"/assets/worker-",
        "<script type=\"module\" src=\"/assets/main-",
        &format!("href=\"/assets/{}\"", style_name()),
        "<noscript>",
    ] {
        assert!(page.contains(part), "{part}");
    }
}
