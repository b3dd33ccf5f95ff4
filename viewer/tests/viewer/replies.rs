//! Secure replies: parts, limits, signature, sent once.

use std::sync::Arc;

use actix_web::http::Method;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use serde_json::json;
use store::{Guest, TaskKind};
use viewer::{Limits, ReplyLimits};

use crate::browser::{Answer, Browser, Site};
use crate::watched_store::Watched;
use crate::world::{Held, World};

struct Writer {
    browser: Browser,
    reply: String,
}

async fn writer(world: &World, held: &Held) -> Writer {
    writer_over(world, held, Arc::new(world.store.clone())).await
}

async fn writer_over(world: &World, held: &Held, guest: Arc<dyn Guest>) -> Writer {
    let browser = Browser::new(&Site::new(&world.viewer_over(guest)).await);
    browser.sign_in(world, held).await;
    let begun = browser
        .post(&Browser::path(held, "replies"), &json!({}))
        .await;
    assert_eq!(begun.status, 201);
    let reply = begun.json()["reply_id"].as_str().unwrap().to_owned();
    Writer { browser, reply }
}

impl Writer {
    fn path(&self, held: &Held, rest: &str) -> String {
        Browser::path(held, &format!("replies/{}/{rest}", self.reply))
    }

    async fn put(&self, held: &Held, index: &str, part: &[u8]) -> Answer {
        let path = self.path(held, &format!("parts/{index}"));
        let request = self
            .browser
            .changing(Method::PUT, &path)
            .insert_header(("Content-Type", "application/octet-stream"))
            .set_payload(part.to_vec());
        self.browser.ask(request).await
    }

    async fn send(&self, held: &Held, parts: &[&[u8]]) -> Answer {
        let body = json!({"parts": parts.len(), "signature": self.signature(held, parts)});
        self.browser.post(&self.path(held, "send"), &body).await
    }

    fn signature(&self, held: &Held, parts: &[&[u8]]) -> String {
        let digests: Vec<[u8; 32]> = parts.iter().map(|part| seal::sha256_of(&[part])).collect();
        let reply = self.reply.parse().unwrap();
        let input = seal::reply_signing_input(held.message, held.recipient, reply, &digests);
        let signer = held.link.reply_signer(held.message, held.recipient);
        BASE64_URL_SAFE_NO_PAD.encode(signer.sign(&input))
    }
}

#[actix_web::test]
async fn a_whole_reply_is_kept_with_its_digests_and_becomes_one_task() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    let large: Vec<u8> = (0..700_000_u32).map(|n| (n % 253) as u8).collect();
    assert_eq!(writer.put(&held, "1", &large).await.status, 204);
    assert_eq!(writer.put(&held, "0", b"first try").await.status, 204);
    assert_eq!(
        writer.put(&held, "0", b"document").await.status,
        204,
        "repeating replaces"
    );
    let sent = writer.send(&held, &[b"document", &large]).await;
    assert_eq!(sent.status, 202, "{sent:?}");
    let id = writer.reply.parse().unwrap();
    assert_eq!(
        sent.json(),
        json!({
            "reference": viewer::reply_reference(id),
            "received_at": "2026-11-22T09:00:00Z",
        })
    );
    let kept = world
        .store
        .reply_of(id, held.recipient)
        .await
        .unwrap()
        .unwrap();
    let parts: Vec<_> = kept
        .parts
        .iter()
        .map(|part| (part.index, part.size, part.sha256))
        .collect();
    let digest = |octets: &[u8]| seal::sha256_of(&[octets]);
    assert_eq!(
        parts,
        [(0, 8, digest(b"document")), (1, 700_000, digest(&large))]
    );
    assert!(kept.signature.is_some());
    assert_eq!(world.tasks().await, [(TaskKind::DeliverReply(id), None)]);
}

#[actix_web::test]
async fn sending_again_says_the_same_and_adds_nothing() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    writer.put(&held, "0", b"document").await;
    let first = writer.send(&held, &[b"document"]).await;
    world.pass_minutes(3);
    let again = writer.send(&held, &[b"document"]).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (202, 200));
    assert_eq!(first.json(), again.json());
    assert_eq!(
        writer.put(&held, "0", b"other").await.refusal(),
        "409 already-sent"
    );
    assert_eq!(world.tasks().await.len(), 1);
}

