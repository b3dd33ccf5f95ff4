//! What a session asks of the world outside, and how it is answered.
//!
//! A question borrows the session, so nothing can be fed to the session while it is open, an
//! answer cannot go to a question that was not asked, and answering consumes it. A question that
//! is dropped without an answer is asked again, but for the two that hand something out: a message
//! and credentials are refused for now.

use mail::{Address, MailObject, RecipientDsn, ReversePath};

use crate::Refusal;
use crate::authentication::AskingAccount;
use crate::content::{AskingRoom, Deciding};
use crate::context::Tls;
use crate::reply::Status;
use crate::sasl::Credentials;
use crate::state::{AskingRecipient, AskingSender};

/// The two things that only the world outside can make, and without which the session does not
/// take a message.
///
/// The session is generic over them so that it depends on neither the store nor the runtime, and so
/// that whoever drives it cannot make them up: a driver that is generic too has no other way to a
/// `Stored` than to be given one by the store's commit.
pub trait Proofs {
    /// That a message is on stable storage (promise D1). The 250 behind the end of data consumes
    /// one.
    type Stored;
    /// That there is memory for some of a message's content. It travels with the content and gives
    /// the memory back when it is dropped.
    type Room;
}

/// What a session wants. Whoever drives a session must know every question, so this enum is not
/// `non_exhaustive`.
pub enum Event<'s, P: Proofs> {
    /// Something was refused and the reply is under way. For records; nothing to answer.
    Refused(Refused),
    /// Is this name's password that one? Asked inside of TLS only.
    Account(AccountQuestion<'s>),
    /// May this client submit mail of this sender?
    Sender(SenderQuestion<'s>),
    /// Is this recipient acceptable?
    Recipient(RecipientQuestion<'s>),
    /// Is there memory for that much more content?
    Room(RoomQuestion<'s, P>),
    /// A message is complete; it counts as refused for now if the question is dropped.
    Message(Captured<P>, MessageQuestion<'s, P>),
    /// Write what [`poll_transmit`](crate::Session::poll_transmit) has, take up TLS, then call
    /// [`tls_established`](crate::Session::tls_established). What the client had sent behind
    /// STARTTLS in clear is already thrown away.
    StartTls,
    /// Write what [`poll_transmit`](crate::Session::poll_transmit) has and close the connection.
    Close,
}

/// A reply of 4xx or 5xx, without what was said by the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The three digits.
    pub code: u16,
    /// The enhanced status; its class is the code's first digit.
    pub status: Option<Status>,
}

/// How a client introduced itself. The name is the client's word and proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What followed HELO or EHLO.
    pub name: String,
    /// The protocol, for trace fields. It does not say whether the session is inside of TLS: who
    /// says HELO there is [`Protocol::Smtp`] too, as no keyword is registered for that.
    pub protocol: Protocol,
    /// [`Tls::Active`] inside of TLS, and in clear whether STARTTLS was offered. TLS cannot come or
    /// go between a client's EHLO and the questions about its mail: taking it up forgets the EHLO.
    pub tls: Tls,
    /// The account that AUTH proved it to be.
    pub account: Option<String>,
}

/// The keyword behind `with` in a Received field (RFC 5321 §4.4, RFC 3848, RFC 6531 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Introduced by HELO, in clear or inside of TLS.
    Smtp,
    /// Introduced by EHLO.
    Esmtp,
    /// The same inside of TLS.
    Esmtps,
    /// The same behind AUTH.
    Esmtpsa,
}

impl Protocol {
    /// The keyword for a message that asked for SMTPUTF8 or did not.
    pub fn keyword(self, smtp_utf8: bool) -> &'static str {
        match (self, smtp_utf8) {
            (Self::Smtp, _) => "SMTP",
            (Self::Esmtp, false) => "ESMTP",
            (Self::Esmtp, true) => "UTF8SMTP",
            (Self::Esmtps, false) => "ESMTPS",
            (Self::Esmtps, true) => "UTF8SMTPS",
            (Self::Esmtpsa, false) => "ESMTPSA",
            (Self::Esmtpsa, true) => "UTF8SMTPSA",
        }
    }
}

/// One message as it came in.
pub struct Captured<P: Proofs> {
    /// Who handed it over.
    pub client: Client,
    /// Envelope and content; dots are unstuffed.
    pub mail: MailObject,
    /// The memory that the content takes. To be dropped with it.
    pub room: Vec<P::Room>,
}

