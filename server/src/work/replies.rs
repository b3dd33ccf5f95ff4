//! Secure replies: checked, opened in memory, handed to the sender's own mail system.
//!
//! Nothing is delivered unless the recipient's signature, made with the link's secret half, fits
//! every part: whoever got hold of the viewer's process cannot write into our mailboxes.

use std::sync::Arc;

use mail::{Address, ReversePath};
use seal::{Identity, MessageId, ReplyId, reply_signing_input, verify_reply};
use store::{Disposition, RecipientRecord, ReplyRecord};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::block_in_place;

use super::Work;
use crate::intake::ReplyCopies;
use crate::mails::{Outgoing, ReplyFile, SecureReply};
use crate::metadata::SenderFacts;
use crate::policy::{Facts, Tls};
use crate::reply_document::{FORMAT, ReplyDocument, ReplyFileEntry};
use crate::reply_token;
use crate::task_error::TaskError;

/// Replies of the largest kind that are in memory at one time: one that a slow mail system takes its
/// time for does not hold up all others.
const AT_ONCE: u64 = 2;
/// Octets that one permit stands for: a semaphore counts no further than 2^29.
const PERMIT: u64 = 1024;

/// The memory that replies may take together, by their sealed octets. A reply is in memory from the
/// first octet that is read until the mail system has it, at most about four times: opened, encoded,
/// and as a mail (decision 0031).
pub struct ReplyMemory {
    free: Semaphore,
    permits: u32,
}

impl ReplyMemory {
    /// For replies of up to `largest` octets.
    pub fn for_replies_of(largest: u64) -> Self {
        let permits = u32::try_from((AT_ONCE * largest).div_ceil(PERMIT))
            .unwrap_or(u32::MAX)
            .clamp(1, 1 << 28);
        Self {
            free: Semaphore::new(permits as usize),
            permits,
        }
    }

    /// Waits for its turn. Whatever is larger than all of it gets all of it.
    async fn take(&self, octets: u64) -> SemaphorePermit<'_> {
        let wanted = u32::try_from(octets.div_ceil(PERMIT)).unwrap_or(u32::MAX);
        let taken = self.free.acquire_many(wanted.min(self.permits)).await;
        taken.expect("nobody closes it")
    }
}

/// Octets of a subject; the view shows no longer one.
const LONGEST_SUBJECT: usize = 4_096;
/// The view lists no more.
const MOST_REFERENCES: usize = 1_000;
/// Octets of a file's name.
const LONGEST_NAME: usize = 4_096;

impl Work {
    pub(super) async fn deliver_reply(&self, id: ReplyId) -> Result<(), TaskError> {
        let reply = self.store.reply(id).await?;
        let reply = reply.ok_or_else(|| TaskError::permanent("the reply's record is gone"))?;
        let recipient = self.recipient(reply.recipient).await?;
        let octets = reply.parts.iter().map(|part| part.size).sum();
        let _memory = self.reply_memory.take(octets).await;
        let parts = self.parts(&reply).await?;
        let (document, files) = block_in_place(|| {
            check_signature(&reply, &recipient, &parts)?;
            let (identity, document) = self.open_document(&reply, &parts)?;
            let files = open_files(&identity, &document, parts)?;
            Ok::<_, TaskError>((document, files))
        })?;

        let message = self.store.message(reply.message).await?;
        let message =
            message.ok_or_else(|| TaskError::permanent("the message's record is gone"))?;
        let SenderFacts {
            reverse_path,
            participants,
            ..
        } = SenderFacts::open(&self.keys.metadata, message.id, &message.sender)?;
        let ReversePath::Address(sender) = reverse_path else {
            return Err(TaskError::permanent("the message had no sender to answer"));
        };
        let facts = self.facts(&recipient)?;
        let wanted = Addressees::of(&document, &sender, &participants)?;
        let (others, not_to) = wanted.others_of(&facts.address, &self.intake.facts);
        let token = facts.reply_token.as_deref();
        let token = token.ok_or_else(|| TaskError::permanent("the reply token is gone"))?;
        let mail = block_in_place(|| {
            self.mails.reply(
                SecureReply {
                    id: reply.id.as_uuid(),
                    to: &sender,
                    also_to: &others,
                    not_to: &not_to,
                    recipient: &facts.address,
                    reply_to_local: &reply_token::local_part(token),
                    subject: &document.subject,
                    in_reply_to: document.in_reply_to.as_deref(),
                    references: &document.references,
                    reference: &viewer::reply_reference(reply.id),
                    text: &document.text,
                    files,
                    sent_at: reply.sent_at.unwrap_or_else(self.clock),
                },
                &self.rule,
            )
        })?;
        let Outgoing { envelope, octets } = mail;
        let octets = Arc::new(octets);
        if !others.is_empty() {
            self.copy(&reply, &sender, facts.address, others, &octets)
                .await?;
        }
        let octets = Arc::unwrap_or_clone(octets);
        let mail = Outgoing { envelope, octets };
        self.courier.deliver(&mail, Tls::Required).await?;
        Ok(())
    }

