//! The server over real sockets: what the in-process tests cannot see.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use viewer::{Limits, ReplyLimits, RequestLimits, RunError, Viewer};

use crate::browser::{Browser, Site};
use crate::world::{Held, World};

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), RunError>>,
}

fn serve(viewer: Viewer) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::task::spawn_local(viewer::run(vec![listener], None, viewer, async {
        let _ = stopped.await;
    }));
    Served {
        address,
        stop,
        running,
    }
}

/// Sends octets as they are and reads to the end.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(method: &str, path: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: secure.example.org\r\nConnection: close\r\n{more}\r\n"
    )
}

fn post(path: &str, more: &str, body: &str) -> String {
    let typed = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    get("POST", path, &format!("{typed}{more}")) + body
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn cookie(answer: &str) -> String {
    let line = answer
        .lines()
        .find(|line| line.to_lowercase().starts_with("set-cookie:"))
        .unwrap();
    line[11..].split(';').next().unwrap().trim().to_owned()
}

#[actix_web::test]
async fn a_hundred_correct_submissions_over_two_workers_give_exactly_one_session() {
    let world = World::new();
    let held = world.message().await;
    let served = serve(world.viewer());
    let path = |rest| Browser::path(&held, rest);
    let proof = json!({"proof": held.proof()}).to_string();
    let asked = exchange(served.address, &post(&path("code"), "", &proof)).await;
    assert_eq!(status(&asked), "202");
    let code = world.mailed_codes().await.remove(0);
    let cookie = format!("Cookie: {}\r\n", cookie(&asked));
    let request = post(&path("verify"), &cookie, &json!({"code": code}).to_string());
    let tries: Vec<_> = (0..100)
        .map(|_| {
            let (address, request) = (served.address, request.clone());
            tokio::spawn(async move { exchange(address, &request).await })
        })
        .collect();
    let mut good = 0;
    for answer in tries {
        let answer = answer.await.unwrap();
        good += usize::from(status(&answer) == "200");
        assert!(["200", "403", "401"].contains(&status(&answer)), "{answer}");
    }
    assert_eq!(good, 1);
    stop(served).await;
}

async fn stop(served: Served) {
    served.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(15), served.running).await;
    ended.expect("the server stops").unwrap().unwrap();
}

#[actix_web::test]
async fn head_sends_a_head_and_no_body() {
    let world = World::new();
    let held = world
        .message_with(&vec![7; 300_000], "anna@example.net")
        .await;
    let served = serve(world.viewer());
    let page = exchange(
        served.address,
        &get("HEAD", &format!("/m/{}", held.handle), ""),
    )
    .await;
    assert_eq!(status(&page), "200");
    assert!(page.ends_with("\r\n\r\n") && page.to_lowercase().contains("content-length: "));
    let cookie = sign_in(&world, &held, served.address).await;
    let path = Browser::path(&held, "message.age");
    let file = exchange(served.address, &get("HEAD", &path, &cookie)).await;
    assert_eq!(status(&file), "200");
    assert!(
        file.to_lowercase().contains("content-length: 300000"),
        "{file}"
    );
    assert!(file.ends_with("\r\n\r\n"));
    let file = exchange(served.address, &get("GET", &path, &cookie)).await;
    assert!(file.to_lowercase().contains("content-length: 300000"));
    assert_eq!(file.split_once("\r\n\r\n").unwrap().1.len(), 300_000);
    stop(served).await;
}

#[actix_web::test]
async fn an_upload_that_tells_no_size_is_counted_as_it_comes() {
    let reply = ReplyLimits {
        max_bytes: 100_000,
        max_files: 2,
        max_open: 2,
    };
    let world = World::with_limits(Limits {
        reply,
        ..Limits::default()
    });
    let held = world.message().await;
    let served = serve(world.viewer());
    let cookie = sign_in(&world, &held, served.address).await;
    let grant = get("GET", &Browser::path(&held, "grant"), &cookie);
    let csrf = field(&exchange(served.address, &grant).await, "csrf");
    let own = format!("{cookie}X-Sealpost-Csrf: {csrf}\r\n");
    let begun = exchange(
        served.address,
        &post(&Browser::path(&held, "replies"), &own, "{}"),
    )
    .await;
    let part = format!("replies/{}/parts/1", field(&begun, "reply_id"));
    let head = get(
        "PUT",
        &Browser::path(&held, &part),
        &format!("{own}Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n"),
    );
    for (chunks, expected) in [(9, "204"), (10, "413")] {
        let chunk = format!("4e20\r\n{}\r\n", "x".repeat(20_000));
        let request = format!("{head}{}0\r\n\r\n", chunk.repeat(chunks));
        let answer = exchange(served.address, &request).await;
        assert_eq!(status(&answer), expected, "{chunks} chunks: {answer}");
    }
    stop(served).await;
}

