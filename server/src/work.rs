//! What tasks do, one file each. When and how often is [`crate::queue`]'s business.

mod advice;
pub mod divert;
mod expiry;
mod follow_up;
pub mod housekeeping;
mod notices;
mod passcodes;
mod receipts;
mod relay;
mod reminders;
mod replies;
mod reports;
#[cfg(test)]
mod tests;
mod undelivered;
mod wishes;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use keystore::GatewayKeys;
use mail::TagRule;
use seal::{ContentId, MessageId, Random, RecipientId};
use store::{
    End, HandedTo, LeasedTask, NewTask, NoticeLimit, RecipientRecord, Store, TaskKind, Telling,
};

use crate::clock::Clock;
use crate::courier::{Courier, Destination};
use crate::follow_up::FollowUp;
use crate::intake::Intake;
use crate::mails::Mails;
use crate::metadata::{RecipientFacts, SenderFacts};
use crate::task_error::TaskError;

use divert::Diverting;
pub use replies::ReplyMemory;

/// Octets that are read from the store at once.
const READ_AT_ONCE: usize = 1 << 20;

/// Everything that tasks need.
pub struct Work {
    /// Records and content.
    pub store: Arc<dyn Store>,
    /// The keys.
    pub keys: Arc<GatewayKeys>,
    /// Writes mails.
    pub mails: Mails,
    /// Takes them to the relay.
    pub courier: Courier,
    /// Seals what cannot be relayed.
    pub intake: Arc<Intake>,
    /// When that is.
    pub diverting: Diverting,
    /// Answers keep the tag.
    pub rule: TagRule,
    /// Our name, in reports.
    pub hostname: String,
    /// Whether a notice says whose message it is.
    pub names_sender: bool,
    /// How many notices go to one address one by one.
    pub notices: NoticeLimit,
    /// How long records of ended messages are kept, and senders' links with them.
    pub keep_ended: std::time::Duration,
    /// What is done about messages that nobody reads.
    pub follow_up: FollowUp,
    /// How many replies are in memory at one time.
    pub reply_memory: ReplyMemory,
    /// How long what goes together is leased.
    pub hold: std::time::Duration,
    /// The origin in links.
    pub public_url: String,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub random: Arc<dyn Random>,
}

/// How one attempt went well.
#[derive(Debug)]
pub enum Attempted {
    /// Done, with the end that its recipient has reached, if it is one that ends a recipient.
    Done(Option<End>),
    /// The same, and the sender is told.
    Told(Option<End>, Telling),
    /// One of these, and these tasks are added.
    And(Box<Attempted>, Vec<NewTask>),
    /// The same, for a notice or a copy that this mail system has taken.
    Handed(Box<Attempted>, HandedTo),
    /// Done for this time, and due again.
    Again(Timestamp),
    /// Nothing is to be recorded: it was put off, or another worker has it.
    NotNow,
    /// It went together with others; this task is among them.
    Together(Vec<(LeasedTask, Result<Attempted, TaskError>)>),
}

impl Attempted {
    /// With who has taken the mail, where that is known.
    fn handed(self, to: Option<HandedTo>) -> Self {
        match to {
            Some(to) => Self::Handed(Box::new(self), to),
            None => self,
        }
    }
}

impl Work {
    /// Does a task once.
    pub async fn attempt(&self, task: &LeasedTask) -> Result<Attempted, TaskError> {
        match task.kind {
            TaskKind::Notify(_, recipient) => self.notify(task, recipient).await,
            TaskKind::Relay(message, recipient) => self.relay_copy(task, message, recipient).await,
            TaskKind::SendCode(recipient, code) => {
                self.send_code(recipient, code).await?;
                Ok(Attempted::Done(None))
            }
            TaskKind::SendSenderCode(message, code) => {
                self.send_sender_code(message, code).await?;
                Ok(Attempted::Done(None))
            }
            TaskKind::DeliverReply(reply) => {
                self.deliver_reply(reply).await?;
                Ok(Attempted::Done(None))
            }
            TaskKind::TellReplier(reply) => {
                self.tell_replier(task, reply).await?;
                Ok(Attempted::Done(None))
            }
            TaskKind::Expire(message) => self.expire(message).await,
            TaskKind::Report(message) => self.report(task, message).await,
            TaskKind::Advise(message, topic) => self.advise(task, message, topic).await,
            TaskKind::FollowUp(message) => self.follow_up(task, message).await,
            TaskKind::Remind(_, recipient) => self.remind(task, recipient).await,
            TaskKind::TellUnread(message) => self.tell_unread(task, message).await,
            TaskKind::PassOn(_, recipient, wish) => self.pass_on(task, recipient, wish).await,
        }
    }

