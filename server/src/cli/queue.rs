//! `sealpost queue`: what waits or has failed, what an operator can do about it, and the balance of
//! promise D3.
//!
//! Tasks are named by ids; addresses are shown only when asked for. Every change is one line on
//! standard error, and stands as the cause in the task and as an event in the record (`audit list`).

mod change;
mod show;

use clap::{Args, Subcommand};
use seal::TaskId;
use serde_json::json;
use store::sqlite::SqliteStore;
use store::{Store, TaskKind, TaskRecord, TaskState};

use super::output::print;
use super::{Failure, Global};

/// Tasks in one listing.
const MOST: usize = 100_000;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Count every accepted recipient by its end, and check that none is missing
    Balance,
    /// List the tasks that have failed or are held and wait for a person; with --all the others too
    List(List),
    /// Show one task
    Show(show::Show),
    /// Put failed or held tasks back; a running gateway takes them up within a second
    Retry(change::Retry),
    /// Hold a task until `queue retry` puts it back
    Hold(change::Hold),
    /// Give up a notice or relay copy; the sender gets a report of failure
    Drop(change::Drop),
}

#[derive(Args)]
pub(super) struct List {
    /// Those that wait or are being worked on too
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
                Self::List(list) => list.run(&store, global).await,
                Self::Show(show) => show.run(&store, global).await,
                Self::Retry(retry) => retry.run(&store, global).await,
                Self::Hold(hold) => hold.run(&store, global).await,
                Self::Drop(drop) => drop.run(&store, global).await,
            }
        })
    }
}

impl List {
    async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let mut tasks = store.tasks(MOST).await?;
        if !self.all {
            tasks.retain(is_over);
        }
        let text = if global.json {
            let rows: Vec<_> = tasks.iter().map(row).collect();
            serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n"
        } else {
            tasks.iter().map(line).collect()
        };
        if tasks.is_empty() {
            eprintln!(
                "{}",
                if self.all {
                    "No task waits."
                } else {
                    "No task has failed."
                }
            );
        }
        print(text.as_bytes())
    }
}

/// Whether a task is not tried any more.
fn is_over(task: &TaskRecord) -> bool {
    matches!(task.state, TaskState::Held | TaskState::Failed)
}

async fn find(store: &SqliteStore, id: TaskId) -> Result<TaskRecord, Failure> {
    let found = store.task(id).await?;
    found.ok_or_else(|| Failure::failed(format!("there is no task {id}; it may be done")))
}

fn kind(task: &TaskRecord) -> &'static str {
    match task.kind {
        Some(TaskKind::Notify(..)) => "notice",
        Some(TaskKind::Relay(..)) => "relay copy",
        Some(TaskKind::SendCode(..) | TaskKind::SendSenderCode(..)) => "security code",
        Some(TaskKind::DeliverReply(..)) => "secure reply",
        Some(TaskKind::TellReplier(..)) => "word to a replier",
        Some(TaskKind::Expire(..)) => "expiry",
        Some(TaskKind::Report(..)) => "report",
        Some(TaskKind::Advise(..)) => "advice",
        Some(TaskKind::FollowUp(..)) => "follow-up",
        Some(TaskKind::Remind(..)) => "reminder",
        Some(TaskKind::TellUnread(..)) => "alert",
        Some(TaskKind::PassOn(..)) => "recipient's wish",
        None => "damaged",
    }
}

fn state(task: &TaskRecord) -> &'static str {
    match task.state {
        TaskState::Waiting => "waiting",
        TaskState::Leased => "working",
        TaskState::Held => "held",
        TaskState::Failed => "failed",
    }
}

fn row(task: &TaskRecord) -> serde_json::Value {
    let (message, recipient) = match task.kind {
        Some(
            TaskKind::Notify(message, recipient)
            | TaskKind::Relay(message, recipient)
            | TaskKind::Remind(message, recipient)
            | TaskKind::PassOn(message, recipient, _),
        ) => (Some(message), Some(recipient)),
        Some(TaskKind::SendCode(recipient, _)) => (None, Some(recipient)),
        Some(
            TaskKind::Expire(message)
            | TaskKind::Report(message)
            | TaskKind::Advise(message, _)
            | TaskKind::SendSenderCode(message, _)
            | TaskKind::FollowUp(message)
            | TaskKind::TellUnread(message),
        ) => (Some(message), None),
        Some(TaskKind::DeliverReply(_) | TaskKind::TellReplier(_)) | None => (None, None),
    };
    json!({
        "id": task.id.to_string(),
        "kind": kind(task),
        "state": state(task),
        "message": message.map(|id| id.to_string()),
        "recipient": recipient.map(|id| id.to_string()),
        "first_due_at": task.first_due_at.to_string(),
        "due_at": task.due_at.to_string(),
        "failures": task.failures,
        "cause": task.cause,
    })
}

fn line(task: &TaskRecord) -> String {
    let at = task.due_at.strftime("%Y-%m-%d %H:%M");
    format!(
        "{}  {:7}  {at}  {:13}  {} (tried {} times)\n",
        task.id,
        state(task),
        kind(task),
        task.cause.as_deref().unwrap_or("-"),
        task.failures + u32::from(is_over(task)),
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
