//! Counters of this process and figures of the store, in Prometheus' text format.
//!
//! No label is personal: kinds, ends and causes only (promise L1). The balance and the figures of
//! the queue are read from the store at each scrape, in its own snapshots, so that they are exact
//! and the same from every process.

use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use store::{Store, StoreError};

/// Something that is counted from the start of the process.
pub struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// One more.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Recipients who were held: each is an alarm.
pub static HELD: Counter = Counter::new();
/// Mails to bounce addresses that said a notice will not arrive.
pub static BOUNCES_FAILED: Counter = Counter::new();
/// Other mails to bounce addresses.
pub static BOUNCES_PASSING: Counter = Counter::new();
/// Messages that were stored.
pub static CAPTURED: Counter = Counter::new();
/// Messages that the store could not take.
pub static STORE_FAILURES: Counter = Counter::new();

const COUNTERS: [(&str, &str, &Counter); 5] = [
    (
        "sealpost_held_total",
        "Recipients who were held because nobody could be told",
        &HELD,
    ),
    (
        "sealpost_bounces_failed_total",
        "Notices that came back for good",
        &BOUNCES_FAILED,
    ),
    (
        "sealpost_bounces_passing_total",
        "Mails to bounce addresses that changed nothing",
        &BOUNCES_PASSING,
    ),
    (
        "sealpost_captured_total",
        "Messages that were stored",
        &CAPTURED,
    ),
    (
        "sealpost_store_failures_total",
        "Messages that the store could not take",
        &STORE_FAILURES,
    ),
];

/// Everything as text.
pub async fn render(store: &dyn Store, now: Timestamp) -> Result<String, StoreError> {
    let balance = store.balance().await?;
    let figures = store.queue_figures(now).await?;
    let mut text = String::new();
    family(
        &mut text,
        "sealpost_recipients",
        "gauge",
        "Accepted recipients by end (promise D3)",
        [
            ("notified", balance.notified),
            ("dsn", balance.dsn),
            ("expired", balance.expired),
            ("revoked", balance.revoked),
            ("held", balance.held),
            ("in_progress", balance.in_progress),
        ]
        .map(|(end, count)| (format!("{{end=\"{end}\"}}"), count)),
    );
    for (name, help, value) in [
        (
            "sealpost_recipients_accepted",
            "Accepted recipients; the sum of those by end",
            balance.accepted,
        ),
        (
            "sealpost_recipients_stranded",
            "Recipients in progress that no task serves; more than 0 is an alarm",
            balance.stranded,
        ),
    ] {
        family(&mut text, name, "gauge", help, [(String::new(), value)]);
    }
    let tasks = figures.iter().flat_map(|kind| {
        let of = |state| format!("{{kind=\"{}\",state=\"{state}\"}}", kind.kind);
        [
            (of("waiting"), kind.waiting),
            (of("due"), kind.due),
            (of("failed"), kind.failed),
        ]
    });
    family(
        &mut text,
        "sealpost_tasks",
        "gauge",
        "Tasks by kind and state",
        tasks,
    );
    let ages = figures.iter().filter_map(|kind| {
        let age = now.duration_since(kind.oldest?).as_secs().max(0);
        Some((format!("{{kind=\"{}\"}}", kind.kind), age))
    });
    family(
        &mut text,
        "sealpost_task_oldest_seconds",
        "gauge",
        "How long ago the oldest unfinished task was first due",
        ages,
    );
    for (name, help, counter) in COUNTERS {
        family(
            &mut text,
            name,
            "counter",
            help,
            [(String::new(), counter.value())],
        );
    }
    Ok(text)
}

fn family<V: Display>(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, V)>,
) {
    // Writing to a String does not fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}
