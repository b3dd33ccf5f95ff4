//! The mail itself, for recipients inside and in trusted domains.

use lettre::address::Envelope;
use seal::RecipientId;
use store::ContentKind;

use tokio::task::block_in_place;

use super::{Attempted, Work};
use crate::mails::{MailError, Outgoing};
use crate::metadata::SenderFacts;
use crate::task_error::TaskError;

/// What a sender is told who asked for it.
const PASSED_ON: &str = "The next mail system has taken it. It may not report further.";

impl Work {
    pub(super) async fn relay_copy(&self, recipient: RecipientId) -> Result<Attempted, TaskError> {
        let recipient = self.recipient(recipient).await?;
        let message = self.store.message(recipient.message).await?;
        let message =
            message.ok_or_else(|| TaskError::permanent("the message's record is gone"))?;
        let (content, size) = message
            .content(ContentKind::Spool)
            .ok_or_else(|| TaskError::permanent("the relay copy is gone"))?;
        let sealed = self.content(content, size).await?;
        let opened = block_in_place(|| {
            self.keys
                .spool
                .all()
                .iter()
                .find_map(|identity| seal::open(identity, &sealed).ok())
        });
        drop(sealed);
        let octets = opened.ok_or_else(|| TaskError::permanent("the relay copy does not open"))?;
        let facts = self.facts(&recipient)?;
        let sender = SenderFacts::open(&self.keys.metadata, message.id, &message.sender)?;
        let parse = |text: &str| {
            text.parse::<lettre::Address>()
                .map_err(|_| MailError::Address)
        };
        let from = sender
            .reverse_path
            .address()
            .map(|a| parse(a.as_str()))
            .transpose()?;
        let envelope = Envelope::new(from, vec![parse(facts.address.as_str())?])
            .map_err(TaskError::permanent)?;
        self.courier
            .deliver(&Outgoing { envelope, octets }, facts.tls)
            .await?;
        Ok(self.taken(&sender, &facts, message.id, recipient.id, PASSED_ON))
    }
}
