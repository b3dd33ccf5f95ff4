//! Makes a [`Capture`] of a planned message: sealed files, grants, relay copy, tasks.
//!
//! The seed and the link secrets live in this file's stack frames only. What leaves it is sealed.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use keystore::{KeyError, KeysInHand};
use mail::header::HeaderSection;
use mail::view::{KeepingPolicy, ViewDocument, ViewFacts};
use mail::{Address, MailObject, RecipientDsn};
use seal::{
    ContentId, Handle, Identity, KeyId, LinkSecret, MessageId, Random, RecipientId, SealError,
    Sealer, Seed, TaskId, seal_padded, share_context,
};
use smtp::Refusal;
use store::{
    Capture, CaptureKeys, ContentKind, ContentWriter, Disposition, HeldMessage, Mentions,
    NewRecipient, NewTask, StagedContent, StoreError, TaskKind, Topic, place,
};
use tracing::error;

use super::beside::{Hands, beside};
use super::conversation::mentions;
use super::hashes::Hashes;
use super::participants::participants;
use super::plan::Wishes;
use super::relaying::Trace;
use super::{Intake, Plan, refuse_parse, refuse_store, try_later};
use crate::config::Receipts;
use crate::dsn;
use crate::metadata::{Original, RecipientFacts, SenderFacts};
use crate::policy::Tls;
use crate::reply_token;

/// A receipt tells how it went, so it waits until most notices have left.
const RECEIPT_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Everything that one capture shares.
pub(super) struct Capturing<'a> {
    pub(super) intake: &'a Intake,
    pub(super) id: MessageId,
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) hands: Hands,
}

/// The sealed half of a capture, and what the rest of it needs to know of it.
pub(super) struct SealedMessage {
    pub(super) held: HeldMessage,
    /// The reply key that the view names.
    pub(super) reply_key: KeyId,
    /// What every grant of this message is made of.
    pub(super) seed: Seed,
    /// Who may be answered beside the sender, as the view lists them.
    pub(super) participants: Vec<Address>,
}

pub(super) fn capture(
    intake: &Intake,
    hands: Hands,
    trace: &Trace,
    mail: &MailObject,
    header: &HeaderSection<'_>,
    plan: Plan,
) -> Result<Capture, Refusal> {
    let random = &*intake.random;
    let capturing = Capturing::begin(intake, hands);
    let Capturing { id, now, .. } = capturing;
    let mut sender = SenderFacts {
        automatic: dsn::is_automatic(header),
        dsn: mail.envelope.dsn.clone(),
        original: Original::of(header),
        ..SenderFacts::plain(mail.envelope.reverse_path.clone())
    };
    let Plan {
        held: to_hold,
        relayed: to_relay,
        answered,
        wishes,
        advice,
    } = plan;
    let mut recipients = Vec::new();
    let mut tasks = Vec::new();
    let seal = || {
        let sealed = match to_hold.is_empty() {
            true => None,
            false => Some(capturing.seal_message(mail, header, &to_hold)?),
        };
        let spooled = match to_relay.is_empty() {
            true => None,
            false => Some(capturing.spool(Some(trace), header)?),
        };
        Ok((sealed, spooled))
    };
    let (sealed, digest) = beside(hands, seal, || seal::sha256_of(&[&mail.content]));
    let (sealed, spooled) = sealed?;
    let (spool, spool_key) = spooled.unzip();
    // Large content is sealed by now: keys are in hand for no longer than the records take.
    let keys = intake.keys.in_hand(capturing.expires_at);
    let (held, reply_key) = match sealed {
        None => (None, None),
        Some(sealed) => {
            for address in &to_hold {
                let (recipient, task) = capturing.grant(&keys, &sealed.seed, address, &wishes)?;
                recipients.push(recipient);
                tasks.push(task);
            }
            tasks.push(capturing.task(TaskKind::Expire(id), capturing.expires_at));
            sender.participants = sealed.participants;
            (Some(sealed.held), Some(sealed.reply_key))
        }
    };
    let mentions = match to_hold.is_empty() {
        true => Mentions::default(),
        false => {
            let to_them = recipients.iter().map(|r| r.id).zip(&to_hold);
            mentions(&keys.lookup, header, &answered, to_them)
        }
    };
    for (address, tls) in to_relay {
        let dsn = wishes.of(&address);
        let (recipient, task) = capturing.relay(&keys, address, tls, dsn);
        recipients.push(recipient);
        tasks.push(task);
    }
    // One mail of advice for each message at most.
    if let Some(topic) = advice.first().map(|advice| Topic::from(*advice))
        && dsn::may_be_told(&sender).is_some()
    {
        tasks.push(capturing.task(TaskKind::Advise(id, topic), now));
    }
    if intake.receipts == Receipts::Always && held.is_some() && dsn::may_be_told(&sender).is_some()
    {
        // The sender's link is made when the receipt is written, not here.
        let due_at = now.saturating_add(RECEIPT_AFTER).unwrap_or(now);
        tasks.push(capturing.task(TaskKind::Advise(id, Topic::Receipt), due_at));
    }
    let hashes = Hashes::of(&keys.lookup, header.message_id().as_deref(), &digest);
    Ok(Capture {
        id,
        captured_at: now,
        sender: sender.seal(&keys.metadata, id, random),
        message_id_index: hashes.message_id,
        content_index: hashes.content,
        earlier_indexes: hashes.earlier,
        mentions,
        keys: CaptureKeys {
            lookup: hashes.key,
            reply: reply_key,
            spool: spool_key,
        },
        held,
        spool,
        recipients,
        tasks,
    })
}

