//! From DATA or the first BDAT to the verdict about the message (RFC 5321 §4.1.1.4, RFC 3030).
//!
//! A chunk is read to its end whatever is wrong with it or with the state it came in, before its
//! refusal is said: its octets are never taken for commands, and the session stays in step with a
//! client that pipelines.

use std::time::Duration;

use mail::MailObject;

use crate::Refusal;
use crate::context::Context;
use crate::data::{DataReader, Progress};
use crate::event::{Captured, Client, NoRoom, Proofs};
use crate::fault::Fault;
use crate::limits::Limits;
use crate::reply::{Reply, Status, printable};
use crate::state::{Open, Ready, State, Step};

/// DATA, or more content than there is room for, waits for an answer.
pub(crate) struct AskingRoom<P: Proofs> {
    receiving: Receiving<P>,
    stage: Stage,
    pub(crate) octets: usize,
    pub(crate) verdict: Option<Result<P::Room, NoRoom>>,
}

/// Whether the client was told to send content.
#[derive(Clone, Copy)]
enum Stage {
    BeforeContent,
    WithinContent,
}

/// Content streams in.
pub(crate) struct Receiving<P: Proofs> {
    pub(crate) open: Open,
    reader: DataReader,
    room: Vec<P::Room>,
    /// How long the client was waited for since the 354 or the first BDAT. Our own time is not the
    /// client's fault.
    pub(crate) waited: Duration,
    /// How much content there will be as far as the client said.
    expected: usize,
    /// What was read since it was refused.
    discarded: usize,
    /// None behind DATA.
    chunk: Option<Chunk>,
}

/// What BDAT announced.
#[derive(Clone, Copy)]
pub(crate) struct Chunk {
    pub(crate) octets: u64,
    left: u64,
    pub(crate) last: bool,
}

/// A chunk that nothing can be done with is read to its end.
pub(crate) struct Discarding<P: Proofs> {
    left: u64,
    pub(crate) waited: Duration,
    fault: Fault,
    next: Box<State<P>>,
}

/// The message is complete, and its fate is not.
pub(crate) struct Deciding<P: Proofs> {
    client: Client,
    /// The message until it is handed out.
    pub(crate) captured: Option<Captured<P>>,
    pub(crate) verdict: Option<Result<(P::Stored, String), Refusal>>,
}

impl Chunk {
    pub(crate) fn new(octets: u64, last: bool) -> Self {
        Self {
            octets,
            left: octets,
            last,
        }
    }

    /// Reads no further than the chunk goes.
    fn read(&mut self, reader: &mut DataReader, input: &mut &[u8], context: &Context) -> Progress {
        let mut piece = self.piece_of(input);
        let before = piece.len();
        let progress = if reader.is_refused() {
            piece = &[];
            Progress::Hungry
        } else {
            reader.read(&mut piece, context.limits())
        };
        let taken = before - piece.len();
        self.left -= taken as u64;
        *input = &input[taken..];
        match progress {
            Progress::Hungry if self.left > 0 => Progress::Hungry,
            Progress::Hungry if self.last => reader.end(context.limits()),
            Progress::Hungry => Progress::Ended,
            other => other,
        }
    }

    fn piece_of<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        &input[..input.len().min(most)]
    }
}

impl<P: Proofs> AskingRoom<P> {
    /// The question in front of the 354: for a first piece, or for what the client declared if
    /// that is not much more.
    pub(crate) fn before_content(open: Open, context: &Context) -> Self {
        let expected = open.declared_octets();
        let receiving = Receiving::new(open, DataReader::stuffed(), expected);
        let octets = first_piece(expected.max(context.limits().first_reservation), context);
        Self {
            receiving,
            stage: Stage::BeforeContent,
            octets,
            verdict: None,
        }
    }

    pub(crate) fn step(mut self, input: &mut &[u8], context: &mut Context) -> Step<P> {
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
                self.receiving.refuse(Fault::NoRoom);
                Step::On(State::Receiving(self.receiving))
            }
        }
    }
}

/// What is asked for at first. Never nothing: room for nothing would be full at once, for ever.
fn first_piece(wanted: usize, context: &Context) -> usize {
    let limits = context.limits();
    let most = limits.declared_reservation.max(limits.first_reservation);
    wanted.min(most).max(1).min(limits.content)
}

impl Open {
    /// What SIZE said, or nothing. MAIL took no more than the limit.
    fn declared_octets(&self) -> usize {
        let declared = self.declared.and_then(|size| usize::try_from(size).ok());
        declared.unwrap_or(0)
    }
}

impl<P: Proofs> Receiving<P> {
    fn new(open: Open, reader: DataReader, expected: usize) -> Self {
        Self {
            open,
            reader,
            room: Vec::new(),
            waited: Duration::ZERO,
            expected,
            discarded: 0,
            chunk: None,
        }
    }

