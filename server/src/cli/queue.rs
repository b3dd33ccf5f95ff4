//! `sealpost queue`: what has failed and waits for a person, and the balance of promise D3.

use clap::{Args, Subcommand};
use serde_json::json;
use store::sqlite::SqliteStore;
use store::{FailedTask, Store, TaskKind};

use super::output::print;
use super::{Failure, Global};
use crate::clock;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Count every accepted recipient by its end, and check that none is missing
    Balance,
    /// List the tasks that have failed for good and wait for a person
    List,
    /// Put failed tasks back; a running gateway takes them up within a second
    Retry(Retry),
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Retry {
    /// The task, as `queue list` names it
    id: Option<seal::TaskId>,
    /// All of them
    #[arg(long)]
    all: bool,
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = global.load()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let store = crate::service::open_store(&config)?;
            match self {
                Self::Balance => balance(&store, global).await,
                Self::List => list(&store, global).await,
                Self::Retry(retry) => retry.run(&store, global).await,
            }
        })
    }
}

async fn list(store: &SqliteStore, global: &Global) -> Result<(), Failure> {
    let failed = store.failed_tasks().await?;
    let text = if global.json {
        let rows: Vec<_> = failed.iter().map(row).collect();
        serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n"
    } else {
        failed.iter().map(line).collect()
    };
    if failed.is_empty() {
        eprintln!("No task has failed.");
    }
    print(text.as_bytes())
}

impl Retry {
    async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let wanted: Vec<seal::TaskId> = match self.id {
            Some(id) => vec![id],
            None => store
                .failed_tasks()
                .await?
                .iter()
                .map(|task| task.id)
                .collect(),
        };
        if global.dry_run {
            eprintln!("would put back {} tasks", wanted.len());
            return Ok(());
        }
        let mut refused = Vec::new();
        for id in &wanted {
            if !store.retry_failed(*id, clock::system()).await? {
                refused.push(id.to_string());
            }
        }
        eprintln!("put back {} tasks", wanted.len() - refused.len());
        if refused.is_empty() {
            return Ok(());
        }
        let names = refused.join(", ");
        let words = format!("no failed task, or without what it needs: {names}");
        Err(if refused.len() < wanted.len() {
            Failure::partly(words)
        } else {
            Failure::failed(words)
        })
    }
}

fn kind(task: &FailedTask) -> &'static str {
    match task.kind {
        Some(TaskKind::Notify(..)) => "notice",
        Some(TaskKind::Relay(..)) => "relay copy",
        Some(TaskKind::SendCode(..)) => "security code",
        Some(TaskKind::DeliverReply(..)) => "secure reply",
        Some(TaskKind::Expire(..)) => "expiry",
        None => "damaged",
    }
}

fn row(task: &FailedTask) -> serde_json::Value {
    json!({
        "id": task.id.to_string(),
        "kind": kind(task),
        "failed_at": task.failed_at.to_string(),
        "failures": task.failures,
        "cause": task.cause,
    })
}

fn line(task: &FailedTask) -> String {
    let at = task.failed_at.strftime("%Y-%m-%d %H:%M");
    format!(
        "{}  {at}  {:13}  {} (tried {} times)\n",
        task.id,
        kind(task),
        task.cause,
        task.failures + 1
    )
}

async fn balance(store: &SqliteStore, global: &Global) -> Result<(), Failure> {
    let count = store.balance().await?;
    let ends = [
        ("notified", count.notified),
        ("dsn", count.dsn),
        ("expired", count.expired),
        ("revoked", count.revoked),
        ("held", count.held),
        ("in progress", count.in_progress),
    ];
    let sum: u64 = ends.iter().map(|(_, number)| number).sum();
    let text = if global.json {
        let mut object = json!({
            "accepted": count.accepted,
            "balanced": sum == count.accepted,
            "stranded": count.stranded,
        });
        for (name, number) in ends {
            object[name.replace(' ', "_")] = number.into();
        }
        format!("{object}\n")
    } else {
        let rows: String = ends
            .iter()
            .map(|(name, number)| format!("{name:12} {number:>10}\n"))
            .collect();
        format!("{rows}{:12} {:>10}\n", "accepted", count.accepted)
    };
    print(text.as_bytes())?;
    if sum != count.accepted {
        let missing = count.accepted.abs_diff(sum);
        return Err(Failure::failed(format!(
            "{missing} recipients have no end and are not in progress"
        )));
    }
    if count.stranded > 0 {
        return Err(Failure::failed(format!(
            "{} recipients in progress have no task left that could end them; see the log for tasks that were put aside",
            count.stranded
        )));
    }
    Ok(())
}
