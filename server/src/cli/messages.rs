//! `sealpost messages`: what an operator can do about a held message.

use clap::{Args, Subcommand};
use seal::{MessageId, RecipientId};
use store::{Act, Store};

use super::confirm::confirm;
use super::{Failure, Global, audit};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Withdraw a held message: nothing of it is released any more
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct Revoke {
    /// The message, as the log names it
    message: MessageId,
    /// Withdraw it from this recipient only
    #[arg(long, value_name = "ID")]
    recipient: Option<RecipientId>,
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Revoke(revoke) => revoke.run(global),
        }
    }
}

impl Revoke {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = global.load()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let store = crate::service::open_store(&config)?;
            if store.message(self.message).await?.is_none() {
                return Err(Failure::failed(format!(
                    "there is no message {}",
                    self.message
                )));
            }
            if let Some(id) = self.recipient {
                let found = store.recipient(id).await?;
                if found.is_none_or(|found| found.message != self.message) {
                    return Err(Failure::failed(format!(
                        "message {} has no recipient {id}",
                        self.message
                    )));
                }
            }
            if global.dry_run {
                eprintln!("would withdraw message {}", self.message);
                return Ok(());
            }
            let question = format!(
                "This withdraws message {}: its links open nothing any more. Copies that were \
                 opened before stay with those who opened them. It cannot be undone.",
                self.message
            );
            confirm(global, &question, "revoke")?;
            let act = Act::Revoke(self.message, self.recipient);
            let ended = audit::act(&store, global, act, String::new()).await?;
            eprintln!("withdrawn from {ended} recipients");
            Ok(())
        })
    }
}
