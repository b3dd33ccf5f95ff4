//! Makes a [`Capture`] of a planned message: sealed files, grants, relay copy, tasks.
//!
//! The seed and the link secrets live in this file's stack frames only. What leaves it is sealed.

use std::io::Write;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use keystore::{KeyError, KeysInHand};
use mail::header::{HeaderSection, LOOP_FIELD};
use mail::view::{KeepingPolicy, ViewDocument, ViewFacts};
use mail::{Address, BodyType, Envelope, MailObject, RecipientDsn};
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
use super::plan::Wishes;
use super::{Intake, Plan, refuse_header, refuse_parse, refuse_store, try_later};
use crate::config::Receipts;
use crate::dsn;
use crate::metadata::{Original, RecipientFacts, SenderFacts};
use crate::policy::Tls;
use crate::reply_token;

/// A receipt tells how it went, so it waits until most notices have left.
const RECEIPT_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// For the trace field of relay copies (RFC 5321 §4.4).
#[derive(Debug, Clone)]
pub struct Trace {
    /// Who handed the message in.
    pub peer: IpAddr,
    /// `SMTP`, `ESMTP`, `ESMTPS`.
    pub protocol: &'static str,
}

/// Everything that one capture shares.
struct Capturing<'a> {
    intake: &'a Intake,
    id: MessageId,
    now: Timestamp,
    expires_at: Timestamp,
    hands: Hands,
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
    let sender = SenderFacts {
        reverse_path: mail.envelope.reverse_path.clone(),
        automatic: dsn::is_automatic(header),
        dsn: mail.envelope.dsn.clone(),
        original: Original::of(header),
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
            false => Some(capturing.seal_message(mail, header)?),
        };
        let spooled = match to_relay.is_empty() {
            true => None,
            false => Some(capturing.spool(trace, header)?),
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
        Some((held, reply_key, seed)) => {
            for address in &to_hold {
                let (recipient, task) = capturing.grant(&keys, &seed, address, &wishes)?;
                recipients.push(recipient);
                tasks.push(task);
            }
            tasks.push(capturing.task(TaskKind::Expire(id), capturing.expires_at));
            (Some(held), Some(reply_key))
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
        let (recipient, task) = capturing.relay(&keys, address, tls, &wishes);
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

/// A recipient whose relay copy is to be held instead.
pub struct Diverted {
    /// It stays who it is.
    pub recipient: RecipientId,
    /// Where its notice goes.
    pub address: Address,
    /// Who sent the message.
    pub sender: SenderFacts,
    /// What its sender's system wants to be told of it.
    pub dsn: RecipientDsn,
    /// When it was taken.
    pub captured_at: Timestamp,
    /// The copy: what came in, without Bcc and with our trace fields.
    pub content: Vec<u8>,
}

/// A capture of this one recipient under a new message id: the first one's seed is no more, so its
/// sealed files can be shared with nobody. It is not found as sent again.
pub(super) fn divert(
    intake: &Intake,
    hands: Hands,
    diverted: Diverted,
) -> Result<Capture, Refusal> {
    let random = &*intake.random;
    let capturing = Capturing::begin(intake, hands);
    let Capturing { id, now, .. } = capturing;
    let mail = MailObject {
        envelope: Envelope {
            reverse_path: diverted.sender.reverse_path.clone(),
            recipients: vec![diverted.address.clone()],
            recipient_dsn: vec![diverted.dsn.clone()],
            dsn: diverted.sender.dsn.clone(),
            smtp_utf8: false,
            body: BodyType::default(),
        },
        content: diverted.content.into(),
    };
    let header = HeaderSection::split(&mail.content).map_err(|error| refuse_header(&error))?;
    let (held, reply_key, seed) = capturing.seal_message(&mail, &header)?;
    let keys = intake.keys.in_hand(capturing.expires_at);
    let address = &diverted.address;
    let to = (diverted.recipient, address.clone(), diverted.dsn);
    let (recipient, task) = capturing.grant_to(to, &keys, &seed)?;
    let to_them = std::iter::once((recipient.id, address));
    let mentions = mentions(&keys.lookup, &header, &[], to_them);
    let mut tasks = vec![
        task,
        capturing.task(TaskKind::Expire(id), capturing.expires_at),
    ];
    if dsn::may_be_told(&diverted.sender).is_some() {
        tasks.push(capturing.task(TaskKind::Advise(id, Topic::Diverted), now));
    }
    let hashes = Hashes::of(&keys.lookup, None, &seal::sha256_of(&[&mail.content]));
    Ok(Capture {
        id,
        captured_at: diverted.captured_at,
        sender: diverted.sender.seal(&keys.metadata, id, random),
        message_id_index: None,
        content_index: hashes.content,
        earlier_indexes: Vec::new(),
        mentions,
        keys: CaptureKeys {
            lookup: hashes.key,
            reply: Some(reply_key),
            spool: None,
        },
        held: Some(held),
        spool: None,
        recipients: vec![recipient],
        tasks,
    })
}

impl<'a> Capturing<'a> {
    /// Under a new message id, from now on.
    fn begin(intake: &'a Intake, hands: Hands) -> Self {
        let now = (intake.clock)();
        Self {
            intake,
            id: MessageId::generate(millis(now), &*intake.random),
            now,
            expires_at: now + intake.expiry,
            hands,
        }
    }

    /// `message.age`, `view.age` and the escrow grant if there is to be one, the reply key that the
    /// view names, and the seed that every grant of this message is made of.
    fn seal_message(
        &self,
        mail: &MailObject,
        header: &HeaderSection<'_>,
    ) -> Result<(HeldMessage, KeyId, Seed), Refusal> {
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
        let reply_to: Vec<Address> = reverse_path.address().cloned().into_iter().collect();
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
        Ok((held, reply_key_id, seed))
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

    fn grant_to(
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

    fn relay(
        &self,
        keys: &KeysInHand,
        address: Address,
        tls: Tls,
        wishes: &Wishes,
    ) -> (NewRecipient, NewTask) {
        let id = RecipientId::generate(millis(self.now), &*self.intake.random);
        let facts = RecipientFacts {
            dsn: wishes.of(&address),
            address,
            reply_token: None,
            tls,
        };
        let task = self.task(TaskKind::Relay(self.id, id), self.now);
        (self.recipient(keys, id, &facts, Disposition::Relayed), task)
    }

    /// The relay copy, sealed to the `spool` identity: no plaintext rests (promise D8).
    fn spool(
        &self,
        trace: &Trace,
        header: &HeaderSection<'_>,
    ) -> Result<(StagedContent, KeyId), Refusal> {
        let intake = self.intake;
        let (key, to) = intake.keys.spool.recipient();
        let mut sealer =
            Sealer::new(&to.recipient, self.stage(ContentKind::Spool)?).map_err(refuse)?;
        let host = intake.hostname.as_str();
        let received = format!(
            "from [{}{}] by {host} (Sealpost) with {} id {}; {}",
            if trace.peer.is_ipv6() { "IPv6:" } else { "" },
            trace.peer,
            trace.protocol,
            self.id,
            jiff::fmt::rfc2822::to_string(&self.now.to_zoned(jiff::tz::TimeZone::UTC))
                .map_err(|_| try_later("The gateway's clock is wrong"))?,
        );
        let field = |name, value: &str| {
            mail::header::ExtraField::new(name, value)
                .map_err(|_| try_later("The gateway's own name cannot be written into a header"))
        };
        let extra = [field("Received", &received)?, field(LOOP_FIELD, host)?];
        for piece in header.with_fields_on_top(&extra) {
            sealer.write_all(piece).map_err(refuse_io)?;
        }
        let (staged, _) = sealer.finish().map_err(refuse)?;
        Ok((finish(staged)?, key))
    }

    fn recipient(
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

    fn task(&self, kind: TaskKind, due_at: Timestamp) -> NewTask {
        let id = TaskId::generate(millis(self.now), &*self.intake.random);
        NewTask {
            id,
            kind,
            due_at,
            payload: None,
        }
    }

    fn stage(&self, kind: ContentKind) -> Result<ContentWriter, Refusal> {
        let id = ContentId::generate(millis(self.now), &*self.intake.random);
        self.intake
            .store
            .stage(id, kind)
            .map_err(|error| refuse_store(&error))
    }
}

fn finish(writer: ContentWriter) -> Result<StagedContent, Refusal> {
    writer.finish().map_err(|error| refuse_store(&error))
}

fn millis(now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond()).unwrap_or_default()
}

fn refuse_share(error: KeyError) -> Refusal {
    error!(error = %error, "a server share cannot be sealed");
    try_later("The gateway has no key for this message yet; try again later")
}

fn refuse(error: SealError) -> Refusal {
    refuse_io(error.into_io())
}

fn refuse_io(error: std::io::Error) -> Refusal {
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
