//! How long it takes to put every server share under a new key, and what the mail notices of it.
//!
//! `cargo bench -p sealpost-store --all-features --bench rewrap [-- DIRECTORY [GRANTS [BATCH]]]`.
//! Give a directory on the disk that matters; the system's temporary directory may be in memory.
//! BATCH is how many values one commit replaces.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use seal::{KeyId, SystemRandom, WrapKey, share_context};
use store::contract::samples::{at, capture_sized, held, key_id};
use store::sqlite::{Options, SqliteStore};
use store::{
    Capture, Disposition, KeyPurpose, KeyedField, KeyedRecord, NewRecipient, REWRAP_AT_ONCE,
    Rewrapped, StaleValue, Store, TaskKind, place,
};

/// Recipients of one capture, while the store is filled.
const RECIPIENTS: usize = 1_000;
/// How long captures are timed before the rotation begins.
const BEFORE: Duration = Duration::from_secs(10);

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let base = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let mut number = |otherwise: usize| {
        let text = arguments.next();
        text.map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (grants, batch) = (number(1_000_000), number(REWRAP_AT_ONCE));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(rotate(base, grants, batch));
}

async fn rotate(base: PathBuf, grants: usize, batch: usize) {
    println!("{grants} grants in {}, {batch} at once", base.display());
    let home = tempfile::tempdir_in(base).expect("a directory");
    let store = SqliteStore::open(home.path(), Options::default()).expect("a store");
    let (old, new) = (Arc::new(share_key()), Arc::new(share_key()));
    let begun = Instant::now();
    for filled in (0..grants).step_by(RECIPIENTS) {
        let people = RECIPIENTS.min(grants - filled);
        let mut capture = sealed(&store, &old, people, 1_000);
        // A million notices would be another bench.
        capture
            .tasks
            .retain(|task| !matches!(task.kind, TaskKind::Notify(..)));
        let _ = store.capture(capture).await.expect("stored");
    }
    println!("filled in {:.0} s", begun.elapsed().as_secs_f64());

    let mut before = captures(&store, &new, BEFORE).await;
    let over = Arc::new(AtomicBool::new(false));
    let mail = tokio::spawn(keep_capturing(store.clone(), new.clone(), over.clone()));
    let begun = Instant::now();
    let replaced = rewrap_all(&store, &old, &new, batch).await;
    let seconds = begun.elapsed().as_secs_f64();
    over.store(true, Ordering::Relaxed);
    let mut during = mail.await.expect("no panic");
    let left = store
        .count_stale(KeyedField::Share, &[new.id()])
        .await
        .expect("a count");
    assert_eq!((replaced, left), (grants as u64, 0));
    println!(
        "{replaced} shares in {seconds:.1} s, {:.0} a second",
        replaced as f64 / seconds
    );
    for (name, waits) in [("before", &mut before), ("during", &mut during)] {
        println!(
            "{name}: {:>6} captures, median {:>6.2} ms, 99 % {:>7.2} ms, longest {:>7.2} ms",
            waits.len(),
            percentile(waits, 50),
            percentile(waits, 99),
            percentile(waits, 100),
        );
    }
    println!(
        "during over before: median {:.2}, 99 % {:.2}",
        percentile(&mut during, 50) / percentile(&mut before, 50),
        percentile(&mut during, 99) / percentile(&mut before, 99),
    );
    let begun = Instant::now();
    let uses = store.close_key(KeyPurpose::Share, old.id(), at(0)).await;
    assert_eq!(uses.expect("a count"), 0);
    println!("closed the old key in {:.0} ms", millis(begun.elapsed()));
}

fn share_key() -> WrapKey {
    let id: KeyId = key_id();
    WrapKey::new(id, "share", &[7; 32])
}

/// Everything that is not under the new key, page by page, as the gateway would.
async fn rewrap_all(
    store: &SqliteStore,
    old: &Arc<WrapKey>,
    new: &Arc<WrapKey>,
    batch: usize,
) -> u64 {
    let (mut after, mut replaced) = (None, 0);
    loop {
        let stale = store
            .stale_values(KeyedField::Share, &[new.id()], after, batch)
            .await
            .expect("a listing");
        let Some(last) = stale.last() else {
            return replaced;
        };
        after = Some(last.record.id());
        let (old, new) = (old.clone(), new.clone());
        let rewrapped = tokio::task::spawn_blocking(move || {
            stale
                .into_iter()
                .map(|value| rewrap(value, &old, &new))
                .collect()
        });
        let rewrapped = rewrapped.await.expect("no panic");
        let asked = Instant::now();
        replaced += store
            .rewrap(KeyedField::Share, rewrapped)
            .await
            .expect("replaced");
        // The fuller the writer's queue, the longer this takes: the mail has as long a turn.
        tokio::time::sleep(asked.elapsed()).await;
    }
}

fn rewrap(value: StaleValue, old: &WrapKey, new: &WrapKey) -> Rewrapped {
    let KeyedRecord::Share {
        recipient,
        message,
        profile,
        expires_at,
    } = value.record
    else {
        panic!("a share was asked for");
    };
    let context = share_context(message, recipient, profile, expires_at.as_second());
    let place = place::server_share(&recipient, &context);
    let share = old.open(&place, &value.sealed).expect("it opens");
    Rewrapped {
        id: value.record.id(),
        old: value.sealed,
        new: new.seal(&place, &share, &SystemRandom::new()),
    }
}

/// A capture whose shares are wrapped under a key.
fn sealed(store: &SqliteStore, key: &WrapKey, people: usize, size: usize) -> Capture {
    let people: Vec<NewRecipient> = (0..people).map(|_| held("patient@example.net")).collect();
    let mut capture = capture_sized(store, people, size);
    let about = capture.held.as_ref().expect("held");
    let (profile, end) = (about.profile, about.expires_at.as_second());
    for recipient in &mut capture.recipients {
        let context = share_context(capture.id, recipient.id, profile, end);
        let place = place::server_share(&recipient.id, &context);
        if let Disposition::Held { share, .. } = &mut recipient.disposition {
            *share = Some(key.seal(&place, &[9; 32], &SystemRandom::new()));
        }
    }
    capture
}

async fn captures(store: &SqliteStore, key: &Arc<WrapKey>, spell: Duration) -> Vec<Duration> {
    let over = Arc::new(AtomicBool::new(false));
    let mail = tokio::spawn(keep_capturing(store.clone(), key.clone(), over.clone()));
    tokio::time::sleep(spell).await;
    over.store(true, Ordering::Relaxed);
    mail.await.expect("no panic")
}

/// Captures messages of 10 KiB one after another; returns how long each took.
async fn keep_capturing(
    store: SqliteStore,
    key: Arc<WrapKey>,
    over: Arc<AtomicBool>,
) -> Vec<Duration> {
    let mut waits = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let (staging, key) = (store.clone(), key.clone());
        let capture = tokio::task::spawn_blocking(move || sealed(&staging, &key, 1, 10 * 1024));
        let capture = capture.await.expect("staged");
        let asked = Instant::now();
        let _ = store.capture(capture).await.expect("stored");
        waits.push(asked.elapsed());
    }
    waits
}

fn percentile(waits: &mut [Duration], percent: usize) -> f64 {
    waits.sort_unstable();
    millis(waits[(waits.len() - 1) * percent / 100])
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