impl<'a> Capturing<'a> {
    /// Under a new message id, from now on.
    pub(super) fn begin(intake: &'a Intake, hands: Hands) -> Self {
        let now = (intake.clock)();
        Self {
            intake,
            id: MessageId::generate(millis(now), &*intake.random),
            now,
            expires_at: now + intake.expiry,
            hands,
        }
    }

    /// `message.age`, `view.age` and the escrow grant if there is to be one. `held` are those who get a
    /// grant: they answer, and are not answered.
    pub(super) fn seal_message(
        &self,
        mail: &MailObject,
        header: &HeaderSection<'_>,
        held: &[Address],
    ) -> Result<SealedMessage, Refusal> {
        let intake = self.intake;
        let seed = Seed::generate(&*intake.random);
        let to = Identity::from_seed(intake.profile, &seed).to_own();
        let seal = || {
            let mut sealer = Sealer::new(&to, self.stage(ContentKind::Message)?).map_err(refuse)?;
            for range in header.without_bcc() {
                sealer.write_all(&mail.content[range]).map_err(refuse_io)?;
            }
            sealer.finish().map_err(refuse)
        };
        let parse = || mail::parse(&mail.content, &intake.rule);
        let (sealed, parsed) = beside(self.hands, seal, parse);
        let parsed = parsed.map_err(|error| refuse_parse(&error))?;
        let (message, about) = sealed?;

        let (reply_key_id, reply_key) = intake.keys.reply.recipient();
        let reverse_path = &mail.envelope.reverse_path;
        let participants = participants(&parsed.headers, reverse_path, held, &intake.facts);
        let reply_to: Vec<Address> = (reverse_path.address().into_iter())
            .chain(&participants)
            .cloned()
            .collect();
        let view = ViewDocument::new(
            parsed,
            ViewFacts {
                message_id: self.id.to_string(),
                profile: intake.profile.as_str().to_owned(),
                captured_at: self.now,
                expires_at: self.expires_at,
                organisation: intake.organisation.clone(),
                sender: reverse_path,
                recipients: &mail.envelope.recipients,
                sealed_size: about.size,
                sealed_sha256: about.sha256,
                reply_recipient: reply_key.text.clone(),
                reply_key_id: reply_key_id.to_string(),
                reply_to: &reply_to,
                policy: KeepingPolicy {
                    escrow: intake.escrow.is_on(),
                },
            },
        );
        // The message's file waits for the disk meanwhile.
        let seal_rest = || {
            let view = view.to_json();
            let (view, _) =
                seal_padded(&to, &view, self.stage(ContentKind::View)?).map_err(refuse)?;
            Ok((finish(view)?, self.escrow(&seed)?))
        };
        let (rest, message) = beside(self.hands, seal_rest, || finish(message));
        let (view, escrow) = rest?;
        let held = HeldMessage {
            profile: intake.profile,
            expires_at: self.expires_at,
            view,
            message: message?,
            escrow,
        };
        Ok(SealedMessage {
            held,
            reply_key: reply_key_id,
            seed,
            participants,
        })
    }