    /// The copies for others than the sender become a message of their own, with a task for each: who
    /// cannot be reached keeps nobody else waiting, and the sender is told (decision 0036). It has the
    /// reply's id, so that an attempt that comes after it finds it.
    async fn copy(
        &self,
        reply: &ReplyRecord,
        sender: &Address,
        replier: Address,
        to: Vec<Address>,
        octets: &Arc<Vec<u8>>,
    ) -> Result<(), TaskError> {
        let id = MessageId::from_bytes(*reply.id.as_bytes());
        if self.store.message(id).await?.is_some() {
            return Ok(());
        }
        let copies = ReplyCopies {
            id,
            sender: sender.clone(),
            replier,
            to,
            octets: Arc::clone(octets),
        };
        let captured = self.intake.copy_reply(copies).await;
        // A refusal here is one of the store or the keys: the reply is still there, and waits.
        captured.map(|_| ()).map_err(|refusal| {
            TaskError::transient(format!("its copies cannot be kept: {}", refusal.text()))
        })
    }

    /// The sealed parts in order, each with the digest that was signed.
    async fn parts(&self, reply: &ReplyRecord) -> Result<Vec<Vec<u8>>, TaskError> {
        let mut parts = Vec::with_capacity(reply.parts.len());
        for (position, part) in reply.parts.iter().enumerate() {
            if part.index as usize != position {
                return Err(TaskError::permanent("a part of the reply is missing"));
            }
            parts.push(self.content(part.content, part.size).await?);
        }
        Ok(parts)
    }

    fn open_document(
        &self,
        reply: &ReplyRecord,
        parts: &[Vec<u8>],
    ) -> Result<(Identity, ReplyDocument), TaskError> {
        let sealed = parts
            .first()
            .ok_or_else(|| TaskError::permanent("the reply is empty"))?;
        let (identity, opened) = self
            .keys
            .reply
            .all()
            .into_iter()
            .find_map(|identity| {
                let opened = seal::open(&identity, sealed).ok()?;
                Some((identity, opened))
            })
            .ok_or_else(|| TaskError::permanent("the reply opens with no reply key"))?;
        let document: ReplyDocument = serde_json::from_slice(&opened)
            .map_err(|_| TaskError::permanent("the reply document is malformed"))?;
        let fits = document.format == FORMAT
            && document.reply_id == reply.id.to_string()
            && document.message_id == reply.message.to_string()
            && document.recipient_id == reply.recipient.to_string()
            && document.files.len() + 1 == parts.len()
            && document.subject.len() <= LONGEST_SUBJECT
            && document.references.len() <= MOST_REFERENCES
            && document
                .files
                .iter()
                .all(|file| file.name.len() <= LONGEST_NAME);
        if fits {
            Ok((identity, document))
        } else {
            Err(TaskError::permanent(
                "the reply document belongs to another reply",
            ))
        }
    }
}

