//! A session whose every question is answered yes, and what came of it.

use mail::{Address, MailObject, ReversePath};
use smtp::{Auth, Config, Event, Limits, Proofs, Session, Tls};

enum World {}

impl Proofs for World {
    type Stored = ();
    type Room = ();
}

/// What a session did.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Everything that was sent to the client.
    pub(crate) replies: String,
    /// Senders that were asked about.
    pub(crate) senders: Vec<ReversePath>,
    /// Recipients that were asked about.
    pub(crate) recipients: Vec<Address>,
    /// Messages behind an end of data.
    pub(crate) messages: Vec<MailObject>,
    /// Whether the session ended itself.
    pub(crate) closed: bool,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, {} messages", self.replies, self.messages.len())
    }
}

/// A client of such a session.
pub(crate) struct Client {
    session: Session<World>,
    /// What was seen since the start, or since it was last taken away.
    pub(crate) seen: Seen,
}

impl Client {
    /// Past the greeting.
    pub(crate) fn new(limits: Limits) -> Self {
        let hostname = "mx.example.org".parse().expect("a domain");
        let config = Config {
            hostname,
            limits,
            tls: Tls::Absent,
            auth: Auth::Absent,
        };
        let mut client = Self {
            session: Session::new(config),
            seen: Seen::default(),
        };
        client.send(b"");
        client.seen = Seen::default();
        client
    }

    /// Past these commands, with nothing seen.
    pub(crate) fn behind(limits: Limits, commands: &[&str]) -> Self {
        let mut client = Self::new(limits);
        for command in commands {
            client.send(format!("{command}\r\n").as_bytes());
        }
        client.seen = Seen::default();
        client
    }

    /// Hands over octets and answers what is asked.
    pub(crate) fn send(&mut self, octets: &[u8]) {
        if self.seen.closed {
            return;
        }
        self.session.handle_input(octets);
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Sender(question) => {
                    self.seen.senders.push(question.sender().clone());
                    question.answer(Ok(()));
                }
                Event::Recipient(question) => {
                    self.seen.recipients.push(question.recipient().clone());
                    question.answer(Ok(()));
                }
                Event::Room(question) => question.grant(()),
                Event::Message(captured, question) => {
                    self.seen.messages.push(captured.mail);
                    question.stored((), "message-1");
                }
                Event::Close => {
                    self.seen.closed = true;
                    break;
                }
                _ => {}
            }
        }
        let output = self.session.poll_transmit().unwrap_or_default();
        let output = std::str::from_utf8(&output).expect("replies are ASCII");
        self.seen.replies.push_str(output);
    }

    /// The same in pieces whose lengths the octets themselves give.
    pub(crate) fn send_cut(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while let Some(&first) = rest.first() {
            let (piece, tail) = rest.split_at((usize::from(first) % 7 + 1).min(rest.len()));
            self.send(piece);
            rest = tail;
        }
    }
}

impl Seen {
    /// Panics unless every reply line is a code, a separator and printable ASCII of lawful length.
    pub(crate) fn check_replies(&self) {
        assert!(self.replies.is_empty() || self.replies.ends_with("\r\n"));
        for line in self.replies.split_terminator("\r\n") {
            let (code, rest) = line.split_at(3);
            let code: u16 = code.parse().expect("a reply code");
            assert!(
                (200..600).contains(&code) && rest.starts_with([' ', '-']),
                "{line}"
            );
            assert!(
                line.len() <= 510 && line.bytes().all(|b| (b' '..=b'~').contains(&b)),
                "{line}"
            );
        }
    }

    /// How many replies there are, each of one line or more.
    pub(crate) fn count(&self) -> usize {
        let last = |line: &&str| line.as_bytes().get(3) == Some(&b' ');
        self.replies.split_terminator("\r\n").filter(last).count()
    }
}

/// The limits are other tests' matter; where content is judged they would hide its end.
pub(crate) fn unbounded() -> Limits {
    Limits {
        text_line: 1 << 24,
        header: 1 << 24,
        header_fields: 1 << 20,
        first_reservation: 16,
        ..Limits::default()
    }
}

/// Whether no CR, LF or NUL stands alone (promise S1).
pub(crate) fn is_lawful(content: &[u8]) -> bool {
    let mut last = 0;
    for &octet in content {
        if octet == 0 || (octet == b'\n') != (last == b'\r') {
            return false;
        }
        last = octet;
    }
    last != b'\r'
}
