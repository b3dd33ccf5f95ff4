//! The mail with a passcode.
//!
//! The digits are made here, for this attempt, and rest nowhere: the store gets a verifier under a
//! key that it does not have (promise A4). An attempt that is repeated makes new digits.

use seal::{CodeId, MessageId, RecipientId};
use store::Disposition;
use viewer::passcode::{LIFETIME, Passcode, sender_verifier, verifier};

use super::Work;
use super::notices::bounce_of;
use crate::dsn;
use crate::mails::{Code, To};
use crate::metadata::SenderFacts;
use crate::policy::Tls;
use crate::task_error::TaskError;

/// Where a code for a sender comes back to: nothing is learnt from it.
const SENDERS_BOUNCE: &str = "bounce";

impl Work {
    pub(super) async fn send_code(
        &self,
        recipient: RecipientId,
        code: CodeId,
    ) -> Result<(), TaskError> {
        let recipient = self.recipient(recipient).await?;
        let now = (self.clock)();
        let Disposition::Held {
            handle,
            share: Some(_),
            ..
        } = &recipient.disposition
        else {
            return Ok(()); // Withdrawn or expired since: there is nothing to open.
        };
        let passcode = Passcode::generate(&*self.random);
        let (key, verifier) = verifier(&self.keys.passcode, recipient.id, code, &passcode);
        let expires_at = now + LIFETIME;
        let armed = self.store.arm_code(code, verifier, key, expires_at);
        if !armed.await? {
            return Ok(()); // Used, or swept away.
        }
        let facts = self.facts(&recipient)?;
        let grouped = passcode.expose_spaced();
        let minutes = LIFETIME.as_secs() / 60;
        let content = Code {
            code: &grouped,
            reference: &handle.reference(),
            minutes,
        };
        let to = To {
            address: &facts.address,
            bounce: &bounce_of(&facts),
            language: self.store.chosen_language(recipient.id).await?,
        };
        let mail = self.mails.code(&to, code.as_uuid(), &content, now)?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(())
    }

    /// The same for the sender of a message, in the languages of mails to senders.
    pub(super) async fn send_sender_code(
        &self,
        message: MessageId,
        code: CodeId,
    ) -> Result<(), TaskError> {
        let now = (self.clock)();
        let Some(sender) = self.store.sender(message, now).await? else {
            return Ok(()); // Its time is over: there is nothing to see.
        };
        let facts = SenderFacts::open(&self.keys.metadata, message, &sender.sender)?;
        let Some(address) = dsn::may_be_told(&facts) else {
            return Ok(()); // Nobody who may be sent anything has the link.
        };
        let passcode = Passcode::generate(&*self.random);
        let (key, verifier) = sender_verifier(&self.keys.passcode, message, code, &passcode);
        let armed = self.store.arm_code(code, verifier, key, now + LIFETIME);
        if !armed.await? {
            return Ok(()); // Used, or swept away.
        }
        let content = Code {
            code: &passcode.expose_spaced(),
            reference: &sender.handle.reference(),
            minutes: LIFETIME.as_secs() / 60,
        };
        let to = To {
            address,
            bounce: SENDERS_BOUNCE,
            language: None,
        };
        let mail = self.mails.code(&to, code.as_uuid(), &content, now)?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(())
    }
}
