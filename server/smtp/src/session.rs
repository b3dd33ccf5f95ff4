//! One SMTP session without its socket: octets and answers in, octets and questions out.
//!
//! Whoever drives a session repeats three things until [`Event::Close`]:
//!
//! 1. [`poll_event`](Session::poll_event) until it has nothing, answering each question;
//! 2. write what [`poll_transmit`](Session::poll_transmit) has;
//! 3. wait for input no longer than [`poll_timeout`](Session::poll_timeout) says, tell
//!    [`handle_wait`](Session::handle_wait) how long it was, and hand the input to
//!    [`handle_input`](Session::handle_input), or call
//!    [`handle_timeout`](Session::handle_timeout).
//!
//! Not reading while a question is open is what lets TCP push back on a client.

use std::mem;
use std::time::Duration;

use crate::content::{Discarding, Receiving};
use crate::context::{Config, Context, Tls};
use crate::event::{
    AccountQuestion, Captured, Event, MessageQuestion, Proofs, RecipientQuestion, RoomQuestion,
    SenderQuestion,
};
use crate::fault::Fault;
use crate::line::LineReader;
use crate::state::{Fresh, State, Step};

/// A session of the server side. `P` names the values that prove storage and memory, see
/// [`Proofs`].
pub struct Session<P: Proofs> {
    context: Context,
    line: LineReader,
    state: State<P>,
    waiting: Waiting,
}

/// How urgently a session shall end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// When no transaction is open: at once, or when the open one has its reply.
    AfterTransaction,
    /// Now. A message that has no reply yet is not accepted.
    Now,
}

/// Input that came while a question was open.
#[derive(Default)]
struct Waiting {
    octets: Vec<u8>,
    used: usize,
}

impl<P: Proofs> Session<P> {
    /// A session with its greeting under way.
    pub fn new(config: Config) -> Self {
        Self {
            context: Context::new(config),
            line: LineReader::default(),
            state: State::Fresh(Fresh),
            waiting: Waiting::default(),
        }
    }

    /// Takes octets from the client.
    pub fn handle_input(&mut self, octets: &[u8]) {
        // An answer takes effect before what came after it.
        self.resume();
        if self.waiting.is_empty() {
            let mut rest = octets;
            self.advance(&mut rest);
            self.waiting = Waiting {
                octets: rest.to_vec(),
                used: 0,
            };
        } else {
            self.waiting.octets.extend_from_slice(octets);
        }
    }

    /// So much time went by while the session waited for its client. To be told before the input
    /// that ended the wait. A client that takes more than [`Patience::whole_content`] over one
    /// message is sent away even if it never stops sending.
    ///
    /// [`Patience::whole_content`]: crate::Patience::whole_content
    pub fn handle_wait(&mut self, waited: Duration) {
        self.resume();
        let most = self.context.limits().patience.whole_content;
        let so_far = match &mut self.state {
            State::Receiving(receiving) | State::Chunked(receiving) => &mut receiving.waited,
            State::Discarding(discarding) => &mut discarding.waited,
            _ => return,
        };
        *so_far = so_far.saturating_add(waited);
        if *so_far > most {
            self.end(Fault::ContentTimeout);
        }
    }

    /// The client was silent for longer than [`poll_timeout`](Self::poll_timeout) allows.
    pub fn handle_timeout(&mut self) {
        self.end(Fault::Timeout);
    }

    /// The server stops.
    pub fn handle_shutdown(&mut self, urgency: Shutdown) {
        match urgency {
            Shutdown::AfterTransaction => self.context.stopping = true,
            Shutdown::Now => self.end(Fault::ShuttingDown),
        }
    }

    /// TLS was taken up after [`Event::StartTls`]. All that was said before is forgotten (RFC 3207
    /// §4.2), whatever the state; errors stay counted.
    pub fn tls_established(&mut self) {
        self.line.clear();
        self.waiting = Waiting::default();
        self.state = State::Fresh(Fresh);
        self.context.config.tls = Tls::Active;
    }

    /// What the session wants next. With `None` it wants input.
    pub fn poll_event(&mut self) -> Option<Event<'_, P>> {
        self.resume();
        if let Some(refused) = self.context.refused.pop_front() {
            return Some(Event::Refused(refused));
        }
        match &mut self.state {
            State::AskingAccount(asking) => {
                let credentials = asking.credentials.take()?;
                let question = AccountQuestion {
                    credentials,
                    asking,
                };
                Some(Event::Account(question))
            }
            State::AskingSender(asking) => Some(Event::Sender(SenderQuestion { asking })),
            State::AskingRecipient(asking) => Some(Event::Recipient(RecipientQuestion { asking })),
            State::AskingRoom(asking) => Some(Event::Room(RoomQuestion { asking })),
            State::Deciding(deciding) => {
                let captured: Captured<P> = deciding.captured.take()?;
                Some(Event::Message(captured, MessageQuestion { deciding }))
            }
            State::StartingTls => Some(Event::StartTls),
            State::Closed => Some(Event::Close),
            State::Fresh(_)
            | State::Ready(_)
            | State::Authenticating(_)
            | State::Open(_)
            | State::Receiving(_)
            | State::Chunked(_)
            | State::Discarding(_) => None,
        }
    }

    /// Octets for the client: all replies made since the last call.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let output = mem::take(&mut self.context.output);
        (!output.is_empty()).then_some(output)
    }

    /// Whether the octets that come next are content: then it pays to read many at once.
    pub fn is_receiving(&self) -> bool {
        matches!(self.state, State::Receiving(_) | State::Discarding(_))
    }

    /// How long to wait for the client's next octets; `None` when it is not the client's turn.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let patience = &self.context.limits().patience;
        match &self.state {
            State::Fresh(_) | State::Ready(_) | State::Authenticating(_) | State::Open(_) => {
                Some(patience.command)
            }
            State::Receiving(Receiving { waited, .. })
            | State::Discarding(Discarding { waited, .. }) => {
                let left = patience.whole_content.saturating_sub(*waited);
                Some(patience.content.min(left))
            }
            State::Chunked(receiving) => {
                let left = patience.whole_content.saturating_sub(receiving.waited);
                Some(patience.command.min(left))
            }
            _ => None,
        }
    }

    fn end(&mut self, fault: Fault) {
        if !matches!(self.state, State::Closed) {
            self.state = self.context.fault(fault, State::Closed);
        }
    }

    /// Goes on with input that waited for an answer.
    fn resume(&mut self) {
        let Waiting { octets, used } = mem::take(&mut self.waiting);
        let mut rest = &octets[used..];
        self.advance(&mut rest);
        let used = octets.len() - rest.len();
        if used < octets.len() {
            self.waiting = Waiting { octets, used };
        }
    }

    fn advance(&mut self, input: &mut &[u8]) {
        loop {
            let state = mem::replace(&mut self.state, State::Closed);
            match state.step(input, &mut self.line, &mut self.context) {
                Step::On(state) => self.state = state,
                Step::Wait(state) => {
                    self.state = state;
                    return;
                }
            }
        }
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.used == self.octets.len()
    }
}
