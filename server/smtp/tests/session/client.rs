//! A client for tests: hands octets to a session in pieces, says yes to every question, and
//! writes down what it saw.

use mail::MailObject;
use smtp::{Auth, Config, Event, Limits, Proofs, Session, Tls};

/// What stands for the store's commit and for the memory budget.
pub(crate) enum World {}

impl Proofs for World {
    type Stored = ();
    type Room = ();
}

/// What a session did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) replies: String,
    pub(crate) messages: Vec<MailObject>,
    /// The room asked for, question by question.
    pub(crate) asked: Vec<usize>,
    pub(crate) most_room: usize,
    pub(crate) closed: bool,
}

pub(crate) struct Client {
    pub(crate) session: Session<World>,
    pub(crate) seen: Seen,
    room: usize,
}

impl Client {
    pub(crate) fn new(limits: Limits) -> Self {
        let hostname = "mx.example.org".parse().expect("a domain");
        let session = Session::new(Config {
            hostname,
            limits,
            tls: Tls::Absent,
            auth: Auth::Absent,
        });
        let mut client = Self {
            session,
            seen: Seen::default(),
            room: 0,
        };
        client.send(b"");
        client
    }

    /// A client that is past EHLO, MAIL, RCPT and DATA, with nothing seen yet.
    pub(crate) fn at_data(limits: Limits) -> Self {
        let mut client = Self::at_recipient(limits);
        client.send(b"DATA\r\n");
        assert!(
            client.seen.replies.starts_with("354 "),
            "{}",
            client.seen.replies
        );
        client.seen = Seen::default();
        client
    }

    /// A client that is past EHLO, MAIL and RCPT, with nothing seen yet.
    pub(crate) fn at_recipient(limits: Limits) -> Self {
        let mut client = Self::new(limits);
        for command in ["EHLO c", "MAIL FROM:<>", "RCPT TO:<a@example.com>"] {
            client.send(format!("{command}\r\n").as_bytes());
        }
        assert!(
            client
                .seen
                .replies
                .ends_with("250 2.1.5 Recipient accepted\r\n")
        );
        client.seen = Seen::default();
        client
    }

    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.session.handle_input(octets);
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Account(question) => question.answer(Ok(())),
                Event::Sender(question) => question.answer(Ok(())),
                Event::Recipient(question) => question.answer(Ok(())),
                Event::Room(question) => {
                    self.seen.asked.push(question.octets());
                    self.room += question.octets();
                    self.seen.most_room = self.seen.most_room.max(self.room);
                    question.grant(());
                }
                Event::Message(captured, question) => {
                    self.room = 0;
                    self.seen.messages.push(captured.mail);
                    question.stored((), "message-1");
                }
                Event::Close => {
                    self.seen.closed = true;
                    break;
                }
                Event::Refused(_) | Event::StartTls => {}
            }
        }
        let output = self.session.poll_transmit().unwrap_or_default();
        self.seen
            .replies
            .push_str(std::str::from_utf8(&output).expect("replies are ASCII"));
    }
}
