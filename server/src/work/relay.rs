//! The mail itself, for recipients inside and in trusted domains.

use mail::Domain;
use seal::{MessageId, RecipientId};
use store::{ContentKind, End, LeasedTask, RecipientRecord};
use tokio::task::block_in_place;

use super::{Attempted, Work};
use crate::courier::{Dsn, Parcel};
use crate::metadata::{RecipientFacts, SenderFacts};
use crate::policy::Tls;
use crate::task_error::TaskError;

/// What a sender is told who asked for it, when the next mail system cannot report.
const PASSED_ON: &str = "The next mail system has taken it, and does not report further.";

/// One recipient's copy, opened.
pub(super) struct RelayCopy {
    pub(super) recipient: RecipientRecord,
    pub(super) facts: RecipientFacts,
    pub(super) sender: SenderFacts,
    pub(super) octets: Vec<u8>,
}

impl Work {
    pub(super) async fn relay_copy(
        &self,
        task: &LeasedTask,
        message: MessageId,
        recipient: RecipientId,
    ) -> Result<Attempted, TaskError> {
        let copy = self.open_copy(message, recipient).await?;
        let domain: &Domain = copy.facts.address.domain();
        let destination = self.courier.destination(domain);
        let confidential = copy.facts.tls == Tls::Required;
        if confidential && let Some(failure) = self.diverting.given_up(destination, (self.clock)())
        {
            return self.divert(task, copy, &failure).await;
        }
        let parcel = Parcel {
            from: &copy.sender.reverse_path,
            to: &copy.facts.address,
            octets: &copy.octets,
            tls: copy.facts.tls,
            dsn: Dsn::of(&copy.sender.dsn, &copy.facts.dsn),
        };
        let sent = self.courier.send(&parcel).await;
        match sent {
            Ok(taken) => {
                if confidential {
                    self.diverting.has_tls(destination);
                }
                let (sender, facts) = (&copy.sender, &copy.facts);
                let done = match taken.reports {
                    // RFC 3461 §5.2.2: one report of success, from who knows more.
                    true => Attempted::Done(Some(End::Notified)),
                    false => self.taken(sender, facts, message, recipient, PASSED_ON),
                };
                Ok(done.handed(Some(taken.by)))
            }
            Err(failure)
                if confidential
                    && self
                        .diverting
                        .has_failed(destination, &failure, (self.clock)()) =>
            {
                self.divert(task, copy, &failure).await
            }
            Err(failure) => Err(failure.into()),
        }
    }

    async fn open_copy(
        &self,
        message: MessageId,
        recipient: RecipientId,
    ) -> Result<RelayCopy, TaskError> {
        let recipient = self.recipient(recipient).await?;
        let message = self.store.message(message).await?;
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
        Ok(RelayCopy {
            facts: self.facts(&recipient)?,
            sender: SenderFacts::open(&self.keys.metadata, message.id, &message.sender)?,
            recipient,
            octets: opened.ok_or_else(|| TaskError::permanent("the relay copy does not open"))?,
        })
    }
}