    /// The grant to the organisation's offline keys, where it has named any.
    fn escrow(&self, seed: &Seed) -> Result<Option<StagedContent>, Refusal> {
        let Intake {
            escrow, profile, ..
        } = self.intake;
        if !escrow.is_on() {
            return Ok(None);
        }
        let output = self.stage(ContentKind::Escrow)?;
        let (sealed, _) = escrow
            .seal(self.id, *profile, seed, output)
            .map_err(refuse)?;
        finish(sealed).map(Some)
    }

    /// One recipient's link grant, and the task that will carry the link secret away.
    fn grant(
        &self,
        keys: &KeysInHand,
        seed: &Seed,
        address: &Address,
        wishes: &Wishes,
    ) -> Result<(NewRecipient, NewTask), Refusal> {
        let id = RecipientId::generate(millis(self.now), &*self.intake.random);
        let dsn = wishes.of(address);
        self.grant_to((id, address.clone(), dsn), keys, seed)
    }

    pub(super) fn grant_to(
        &self,
        (id, address, dsn): (RecipientId, Address, RecipientDsn),
        keys: &KeysInHand,
        seed: &Seed,
    ) -> Result<(NewRecipient, NewTask), Refusal> {
        let Intake {
            random, profile, ..
        } = self.intake;
        let random: &dyn Random = &**random;
        let handle = Handle::generate(random);
        let link = LinkSecret::generate(random);

        let share = link.split(seed, self.id, id);
        let context = share_context(self.id, id, *profile, self.expires_at.as_second());
        let place = place::server_share(&id, &context);
        let share = keys
            .share
            .as_ref()
            .map_err(|error| *error)
            .and_then(|ring| ring.seal(&place, self.expires_at, share.expose_secret(), random))
            .map_err(refuse_share)?;

        let token = reply_token::generate(random);
        let disposition = Disposition::Held {
            handle,
            share: Some(share),
            proof_digest: link.open_proof(&handle).digest(),
            reply_public: link.reply_signer(self.id, id).public(),
            reply_token_index: reply_token::index(&keys.lookup, &token),
        };
        let facts = RecipientFacts {
            dsn,
            address,
            reply_token: Some(token),
            tls: Tls::AsConfigured,
        };
        let mut task = self.task(TaskKind::Notify(self.id, id), self.now);
        let secret = place::link_secret(&task.id, &id);
        task.payload = Some(keys.outbox.seal(&secret, link.expose_secret(), random));
        Ok((self.recipient(keys, id, &facts, disposition), task))
    }

    pub(super) fn recipient(
        &self,
        keys: &KeysInHand,
        id: RecipientId,
        facts: &RecipientFacts,
        disposition: Disposition,
    ) -> NewRecipient {
        NewRecipient {
            id,
            address: facts.seal(&keys.metadata, self.id, id, &*self.intake.random),
            address_index: facts.index(&keys.lookup).1,
            disposition,
        }
    }

    pub(super) fn task(&self, kind: TaskKind, due_at: Timestamp) -> NewTask {
        let id = TaskId::generate(millis(self.now), &*self.intake.random);
        NewTask {
            id,
            kind,
            due_at,
            payload: None,
        }
    }

    pub(super) fn stage(&self, kind: ContentKind) -> Result<ContentWriter, Refusal> {
        let id = ContentId::generate(millis(self.now), &*self.intake.random);
        self.intake
            .store
            .stage(id, kind)
            .map_err(|error| refuse_store(&error))
    }
}

pub(super) fn finish(writer: ContentWriter) -> Result<StagedContent, Refusal> {
    writer.finish().map_err(|error| refuse_store(&error))
}

pub(super) fn millis(now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond()).unwrap_or_default()
}

fn refuse_share(error: KeyError) -> Refusal {
    error!(error = %error, "a server share cannot be sealed");
    try_later("The gateway has no key for this message yet; try again later")
}

pub(super) fn refuse(error: SealError) -> Refusal {
    refuse_io(error.into_io())
}

pub(super) fn refuse_io(error: std::io::Error) -> Refusal {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            refuse_store(&StoreError::NoRoom)
        }
        _ => {
            error!(error = %error, "a message cannot be staged");
            try_later("The gateway cannot store mail now; try again later")
        }
    }
}