/// See [`Event::Account`].
#[must_use = "the session waits for an answer"]
pub struct AccountQuestion<'s> {
    pub(crate) credentials: Credentials,
    pub(crate) asking: &'s mut AskingAccount,
}

impl AccountQuestion<'_> {
    /// What the client said.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Who asks.
    pub fn client(&self) -> &Client {
        &self.asking.ready.client
    }

    /// The client is that account, or it is refused: with `535 5.7.8` for credentials that are
    /// wrong, with `454 4.7.0` for now.
    pub fn answer(self, verdict: Result<(), Refusal>) {
        self.asking.verdict = Some(verdict.map(|()| self.credentials.name().to_owned()));
    }
}

/// See [`Event::Sender`].
#[must_use = "the session waits for an answer"]
pub struct SenderQuestion<'s> {
    pub(crate) asking: &'s mut AskingSender,
}

impl SenderQuestion<'_> {
    /// MAIL's path.
    pub fn sender(&self) -> &ReversePath {
        &self.asking.envelope.reverse_path
    }

    /// Who asks.
    pub fn client(&self) -> &Client {
        &self.asking.client
    }

    /// Accepts the sender or refuses it. This is where a session in clear is refused that should
    /// not be: `530 5.7.0 Must issue a STARTTLS command first` (RFC 3207 §4) leaves the session
    /// open for STARTTLS, and what was pipelined behind MAIL finds no transaction.
    pub fn answer(self, verdict: Result<(), Refusal>) {
        self.asking.verdict = Some(verdict);
    }
}

/// See [`Event::Recipient`].
#[must_use = "the session waits for an answer"]
pub struct RecipientQuestion<'s> {
    pub(crate) asking: &'s mut AskingRecipient,
}

impl RecipientQuestion<'_> {
    /// What the client asked for about reports on this recipient.
    pub fn dsn(&self) -> &RecipientDsn {
        &self.asking.dsn
    }

    /// Who asks.
    pub fn client(&self) -> &Client {
        &self.asking.open.client
    }

    /// The sender of this transaction.
    pub fn sender(&self) -> &ReversePath {
        &self.asking.open.envelope.reverse_path
    }

    /// RCPT's path. `<Postmaster>` without a domain (RFC 5321 §4.5.1) is seen here as
    /// `postmaster@` and [`Config::hostname`](crate::Config::hostname), the local part in lower
    /// case. A client may also write that address out, in any case; so it is recognised by its
    /// domain, and by its local part without regard to case.
    pub fn recipient(&self) -> &Address {
        &self.asking.recipient
    }

    /// Accepts the recipient or refuses it.
    pub fn answer(self, verdict: Result<(), Refusal>) {
        self.asking.verdict = Some(verdict);
    }
}

/// See [`Event::Room`].
#[must_use = "the session waits for an answer"]
pub struct RoomQuestion<'s, P: Proofs> {
    pub(crate) asking: &'s mut AskingRoom<P>,
}

impl<P: Proofs> RoomQuestion<'_, P> {
    /// How many octets are wanted, on top of what was granted for this message before.
    pub fn octets(&self) -> usize {
        self.asking.octets
    }

    /// Grants them.
    pub fn grant(self, room: P::Room) {
        self.asking.verdict = Some(Ok(room));
    }

    /// Has none to give: the client gets 452 and may try again later.
    pub fn deny(self) {
        self.asking.verdict = Some(Err(NoRoom));
    }
}

/// There is no memory left.
pub(crate) struct NoRoom;

/// See [`Event::Message`].
#[must_use = "the session waits for an answer"]
pub struct MessageQuestion<'s, P: Proofs> {
    pub(crate) deciding: &'s mut Deciding<P>,
}

impl<P: Proofs> MessageQuestion<'_, P> {
    /// The message is stored; the client gets 250 with `reference`, by which the operator finds
    /// the message again. This is the only way to a 250 behind the end of data.
    pub fn stored(self, proof: P::Stored, reference: &str) {
        self.deciding.verdict = Some(Ok((proof, reference.into())));
    }

    /// The message is not stored and not shown to anybody (promise D2).
    pub fn refuse(self, refusal: Refusal) {
        self.deciding.verdict = Some(Err(refusal));
    }
}
