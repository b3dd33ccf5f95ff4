//! `queue show`: one task, and whom it is for when that is asked for.

use clap::Args;
use keystore::GatewayKeys;
use seal::{RecipientId, TaskId};
use store::sqlite::SqliteStore;
use store::{Store, TaskKind};

use super::super::keys::Opened;
use super::super::output::print;
use super::super::{Failure, Global};
use super::{find, row};
use crate::metadata::RecipientFacts;

#[derive(Args)]
pub(in super::super) struct Show {
    /// The task, as `queue list` names it
    id: TaskId,
    /// Show the recipient's address too; needs the keys
    #[arg(long)]
    show_addresses: bool,
}

impl Show {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let task = find(store, self.id).await?;
        let mut shown = row(&task);
        if self.show_addresses {
            let recipient = match task.kind {
                Some(
                    TaskKind::Notify(_, recipient)
                    | TaskKind::Relay(_, recipient)
                    | TaskKind::SendCode(recipient, _)
                    | TaskKind::Remind(_, recipient)
                    | TaskKind::PassOn(_, recipient, _),
                ) => recipient,
                _ => return Err(Failure::usage("this task is for no single recipient")),
            };
            shown["address"] = address(store, global, recipient).await?.into();
        }
        let text = if global.json {
            serde_json::to_string_pretty(&shown).map_err(Failure::failed)? + "\n"
        } else {
            let fields = shown.as_object().into_iter().flatten();
            fields
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    format!("{:13} {value}\n", name.replace('_', " "))
                })
                .collect()
        };
        print(text.as_bytes())
    }
}

async fn address(store: &SqliteStore, global: &Global, id: RecipientId) -> Result<String, Failure> {
    let live = Opened::new(global)?.live()?;
    let keys = GatewayKeys::of(&live).ok_or_else(|| Failure::failed("no root secret"))?;
    let recipient = store.recipient(id).await?;
    let recipient = recipient.ok_or_else(|| Failure::failed("the recipient's record is gone"))?;
    let facts = RecipientFacts::open(&keys.metadata, recipient.message, id, &recipient.address);
    Ok(facts
        .map_err(Failure::key_unavailable)?
        .address
        .as_str()
        .to_owned())
}
