//! `sealpost queue`: the balance of promise D3.

use clap::Subcommand;
use serde_json::json;
use store::Store;
use store::sqlite::SqliteStore;

use super::completions::print;
use super::{Failure, Global};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Count every accepted recipient by its end, and check that none is missing
    Balance,
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Balance => balance(global),
        }
    }
}

fn balance(global: &Global) -> Result<(), Failure> {
    let config = global.load()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let count = runtime.block_on(async {
        let store = SqliteStore::open(&config.store.path, crate::service::store_options())?;
        store.balance().await
    })?;
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
