//! The sweep takes orphans, and nothing that somebody may still need.

use std::fs;
use std::time::{Duration, SystemTime};

use seal::ContentId;

use super::*;
use crate::contract::samples::*;
use crate::{ContentKind, INLINE_LIMIT, Store};

const LARGE: usize = INLINE_LIMIT + 1;

/// A file in the content folder, last written to so many seconds ago.
fn lay_out(home: &Home, name: &str, shard: &str, age: u64) -> PathBuf {
    let directory = home.path().join(CONTENT).join(shard);
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    fs::write(&path, "sealed").unwrap();
    grow_old(&path, age);
    path
}

fn grow_old(path: &Path, seconds: u64) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the age of a file is by the system's clock"
    )]
    let then = SystemTime::now() - Duration::from_secs(seconds);
    fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(then)
        .unwrap();
}

fn shard(id: &ContentId) -> String {
    format!("{:02x}", id.as_bytes()[3])
}

#[tokio::test]
async fn old_orphans_go_and_young_ones_stay() {
    let home = Home::new();
    drop(home.open());
    let ids: Vec<_> = (0..4).map(|_| content_id()).collect();
    let place = |id: &ContentId, suffix: &str, age| {
        lay_out(&home, &format!("{id}{suffix}"), &shard(id), age)
    };
    let old = [place(&ids[0], "", 3_601), place(&ids[1], ".part", 3_601)];
    let young = [place(&ids[2], "", 3_500), place(&ids[3], ".part", 3_500)];
    home.open();
    assert!(old.iter().all(|path| !path.exists()));
    assert!(young.iter().all(|path| path.exists()));
}

#[tokio::test]
async fn files_that_a_record_names_stay_however_old() {
    let home = Home::new();
    let store = home.open();
    let capture = capture_sized(&store, vec![held("patient@example.net")], LARGE);
    let content = capture.held.as_ref().unwrap().message.id;
    let _ = store.capture(capture).await.unwrap();
    drop(store);
    grow_old(&home.content_files()[0], 1_000_000);
    // The record names the whole file, not a part of the same name.
    let part = lay_out(
        &home,
        &format!("{content}.part"),
        &shard(&content),
        1_000_000,
    );
    let store = home.open();
    assert!(!part.exists());
    assert!(store.read(content, 0, LARGE).await.unwrap() == octets(LARGE));
}

#[tokio::test]
async fn what_another_process_is_staging_is_left_alone() {
    let home = Home::new();
    let viewer = home.open();
    let mut capture = capture_sized(&viewer, vec![held("patient@example.net")], LARGE);
    let id = content_id();
    capture.held.as_mut().unwrap().message = {
        let mut writer = viewer.stage(id, ContentKind::Message).unwrap();
        std::io::Write::write_all(&mut writer, &octets(LARGE)).unwrap();
        // The gateway starts while this is half written.
        drop(home.open());
        writer.finish().unwrap()
    };
    drop(home.open());
    let _ = viewer.capture(capture).await.unwrap();
    assert!(viewer.read(id, 0, LARGE).await.unwrap() == octets(LARGE));
}

#[test]
fn what_is_not_named_after_a_content_is_not_ours() {
    let home = Home::new();
    drop(home.open());
    let names = ["README", "0198.part", "notes.txt"];
    let strangers = names.map(|name| lay_out(&home, name, "aa", 1_000_000));
    let elsewhere = lay_out(&home, &content_id().to_string(), "elsewhere", 1_000_000);
    home.open();
    assert!(strangers.iter().all(|path| path.exists()));
    assert!(elsewhere.exists());
}

/// Twice: what the first start makes of it, the second must not take for a store of its own.
#[test]
fn without_its_database_a_store_is_refused_and_nothing_is_swept() {
    for cut in [false, true] {
        let home = Home::new();
        drop(home.open());
        let id = content_id();
        let file = lay_out(&home, &id.to_string(), &shard(&id), 1_000_000);
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(home.path().join(format!("{DATABASE}{suffix}")));
        }
        if cut {
            fs::write(home.database(), []).unwrap();
        }
        for _ in 0..2 {
            let error = home.try_open().unwrap_err();
            assert!(error.to_string().contains("put it back"), "{error}");
            assert!(file.exists());
        }
        // Who moves it away has said that it is not wanted here.
        fs::remove_file(&file).unwrap();
        home.open();
    }
}

#[test]
fn a_log_without_its_database_is_refused_and_stays() {
    let home = Home::new();
    drop(home.open());
    let _ = fs::remove_file(home.database());
    fs::write(home.log(), [7; 100]).unwrap();
    assert!(home.try_open().is_err());
    assert!(home.log().exists());
    fs::remove_file(home.log()).unwrap();
    home.open();
}
