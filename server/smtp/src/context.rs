//! What outlives the states: configuration, replies under way, the count of errors.

use std::borrow::Cow;
use std::collections::VecDeque;

use mail::Domain;

use crate::Limits;
use crate::event::{Client, Proofs, Protocol, Refused};
use crate::fault::Fault;
use crate::refusal::Refusal;
use crate::reply::{Reply, Status};
use crate::state::State;

/// How a session is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Our name in the greeting, and the domain of a `<Postmaster>` that came without one.
    pub hostname: Domain,
    /// What the session takes.
    pub limits: Limits,
    /// Whether STARTTLS is offered.
    pub tls: Tls,
    /// Whether AUTH is offered, which is done inside of TLS only.
    pub auth: Auth,
}

/// Whether there are accounts that a client can prove to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// There are none.
    Absent,
    /// AUTH PLAIN and AUTH LOGIN are offered inside of TLS.
    Offered,
}

/// Whether a session can take up TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// There is no certificate.
    Absent,
    /// STARTTLS is offered.
    Offered,
    /// The session is inside of TLS.
    Active,
}

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) output: Vec<u8>,
    pub(crate) refused: VecDeque<Refused>,
    pub(crate) stopping: bool,
    /// Whom AUTH proved the client to be. It outlives further EHLOs (RFC 4954 §4).
    pub(crate) account: Option<String>,
    breaches: usize,
}

impl Context {
    /// A context with the greeting under way.
    pub(crate) fn new(config: Config) -> Self {
        let greeting = format!("{} ESMTP Sealpost", config.hostname);
        let mut context = Self {
            config,
            output: Vec::new(),
            refused: VecDeque::new(),
            stopping: false,
            account: None,
            breaches: 0,
        };
        context.send(&Reply::plain(220, vec![greeting.into()]));
        context
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Sends a reply of one line that accepts something.
    pub(crate) fn accept(&mut self, code: u16, status: Status, text: impl Into<Cow<'static, str>>) {
        self.send(&Reply::new(code, status, text));
    }

    /// Sends a reply as it is.
    pub(crate) fn send(&mut self, reply: &Reply) {
        reply.write_to(&mut self.output);
    }

    /// The reply to EHLO: every extension on a line of its own.
    pub(crate) fn greet_extended(&mut self) {
        let mut lines: Vec<Cow<'static, str>> = vec![
            self.config.hostname.to_string().into(),
            "PIPELINING".into(),
            format!("SIZE {}", self.limits().content).into(),
            "8BITMIME".into(),
            "SMTPUTF8".into(),
            "ENHANCEDSTATUSCODES".into(),
            "CHUNKING".into(),
            "DSN".into(),
        ];
        // RFC 4954 §4 has it listed no more once it was done; a client may well look.
        if self.offers_auth() && self.account.is_none() {
            lines.push("AUTH PLAIN LOGIN".into());
        }
        if self.config.tls == Tls::Offered {
            lines.push("STARTTLS".into());
        }
        self.send(&Reply::plain(250, lines));
    }

    /// Whether AUTH is offered here and now.
    pub(crate) fn offers_auth(&self) -> bool {
        (self.config.auth, self.config.tls) == (Auth::Offered, Tls::Active)
    }

    /// A client that said EHLO, as far as it is known.
    pub(crate) fn extended_client(&self, name: String) -> Client {
        let protocol = match (self.config.tls, &self.account) {
            (Tls::Active, Some(_)) => Protocol::Esmtpsa,
            (Tls::Active, None) => Protocol::Esmtps,
            (Tls::Absent | Tls::Offered, _) => Protocol::Esmtp,
        };
        self.client(name, protocol)
    }

    /// A client that said HELO.
    pub(crate) fn plain_client(&self, name: String) -> Client {
        self.client(name, Protocol::Smtp)
    }

    fn client(&self, name: String, protocol: Protocol) -> Client {
        Client {
            name,
            protocol,
            tls: self.config.tls,
            account: self.account.clone(),
        }
    }

    /// Refuses for a cause found by the session, and goes on in `next` unless that ends it.
    pub(crate) fn fault<P: Proofs>(&mut self, fault: Fault, next: impl Into<State<P>>) -> State<P> {
        let too_many = fault.is_breach() && self.one_error_more();
        let fault = if too_many {
            Fault::ErrorsExceeded
        } else {
            fault
        };
        self.refuse(&fault.reply(self.limits()));
        if fault.ends_session() {
            State::Closed
        } else {
            next.into()
        }
    }

    /// Refuses as decided outside, and goes on in `next` unless the code is 421.
    pub(crate) fn refusal<P: Proofs>(
        &mut self,
        refusal: &Refusal,
        next: impl Into<State<P>>,
    ) -> State<P> {
        self.refuse(&refusal.reply());
        if refusal.code() == 421 {
            State::Closed
        } else {
            next.into()
        }
    }

    /// A permanent refusal of a sender or of credentials counts like a breach: a stranger who tries
    /// one after the other is a guest to be shown out.
    pub(crate) fn counted_refusal<P: Proofs>(
        &mut self,
        refusal: &Refusal,
        next: impl Into<State<P>>,
    ) -> State<P> {
        if !refusal.is_transient() && self.one_error_more() {
            return self.fault(Fault::ErrorsExceeded, next);
        }
        self.refusal(refusal, next)
    }

    /// Counts an error; true for the one beyond the bound.
    fn one_error_more(&mut self) -> bool {
        self.breaches += 1;
        self.breaches > self.limits().errors
    }

    fn refuse(&mut self, reply: &Reply) {
        self.refused.push_back(Refused {
            code: reply.code(),
            status: reply.status(),
        });
        self.send(reply);
    }
}
