//! The client of a dialogue, and the world around its session: what it sends, what it is asked.

use std::collections::VecDeque;

use mail::MailObject;
use smtp::{Auth, Config, Event, Limits, Proofs, Refusal, Session, Tls};

use crate::Cut;

/// What stands for the store's commit and for the memory budget.
pub(crate) enum World {}

pub(crate) struct Commit;

impl Proofs for World {
    type Stored = Commit;
    type Room = ();
}

/// Where the next question of a kind is not answered with yes.
pub(crate) enum Decision {
    Account(Option<Refusal>),
    Sender(Refusal),
    Recipient(Refusal),
    Message(Refusal),
    NoRoom,
    Silence,
}

pub(crate) struct Client {
    cut: Cut,
    session: Option<Session<World>>,
    /// Taken up when the session starts, with the first thing that is exchanged.
    pub(crate) config: Config,
    pub(crate) to_send: Vec<u8>,
    /// Whether what is sent next comes in one piece whatever the cut.
    pub(crate) together: bool,
    pub(crate) decisions: VecDeque<Decision>,
    pub(crate) replies: VecDeque<String>,
    pub(crate) messages: VecDeque<MailObject>,
    /// Names and passwords that the session asked about.
    pub(crate) accounts: VecDeque<String>,
    pub(crate) wants_tls: bool,
    pub(crate) closed: bool,
}

impl Client {
    pub(crate) fn new(cut: Cut) -> Self {
        let hostname = "mx.example.org".parse().expect("a domain");
        let (limits, tls) = (Limits::default(), Tls::Absent);
        Self {
            cut,
            session: None,
            config: Config {
                hostname,
                limits,
                tls,
                auth: Auth::Absent,
            },
            to_send: Vec::new(),
            together: false,
            decisions: VecDeque::new(),
            replies: VecDeque::new(),
            messages: VecDeque::new(),
            accounts: VecDeque::new(),
            wants_tls: false,
            closed: false,
        }
    }

    pub(crate) fn session(&mut self) -> &mut Session<World> {
        self.session
            .get_or_insert_with(|| Session::new(self.config.clone()))
    }

    /// Hands over what the client sends, piece by piece, and answers what the session asks.
    pub(crate) fn exchange(&mut self) {
        let octets = std::mem::take(&mut self.to_send);
        let together = self.together && !octets.is_empty();
        self.together &= octets.is_empty();
        let mut rest = &octets[..];
        self.answer();
        while !rest.is_empty() && !self.closed {
            let length = if together {
                rest.len()
            } else {
                self.cut.next(rest.len())
            };
            let (piece, tail) = rest.split_at(length);
            rest = tail;
            self.session().handle_input(piece);
            self.answer();
        }
    }

    fn answer(&mut self) {
        let mut session = self
            .session
            .take()
            .unwrap_or_else(|| Session::new(self.config.clone()));
        while !self.closed && !self.wants_tls {
            let Some(event) = session.poll_event() else {
                break;
            };
            match event {
                Event::Account(question) => {
                    let said = question.credentials();
                    self.accounts
                        .push_back(format!("{} {}", said.name(), said.expose_password()));
                    match self.decided(|decision| match decision {
                        Decision::Account(refusal) => Some(refusal.clone()),
                        _ => None,
                    }) {
                        Ok(()) => question.answer(Ok(())),
                        Err(Some(refusal)) => question.answer(Err(refusal)),
                        Err(None) => drop(question),
                    }
                }
                Event::Sender(question) => {
                    question.answer(self.decided(|decision| match decision {
                        Decision::Sender(refusal) => Some(refusal.clone()),
                        _ => None,
                    }))
                }
                Event::Recipient(question) => {
                    question.answer(self.decided(|decision| match decision {
                        Decision::Recipient(refusal) => Some(refusal.clone()),
                        _ => None,
                    }))
                }
                Event::Room(question) => match self
                    .decided(|decision| matches!(decision, Decision::NoRoom).then_some(()))
                {
                    Ok(()) => question.grant(()),
                    Err(()) => question.deny(),
                },
                Event::Message(captured, question) => {
                    self.messages.push_back(captured.mail);
                    match self.decided(|decision| match decision {
                        Decision::Message(refusal) => Some(Some(refusal.clone())),
                        Decision::Silence => Some(None),
                        _ => None,
                    }) {
                        Ok(()) => question.stored(Commit, "message-1"),
                        Err(Some(refusal)) => question.refuse(refusal),
                        Err(None) => drop(question),
                    }
                }
                Event::StartTls => self.wants_tls = true,
                Event::Close => self.closed = true,
                Event::Refused(_) => {}
            }
        }
        let output = session.poll_transmit().unwrap_or_default();
        let output = String::from_utf8(output).expect("replies are ASCII");
        self.replies
            .extend(output.split_terminator("\r\n").map(String::from));
        self.session = Some(session);
    }

    /// Uses up the next decision if it is about this question; without one the answer is yes.
    fn decided<R>(&mut self, about: impl Fn(&Decision) -> Option<R>) -> Result<(), R> {
        match self.decisions.front().and_then(about) {
            None => Ok(()),
            Some(refusal) => {
                self.decisions.pop_front();
                Err(refusal)
            }
        }
    }
}
