//! How many captures a second the embedded store takes, and how many commits they cost.
//!
//! `cargo bench -p sealpost-store --all-features [-- DIRECTORY]`. Give a directory on the disk
//! that matters; the system's temporary directory may be in memory.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use store::Store;
use store::contract::samples::{capture_sized, held};
use store::sqlite::{Options, SqliteStore};

/// How long each line is measured.
const SPELL: Duration = Duration::from_secs(3);

fn main() {
    let base = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let base = base.map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("in {}", base.display());
    runtime.block_on(another_process_under_load(&base));
    for (name, size) in [("10 KB", 10_000), ("100 KB", 100_000), ("1 MB", 1_000_000)] {
        for callers in [1, 10, 50] {
            runtime.block_on(captures(&base, name, size, callers));
        }
    }
}

async fn captures(base: &Path, name: &str, size: usize, callers: usize) {
    let home = tempfile::tempdir_in(base).expect("a directory");
    let store = SqliteStore::open(home.path(), Options::default()).expect("a store");
    let begun = Instant::now();
    let workers: Vec<_> = (0..callers)
        .map(|_| tokio::spawn(keep_capturing(store.clone(), size)))
        .collect();
    let mut waits = Vec::new();
    for worker in workers {
        waits.extend(worker.await.expect("no panic"));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let count = waits.len() as f64;
    println!(
        "{name:>7} {callers:>3} callers: {:>6.0} captures/s, {:>5.2} commits per capture, \
         capture() median {:>6.2} ms, 99 % {:>7.2} ms",
        count / seconds,
        store.commits() as f64 / count,
        percentile(&mut waits, 50),
        percentile(&mut waits, 99),
    );
}

/// What another process waits for a small write of its own while the gateway is busy.
async fn another_process_under_load(base: &Path) {
    let home = tempfile::tempdir_in(base).expect("a directory");
    let gateway = SqliteStore::open(home.path(), Options::default()).expect("a store");
    let viewer = SqliteStore::open(home.path(), Options::default()).expect("a store");
    let load: Vec<_> = (0..50)
        .map(|_| tokio::spawn(keep_capturing(gateway.clone(), 10_000)))
        .collect();
    let mut waits = keep_capturing(viewer, 100).await;
    for worker in load {
        worker.await.expect("no panic");
    }
    println!(
        "a second process beside 50 callers: {} writes, median {:.2} ms, 99 % {:.2} ms",
        waits.len(),
        percentile(&mut waits, 50),
        percentile(&mut waits, 99),
    );
}

/// Stages and captures until the spell is over; returns how long each capture took.
async fn keep_capturing(store: SqliteStore, size: usize) -> Vec<Duration> {
    let begun = Instant::now();
    let mut waits = Vec::new();
    while begun.elapsed() < SPELL {
        let staging = store.clone();
        let capture = tokio::task::spawn_blocking(move || {
            capture_sized(&staging, vec![held("patient@example.net")], size)
        });
        let capture = capture.await.expect("staged");
        let asked = Instant::now();
        let _ = store.capture(capture).await.expect("stored");
        waits.push(asked.elapsed());
    }
    waits
}

/// In milliseconds.
fn percentile(waits: &mut [Duration], percent: usize) -> f64 {
    waits.sort_unstable();
    waits[(waits.len() - 1) * percent / 100].as_secs_f64() * 1_000.0
}