    /// The first chunk of a transaction.
    pub(crate) fn first_chunk(open: Open, chunk: Chunk, context: &Context) -> State<P> {
        let declared = open.declared_octets();
        let mut receiving = Self::new(open, DataReader::chunked(), declared);
        receiving.announce(chunk, context);
        if receiving.reader.is_refused() {
            return State::Receiving(receiving);
        }
        // The last chunk says how much there is; of others more may follow.
        let wanted = match receiving.expected {
            expected if chunk.last => expected,
            expected => expected.max(context.limits().first_reservation),
        };
        receiving.ask(first_piece(wanted, context))
    }

    /// One more.
    pub(crate) fn next_chunk(mut self, chunk: Chunk, context: &Context) -> State<P> {
        self.announce(chunk, context);
        State::Receiving(self)
    }

    /// What is too large with its octets is refused before they come, and takes no memory.
    fn announce(&mut self, chunk: Chunk, context: &Context) {
        let most = context.limits().content;
        let octets = usize::try_from(chunk.octets).unwrap_or(usize::MAX);
        let in_all = self.reader.octets().saturating_add(octets);
        if in_all > most {
            self.refuse(Fault::SizeExceeded);
        }
        self.expected = if chunk.last {
            in_all
        } else {
            self.expected.max(in_all)
        };
        self.chunk = Some(chunk);
    }

    /// Nothing of it is kept any longer.
    fn refuse(&mut self, fault: Fault) {
        self.reader.refuse(fault);
        self.room.clear();
    }

    fn ask(self, octets: usize) -> State<P> {
        State::AskingRoom(AskingRoom {
            receiving: self,
            stage: Stage::WithinContent,
            octets,
            verdict: None,
        })
    }

    pub(crate) fn step(mut self, input: &mut &[u8], context: &mut Context) -> Step<P> {
        let before = input.len();
        let progress = match &mut self.chunk {
            None => self.reader.read(input, context.limits()),
            Some(chunk) => chunk.read(&mut self.reader, input, context),
        };
        if self.reader.is_refused() {
            self.room.clear();
            self.discarded = self.discarded.saturating_add(before - input.len());
        }
        match progress {
            Progress::Hungry if self.discarded > context.limits().discarded => {
                Step::On(context.fault(Fault::Endless, State::Closed))
            }
            Progress::Hungry => Step::Wait(State::Receiving(self)),
            Progress::Full => {
                let octets = self.next_piece(context.limits());
                Step::Wait(self.ask(octets))
            }
            Progress::Ended => Step::On(self.end(context)),
        }
    }

    /// Doubling keeps the questions few and what a short message holds small. A message that has
    /// shown to be large asks for all the rest: were it to hold much and wait for more, many of them
    /// could each wait for what the others hold, and none would be taken.
    fn next_piece(&self, limits: &Limits) -> usize {
        let room = self.reader.room();
        let end = if room < self.expected {
            self.expected
        } else {
            limits.content
        };
        let rest = end - room;
        let is_large = room >= limits.declared_reservation;
        if is_large { rest } else { rest.min(room) }
    }

    fn end(self, context: &mut Context) -> State<P> {
        match self.chunk {
            Some(chunk) if !chunk.last && !self.reader.is_refused() => {
                let text = format!("{} octets received", chunk.octets);
                context.accept(250, Status::new(0, 0), text);
                State::Chunked(self)
            }
            _ => self.whole(context),
        }
    }

    fn whole(self, context: &mut Context) -> State<P> {
        let Open {
            client, envelope, ..
        } = self.open;
        match self.reader.finish() {
            // RFC 3030 §2 ends the transaction with the chunk that failed.
            Err(fault) => context.fault(fault, Ready { client }),
            Ok(octets) => {
                let mail = MailObject {
                    envelope,
                    content: octets.into(),
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

impl<P: Proofs> Discarding<P> {
    /// Refuses for `fault` behind the chunk, and goes on in `next`.
    pub(crate) fn chunk(chunk: Chunk, fault: Fault, next: impl Into<State<P>>) -> State<P> {
        State::Discarding(Self {
            left: chunk.left,
            waited: Duration::ZERO,
            fault,
            next: Box::new(next.into()),
        })
    }

    pub(crate) fn step(mut self, input: &mut &[u8], context: &mut Context) -> Step<P> {
        let taken = input
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        *input = &input[taken..];
        self.left -= taken as u64;
        if self.left > 0 {
            return Step::Wait(State::Discarding(self));
        }
        Step::On(context.fault(self.fault, *self.next))
    }
}

impl<P: Proofs> Deciding<P> {
    pub(crate) fn step(mut self, context: &mut Context) -> Step<P> {
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

/// The 250 behind the end of content, for which a proof of storage is used up.
fn stored<P: Proofs>(_proof: P::Stored, reference: &str) -> Reply {
    Reply::new(
        250,
        Status::new(0, 0),
        format!("Stored as {}", printable(reference)),
    )
}
