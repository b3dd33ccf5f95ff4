//! `sealpost audit`: what operators did to messages and tasks, and how such an act is recorded
//! (promise L1). Acts on keys have a record of their own, see `keys verify`.
//!
//! The record stands in the store, written in the commit of the act. It names ids; the reason that
//! was given is sealed under the metadata key.

use clap::Subcommand;
use keystore::{GatewayKeys, Metadata, Ring};
use seal::{Random, SystemRandom, TaskId};
use serde_json::json;
use store::sqlite::SqliteStore;
use store::{Act, Event, EventId, NewEvent, Store, place};

use super::keys::Opened;
use super::output::print;
use super::{Failure, Global};
use crate::clock;

/// Octets of a reason that are kept.
const REASON: usize = 300;
/// Events that are read at once.
const AT_ONCE: usize = 1_000;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List what operators did, the oldest first
    List(List),
}

#[derive(clap::Args)]
pub(super) struct List {
    /// Show the reasons that were given too; needs the keys
    #[arg(long)]
    show_reasons: bool,
}

/// Does an act and records it with the reason that was given. Returns how much it changed.
pub(super) async fn act(
    store: &SqliteStore,
    global: &Global,
    act: Act,
    cause: String,
) -> Result<u64, Failure> {
    Ok(store
        .act(event(global, act, cause)?, clock::system())
        .await?)
}

/// An act with the reason that was given, to be recorded in its commit.
pub(super) fn event(global: &Global, act: Act, cause: String) -> Result<NewEvent, Failure> {
    let random = SystemRandom::new();
    let id = new_id(&random);
    let reason = match reason(global)? {
        Some(reason) => {
            let keys = keys(global)?;
            let place = place::event_reason(&id);
            Some(keys.metadata.seal(&place, reason.as_bytes(), &random))
        }
        None => None,
    };
    Ok(NewEvent {
        id,
        act,
        cause,
        reason,
    })
}

/// The reason, if one was given.
pub(super) fn reason(global: &Global) -> Result<Option<&str>, Failure> {
    let given = global.reason.as_deref().map(str::trim);
    match given.filter(|reason| !reason.is_empty()) {
        Some(reason) if reason.len() > REASON => Err(Failure::usage(format!(
            "--reason must have at most {REASON} octets"
        ))),
        reason => Ok(reason),
    }
}

fn new_id(random: &dyn Random) -> EventId {
    let millis = u64::try_from(clock::system().as_millisecond()).unwrap_or_default();
    EventId::from_bytes(*TaskId::generate(millis, random).as_bytes())
}

pub(super) fn keys(global: &Global) -> Result<GatewayKeys, Failure> {
    let live = Opened::new(global)?.live()?;
    GatewayKeys::of(&live).ok_or_else(|| {
        Failure::key_unavailable(
            "a reason is kept sealed, and this configuration has no key for it; run this with the \
             gateway's credential, or without --reason",
        )
    })
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let Self::List(list) = self;
        let config = global.load()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let store = crate::service::open_store(&config)?;
            list.run(&store, global).await
        })
    }
}

impl List {
    async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let keys = match self.show_reasons {
            true => Some(keys(global)?),
            false => None,
        };
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.number);
            let more = store.events(after, AT_ONCE).await?;
            if more.is_empty() {
                break;
            }
            events.extend(more);
        }
        let mut text = String::new();
        let mut rows = Vec::new();
        for event in &events {
            let reason = match (&keys, &event.reason) {
                (Some(keys), Some(sealed)) => Some(opened(&keys.metadata, event, sealed)?),
                _ => None,
            };
            if global.json {
                rows.push(row(event, reason.as_deref()));
            } else {
                text += &line(event, reason.as_deref());
            }
        }
        if global.json {
            text = serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n";
        } else if events.is_empty() {
            eprintln!("No act of an operator or a sender is recorded.");
        }
        print(text.as_bytes())
    }
}

fn opened(keys: &Ring<Metadata>, event: &Event, sealed: &[u8]) -> Result<String, Failure> {
    let opened = keys.open(&place::event_reason(&event.id), sealed);
    let opened = opened.map_err(Failure::key_unavailable)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}

/// What was done, to what.
fn words(act: &Act) -> (&'static str, String) {
    match act {
        Act::Hold(task) => ("queue hold", format!("task {task}")),
        Act::Retry(task) => ("queue retry", format!("task {task}")),
        Act::Drop(task) => ("queue drop", format!("task {task}")),
        Act::Revoke(message, None) => ("messages revoke", format!("message {message}")),
        Act::Revoke(message, Some(recipient)) => (
            "messages revoke",
            format!("message {message} recipient {recipient}"),
        ),
        Act::Export(message) => ("escrow export", format!("message {message}")),
        Act::Extend(message, until) => (
            "messages extend",
            format!(
                "message {message} until {}",
                until.strftime("%Y-%m-%dT%H:%M:%SZ")
            ),
        ),
        Act::Remind(message, recipient) => (
            "messages remind",
            format!("message {message} recipient {recipient}"),
        ),
        Act::NotForMe(message, recipient) => (
            "not for me",
            format!("message {message} recipient {recipient}"),
        ),
    }
}

fn line(event: &Event, reason: Option<&str>) -> String {
    let (act, about) = words(&event.act);
    // Quoted, so that a reason makes no lines of its own.
    let reason = match (reason, &event.reason) {
        (Some(reason), _) => format!(": {reason:?}"),
        (None, Some(_)) => ": reason sealed".to_owned(),
        (None, None) => String::new(),
    };
    let result = match event.changed {
        0 => " (refused, or nothing to do)",
        _ => "",
    };
    format!(
        "{:>6}  {}  {}  {act} {about}{result}{reason}\n",
        event.number,
        event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        event.who,
    )
}

fn row(event: &Event, reason: Option<&str>) -> serde_json::Value {
    let (task, message, recipient) = match event.act {
        Act::Hold(task) | Act::Retry(task) | Act::Drop(task) => (Some(task), None, None),
        Act::Revoke(message, recipient) => (None, Some(message), recipient),
        Act::Export(message) | Act::Extend(message, _) => (None, Some(message), None),
        Act::NotForMe(message, recipient) | Act::Remind(message, recipient) => {
            (None, Some(message), Some(recipient))
        }
    };
    json!({
        "number": event.number,
        "at": event.at.to_string(),
        "who": event.who,
        "act": words(&event.act).0,
        "task": task.map(|id| id.to_string()),
        "message": message.map(|id| id.to_string()),
        "recipient": recipient.map(|id| id.to_string()),
        "until": match event.act {
            Act::Extend(_, until) => Some(until.to_string()),
            _ => None,
        },
        "changed": event.changed,
        "has_reason": event.reason.is_some(),
        "reason": reason,
    })
}
