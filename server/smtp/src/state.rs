//! The states of a session and what leads from one to the next (RFC 5321 §4.1.4).
//!
//! ```text
//! Fresh ─EHLO─▶ Ready ─MAIL─▶ AskingSender ─▶ Open ─RCPT─▶ AskingRecipient ─▶ Open
//!                 ▲                            │
//!                 │                          DATA
//!                 │                            ▼
//!                 └─ Deciding ◀─CRLF.CRLF─ Receiving ◀─354─ AskingRoom
//! ```
//!
//! A state that asks or decides reads no input, so nothing that was pipelined behind a question is
//! acted on before its answer (promise S1).

use std::time::Duration;

use mail::{Address, Content, Envelope, MailObject};

use crate::Refusal;
use crate::context::Context;
use crate::data::{DataReader, Progress};
use crate::event::{Captured, Client, NoRoom, Proofs};
use crate::fault::Fault;
use crate::line::LineReader;
use crate::reply::{Reply, Status, printable};

pub(crate) enum State<P: Proofs> {
    Fresh(Fresh),
    Ready(Ready),
    AskingSender(AskingSender),
    Open(Open),
    AskingRecipient(AskingRecipient),
    AskingRoom(AskingRoom<P>),
    Receiving(Receiving<P>),
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

/// Within a transaction, before DATA.
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
    pub(crate) verdict: Option<Result<(), Refusal>>,
}

/// DATA, or more content than there is room for, waits for an answer.
pub(crate) struct AskingRoom<P: Proofs> {
    pub(crate) receiving: Receiving<P>,
    pub(crate) stage: Stage,
    pub(crate) octets: usize,
    pub(crate) verdict: Option<Result<P::Room, NoRoom>>,
}

/// Whether the client was told to send content.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    BeforeContent,
    WithinContent,
}

/// Content streams in.
pub(crate) struct Receiving<P: Proofs> {
    pub(crate) open: Open,
    pub(crate) reader: DataReader,
    pub(crate) room: Vec<P::Room>,
    /// How long the client was waited for since the 354. Our own time is not the client's fault.
    pub(crate) waited: Duration,
}

/// The message is complete, and its fate is not.
pub(crate) struct Deciding<P: Proofs> {
    pub(crate) client: Client,
    /// The message until it is handed out.
    pub(crate) captured: Option<Captured<P>>,
    pub(crate) verdict: Option<Result<(P::Stored, String), Refusal>>,
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
            Self::Fresh(_) | Self::Ready(_) | Self::Open(_) => {
                match line.read(input, context.limits().command_line) {
                    None => Step::Wait(self),
                    Some(line) => Step::On(self.line(line, input, context)),
                }
            }
            Self::AskingSender(asking) => asking.step(context),
            Self::AskingRecipient(asking) => asking.step(context),
            Self::AskingRoom(asking) => asking.step(input, context),
            Self::Receiving(receiving) => receiving.step(input, context),
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
            Some(Err(refusal)) => Step::On(context.sender_refusal(
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
                Step::On(State::Open(self.open))
            }
            Some(Err(refusal)) => Step::On(context.refusal(&refusal, self.open)),
        }
    }
}

impl<P: Proofs> AskingRoom<P> {
    /// The question in front of the 354: for a first piece, or for what the client declared if
    /// that is not much more.
    pub(crate) fn before_content(open: Open, context: &Context) -> Self {
        let limits = context.limits();
        let declared = open.declared_octets().min(limits.declared_reservation);
        // Never nothing: room for nothing would be full at once, for ever.
        let first = declared.max(limits.first_reservation).max(1);
        let octets = first.min(limits.content);
        let receiving = Receiving {
            open,
            reader: DataReader::new(),
            room: Vec::new(),
            waited: Duration::ZERO,
        };
        Self {
            receiving,
            stage: Stage::BeforeContent,
            octets,
            verdict: None,
        }
    }

