//! `keys list`, `keys show`, `keys export-public`: what can be seen of keys.

use clap::Args;
use keystore::{KeyFacts, KeyState, Purpose};
use seal::KeyId;
use serde_json::json;

use super::super::output::print;
use super::super::{Failure, Global};
use super::Opened;
use crate::{clock, keys};

/// Which keys to list.
#[derive(Args)]
pub(crate) struct List {
    /// Those of one purpose only
    #[arg(long, value_parser = purpose)]
    purpose: Option<Purpose>,
    /// Also keys that were destroyed
    #[arg(long)]
    all: bool,
}

/// Which key to show.
#[derive(Args)]
pub(crate) struct Show {
    /// The key, as `keys list` names it
    id: KeyId,
}

/// Reads the name of a purpose.
pub(super) fn purpose(text: &str) -> Result<Purpose, String> {
    text.parse().map_err(|()| {
        let known: Vec<&str> = Purpose::ALL.into_iter().map(Purpose::as_str).collect();
        format!("there is no such purpose; known are {}", known.join(", "))
    })
}

impl List {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let opened = Opened::new(global)?;
        let mut keys = opened
            .folder
            .inventory(&opened.credential, clock::system())?;
        keys.retain(|key| self.purpose.is_none_or(|wanted| wanted == key.purpose));
        keys.retain(|key| self.all || key.state != KeyState::Destroyed);
        let text = if global.json {
            let rows: Vec<_> = keys.iter().map(row).collect();
            serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n"
        } else {
            keys.iter().map(line).collect()
        };
        print(text.as_bytes())
    }
}

impl Show {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let opened = Opened::new(global)?;
        let now = clock::system();
        let key = find(&opened, self.id)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let uses = runtime.block_on(async {
            let store = crate::service::open_store(&opened.config)?;
            keys::uses(&store, &key, now).await
        })?;
        let text = if global.json {
            let mut row = row(&key);
            row["uses"] = uses.into();
            serde_json::to_string_pretty(&row).map_err(Failure::failed)? + "\n"
        } else {
            let epoch = key.epoch.map(|epoch| format!("month    {epoch}\n"));
            let public = key.public.as_ref().map(|text| format!("public   {text}\n"));
            format!(
                "key      {}\npurpose  {}\n{}state    {} since {}\nmade     {}\nneeded   by {uses} live records\n{}",
                key.id,
                key.purpose,
                epoch.unwrap_or_default(),
                key.state.as_str(),
                key.changed_at.strftime("%Y-%m-%d %H:%M:%S"),
                key.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                public.unwrap_or_default(),
            )
        };
        print(text.as_bytes())
    }
}

/// The key of an id.
pub(super) fn find(opened: &Opened, id: KeyId) -> Result<KeyFacts, Failure> {
    let keys = opened
        .folder
        .inventory(&opened.credential, clock::system())?;
    keys.into_iter()
        .find(|key| key.id == id)
        .ok_or_else(|| Failure::failed(format!("there is no key {id}; see `sealpost keys list`")))
}

/// Prints the public halves: for whoever checks signatures, or seals to the gateway.
pub(super) fn export_public(global: &Global) -> Result<(), Failure> {
    let opened = Opened::new(global)?;
    let keys = opened
        .folder
        .inventory(&opened.credential, clock::system())?;
    let with_public = keys.iter().filter(|key| key.public.is_some());
    let text = if global.json {
        let rows: Vec<_> = with_public.map(row).collect();
        serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n"
    } else {
        with_public
            .map(|key| {
                let public = key.public.as_deref().unwrap_or_default();
                format!(
                    "{} {} {}\n{public}\n",
                    key.purpose,
                    key.state.as_str(),
                    key.id
                )
            })
            .collect()
    };
    print(text.as_bytes())
}

/// One key as JSON.
pub(super) fn row(key: &KeyFacts) -> serde_json::Value {
    json!({
        "purpose": key.purpose.as_str(),
        "id": key.id.to_string(),
        "state": key.state.as_str(),
        "created_at": key.created_at.to_string(),
        "changed_at": key.changed_at.to_string(),
        "epoch": key.epoch.map(|epoch| epoch.to_string()),
        "public": key.public,
    })
}

fn line(key: &KeyFacts) -> String {
    let epoch = key.epoch.map(|epoch| epoch.to_string()).unwrap_or_default();
    let created = key.created_at.strftime("%Y-%m-%d %H:%M");
    format!(
        "{:9} {:9} {:7} {} {}\n",
        key.purpose.as_str(),
        key.state.as_str(),
        epoch,
        created,
        key.id
    )
}
