//! Promise A8: every route against every kind of visitor, and no route besides.

use actix_web::http::Method;
use serde_json::json;
use viewer::routes::{ROUTES, Role, RouteRule, Verb};

use crate::browser::{Answer, Browser, Site};
use crate::world::{Held, Sent, World};

const ROLES: [Role; 6] = [
    Role::Anonymous,
    Role::WrongRecipient,
    Role::RightRecipient,
    Role::Sender,
    Role::WrongSender,
    Role::Operator,
];

/// What a visitor can bring along.
struct Visitor {
    browser: Browser,
    proof: String,
    code: String,
    reply: String,
}

/// Prepares a visitor so that nothing but their rights decides: whoever can have a session, a
/// pending code and a begun reply has them.
async fn visitor(
    role: Role,
    world: &World,
    site: &Site,
    (held, sent): (&Held, &Sent),
    (other, other_sent): (&Held, &Sent),
    of_sender: bool,
) -> Visitor {
    let browser = Browser::new(site);
    let no_reply = "00000000-0000-7000-8000-000000000000".to_owned();
    let nothing = |proof: String| Visitor {
        browser: Browser::new(site),
        proof,
        code: "12345678".to_owned(),
        reply: no_reply.clone(),
    };
    match role {
        Role::Anonymous => nothing("A".repeat(43)),
        Role::Sender | Role::WrongSender => {
            let own = match role {
                Role::Sender => sent,
                _ => other_sent,
            };
            browser.sign_in_sender(world, own).await;
            world.pass_minutes(1);
            Visitor {
                browser,
                proof: own.proof(),
                code: "12345678".to_owned(),
                reply: no_reply,
            }
        }
        // Reads the store: tries the digest in place of the proof.
        Role::Operator => {
            let digest = if of_sender {
                sent.link.open_proof(&sent.handle).digest()
            } else {
                held.link.open_proof(&held.handle).digest()
            };
            nothing(base64::Engine::encode(
                &base64::prelude::BASE64_URL_SAFE_NO_PAD,
                digest,
            ))
        }
        Role::WrongRecipient | Role::RightRecipient => {
            let own = if role == Role::RightRecipient {
                held
            } else {
                other
            };
            browser.sign_in(world, own).await;
            let begun = browser
                .post(&Browser::path(own, "replies"), &json!({}))
                .await;
            let reply = begun.json()["reply_id"].as_str().unwrap().to_owned();
            world.pass_minutes(1);
            Visitor {
                browser,
                proof: own.proof(),
                code: "12345678".to_owned(),
                reply,
            }
        }
    }
}

/// Asks as well as the visitor can, so that a refusal is about rights and not about form.
async fn ask(rule: &RouteRule, role: Role, world: &World, site: &Site) -> Answer {
    let (held, sent) = world.message_and_sender().await;
    let (other, other_sent) = world.message_and_sender().await;
    let of_sender = rule.path.starts_with("/s/") || rule.path.starts_with("/api/v1/s/");
    let (one, another) = ((&held, &sent), (&other, &other_sent));
    let mut visitor = visitor(role, world, site, one, another, of_sender).await;
    let right = role == Role::RightRecipient;
    if rule.path.ends_with("/verify") {
        let proof = json!({"proof": visitor.proof});
        let asked = match role {
            Role::RightRecipient if !of_sender => {
                visitor
                    .browser
                    .post(&Browser::path(&held, "code"), &proof)
                    .await
            }
            Role::Sender if of_sender => {
                let path = Browser::sender_path(&sent, "code");
                visitor.browser.post(&path, &proof).await
            }
            _ => visitor.browser.get("/").await,
        };
        if asked.status == 202 {
            visitor.code = world.mailed_codes().await.remove(0);
        }
    }
    let handle = match of_sender {
        true => sent.handle.to_string(),
        false => held.handle.to_string(),
    };
    let path = rule
        .path
        .replace("{handle:.*}", &handle)
        .replace("{handle}", &handle)
        .replace("{name}", &style_name())
        .replace("{reply_id}", &visitor.reply)
        .replace("{index}", "0");
    let browser = &visitor.browser;
    if right && rule.path.ends_with("/sent/{reply_id}") {
        send_with_copy(browser, &held, &visitor.reply).await;
    }
    let request = match rule.verb {
        Verb::Get => browser.request(Method::GET, &path),
        Verb::Post => browser.changing(Method::POST, &path),
        Verb::Put => browser.changing(Method::PUT, &path),
    };
    let request = match rule.verb {
        Verb::Get => request,
        Verb::Put => request
            .insert_header(("Content-Type", "application/octet-stream"))
            .set_payload("part"),
        Verb::Post => request.set_json(json!({
            "proof": visitor.proof,
            "code": visitor.code,
            "language": "cy",
            "recipient": held.recipient.to_string(),
            "parts": 1,
            "signature": if right && path.ends_with("/send") {
                signature_over_one_part(browser, &held, &visitor.reply).await
            } else {
                "A".repeat(86)
            },
        })),
    };
    let answer = browser.ask(request).await;
    world.tasks().await;
    answer
}

