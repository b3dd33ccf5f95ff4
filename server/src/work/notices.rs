//! The notice: the one mail that carries a link secret.
//!
//! Beyond so many in an hour, notices to one address wait and go in one mail with all their links
//! (decision 0016).

use mail::Address;
use seal::{Link, LinkSecret, RecipientId};
use secrecy::{ExposeSecret, SecretString};
use store::{
    Admission, ContentKind, Disposition, HandedTo, Language, LeasedTask, RecipientRecord, TaskKind,
    place,
};

use super::{Attempted, Work};
use crate::mails::{Notice, To};
use crate::metadata::{RecipientFacts, SenderFacts};
use crate::policy::Tls;
use crate::reply_token;
use crate::task_error::TaskError;

/// What a sender is told who asked for it.
pub(super) const ANNOUNCED: &str =
    "The recipient was sent a link to a secure page. This does not say that it was opened.";

/// Everything that stands in one notice.
struct Ready {
    recipient: RecipientRecord,
    facts: RecipientFacts,
    sender: SenderFacts,
    reference: String,
    link: SecretString,
    message_key: SecretString,
    language: Option<Language>,
    escrow: bool,
    /// Whether policy allows to say whose message it is.
    names_sender: bool,
}

/// The local part of the address that a recipient's mails come back to.
pub(super) fn bounce_of(facts: &RecipientFacts) -> String {
    let token = facts.reply_token.as_deref();
    token.map_or_else(|| "bounce".to_owned(), reply_token::bounce_local_part)
}

impl Work {
    pub(super) async fn notify(
        &self,
        task: &LeasedTask,
        recipient: RecipientId,
    ) -> Result<Attempted, TaskError> {
        let ready = match self.prepare(task, recipient).await? {
            Some(ready) => ready,
            None => return Ok(Attempted::Done(None)),
        };
        let now = (self.clock)();
        let admission = self
            .store
            .admit_notice(&task.lease, self.notices, self.hold, now)
            .await?;
        match admission {
            Admission::Go => self.send(&ready).await,
            Admission::Together(others) if others.is_empty() => self.send(&ready).await,
            Admission::Together(others) => Ok(self.send_together(task, ready, others).await),
            Admission::Later(at) => {
                tracing::info!(next_attempt = %at, "many notices to one address; gathered");
                Ok(Attempted::NotNow)
            }
            Admission::Lost => Ok(Attempted::NotNow),
        }
    }

    /// Opens what the notice needs; `None` when its time is over, which is the expiry's business.
    async fn prepare(
        &self,
        task: &LeasedTask,
        recipient: RecipientId,
    ) -> Result<Option<Ready>, TaskError> {
        let recipient = self.recipient(recipient).await?;
        if (self.clock)() >= recipient.expires_at {
            return Ok(None);
        }
        let Disposition::Held {
            handle,
            share: Some(_),
            ..
        } = &recipient.disposition
        else {
            return Err(TaskError::permanent("the grant is gone"));
        };
        let sealed = task.payload.as_deref();
        let sealed = sealed.ok_or_else(|| TaskError::permanent("the link secret is gone"))?;
        let place = place::link_secret(&task.lease.task, &recipient.id);
        let secret = self.keys.outbox.open(&place, sealed)?;
        let secret = secret.as_slice().try_into().map(LinkSecret::from_bytes);
        let secret = secret.map_err(|_| TaskError::permanent("the link secret is damaged"))?;
        let message = self.message(recipient.message).await?;
        Ok(Some(Ready {
            facts: self.facts(&recipient)?,
            sender: SenderFacts::open(&self.keys.metadata, message.id, &message.sender)?,
            reference: handle.reference().to_string(),
            link: Link::text(&self.public_url, handle, &secret),
            message_key: secret.to_message_key(),
            language: self.store.chosen_language(recipient.id).await?,
            // What was sealed counts, not what the configuration says now.
            escrow: message.content(ContentKind::Escrow).is_some(),
            names_sender: self.names_sender,
            recipient,
        }))
    }

    async fn send(&self, ready: &Ready) -> Result<Attempted, TaskError> {
        let mail = self.mails.notice(
            &To {
                address: &ready.facts.address,
                bounce: &bounce_of(&ready.facts),
                language: ready.language,
            },
            ready.recipient.id.as_uuid(),
            &ready.notice(),
            (self.clock)(),
        )?;
        let by = self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(self.announced(ready).handed(by))
    }

    fn announced(&self, ready: &Ready) -> Attempted {
        let (message, recipient) = (ready.recipient.message, ready.recipient.id);
        let taken = self.taken(&ready.sender, &ready.facts, message, recipient, ANNOUNCED);
        self.followed_up(&ready.recipient, taken)
    }

    /// One mail for several messages. One that is not fit to go does not hold up the others.
    async fn send_together(
        &self,
        task: &LeasedTask,
        first: Ready,
        others: Vec<LeasedTask>,
    ) -> Attempted {
        let mut going = vec![(task.clone(), first)];
        let mut ended = Vec::new();
        for other in others {
            let TaskKind::Notify(_, recipient) = other.kind else {
                continue;
            };
            match self.prepare(&other, recipient).await {
                Ok(Some(ready)) => going.push((other, ready)),
                Ok(None) => ended.push((other, Ok(Attempted::Done(None)))),
                Err(error) => ended.push((other, Err(error))),
            }
        }
        let sent = self.send_all(&going).await;
        let all = going.into_iter().map(|(task, ready)| {
            let result = match &sent {
                Ok(by) => Ok(self.announced(&ready).handed(by.clone())),
                Err(error) => Err(error.again()),
            };
            (task, result)
        });
        Attempted::Together(all.chain(ended).collect())
    }

    async fn send_all(&self, going: &[(LeasedTask, Ready)]) -> Result<Option<HandedTo>, TaskError> {
        let (_, first) = &going[0];
        let notices: Vec<Notice<'_>> = going.iter().map(|(_, ready)| ready.notice()).collect();
        let mail = self.mails.gathered(
            &To {
                address: &first.facts.address,
                bounce: &bounce_of(&first.facts),
                language: first.language,
            },
            first.recipient.id.as_uuid(),
            &notices,
            (self.clock)(),
        )?;
        self.courier.deliver(&mail, Tls::AsConfigured).await
    }
}

impl Ready {
    /// The address that the sender proved to their mail system, never the name in From: that is free
    /// text, which would stand in a mail of ours.
    fn named(&self) -> Option<&str> {
        let sender = self.sender.reverse_path.address();
        sender.filter(|_| self.names_sender).map(Address::as_str)
    }

    fn notice(&self) -> Notice<'_> {
        Notice {
            reference: &self.reference,
            link: self.link.expose_secret(),
            message_key: self.message_key.expose_secret(),
            expires: self.recipient.expires_at,
            escrow: self.escrow,
            sender: self.named(),
        }
    }
}
