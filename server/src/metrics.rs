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
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn value(&self) -> u64 {
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

/// Connections that got a session.
pub static CONNECTIONS: Counter = Counter::new();
/// Connections that were turned away because their address may not come in now.
pub static TURNED_AWAY_PEER: Counter = Counter::new();
/// Connections that were turned away because their address had too many.
pub static TURNED_AWAY_ADDRESS: Counter = Counter::new();
/// Connections that were turned away because there were too many in all.
pub static TURNED_AWAY_FULL: Counter = Counter::new();
/// Replies of 4xx.
pub static REFUSED_FOR_NOW: Counter = Counter::new();
/// Replies of 5xx.
pub static REFUSED_FOR_GOOD: Counter = Counter::new();
/// Messages that got their 250.
pub static MESSAGES: Counter = Counter::new();
/// Octets of their content.
pub static MESSAGE_OCTETS: Counter = Counter::new();
/// Octets that were read, commands and what was refused included.
pub static READ_OCTETS: Counter = Counter::new();
/// Sessions that ended with our goodbye.
pub static ENDED_CLOSED: Counter = Counter::new();
/// Sessions whose client left without QUIT.
pub static ENDED_LEFT: Counter = Counter::new();
/// Sessions that broke: a reset, a handshake that failed, a client that took no replies.
pub static ENDED_BROKEN: Counter = Counter::new();

/// A name, what it counts, and its counters by label.
type Family = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static Counter)],
);

const COUNTERS: [Family; 11] = [
    (
        "sealpost_held_total",
        "Recipients who were held because nobody could be told",
        &[("", &HELD)],
    ),
    (
        "sealpost_bounces_failed_total",
        "Notices that came back for good",
        &[("", &BOUNCES_FAILED)],
    ),
    (
        "sealpost_bounces_passing_total",
        "Mails to bounce addresses that changed nothing",
        &[("", &BOUNCES_PASSING)],
    ),
    (
        "sealpost_captured_total",
        "Messages that were stored",
        &[("", &CAPTURED)],
    ),
    (
        "sealpost_store_failures_total",
        "Messages that the store could not take",
        &[("", &STORE_FAILURES)],
    ),
    (
        "sealpost_smtp_connections_total",
        "SMTP connections that got a session",
        &[("", &CONNECTIONS)],
    ),
    (
        "sealpost_smtp_connections_turned_away_total",
        "SMTP connections that got none, by reason: the address may not come in now, has too many, \
         or there are too many in all",
        &[
            ("{reason=\"peer\"}", &TURNED_AWAY_PEER),
            ("{reason=\"address\"}", &TURNED_AWAY_ADDRESS),
            ("{reason=\"full\"}", &TURNED_AWAY_FULL),
        ],
    ),
    (
        "sealpost_smtp_sessions_ended_total",
        "SMTP sessions that are over: closed by us, left by the client without QUIT, or broken",
        &[
            ("{how=\"closed\"}", &ENDED_CLOSED),
            ("{how=\"left\"}", &ENDED_LEFT),
            ("{how=\"broken\"}", &ENDED_BROKEN),
        ],
    ),
    (
        "sealpost_smtp_refusals_total",
        "SMTP replies that refuse something, by class of code",
        &[
            ("{class=\"4xx\"}", &REFUSED_FOR_NOW),
            ("{class=\"5xx\"}", &REFUSED_FOR_GOOD),
        ],
    ),
    (
        "sealpost_smtp_messages_accepted_total",
        "Messages that were answered with 250 at the end of data, bounces included",
        &[("", &MESSAGES)],
    ),
    (
        "sealpost_smtp_received_bytes_total",
        "Octets by what they were: content of accepted messages, or everything that was read inside \
         of TLS or without it",
        &[
            ("{what=\"accepted\"}", &MESSAGE_OCTETS),
            ("{what=\"read\"}", &READ_OCTETS),
        ],
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
    for (name, help, counters) in COUNTERS {
        let samples = counters
            .iter()
            .map(|(label, counter)| ((*label).to_owned(), counter.value()));
        family(&mut text, name, "counter", help, samples);
    }
    let ended = [&ENDED_CLOSED, &ENDED_LEFT, &ENDED_BROKEN].map(Counter::value);
    // The ends were read first: a session that begins or ends between the two is open.
    let open = CONNECTIONS.value().saturating_sub(ended.into_iter().sum());
    family(
        &mut text,
        "sealpost_smtp_sessions",
        "gauge",
        "SMTP sessions that are open",
        [(String::new(), open)],
    );
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