#[actix_web::test]
async fn ten_sends_at_once_deliver_one_reply() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    writer.put(&held, "0", b"document").await;
    let answers = join_all((0..10).map(|_| writer.send(&held, &[b"document"]))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 202).count(),
        1
    );
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        9
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.json() == answers[0].json())
    );
    assert_eq!(world.tasks().await.len(), 1);
}

#[actix_web::test]
async fn a_reply_with_parts_missing_or_left_over_is_not_sent() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    writer.put(&held, "1", b"file").await;
    writer.put(&held, "4", b"left over").await;
    let refused = writer.send(&held, &[b"document", b"file", b"second"]).await;
    assert_eq!(refused.refusal(), "409 incomplete");
    assert_eq!(refused.json()["error"]["missing"], json!([0, 2]));
    assert_eq!(refused.json()["error"]["extra"], json!([4]));
    // A part that no signature covers is none of the reply, however right the rest is.
    writer.put(&held, "0", b"document").await;
    let refused = writer.send(&held, &[b"document", b"file"]).await;
    assert_eq!(refused.refusal(), "409 incomplete");
    assert_eq!(refused.json()["error"]["missing"], json!([]));
    assert_eq!(refused.json()["error"]["extra"], json!([4]));
    let body = json!({"parts": 0, "signature": "A".repeat(86)});
    let none = writer
        .browser
        .post(&writer.path(&held, "send"), &body)
        .await;
    assert_eq!(none.refusal(), "400 malformed");
    assert!(world.tasks().await.is_empty());
}

#[actix_web::test]
async fn only_who_holds_the_link_can_send() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let writer = writer(&world, &held).await;
    writer.put(&held, "0", b"document").await;
    let send = async |signature: String| {
        let body = json!({"parts": 1, "signature": signature});
        writer
            .browser
            .post(&writer.path(&held, "send"), &body)
            .await
    };
    let right = writer.signature(&held, &[b"document"]);
    for wrong in [
        writer.signature(&other, &[b"document"]),
        writer.signature(&held, &[b"another document"]),
        "A".repeat(86),
        "nonsense".to_owned(),
        String::new(),
        format!("{right}AA"),
    ] {
        assert_eq!(send(wrong).await.refusal(), "403 bad-signature");
    }
    assert!(world.tasks().await.is_empty());
    assert_eq!(send(right).await.status, 202);
    assert_eq!(world.tasks().await.len(), 1);
}

#[actix_web::test]
async fn a_reply_belongs_to_its_recipient() {
    let world = World::new();
    let (held, other) = (world.message().await, world.message().await);
    let own = writer(&world, &held).await;
    own.put(&held, "0", b"document").await;
    let mut thief = writer(&world, &other).await;
    thief.reply = own.reply.clone();
    assert_eq!(
        thief.put(&other, "0", b"evil").await.refusal(),
        "404 not-found"
    );
    assert_eq!(
        thief.send(&other, &[b"document"]).await.refusal(),
        "404 not-found"
    );
    assert_eq!(own.send(&held, &[b"document"]).await.status, 202);
}

fn small() -> Limits {
    let reply = ReplyLimits {
        max_bytes: 100_000,
        max_files: 2,
        max_open: 2,
    };
    Limits {
        reply,
        ..Limits::default()
    }
}

#[actix_web::test]
async fn a_reply_larger_than_allowed_is_refused_whether_or_not_it_says_so_first() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    let refused = writer.put(&held, "1", &vec![0; 250_000]).await;
    assert_eq!(refused.refusal(), "413 too-large");
    assert_eq!(refused.json()["error"]["max_bytes"], 100_000);
    // A length that is claimed too small does not help: octets are counted.
    let path = writer.path(&held, "parts/1");
    let liar = writer
        .browser
        .changing(Method::PUT, &path)
        .insert_header(("Content-Type", "application/octet-stream"))
        .set_payload(vec![0; 250_000])
        .insert_header(("Content-Length", "10"));
    assert_eq!(writer.browser.ask(liar).await.refusal(), "413 too-large");
    // All parts count together.
    assert_eq!(writer.put(&held, "2", &vec![0; 90_000]).await.status, 204);
    assert_eq!(
        writer.put(&held, "1", &vec![0; 110_000]).await.refusal(),
        "413 too-large"
    );
    assert_eq!(writer.put(&held, "1", &vec![0; 20_000]).await.status, 204);
    assert_eq!(
        writer.put(&held, "2", &vec![0; 91_000]).await.status,
        204,
        "replaced, not added"
    );
    // A document may have grown, within reason.
    assert_eq!(writer.put(&held, "0", &vec![0; 500_000]).await.status, 204);
    assert_eq!(
        writer.put(&held, "0", &vec![0; 800_000]).await.refusal(),
        "413 too-large"
    );
}

