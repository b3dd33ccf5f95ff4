//! Promise A5: what a stranger is told never depends on whether there is anything to be told.

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, Site};
use crate::watched_store::{Fault, Watched};
use crate::world::World;

const ZERO_PROOF: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// All that a client sees, less the one value that is fresh in each answer.
pub(crate) fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    (
        answer.status.as_u16(),
        without_nonce(&answer.headers),
        answer.body.to_vec(),
    )
}

fn without_nonce(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut all: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            let fixed = match value.split_once("'nonce-") {
                Some((front, rest)) => format!("{front}{}", rest.split_once('\'').unwrap().1),
                None => value.to_owned(),
            };
            (name.to_string(), fixed)
        })
        .collect();
    all.sort();
    all
}

/// Handles and proofs of a stranger: nothing, something else, something over.
async fn strangers(world: &World) -> Vec<(&'static str, String, String)> {
    let over = world.message().await;
    world.pass_minutes(60 * 24 * 31);
    let ended = world.message().await;
    let held = world.message().await;
    world.store_expires(&over).await;
    let (own, other) = (held.proof(), ended.proof());
    let handle = held.handle.to_string();
    let unknown = "0123456789abcdefghjkmnpqr0".to_owned();
    vec![
        ("another's proof", handle.clone(), other.clone()),
        ("a proof of zeros", handle.clone(), ZERO_PROOF.to_owned()),
        (
            "a proof that is none",
            handle.clone(),
            "nonsense".to_owned(),
        ),
        ("an empty proof", handle, String::new()),
        (
            "an expired message, another's proof",
            over.handle.to_string(),
            other,
        ),
        ("an unknown handle", unknown.clone(), own.clone()),
        (
            "an unknown handle, a proof of zeros",
            unknown,
            ZERO_PROOF.to_owned(),
        ),
        ("the handle of zeros", "0".repeat(26), ZERO_PROOF.to_owned()),
        ("a short handle", "abc".to_owned(), own.clone()),
        ("a handle that is none", "%22%3E".to_owned(), own.clone()),
        ("a long handle", "z".repeat(3000), own),
    ]
}

#[actix_web::test]
async fn without_the_proof_all_handles_are_alike_to_whatever_takes_one() {
    let world = World::new();
    let cases = strangers(&world).await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    for endpoint in [
        "summary",
        "exposed",
        "code",
        "not-for-me",
        "more-time",
        "damaged",
    ] {
        let mut answers = Vec::new();
        for (what, handle, proof) in &cases {
            let path = format!("/api/v1/m/{handle}/{endpoint}");
            let answer = Browser::new(&site)
                .post(&path, &json!({"proof": proof}))
                .await;
            assert_eq!(answer.refusal(), "404 not-found", "{what}");
            assert_eq!(
                watched.taken(),
                ["recipient_by_handle"],
                "the same work: {what}"
            );
            answers.push((what, seen(&answer)));
        }
        for (what, answer) in &answers {
            assert_eq!(answer, &answers[0].1, "{endpoint}: {what}");
        }
    }
    assert!(world.tasks().await.is_empty());
}

#[actix_web::test]
async fn a_stranger_with_any_cookie_is_told_to_ask_first_whatever_the_handle() {
    let world = World::new();
    let over = world.message().await;
    world.pass_minutes(60 * 24 * 31);
    world.store_expires(&over).await;
    let late = world.message().await;
    world.pass_minutes(60 * 24 * 29);
    let used_up = world.message().await;
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    // One recipient has no guesses left today.
    let guesser = Browser::new(&site);
    for _ in 0..5 {
        guesser.ask_code(&used_up).await;
        world.mailed_codes().await;
        for _ in 0..5 {
            guesser.type_code(&used_up, "00000000").await;
        }
        world.pass_minutes(1);
    }
    assert_eq!(
        guesser.type_code(&used_up, "00000000").await.refusal(),
        "429 too-many-tries"
    );
    // One message's time is over while its task has not run.
    world.pass_minutes(60 * 24);
    let handles = [&held.handle, &used_up.handle, &over.handle, &late.handle];
    let handles = handles.map(ToString::to_string);
    let mut answers = Vec::new();
    for handle in handles
        .iter()
        .map(String::as_str)
        .chain(["0123456789abcdefghjkmnpqr0", "x"])
    {
        for method_and_rest in [
            (Method::POST, "verify"),
            (Method::GET, "grant"),
            (Method::GET, "view.age"),
            (Method::GET, "message.age"),
            (Method::POST, "touch"),
            (Method::POST, "replies"),
            (Method::POST, "close"),
        ] {
            let (method, rest) = method_and_rest;
            let browser = Browser::new(&site);
            plant_cookie(&browser, handle);
            let request = browser.changing(method, &format!("/api/v1/m/{handle}/{rest}"));
            let body: Value = if rest == "verify" {
                json!({"code": "12345678"})
            } else {
                json!({})
            };
            answers.push((
                rest,
                handle.to_owned(),
                seen(&browser.ask(request.set_json(body)).await),
            ));
        }
    }
    for (rest, handle, answer) in &answers {
        let first = answers
            .iter()
            .find(|(other, ..)| other == rest)
            .map(|(.., first)| first);
        assert_eq!(Some(answer), first, "{rest} {handle}");
        assert_eq!(answer.0, 401, "{rest} {handle}");
    }
}

