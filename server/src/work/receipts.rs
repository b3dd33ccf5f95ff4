//! The receipt: the one mail that carries the sender's link secret (decision 0027).
//!
//! The link is made here, when the receipt is written. Until the relay has taken the mail its secret
//! rests sealed under `outbox` in the task, so that an attempt that is repeated sends the same link;
//! with the end of the task it is gone.

use jiff::Timestamp;
use seal::{Handle, Link, LinkSecret, MessageId};
use secrecy::{ExposeSecret, SecretString};
use store::{Course, LeasedTask, NewSender, place};

use super::Work;
use crate::mails::{NamedReceipt, ReceiptEntry, ReceiptFacts};
use crate::metadata::RecipientFacts;
use crate::task_error::TaskError;

/// Recipients that a receipt lists; the page has them all.
const LISTED: usize = 50;

/// What a receipt says beside other advice.
pub(super) struct Receipt {
    reference: String,
    link: SecretString,
    message_key: SecretString,
    entries: Vec<ReceiptEntry>,
    more: usize,
    can_be_withdrawn: bool,
}

impl Receipt {
    pub(super) fn facts(&self) -> ReceiptFacts<'_> {
        ReceiptFacts {
            reference: &self.reference,
            link: self.link.expose_secret(),
            message_key: self.message_key.expose_secret(),
            entries: &self.entries,
            more: self.more,
            can_be_withdrawn: self.can_be_withdrawn,
        }
    }
}

impl Work {
    /// What the receipt of a message says; `None` when another worker has the task.
    pub(super) async fn receipt(
        &self,
        task: &LeasedTask,
        message: MessageId,
    ) -> Result<Option<Receipt>, TaskError> {
        let now = (self.clock)();
        let Some((handle, secret)) = self.sender_link(task, message, now).await? else {
            return Ok(None);
        };
        let courses = self.store.courses(message).await?;
        let listed = courses.iter().take(LISTED);
        let entries: Result<Vec<_>, TaskError> = listed
            .map(|course| self.receipt_entry(course, now))
            .collect();
        Ok(Some(Receipt {
            reference: handle.reference(),
            link: Link::sender_text(&self.public_url, &handle, &secret),
            message_key: secret.to_message_key(),
            entries: entries?,
            more: courses.len().saturating_sub(LISTED),
            can_be_withdrawn: courses.iter().any(|course| course.can_be_withdrawn(now)),
        }))
    }

    /// The reference of the receipt by which the sender of a message finds their link. The link itself
    /// cannot be repeated: its secret went with the receipt (decision 0030).
    pub(super) async fn receipt_of(
        &self,
        message: MessageId,
    ) -> Result<Option<NamedReceipt>, TaskError> {
        let now = (self.clock)();
        let Some(sender) = self.store.sender(message, now).await? else {
            return Ok(None);
        };
        // Of the message that was sent: who was diverted from it is not all of it.
        let courses = self.store.courses(sender.message).await?;
        Ok(Some(NamedReceipt {
            reference: sender.handle.reference(),
            can_be_withdrawn: courses.iter().any(|course| course.can_be_withdrawn(now)),
        }))
    }

    fn receipt_entry(&self, course: &Course, now: Timestamp) -> Result<ReceiptEntry, TaskError> {
        let keys = &self.keys.metadata;
        let facts = RecipientFacts::open(keys, course.message, course.recipient, &course.address)?;
        Ok(ReceiptEntry::new(&facts.address, course.standing(now)))
    }

    /// The link that an earlier attempt made, or a new one.
    async fn sender_link(
        &self,
        task: &LeasedTask,
        message: MessageId,
        now: Timestamp,
    ) -> Result<Option<(Handle, LinkSecret)>, TaskError> {
        let place = place::sender_link_secret(&task.lease.task, &message);
        if let Some(sealed) = task.payload.as_deref()
            && let Some(sender) = self.store.sender(message, now).await?
        {
            let secret = self.keys.outbox.open(&place, sealed)?;
            let secret = secret.as_slice().try_into().map(LinkSecret::from_bytes);
            let secret = secret.map_err(|_| TaskError::permanent("the link secret is damaged"))?;
            return Ok(Some((sender.handle, secret)));
        }
        let random = &*self.random;
        let (handle, secret) = (Handle::generate(random), LinkSecret::generate(random));
        let made = NewSender {
            message,
            handle,
            proof_digest: secret.open_proof(&handle).digest(),
            kept_for: self.keep_ended,
            secret: self
                .keys
                .outbox
                .seal(&place, secret.expose_secret(), random),
        };
        let kept = self.store.let_sender_in(&task.lease, made).await?;
        Ok(kept.then_some((handle, secret)))
    }
}