#[actix_web::test]
async fn a_part_has_room_up_to_the_last_octet_that_sealing_may_add() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    // 16 octets to each 64 KiB, a header of a part, and the document's frame: FORMAT §7.
    let most = 100_000 + 100_000 / 1024 + 3 * 8 * 1024 + 64 * 1024;
    assert_eq!(
        writer.put(&held, "1", &vec![0; most + 1]).await.refusal(),
        "413 too-large"
    );
    assert_eq!(writer.put(&held, "1", &vec![0; most]).await.status, 204);
    assert_eq!(
        writer.put(&held, "2", b"x").await.refusal(),
        "413 too-large"
    );
}

#[actix_web::test]
async fn parts_that_come_at_once_are_kept_as_far_as_they_fit_together() {
    let mut limits = small();
    limits.reply.max_files = 20;
    let world = World::with_limits(limits);
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let writer = writer_over(&world, &held, watched.clone()).await;
    // Each alone fits, no two do.
    let part = vec![0; 200_000];
    let indexes: Vec<String> = (0..=20).map(|index| index.to_string()).collect();
    watched.taken();
    let answers = join_all(indexes[1..].iter().map(|at| writer.put(&held, at, &part))).await;
    let staged = watched
        .taken()
        .iter()
        .filter(|call| **call == "stage_part")
        .count();
    assert!((2..=8).contains(&staged), "{staged} ran at once");
    let mut kept = 0;
    for answer in &answers {
        match answer.status.as_u16() {
            204 => kept += 1,
            413 => assert_eq!(answer.refusal(), "413 too-large"),
            _ => {
                assert_eq!(answer.refusal(), "429 slow-down");
                let retry_at = &answer.json()["error"]["retry_at"];
                assert_eq!(retry_at, "2026-11-22T09:01:00Z");
            }
        }
    }
    assert_eq!(kept, 1);
    let id = writer.reply.parse().unwrap();
    let reply = world.store.reply_of(id, held.recipient).await.unwrap();
    let parts = reply.unwrap().parts;
    assert_eq!((parts.len(), parts[0].size), (1, 200_000));
    // Uploads that are over make room for others.
    let index = parts[0].index.to_string();
    assert_eq!(writer.put(&held, &index, &part).await.status, 204);
}

#[actix_web::test]
async fn an_index_that_no_reply_has_is_refused_before_the_store_is_asked_for_the_reply() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let watched = Watched::new(world.store.clone());
    let writer = writer_over(&world, &held, watched.clone()).await;
    watched.taken();
    assert_eq!(
        writer.put(&held, "3", b"x").await.refusal(),
        "413 too-large"
    );
    assert_eq!(watched.taken(), ["session"]);
}

#[actix_web::test]
async fn what_an_allowed_reply_grows_to_by_sealing_fits() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    // 100,000 octets of files in two parts, each with a hybrid header and chunk tags, and a
    // document of small print.
    for (index, size) in [("1", 50_000 + 2_200), ("2", 50_000 + 2_200), ("0", 4_000)] {
        assert_eq!(
            writer.put(&held, index, &vec![0; size]).await.status,
            204,
            "{index}"
        );
    }
}

#[actix_web::test]
async fn more_files_than_allowed_and_indexes_that_are_none_are_refused() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    assert_eq!(writer.put(&held, "2", b"x").await.status, 204);
    for (index, refusal) in [
        ("3", "413 too-large"),
        ("4294967295", "413 too-large"),
        ("4294967296", "404 not-found"),
        ("-1", "404 not-found"),
        ("x", "404 not-found"),
    ] {
        assert_eq!(
            writer.put(&held, index, b"x").await.refusal(),
            refusal,
            "{index}"
        );
    }
}

#[actix_web::test]
async fn nobody_begins_replies_without_end() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    let path = Browser::path(&held, "replies");
    assert_eq!(writer.browser.post(&path, &json!({})).await.status, 201);
    let refused = writer.browser.post(&path, &json!({})).await;
    assert_eq!(refused.refusal(), "429 too-many-replies");
}

