//! `sealpost keys`: what is in the keystore.

use clap::Subcommand;
use keystore::{KeyFacts, KeyState, RootSecret};
use serde_json::json;

use super::output::print;
use super::{Failure, Global};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List every key with its purpose, state and age; no secret is shown
    List,
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::List => list(global),
        }
    }
}

fn list(global: &Global) -> Result<(), Failure> {
    let config = global.load()?;
    let root = RootSecret::from_file(&config.keystore.custody.file)?;
    let keys = keystore::inventory(&config.keystore.path, &root)?;
    let text = if global.json {
        let rows: Vec<_> = keys.iter().map(row).collect();
        serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n"
    } else {
        keys.iter().map(line).collect()
    };
    print(text.as_bytes())
}

fn state(key: &KeyFacts) -> &'static str {
    match key.state {
        KeyState::Pending => "pending",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    }
}

fn row(key: &KeyFacts) -> serde_json::Value {
    json!({
        "purpose": key.purpose.as_str(),
        "id": key.id.to_string(),
        "state": state(key),
        "created_at": key.created_at.to_string(),
        "epoch": key.epoch.map(|epoch| epoch.to_string()),
    })
}

fn line(key: &KeyFacts) -> String {
    let epoch = key.epoch.map(|epoch| epoch.to_string()).unwrap_or_default();
    let created = key.created_at.strftime("%Y-%m-%d %H:%M");
    format!(
        "{:9} {:8} {:7} {} {}\n",
        key.purpose.as_str(),
        state(key),
        epoch,
        created,
        key.id
    )
}
