//! A relay copy that cannot leave over TLS becomes a held message of its own (promise S5).

use jiff::Timestamp;
use mail::header::HeaderSection;
use mail::{Address, BodyType, Envelope, MailObject, RecipientDsn};
use seal::RecipientId;
use smtp::Refusal;
use store::{Capture, CaptureKeys, TaskKind, Topic};

use super::beside::Hands;
use super::conversation::mentions;
use super::hashes::Hashes;
use super::sealing::{Capturing, SealedMessage};
use super::{Intake, refuse_header};
use crate::dsn;
use crate::metadata::SenderFacts;

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
    let SealedMessage {
        held,
        reply_key,
        seed,
        participants,
    } = capturing.seal_message(&mail, &header, &mail.envelope.recipients)?;
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
    let sender = SenderFacts {
        participants,
        ..diverted.sender
    };
    let hashes = Hashes::of(&keys.lookup, None, &seal::sha256_of(&[&mail.content]));
    Ok(Capture {
        id,
        captured_at: diverted.captured_at,
        sender: sender.seal(&keys.metadata, id, random),
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