#[actix_web::test]
async fn an_upload_that_is_refused_leaves_nothing_of_an_earlier_part_lost() {
    let world = World::with_limits(small());
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    writer.put(&held, "0", b"document").await;
    assert_eq!(
        writer.put(&held, "0", &vec![0; 2_000_000]).await.status,
        413
    );
    assert_eq!(writer.send(&held, &[b"document"]).await.status, 202);
}

impl Writer {
    async fn put_piece(&self, held: &Held, range: &str, octets: &[u8]) -> Answer {
        let path = self.path(held, "parts/1");
        let request = self
            .browser
            .changing(Method::PUT, &path)
            .insert_header(("Content-Type", "application/octet-stream"))
            .insert_header(("Content-Range", range))
            .set_payload(octets.to_vec());
        self.browser.ask(request).await
    }
}

#[actix_web::test]
async fn a_part_comes_in_pieces_and_goes_on_where_it_stopped() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    let part: Vec<u8> = (0..700_000_u32).map(|n| (n % 253) as u8).collect();

    let first = writer
        .put_piece(&held, "bytes 0-299999/700000", &part[..300_000])
        .await;
    assert_eq!(
        (first.status.as_u16(), first.json()),
        (202, json!({"received": 300_000}))
    );
    // A line that broke: less came than was announced.
    let broken = writer
        .put_piece(&held, "bytes 300000-599999/700000", &part[300_000..450_000])
        .await;
    assert_eq!(broken.json(), json!({"received": 450_000}));
    let again = writer
        .put_piece(&held, "bytes 300000-599999/700000", &part[300_000..600_000])
        .await;
    assert_eq!(again.refusal(), "409 offset");
    assert_eq!(again.json()["error"]["received"], 450_000);
    let rest = writer
        .put_piece(&held, "bytes 450000-699999/700000", &part[450_000..])
        .await;
    assert_eq!(rest.status, 204, "{rest:?}");

    writer.put(&held, "0", b"document").await;
    let sent = writer.send(&held, &[b"document", &part]).await;
    assert_eq!(
        sent.status, 202,
        "the digest is that of the whole: {sent:?}"
    );
}

#[actix_web::test]
async fn a_piece_from_nought_begins_the_part_anew() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    writer.put_piece(&held, "bytes 0-3/8", b"old ").await;
    writer.put_piece(&held, "bytes 0-3/6", b"new!").await;
    let other = writer.put_piece(&held, "bytes 4-7/8", b"part").await;
    assert_eq!(
        other.refusal(),
        "409 offset",
        "another length is another part"
    );
    assert_eq!(other.json()["error"]["received"], 0);
    assert_eq!(
        writer.put_piece(&held, "bytes 4-5/6", b"!!").await.status,
        204
    );
    writer.put(&held, "0", b"document").await;
    assert_eq!(
        writer.send(&held, &[b"document", b"new!!!"]).await.status,
        202
    );
}

#[actix_web::test]
async fn pieces_are_held_to_what_they_say_and_to_the_limit() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    for range in [
        "bytes 0-9",
        "bytes 5-4/10",
        "bytes 0-10/10",
        "0-9/10",
        "bytes */10",
    ] {
        let answer = writer.put_piece(&held, range, b"0123456789").await;
        assert_eq!(answer.refusal(), "400 malformed", "{range}");
    }
    let long = writer.put_piece(&held, "bytes 0-3/10", b"01234").await;
    assert_eq!(long.refusal(), "400 malformed");
    let nothing_there = writer.put_piece(&held, "bytes 4-9/10", b"456789").await;
    assert_eq!(nothing_there.json()["error"]["received"], 0);
    let huge = writer
        .put_piece(&held, "bytes 0-9/99999999999", b"0123456789")
        .await;
    assert_eq!(huge.refusal(), "413 too-large");
}

#[actix_web::test]
async fn what_has_arrived_of_a_part_is_kept_for_a_quarter_of_an_hour() {
    let world = World::new();
    let held = world.message().await;
    let writer = writer(&world, &held).await;
    writer.put_piece(&held, "bytes 0-3/12", b"0123").await;
    world.pass_minutes(14);
    assert_eq!(
        writer
            .put_piece(&held, "bytes 4-7/12", b"4567")
            .await
            .status,
        202
    );
    world.pass_minutes(15);
    let late = writer.put_piece(&held, "bytes 8-11/12", b"89ab").await;
    assert_eq!(late.refusal(), "409 offset");
    assert_eq!(late.json()["error"]["received"], 0);
}
