//! `sealpost messages`: what an operator can see of a held message, and do about it.

mod extend;
mod remind;
mod revoke;
mod show;

use clap::Subcommand;
use seal::MessageId;
use store::sqlite::SqliteStore;
use store::{MessageRecord, Store};

use super::{Failure, Global};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show what became of a message: state, openings, replies, exposed links
    Show(show::Show),
    /// Give recipients more time to open a held message
    Extend(extend::Extend),
    /// Tell recipients again who have not opened a held message
    Remind(remind::Remind),
    /// Withdraw a held message: nothing of it is released any more
    Revoke(revoke::Revoke),
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
                Self::Show(show) => show.run(&store, global).await,
                Self::Extend(extend) => extend.run(&store, global).await,
                Self::Remind(remind) => remind.run(&store, global).await,
                Self::Revoke(revoke) => revoke.run(&store, global).await,
            }
        })
    }
}

async fn find(store: &SqliteStore, id: MessageId) -> Result<MessageRecord, Failure> {
    let found = store.message(id).await?;
    found.ok_or_else(|| Failure::failed(format!("there is no message {id}")))
}