    /// The destinations of the mails that tasks of these kinds send, as far as that can be told.
    pub async fn destinations(&self, kinds: &[TaskKind]) -> Vec<Option<Destination>> {
        let ids = kinds.iter().filter_map(addressee).collect();
        // Whatever is wrong with a record is told by the attempt.
        let found = self.store.recipients_by_id(ids).await.unwrap_or_default();
        let found: HashMap<_, _> = found.iter().map(|record| (record.id, record)).collect();
        let mut destinations = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let destination = match addressee(kind) {
                Some(id) => found.get(&id).and_then(|record| self.way_to(record)),
                None => self.way_back(kind).await,
            };
            destinations.push(destination);
        }
        destinations
    }

    fn way_to(&self, recipient: &RecipientRecord) -> Option<Destination> {
        let facts = self.facts(recipient).ok()?;
        Some(self.courier.destination(facts.address.domain()))
    }

    /// The destination of mail to the sender, or to who answered.
    async fn way_back(&self, kind: &TaskKind) -> Option<Destination> {
        match kind {
            TaskKind::DeliverReply(reply) => {
                let reply = self.store.reply(*reply).await.ok()??;
                self.way_to_sender(reply.message).await
            }
            TaskKind::TellReplier(reply) => {
                let reply = self.store.reply(*reply).await.ok()??;
                self.way_to(&self.recipient(reply.recipient).await.ok()?)
            }
            TaskKind::Report(message)
            | TaskKind::Advise(message, _)
            | TaskKind::SendSenderCode(message, _)
            | TaskKind::TellUnread(message)
            | TaskKind::PassOn(message, ..) => self.way_to_sender(*message).await,
            _ => None,
        }
    }

    async fn way_to_sender(&self, message: MessageId) -> Option<Destination> {
        let message = self.store.message(message).await.ok()??;
        let sender = SenderFacts::open(&self.keys.metadata, message.id, &message.sender).ok()?;
        let address = sender.reverse_path.address()?;
        Some(self.courier.destination(address.domain()))
    }

    async fn recipient(&self, id: RecipientId) -> Result<RecipientRecord, TaskError> {
        let found = self.store.recipient(id).await?;
        found.ok_or_else(|| TaskError::permanent("the recipient's record is gone"))
    }

    fn facts(&self, recipient: &RecipientRecord) -> Result<RecipientFacts, TaskError> {
        let keys = &self.keys.metadata;
        Ok(RecipientFacts::open(
            keys,
            recipient.message,
            recipient.id,
            &recipient.address,
        )?)
    }

    /// A whole sealed content. It is bounded by the mail limit.
    async fn content(&self, id: ContentId, size: u64) -> Result<Vec<u8>, TaskError> {
        let too_large = |_| TaskError::permanent("a content is larger than memory");
        let mut octets = Vec::with_capacity(usize::try_from(size).map_err(too_large)?);
        while (octets.len() as u64) < size {
            let more = self
                .store
                .read(id, octets.len() as u64, READ_AT_ONCE)
                .await?;
            if more.is_empty() {
                return Err(TaskError::permanent(
                    "a stored content is shorter than its record",
                ));
            }
            octets.extend_from_slice(&more);
        }
        Ok(octets)
    }
}

/// To whom a task of this kind sends a mail, if not to the sender.
fn addressee(kind: &TaskKind) -> Option<RecipientId> {
    match kind {
        TaskKind::Notify(_, recipient)
        | TaskKind::Relay(_, recipient)
        | TaskKind::SendCode(recipient, _)
        | TaskKind::Remind(_, recipient) => Some(*recipient),
        _ => None,
    }
}