async fn send_with_copy(browser: &Browser, held: &Held, reply: &str) {
    let signature = signature_over_one_part(browser, held, reply).await;
    let path = |rest| Browser::path(held, &format!("replies/{reply}/{rest}"));
    let copy = browser
        .changing(Method::PUT, &path("copy"))
        .insert_header(("Content-Type", "application/octet-stream"))
        .set_payload("copy");
    assert_eq!(browser.ask(copy).await.status, 204);
    let body = json!({"parts": 1, "signature": signature});
    assert_eq!(browser.post(&path("send"), &body).await.status, 202);
}

async fn signature_over_one_part(browser: &Browser, held: &Held, reply: &str) -> String {
    let path = Browser::path(held, &format!("replies/{reply}/parts/0"));
    let request = browser
        .changing(Method::PUT, &path)
        .insert_header(("Content-Type", "application/octet-stream"))
        .set_payload("part");
    assert_eq!(browser.ask(request).await.status, 204);
    let digests = [seal::sha256_of(&[b"part"])];
    let id = reply.parse().unwrap();
    let input = seal::reply_signing_input(held.message, held.recipient, id, &digests);
    let signature = held
        .link
        .reply_signer(held.message, held.recipient)
        .sign(&input);
    base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, signature)
}

/// The name of a file that is there, from the committed manifest.
pub(crate) fn style_name() -> String {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/manifest.json");
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(manifest).unwrap()).unwrap();
    manifest["style.css"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn every_route_answers_every_kind_of_visitor_as_the_table_says() {
    for role in ROLES {
        let world = World::new();
        let site = Site::new(&world.viewer()).await;
        for rule in ROUTES {
            let answer = ask(rule, role, &world, &site).await;
            let expected = rule.expect.of(role);
            assert_eq!(
                answer.status, expected,
                "{role:?} at {}: {answer:?}",
                rule.path
            );
        }
    }
}

#[actix_web::test]
async fn what_is_not_in_the_table_is_not_found() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.sign_in(&world, &held).await;
    for path in [
        "/metrics",
        "/health",
        "/health/live",
        "/health/ready",
        "/debug",
        "/debug/pprof",
        "/admin",
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/m",
        "/api/v1/openapi.json",
        "/openapi.json",
        "/m",
        "/assets/",
        "/assets/manifest.json",
        "/assets/main.js",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/.env",
        "/.git/config",
        "/genuine/",
        "//",
        "/s",
        "/api/v1/s",
        "/api/v1/s/0123456789abcdefghjkmnpqr0/grant",
        "/api/v1/s/0123456789abcdefghjkmnpqr0/message.age",
        "/index.html",
        "/favicon.ico",
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = browser.ask(browser.changing(method.clone(), path)).await;
            let refused = [404, 405].contains(&answer.status.as_u16());
            assert!(refused, "{method} {path}: {}", answer.status);
        }
    }
    let path = Browser::path(&held, "nothing");
    assert_eq!(browser.get(&path).await.refusal(), "404 no-route");
}

/// The table is what the application is built from; this holds the other half of the promise, that
/// nothing else registers a route.
#[test]
fn routes_are_registered_in_one_file_only() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut looked_at = 0;
    for file in rust_files(sources.as_ref()) {
        let text = std::fs::read_to_string(&file).unwrap();
        looked_at += 1;
        let registers = [
            "web::resource",
            "web::scope",
            "web::route",
            "web::get",
            "web::post",
            "web::put",
            "web::to",
            ".service(",
            ".route(",
            "#[get",
            "#[post",
            "#[put",
            "#[route",
        ];
        let found: Vec<_> = registers
            .iter()
            .filter(|word| text.contains(*word))
            .collect();
        if file.ends_with("src/routes.rs") {
            assert!(found.len() > 2, "the check sees what it looks for");
        } else {
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
    assert!(looked_at > 30);
}

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