/// A text member of a JSON answer.
fn field(answer: &str, name: &str) -> String {
    let (_, rest) = answer.split_once(&format!("\"{name}\":\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn sign_in(world: &World, held: &Held, address: SocketAddr) -> String {
    let proof = json!({"proof": held.proof()}).to_string();
    let asked = exchange(address, &post(&Browser::path(held, "code"), "", &proof)).await;
    let code = world.mailed_codes().await.remove(0);
    let more = format!("Cookie: {}\r\n", cookie(&asked));
    let body = json!({"code": code}).to_string();
    let verified = exchange(address, &post(&Browser::path(held, "verify"), &more, &body)).await;
    assert_eq!(status(&verified), "200");
    format!("Cookie: {}\r\n", cookie(&verified))
}

#[actix_web::test]
async fn a_person_on_their_own_machine_may_use_another_name_for_it() {
    let world = World::new();
    let held = world.message().await;
    let served = serve(world.viewer());
    let body = json!({"proof": held.proof()}).to_string();
    let from = |host: &str, origin: &str| {
        let more = format!("Origin: {origin}\r\n");
        post(&Browser::path(&held, "summary"), &more, &body).replace("secure.example.org", host)
    };
    let here = served.address.to_string();
    for (host, origin, expected) in [
        (&*here, &*format!("http://{here}"), "200"),
        (&*here, "http://127.0.0.1:3000", "403"),
        ("rebound.example", "http://rebound.example", "403"),
    ] {
        let answer = exchange(served.address, &from(host, origin)).await;
        assert_eq!(status(&answer), expected, "{host} {origin}");
    }
    stop(served).await;
}

#[actix_web::test]
async fn a_flood_from_one_address_behind_our_proxy_is_told_to_wait() {
    let mut world = World::new();
    world.settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    world.settings.limits.requests = RequestLimits {
        burst: 5,
        per_second: 1,
    };
    let served = serve(world.viewer());
    let ask = async |client: &str, path: &str| {
        let more = format!("X-Forwarded-For: 6.6.6.6, {client}\r\n");
        exchange(served.address, &get("GET", path, &more)).await
    };
    for _ in 0..5 {
        assert_eq!(status(&ask("198.51.100.1", "/genuine").await), "200");
    }
    let page = ask("198.51.100.1", "/genuine").await;
    assert_eq!(status(&page), "429");
    assert!(page.contains("<h1>Wait a moment</h1>"));
    let json = ask("198.51.100.1", "/api/v1/m/x/grant").await;
    assert!(
        json.contains("\"slow-down\"") && json.contains("retry_at"),
        "{json}"
    );
    assert_eq!(status(&ask("198.51.100.2", "/genuine").await), "200");
    world.pass(Duration::from_secs(1));
    assert_eq!(status(&ask("198.51.100.1", "/genuine").await), "200");
    stop(served).await;
}

#[actix_web::test]
async fn without_a_trusted_proxy_forwarded_addresses_are_not_believed() {
    let mut world = World::new();
    world.settings.limits.requests = RequestLimits {
        burst: 1,
        per_second: 1,
    };
    let site = Site::new(&world.viewer()).await;
    let ask = async |forwarded: &str| {
        let request = actix_web::test::TestRequest::get()
            .uri("/genuine")
            .peer_addr("203.0.113.5:4711".parse().unwrap())
            .insert_header(("X-Forwarded-For", forwarded));
        site.ask(request).await.status.as_u16()
    };
    assert_eq!(ask("198.51.100.1").await, 200);
    assert_eq!(ask("198.51.100.2").await, 429);
}

#[actix_web::test]
async fn what_is_no_http_gets_no_page() {
    let world = World::new();
    let served = serve(world.viewer());
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let answer = exchange(served.address, request).await;
        assert!(
            answer.is_empty() || status(&answer) == "400",
            "{request:?}: {answer}"
        );
    }
    stop(served).await;
}

#[actix_web::test]
async fn stopping_lets_a_running_request_finish() {
    let world = World::new();
    let served = serve(world.viewer());
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream
        .write_all(b"GET /genuine HTTP/1.1\r\nHost: a\r\n")
        .await
        .unwrap();
    tokio::task::yield_now().await;
    stream
        .write_all(b"Connection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    let address = served.address;
    stop(served).await;
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[actix_web::test]
async fn a_client_that_sends_nothing_more_is_hung_up_on() {
    let world = World::new();
    let held = world.message().await;
    let served = serve(world.viewer());
    let half_a_body = get(
        "POST",
        &Browser::path(&held, "summary"),
        "Content-Type: application/json\r\nContent-Length: 100\r\n",
    );
    let (head, body) = tokio::join!(
        exchange(served.address, "GET / HTTP/1.1\r\nHost: secure"),
        exchange(served.address, &half_a_body)
    );
    assert_eq!(status(&head), "408");
    assert!(
        status(&body) == "408" && body.contains("\"too-slow\""),
        "{body}"
    );
    stop(served).await;
}
