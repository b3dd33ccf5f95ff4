//! The states of a session and what leads from one to the next (RFC 5321 §4.1.4).
//!
//! ```text
//! Fresh ─EHLO─▶ Ready ─MAIL─▶ AskingSender ─▶ Open ─RCPT─▶ AskingRecipient ─▶ Open
//!                 ▲                            │
//!                 │                          DATA, BDAT
//!                 │                            ▼
//!                 └─ Deciding ◀─the end─── Receiving ◀─354─ AskingRoom
//!                                            │   ▲
//!                                  chunk's end   BDAT
//!                                            ▼   │
//!                                           Chunked
//! ```
//!
//! AUTH leads from Ready over `authentication` back to Ready; what is behind DATA and BDAT stands in
//! `content`.
//!
//! A state that asks or decides reads no input, so nothing that was pipelined behind a question is
//! acted on before its answer (promise S1).

use mail::{Address, Envelope, RecipientDsn};

use crate::Refusal;
use crate::authentication::{AskingAccount, Authenticating};
use crate::content::{AskingRoom, Deciding, Discarding, Receiving};
use crate::context::Context;
use crate::event::{Client, Proofs};
use crate::fault::Fault;
use crate::line::{LineReader, Longest};
use crate::reply::Status;

pub(crate) enum State<P: Proofs> {
    Fresh(Fresh),
    Ready(Ready),
    Authenticating(Authenticating),
    AskingAccount(AskingAccount),
    AskingSender(AskingSender),
    Open(Open),
    AskingRecipient(AskingRecipient),
    AskingRoom(AskingRoom<P>),
    Receiving(Receiving<P>),
    /// Between two chunks.
    Chunked(Receiving<P>),
    Discarding(Discarding<P>),
    Deciding(Deciding<P>),
    StartingTls,
    Closed,
}

/// The client did not introduce itself yet.
pub(crate) struct Fresh;

/// Between transactions.
pub(crate) struct Ready {
    pub(crate) client: Client,
}

/// MAIL came and waits for an answer.
pub(crate) struct AskingSender {
    pub(crate) client: Client,
    pub(crate) envelope: Envelope,
    pub(crate) declared: Option<u64>,
    pub(crate) verdict: Option<Result<(), Refusal>>,
}

/// Within a transaction, before DATA or the first BDAT.
pub(crate) struct Open {
    pub(crate) client: Client,
    pub(crate) envelope: Envelope,
    /// What SIZE said.
    pub(crate) declared: Option<u64>,
}

/// RCPT came and waits for an answer.
pub(crate) struct AskingRecipient {
    pub(crate) open: Open,
    pub(crate) recipient: Address,
    pub(crate) dsn: RecipientDsn,
    pub(crate) verdict: Option<Result<(), Refusal>>,
}

/// Where a step led.
pub(crate) enum Step<P: Proofs> {
    /// There may be more to do at once.
    On(State<P>),
    /// More input or an answer is needed.
    Wait(State<P>),
}

impl<P: Proofs> State<P> {
    /// Does one thing: takes a command or some content off `input`, or acts on an answer.
    pub(crate) fn step(
        self,
        input: &mut &[u8],
        line: &mut LineReader,
        context: &mut Context,
    ) -> Step<P> {
        match self {
            Self::Fresh(_) | Self::Ready(_) if context.stopping => {
                Step::On(context.fault(Fault::ShuttingDown, Self::Closed))
            }
            Self::Fresh(_) | Self::Ready(_) | Self::Open(_) | Self::Chunked(_) => {
                match line.read(input, Longest::command(context.limits())) {
                    None => Step::Wait(self),
                    Some(line) => Step::On(self.line(line, input, context)),
                }
            }
            Self::Authenticating(authenticating) => {
                match line.read(input, Longest::auth(context.limits())) {
                    None => Step::Wait(Self::Authenticating(authenticating)),
                    Some(line) => Step::On(authenticating.line(line, context)),
                }
            }
            Self::AskingAccount(asking) => asking.step(context),
            Self::AskingSender(asking) => asking.step(context),
            Self::AskingRecipient(asking) => asking.step(context),
            Self::AskingRoom(asking) => asking.step(input, context),
            Self::Receiving(receiving) => receiving.step(input, context),
            Self::Discarding(discarding) => discarding.step(input, context),
            Self::Deciding(deciding) => deciding.step(context),
            // What came behind STARTTLS in clear is thrown away: whoever stands between could have
            // put it there, to be acted on as if it had come inside of TLS (CVE-2011-0411).
            Self::StartingTls | Self::Closed => {
                *input = &[];
                Step::Wait(self)
            }
        }
    }
}

impl AskingSender {
    fn step<P: Proofs>(mut self, context: &mut Context) -> Step<P> {
        match self.verdict.take() {
            None => Step::Wait(State::AskingSender(self)),
            Some(Ok(())) => {
                context.accept(250, Status::new(1, 0), "Sender accepted");
                let Self {
                    client,
                    envelope,
                    declared,
                    ..
                } = self;
                Step::On(State::Open(Open {
                    client,
                    envelope,
                    declared,
                }))
            }
            Some(Err(refusal)) => Step::On(context.counted_refusal(
                &refusal,
                Ready {
                    client: self.client,
                },
            )),
        }
    }
}

impl AskingRecipient {
    fn step<P: Proofs>(mut self, context: &mut Context) -> Step<P> {
        match self.verdict.take() {
            None => Step::Wait(State::AskingRecipient(self)),
            Some(Ok(())) => {
                context.accept(250, Status::new(1, 5), "Recipient accepted");
                self.open.envelope.recipients.push(self.recipient);
                self.open.envelope.recipient_dsn.push(self.dsn);
                Step::On(State::Open(self.open))
            }
            Some(Err(refusal)) => Step::On(context.refusal(&refusal, self.open)),
        }
    }
}

impl<P: Proofs> From<Ready> for State<P> {
    fn from(ready: Ready) -> Self {
        Self::Ready(ready)
    }
}

impl<P: Proofs> From<Open> for State<P> {
    fn from(open: Open) -> Self {
        Self::Open(open)
    }
}
