//! What senders hear of their recipients: who has not read a message, whom it is not for, who needs
//! more time.

use seal::{MessageId, RecipientId};
use store::{Disposition, End, LeasedTask, Wish};

use super::{Attempted, Work};
use crate::dsn;
use crate::mails::{Unread, Wished};
use crate::metadata::SenderFacts;
use crate::policy::Tls;
use crate::task_error::TaskError;

impl Work {
    /// Tells the sender who has not read a message; nothing when everybody has by now.
    pub(super) async fn tell_unread(
        &self,
        task: &LeasedTask,
        id: MessageId,
    ) -> Result<Attempted, TaskError> {
        let now = (self.clock)();
        let unread = self.store.unread(id, now).await?;
        let message = self.message(id).await?;
        let sender = SenderFacts::open(&self.keys.metadata, id, &message.sender)?;
        let Some(to) = dsn::may_be_told(&sender).filter(|_| !unread.is_empty()) else {
            return Ok(Attempted::Done(None));
        };
        let mut about = Unread {
            receipt: self.receipt_of(id).await?,
            taken_at: message.captured_at,
            ..Unread::default()
        };
        for recipient in &unread {
            let address = self.facts(recipient)?.address.as_str().to_owned();
            if recipient.exposed_at.is_some() {
                about.exposed.push(address.clone());
            }
            match recipient.end {
                Some(End::Notified) => about.told.push(address),
                _ => about.waiting.push(address),
            }
        }
        let id = task.lease.task.as_uuid();
        let mail = self.mails.unread(to, id, &about, now)?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(Attempted::Done(None))
    }

    /// Tells the sender what a recipient has said on its page.
    pub(super) async fn pass_on(
        &self,
        task: &LeasedTask,
        recipient: RecipientId,
        wish: Wish,
    ) -> Result<Attempted, TaskError> {
        let recipient = self.recipient(recipient).await?;
        let id = recipient.message;
        let message = self.message(id).await?;
        let sender = SenderFacts::open(&self.keys.metadata, id, &message.sender)?;
        let Some(to) = dsn::may_be_told(&sender) else {
            return Ok(Attempted::Done(None));
        };
        let Disposition::Held { handle, share, .. } = &recipient.disposition else {
            return Ok(Attempted::Done(None));
        };
        let openings = self.store.openings(recipient.id).await?;
        let now = (self.clock)();
        let mail = self.mails.wished(
            to,
            task.lease.task.as_uuid(),
            wish,
            &Wished {
                address: self.facts(&recipient)?.address.as_str(),
                reference: &handle.reference(),
                message: id.to_string(),
                // What stands in the store now, not when the button was pressed.
                is_over: share.is_none() || now >= recipient.expires_at,
                opened: openings.count > 0,
                last_opened: openings.newest.first().copied().unwrap_or(now),
                taken_at: recipient.captured_at,
                expires: recipient.expires_at,
            },
            now,
        )?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(Attempted::Done(None))
    }
}
