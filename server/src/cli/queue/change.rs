//! `queue retry`, `queue hold`, `queue drop`: an operator takes a hand in it.

use clap::Args;
use seal::TaskId;
use store::sqlite::SqliteStore;
use store::{Act, Store, TaskKind};

use super::super::confirm::confirm;
use super::super::{Failure, Global, audit};
use super::{MOST, find, is_over, kind};

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(in super::super) struct Retry {
    /// The task, as `queue list` names it
    id: Option<TaskId>,
    /// All that have failed or are held
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
pub(in super::super) struct Hold {
    /// The task, as `queue list --all` names it
    id: TaskId,
}

#[derive(Args)]
pub(in super::super) struct Drop {
    /// The notice or relay copy, as `queue list --all` names it
    id: TaskId,
}

/// What stands in the task: what was done. Why is in the record alone, sealed.
fn cause(done: &str) -> String {
    format!("{done} by an operator")
}

/// The same with the reason, for who has given it.
fn said(done: &str, global: &Global) -> Result<String, Failure> {
    Ok(match audit::reason(global)? {
        None => cause(done),
        Some(reason) if reason.chars().any(char::is_control) => {
            return Err(Failure::usage("--reason must be one line"));
        }
        Some(reason) => format!("{}: {reason}", cause(done)),
    })
}

impl Retry {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let wanted: Vec<TaskId> = match self.id {
            Some(id) => vec![id],
            None => {
                let tasks = store.tasks(MOST).await?;
                tasks
                    .iter()
                    .filter(|task| is_over(task))
                    .map(|task| task.id)
                    .collect()
            }
        };
        if global.dry_run {
            eprintln!("would put back {} tasks", wanted.len());
            return Ok(());
        }
        let said = said("put back", global)?;
        let mut refused = Vec::new();
        for id in &wanted {
            let done = audit::act(store, global, Act::Retry(*id), cause("put back"));
            if done.await? > 0 {
                eprintln!("{said}: task {id}");
            } else {
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

impl Hold {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let task = find(store, self.id).await?;
        let said = said("held", global)?;
        if is_over(&task) {
            return Err(Failure::failed(
                "this task is not tried any more; nothing was changed",
            ));
        }
        if matches!(
            task.kind,
            Some(
                TaskKind::Expire(_)
                    | TaskKind::SendCode(..)
                    | TaskKind::SendSenderCode(..)
                    | TaskKind::FollowUp(_)
            ) | None
        ) {
            let words = format!("a task of the kind \"{}\" cannot be held", kind(&task));
            return Err(Failure::usage(words));
        }
        if global.dry_run {
            eprintln!("would hold the {} {}", kind(&task), self.id);
            return Ok(());
        }
        let done = audit::act(store, global, Act::Hold(self.id), cause("held"));
        if done.await? == 0 {
            return Err(Failure::failed(
                "the task is done meanwhile; nothing was changed",
            ));
        }
        eprintln!("{said}: {} {}", kind(&task), self.id);
        eprintln!("A mail that is leaving just now may still arrive. `queue retry` puts it back.");
        Ok(())
    }
}

impl Drop {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let task = find(store, self.id).await?;
        let said = said("dropped", global)?;
        if !matches!(task.kind, Some(TaskKind::Notify(..) | TaskKind::Relay(..))) {
            let words = format!(
                "only notices and relay copies can be dropped, because their senders can be \
                 told; this is a {}",
                kind(&task)
            );
            return Err(Failure::usage(words));
        }
        if global.dry_run {
            eprintln!("would drop the {} {}", kind(&task), self.id);
            return Ok(());
        }
        let question = format!(
            "This gives up the {} {}: it is not tried again, and its sender gets a report of \
             failure. It cannot be undone.",
            kind(&task),
            self.id
        );
        confirm(global, &question, "drop")?;
        let done = audit::act(store, global, Act::Drop(self.id), cause("dropped"));
        if done.await? == 0 {
            return Err(Failure::failed(
                "the task is over, or was dropped before; nothing was changed",
            ));
        }
        eprintln!("{said}: {} {}", kind(&task), self.id);
        eprintln!(
            "The running gateway tells the sender. When it may not, the recipient is held instead."
        );
        Ok(())
    }
}