#[actix_web::test]
async fn a_code_typed_by_a_stranger_costs_the_same_work_whatever_the_handle() {
    let world = World::new();
    let (over, withdrawn) = (world.message().await, world.message().await);
    world.pass_minutes(60 * 24 * 31);
    world.store_expires(&over).await;
    let late = world.message().await;
    world.pass_minutes(60 * 24 * 30);
    let (held, asked) = (world.message().await, world.message().await);
    world.store_expires(&withdrawn).await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    // Somebody else has asked for a code and has a session.
    Browser::new(&site).sign_in(&world, &asked).await;
    world.pass_minutes(1);
    Browser::new(&site).ask_code(&asked).await;
    world.mailed_codes().await;
    watched.taken();
    let known = [&held, &asked, &over, &withdrawn, &late].map(|held| held.handle.to_string());
    let unknown = ["0123456789abcdefghjkmnpqr0".to_owned(), "0".repeat(26)];
    let mut answers = Vec::new();
    for handle in known.into_iter().chain(unknown) {
        let browser = Browser::new(&site);
        plant_cookie(&browser, &handle);
        let path = format!("/api/v1/m/{handle}/verify");
        let answer = browser.post(&path, &json!({"code": "12345678"})).await;
        assert_eq!(answer.refusal(), "401 ask-first", "{handle}");
        assert_eq!(
            watched.taken(),
            ["recipient_by_handle", "take_guess"],
            "{handle}"
        );
        answers.push(seen(&answer));
        // Without a cookie of that name nothing is asked for any handle.
        let path = format!("/api/v1/m/{handle}/verify");
        let bare = Browser::new(&site);
        let answer = bare.post(&path, &json!({"code": "12345678"})).await;
        assert_eq!(answer.refusal(), "401 ask-first", "{handle}");
        assert_eq!(watched.taken(), [""; 0], "{handle}");
        answers.push(seen(&answer));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[actix_web::test]
async fn a_fault_of_the_store_tells_no_handle_from_another() {
    let world = World::new();
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    watched.fail_at("take_guess", Fault::Unavailable);
    for handle in [&*held.handle.to_string(), "0123456789abcdefghjkmnpqr0"] {
        let browser = Browser::new(&site);
        plant_cookie(&browser, handle);
        let path = format!("/api/v1/m/{handle}/verify");
        let answer = browser.post(&path, &json!({"code": "12345678"})).await;
        assert_eq!(answer.refusal(), "503 unavailable", "{handle}");
    }
}

/// A cookie of the right name for a handle, with a value of a stranger's making.
pub(crate) fn plant_cookie(browser: &Browser, handle: &str) {
    if let Ok(handle) = handle.parse::<seal::Handle>() {
        let digest = seal::sha256_of(&[b"sealpost cookie", handle.as_bytes()]);
        let front: [u8; 16] = digest[..16].try_into().unwrap();
        let symbols = seal::Handle::from_bytes(front).to_string();
        browser.set_cookie(&format!("__Host-sealpost-{}", &symbols[..8]), ZERO_PROOF);
    }
}

#[actix_web::test]
async fn who_has_the_proof_is_told_what_became_of_the_message() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let summary = browser.summary(&held).await;
    assert_eq!(summary.status, 200);
    assert_eq!(
        summary.json(),
        json!({
            "organisation": {"name": "Example Trust", "phone": "01632 960000"},
            "captured_at": "2026-11-22T09:00:00Z",
            "reference": held.handle.reference(),
            "masked_address": "a••••@example.net",
            "expires_at": "2026-12-22T09:00:00Z",
            "state": "open",
        })
    );
    world.pass_minutes(60 * 24 * 30);
    assert_eq!(browser.summary(&held).await.json()["state"], "expired");
    assert_eq!(browser.ask_code(&held).await.refusal(), "410 expired");
    world.store_expires(&held).await;
    assert_eq!(browser.summary(&held).await.json()["state"], "expired");
    assert_eq!(browser.ask_code(&held).await.refusal(), "410 expired");
    assert!(world.tasks().await.is_empty());
}