    fn step(mut self, input: &mut &[u8], context: &mut Context) -> Step<P> {
        match (self.verdict.take(), self.stage) {
            (None, _) => Step::Wait(State::AskingRoom(self)),
            // Octets that came while the question was open did not wait for the 354 either.
            (Some(_), Stage::BeforeContent) if !input.is_empty() => {
                Step::On(context.fault(Fault::PipelinedBehindData, State::Closed))
            }
            (Some(Ok(room)), stage) => {
                if let Stage::BeforeContent = stage {
                    let text = "Send the message; a dot alone on a line ends it";
                    context.send(&Reply::plain(354, vec![text.into()]));
                }
                self.receiving.reader.grant(self.octets);
                self.receiving.room.push(room);
                Step::On(State::Receiving(self.receiving))
            }
            (Some(Err(NoRoom)), Stage::BeforeContent) => {
                Step::On(context.fault(Fault::NoRoom, self.receiving.open))
            }
            (Some(Err(NoRoom)), Stage::WithinContent) => {
                self.receiving.reader.refuse(Fault::NoRoom);
                self.receiving.room.clear();
                Step::On(State::Receiving(self.receiving))
            }
        }
    }
}

impl Open {
    /// What SIZE said, or nothing. MAIL took no more than the limit.
    fn declared_octets(&self) -> usize {
        let declared = self.declared.and_then(|size| usize::try_from(size).ok());
        declared.unwrap_or(0)
    }
}

impl<P: Proofs> Receiving<P> {
    fn step(mut self, input: &mut &[u8], context: &mut Context) -> Step<P> {
        let progress = self.reader.read(input, context.limits());
        if self.reader.is_refused() {
            self.room.clear();
        }
        match progress {
            Progress::Hungry => Step::Wait(State::Receiving(self)),
            // Doubling keeps the questions few and what a short message holds small.
            Progress::Full => {
                let limits = context.limits();
                let room = self.reader.room();
                let declared = self.open.declared_octets();
                let end = if room < declared {
                    declared
                } else {
                    limits.content
                };
                let octets = room.min(limits.further_reservation.max(1)).min(end - room);
                let stage = Stage::WithinContent;
                Step::Wait(State::AskingRoom(AskingRoom {
                    receiving: self,
                    stage,
                    octets,
                    verdict: None,
                }))
            }
            Progress::Ended => Step::On(self.end(context)),
        }
    }

    fn end(self, context: &mut Context) -> State<P> {
        let Open {
            client, envelope, ..
        } = self.open;
        match self.reader.finish() {
            Err(fault) => context.fault(fault, Ready { client }),
            Ok(octets) => {
                let mail = MailObject {
                    envelope,
                    content: Content::new(octets),
                };
                let captured = Captured {
                    client: client.clone(),
                    mail,
                    room: self.room,
                };
                State::Deciding(Deciding {
                    client,
                    captured: Some(captured),
                    verdict: None,
                })
            }
        }
    }
}

impl<P: Proofs> Deciding<P> {
    fn step(mut self, context: &mut Context) -> Step<P> {
        match (self.verdict.take(), &self.captured) {
            (None, Some(_)) => Step::Wait(State::Deciding(self)),
            // The message was handed out and the question dropped: nobody can answer any more.
            (None, None) => Step::On(context.fault(
                Fault::Undecided,
                Ready {
                    client: self.client,
                },
            )),
            (Some(Ok((proof, reference))), _) => {
                context.send(&stored::<P>(proof, &reference));
                Step::On(State::Ready(Ready {
                    client: self.client,
                }))
            }
            (Some(Err(refusal)), _) => Step::On(context.refusal(
                &refusal,
                Ready {
                    client: self.client,
                },
            )),
        }
    }
}

/// The 250 behind the end of data, for which a proof of storage is used up.
fn stored<P: Proofs>(_proof: P::Stored, reference: &str) -> Reply {
    Reply::new(
        250,
        Status::new(0, 0),
        format!("Stored as {}", printable(reference)),
    )
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
