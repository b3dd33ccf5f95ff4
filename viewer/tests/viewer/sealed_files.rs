//! `view.age` and `message.age`: whole, by range, and bounded in memory.

use std::sync::Arc;

use actix_web::http::Method;

use crate::browser::{Answer, Browser, Site};
use crate::watched_store::{Fault, Watched};
use crate::world::{Held, World};

async fn reader(world: &World, held: &Held) -> Browser {
    let browser = Browser::new(&Site::new(&world.viewer()).await);
    browser.sign_in(world, held).await;
    browser
}

async fn fetch(browser: &Browser, held: &Held, range: Option<&str>) -> Answer {
    let mut request = browser.request(Method::GET, &Browser::path(held, "message.age"));
    if let Some(range) = range {
        request = request.insert_header(("Range", range));
    }
    browser.ask(request).await
}

fn octets(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 31 % 251) as u8).collect()
}

#[actix_web::test]
async fn both_files_come_whole() {
    let world = World::new();
    let held = world
        .message_with(&octets(1_000_003), "anna@example.net")
        .await;
    let browser = reader(&world, &held).await;
    let message = fetch(&browser, &held, None).await;
    assert_eq!(
        (message.status.as_u16(), &*message.body),
        (200, &*held.content)
    );
    assert_eq!(message.header("accept-ranges"), Some("bytes"));
    assert_eq!(
        message.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(message.header("content-encoding"), None);
    let view = browser.get(&Browser::path(&held, "view.age")).await;
    assert_eq!((view.status.as_u16(), &*view.body), (200, &*held.view));
}

#[actix_web::test]
async fn one_range_comes_as_asked() {
    let world = World::new();
    let size = 600_000;
    let held = world.message_with(&octets(size), "anna@example.net").await;
    let browser = reader(&world, &held).await;
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=599999-599999", size - 1, size - 1),
        ("bytes=599999-", size - 1, size - 1),
        ("bytes=-1", size - 1, size - 1),
        ("bytes=0-", 0, size - 1),
        ("bytes=262143-262144", 262_143, 262_144),
        ("bytes=100-524400", 100, 524_400),
        ("bytes=599990-700000", 599_990, size - 1),
        ("bytes=-700000", 0, size - 1),
    ] {
        let answer = fetch(&browser, &held, Some(range)).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(&*answer.body, &held.content[first..=last], "{range}");
        let expected = format!("bytes {first}-{last}/{size}");
        assert_eq!(answer.header("content-range"), Some(&*expected), "{range}");
    }
}

#[actix_web::test]
async fn what_is_not_one_range_inside_the_file_is_refused_with_its_size() {
    let world = World::new();
    let held = world.message().await;
    let browser = reader(&world, &held).await;
    for range in [
        "bytes=18-",
        "bytes=18-18",
        "bytes=0-0,2-2",
        "bytes=5-2",
        "bytes=x",
        "bytes=",
        "bytes=-0",
    ] {
        let answer = fetch(&browser, &held, Some(range)).await;
        assert_eq!(answer.refusal(), "416 range", "{range}");
        assert_eq!(
            answer.header("content-range"),
            Some("bytes */18"),
            "{range}"
        );
    }
    let twice = browser
        .request(Method::GET, &Browser::path(&held, "message.age"))
        .append_header(("Range", "bytes=0-0"))
        .append_header(("Range", "bytes=2-2"));
    assert_eq!(browser.ask(twice).await.status, 416);
    assert_eq!(
        fetch(&browser, &held, Some("lines=1-2")).await.status,
        200,
        "a unit unknown to us"
    );
}

#[actix_web::test]
async fn head_tells_the_size_and_reads_no_file() {
    let world = World::new();
    let held = world
        .message_with(&octets(300_000), "anna@example.net")
        .await;
    let watched = Watched::new(world.store.clone());
    let browser = Browser::new(&Site::new(&world.viewer_over(watched.clone())).await);
    browser.sign_in(&world, &held).await;
    watched.taken();
    let request = browser
        .request(Method::HEAD, &Browser::path(&held, "message.age"))
        .insert_header(("Range", "bytes=0-0"));
    assert_eq!(browser.ask(request).await.status, 200);
    assert_eq!(watched.taken(), ["session", "message_of"]);
}

#[actix_web::test]
async fn a_large_file_is_read_in_pieces() {
    let world = World::new();
    let held = world
        .message_with(&octets(5 << 20), "anna@example.net")
        .await;
    let watched = Watched::new(world.store.clone());
    let browser = Browser::new(&Site::new(&world.viewer_over(watched.clone())).await);
    browser.sign_in(&world, &held).await;
    watched.taken();
    assert_eq!(fetch(&browser, &held, None).await.body.len(), 5 << 20);
    let reads = watched
        .taken()
        .iter()
        .filter(|call| **call == "read_sealed")
        .count();
    assert_eq!(reads, 20, "256 KiB each");
}

#[actix_web::test]
async fn a_store_that_fails_half_way_never_ends_a_file_as_if_it_were_whole() {
    let world = World::new();
    let held = world
        .message_with(&octets(600_000), "anna@example.net")
        .await;
    let watched = Watched::new(world.store.clone());
    let browser = Browser::new(&Site::new(&world.viewer_over(Arc::clone(&watched) as _)).await);
    browser.sign_in(&world, &held).await;
    watched.fail_at("read_sealed", Fault::Unavailable);
    // The test's client reads a broken body as none; on the wire the connection is cut.
    assert!(fetch(&browser, &held, None).await.body.is_empty());
}
