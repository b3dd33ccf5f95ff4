//! What leaves by relay: the copy of a mail that came in, and that of a reply to others than its
//! sender (decision 0036).

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use keystore::KeysInHand;
use mail::header::{ExtraField, HeaderSection, LOOP_FIELD};
use mail::{Address, RecipientDsn, ReversePath};
use seal::{KeyId, MessageId, RecipientId, Sealer, sha256_of};
use smtp::Refusal;
use store::{
    Capture, CaptureKeys, ContentKind, Disposition, Mentions, NewRecipient, NewTask, StagedContent,
    TaskKind,
};

use super::beside::Hands;
use super::hashes::Hashes;
use super::sealing::{Capturing, finish, millis, refuse, refuse_io};
use super::{Intake, refuse_header, try_later};
use crate::metadata::{Original, RecipientFacts, SenderFacts};
use crate::policy::Tls;

/// For the trace field of relay copies (RFC 5321 §4.4).
#[derive(Debug, Clone)]
pub struct Trace {
    /// Who handed the message in.
    pub peer: IpAddr,
    /// `SMTP`, `ESMTP`, `ESMTPS`.
    pub protocol: &'static str,
}

impl Capturing<'_> {
    /// One recipient of the copy, and the task that will carry it away.
    pub(super) fn relay(
        &self,
        keys: &KeysInHand,
        address: Address,
        tls: Tls,
        dsn: RecipientDsn,
    ) -> (NewRecipient, NewTask) {
        let id = RecipientId::generate(millis(self.now), &*self.intake.random);
        let facts = RecipientFacts {
            dsn,
            address,
            reply_token: None,
            tls,
        };
        let task = self.task(TaskKind::Relay(self.id, id), self.now);
        (self.recipient(keys, id, &facts, Disposition::Relayed), task)
    }

    /// The relay copy, sealed to the `spool` identity: no plaintext rests (promise D8). It has trace
    /// fields of ours on top if it came from somewhere.
    pub(super) fn spool(
        &self,
        trace: Option<&Trace>,
        header: &HeaderSection<'_>,
    ) -> Result<(StagedContent, KeyId), Refusal> {
        let intake = self.intake;
        let (key, to) = intake.keys.spool.recipient();
        let mut sealer =
            Sealer::new(&to.recipient, self.stage(ContentKind::Spool)?).map_err(refuse)?;
        let extra = match trace {
            Some(trace) => self.trace_fields(trace)?,
            None => Vec::new(),
        };
        for piece in header.with_fields_on_top(&extra) {
            sealer.write_all(piece).map_err(refuse_io)?;
        }
        let (staged, _) = sealer.finish().map_err(refuse)?;
        Ok((finish(staged)?, key))
    }

    /// RFC 5321 §4.4, and what a loop is known by.
    fn trace_fields(&self, trace: &Trace) -> Result<Vec<ExtraField>, Refusal> {
        let host = self.intake.hostname.as_str();
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
            ExtraField::new(name, value)
                .map_err(|_| try_later("The gateway's own name cannot be written into a header"))
        };
        Ok(vec![
            field("Received", &received)?,
            field(LOOP_FIELD, host)?,
        ])
    }
}

/// A reply that goes to others than the sender of what it answers.
pub struct ReplyCopies {
    /// They are one message; made of the reply's id, so that it is captured once.
    pub id: MessageId,
    /// Who hears of a copy that does not arrive: the sender of what is answered.
    pub sender: Address,
    /// Who replies.
    pub replier: Address,
    /// Who gets one, inside or in a trusted domain.
    pub to: Vec<Address>,
    /// The mail that the sender gets.
    pub octets: Arc<Vec<u8>>,
}

/// A capture with relayed recipients only. It is not found as sent again, and goes on for nobody.
pub(super) fn copies(
    intake: &Intake,
    hands: Hands,
    copies: ReplyCopies,
) -> Result<Capture, Refusal> {
    let mut capturing = Capturing::begin(intake, hands);
    capturing.id = copies.id;
    let header = HeaderSection::split(&copies.octets).map_err(|error| refuse_header(&error))?;
    let (spool, spool_key) = capturing.spool(None, &header)?;
    let sender = SenderFacts {
        original: Original::of(&header),
        replier: Some(copies.replier),
        ..SenderFacts::plain(ReversePath::Address(copies.sender))
    };
    let keys = intake.keys.in_hand(capturing.expires_at);
    let relayed = copies.to.into_iter().map(|address| {
        let dsn = RecipientDsn::default();
        capturing.relay(&keys, address, Tls::Required, dsn)
    });
    let (recipients, tasks) = relayed.unzip();
    let hashes = Hashes::of(&keys.lookup, None, &sha256_of(&[&copies.octets]));
    Ok(Capture {
        id: capturing.id,
        captured_at: capturing.now,
        sender: sender.seal(&keys.metadata, capturing.id, &*intake.random),
        message_id_index: None,
        content_index: hashes.content,
        earlier_indexes: Vec::new(),
        mentions: Mentions::default(),
        keys: CaptureKeys {
            lookup: hashes.key,
            reply: None,
            spool: Some(spool_key),
        },
        held: None,
        spool: Some(spool),
        recipients,
        tasks,
    })
}
