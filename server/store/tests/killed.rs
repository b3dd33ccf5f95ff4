//! A process that is killed while it captures loses nothing that it was told is stored.
//!
//! The child captures from several tasks at once and prints each message id when `Stored` has come
//! back. The parent kills it (SIGKILL) at some moment, opens the store and looks for every id it
//! has read. A killed process leaves the page cache to the kernel, so this shows the order of
//! answer and commit, not what the disk does when its power fails.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use seal::MessageId;
use store::contract::samples::{capture_sized, held, octets};
use store::sqlite::{Options, SqliteStore};
use store::{ContentKind, Store};

/// The variable that tells a child where to capture.
const CAPTURE_INTO: &str = "SEALPOST_TEST_CAPTURE_INTO";
/// Half of the contents stand in files.
const SIZES: [usize; 2] = [10_000, 200_000];

/// As the child, captures until it is killed; otherwise says nothing.
#[test]
fn a_killed_process_loses_nothing_that_was_answered() {
    if let Some(path) = std::env::var_os(CAPTURE_INTO) {
        runtime().block_on(capture_until_killed(Path::new(&path)));
        return;
    }
    let home = tempfile::tempdir().expect("a temporary directory");
    let path = home.path().join("store");
    let mut answered = HashSet::new();
    for kill_after in [1, 7, 30, 75, 120] {
        let more = kill_after_answers(&path, kill_after);
        assert!(more.len() >= kill_after);
        answered.extend(more);
        runtime().block_on(look_for(&path, &answered));
    }
}

/// Starts a child, kills it once it has printed so many ids, and returns all it has printed.
fn kill_after_answers(path: &Path, answers: usize) -> Vec<MessageId> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "a_killed_process_loses_nothing_that_was_answered",
            "--nocapture",
        ])
        .env(CAPTURE_INTO, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut ids = Vec::new();
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().expect("its output")).lines() {
        let line = line.expect("a line");
        let Some(id) = line.strip_prefix("stored ") else {
            continue;
        };
        ids.extend(id.parse::<MessageId>().ok());
        if ids.len() >= answers && !killed {
            child.kill().expect("it can be killed");
            killed = true;
        }
    }
    child.wait().expect("its end");
    ids
}

async fn capture_until_killed(path: &Path) {
    let store = SqliteStore::open(path, Options::default()).expect("a store");
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for size in SIZES.iter().cycle() {
                    let people = vec![held("patient@example.net")];
                    let stored = store
                        .capture(capture_sized(&store, people, *size))
                        .await
                        .expect("stored");
                    // One write per line: a line that is there is whole.
                    let line = format!("stored {}\n", stored.message());
                    std::io::stdout()
                        .write_all(line.as_bytes())
                        .expect("somebody reads");
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no end but a kill");
    }
}

async fn look_for(path: &Path, answered: &HashSet<MessageId>) {
    let store = SqliteStore::open(path, Options::default()).expect("a store");
    for id in answered {
        let message = store
            .message(*id)
            .await
            .expect("a reader")
            .expect("it was answered");
        let (content, size) = message.content(ContentKind::Message).expect("its content");
        let read = store.read(content, 0, usize::MAX).await.expect("all of it");
        assert!(read == octets(size as usize));
    }
    let balance = store.balance().await.expect("a balance");
    // Some were stored whose answer nobody read.
    assert!(balance.accepted >= answered.len() as u64);
    assert_eq!(balance.accepted, balance.in_progress);
    assert_eq!(balance.stranded, 0);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}
