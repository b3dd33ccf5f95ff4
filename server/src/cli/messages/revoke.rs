//! `messages revoke`: nothing of a held message is released any more (promise K9).

use clap::Args;
use seal::{MessageId, RecipientId};
use store::sqlite::SqliteStore;
use store::{Act, Store};

use super::super::confirm::confirm;
use super::super::{Failure, Global, audit};
use super::find;

#[derive(Args)]
pub(in super::super) struct Revoke {
    /// The message, as the log names it
    message: MessageId,
    /// Withdraw it from this recipient only
    #[arg(long, value_name = "ID")]
    recipient: Option<RecipientId>,
}

impl Revoke {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        find(store, self.message).await?;
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
        let ended = audit::act(store, global, act, String::new()).await?;
        eprintln!("withdrawn from {ended} recipients");
        Ok(())
    }
}