/// Over the digests of the octets that were read, not of what a record says of them.
fn check_signature(
    reply: &ReplyRecord,
    recipient: &RecipientRecord,
    parts: &[Vec<u8>],
) -> Result<(), TaskError> {
    let Disposition::Held { reply_public, .. } = &recipient.disposition else {
        return Err(TaskError::permanent("the recipient has no reply key"));
    };
    let unsigned = || TaskError::permanent("the reply is not signed by its recipient");
    let signature = reply.signature.as_ref().ok_or_else(unsigned)?;
    let digests: Vec<[u8; 32]> = parts.iter().map(|part| seal::sha256_of(&[part])).collect();
    let input = reply_signing_input(reply.message, reply.recipient, reply.id, &digests);
    verify_reply(reply_public, &input, signature).map_err(|_| unsigned())
}

/// Each sealed part goes as soon as it is open.
fn open_files(
    identity: &Identity,
    document: &ReplyDocument,
    parts: Vec<Vec<u8>>,
) -> Result<Vec<ReplyFile>, TaskError> {
    let open = |(entry, sealed): (&ReplyFileEntry, Vec<u8>)| {
        let digest = seal::hex(&seal::sha256_of(&[&sealed]));
        let octets = seal::open(identity, &sealed)
            .map_err(|_| TaskError::permanent("a file of the reply does not open"))?;
        let fits = entry.sealed_sha256 == digest
            && entry.sealed_size == sealed.len() as u64
            && entry.size == octets.len() as u64;
        if !fits {
            return Err(TaskError::permanent(
                "a file of the reply is not the one it names",
            ));
        }
        let (name, media_type) = (entry.name.clone(), entry.media_type.clone());
        Ok(ReplyFile {
            name,
            media_type,
            octets,
        })
    };
    let files = parts.into_iter().skip(1);
    document.files.iter().zip(files).map(open).collect()
}

/// Whom a reply goes to beside the sender, who always gets it.
#[derive(Debug, PartialEq)]
struct Addressees(Vec<Address>);

impl Addressees {
    /// Only those whom the view allowed: what the document says is the recipient's word.
    fn of(
        document: &ReplyDocument,
        sender: &Address,
        participants: &[Address],
    ) -> Result<Self, TaskError> {
        let forbidden =
            || TaskError::permanent("the reply is addressed to somebody it may not go to");
        let mut to_sender = false;
        let mut others: Vec<Address> = Vec::new();
        for text in &document.to {
            let address: Address = text.parse().map_err(|_| forbidden())?;
            let mut allowed = participants.iter();
            if address.is_same_mailbox(sender) {
                to_sender = true;
            } else if let Some(one) = allowed.find(|one| one.is_same_mailbox(&address)) {
                // As the message named it.
                if !others.contains(one) {
                    others.push(one.clone());
                }
            } else {
                return Err(forbidden());
            }
        }
        match to_sender {
            true => Ok(Self(others)),
            false => Err(forbidden()),
        }
    }

    /// Those who may get it by the rules of today, and those who may not any more. Nobody gets a copy
    /// of what they have written.
    fn others_of(self, replier: &Address, facts: &Facts) -> (Vec<Address>, Vec<Address>) {
        let others = self.0.into_iter();
        others
            .filter(|one| !one.is_same_mailbox(replier))
            .partition(|one| facts.may_be_answered(one))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_third_reply_of_the_largest_kind_waits_until_one_is_delivered() {
        let memory = ReplyMemory::for_replies_of(10 * PERMIT);
        let (one, _two) = (
            memory.take(10 * PERMIT).await,
            memory.take(10 * PERMIT).await,
        );
        let mut third = pin!(memory.take(1));
        assert!(poll!(&mut third).is_pending());
        drop(one);
        assert!(poll!(&mut third).is_ready());
    }

    #[tokio::test]
    async fn a_reply_beyond_all_bounds_waits_for_all_of_the_memory_and_not_for_ever() {
        let memory = ReplyMemory::for_replies_of(10 * PERMIT);
        drop(memory.take(20 * PERMIT + 1).await);
        drop(memory.take(u64::MAX).await);
    }
}
