//! AUTH as states: the exchange, then the question whether what was said is true (RFC 4954).

use crate::Refusal;
use crate::context::Context;
use crate::event::{Proofs, Protocol};
use crate::fault::Fault;
use crate::reply::{Reply, Status};
use crate::sasl::{Credentials, Exchange, InitialResponse, Mechanism, Said};
use crate::state::{Ready, State, Step};

/// A challenge waits for its response.
pub(crate) struct Authenticating {
    ready: Ready,
    exchange: Exchange,
}

/// Credentials wait for an answer.
pub(crate) struct AskingAccount {
    pub(crate) ready: Ready,
    /// Until they are handed out.
    pub(crate) credentials: Option<Credentials>,
    /// The account's name, or why not.
    pub(crate) verdict: Option<Result<String, Refusal>>,
}

impl Authenticating {
    /// The first step, for a client that may take it.
    pub(crate) fn start<P: Proofs>(
        ready: Ready,
        mechanism: Mechanism,
        initial: Option<InitialResponse>,
        context: &mut Context,
    ) -> State<P> {
        let exchange = Exchange::new(mechanism);
        match initial {
            None => Self::challenge(ready, exchange, context),
            Some(initial) => Self::go_on(ready, exchange.initial(&initial), context),
        }
    }

    /// A line of the client's.
    pub(crate) fn line<P: Proofs>(
        self,
        line: Result<Vec<u8>, Fault>,
        context: &mut Context,
    ) -> State<P> {
        let said = line.and_then(|line| {
            let line = secrecy::zeroize::Zeroizing::new(line);
            self.exchange.line(&line)
        });
        Self::go_on(self.ready, said, context)
    }

    fn go_on<P: Proofs>(
        ready: Ready,
        said: Result<Said, Fault>,
        context: &mut Context,
    ) -> State<P> {
        match said {
            Ok(Said::On(exchange)) => Self::challenge(ready, exchange, context),
            Ok(Said::All(credentials)) => State::AskingAccount(AskingAccount {
                ready,
                credentials: Some(credentials),
                verdict: None,
            }),
            Err(fault) => context.fault(fault, ready),
        }
    }

    fn challenge<P: Proofs>(ready: Ready, exchange: Exchange, context: &mut Context) -> State<P> {
        context.send(&Reply::plain(334, vec![exchange.challenge().into()]));
        State::Authenticating(Self { ready, exchange })
    }
}

impl AskingAccount {
    pub(crate) fn step<P: Proofs>(mut self, context: &mut Context) -> Step<P> {
        match (self.verdict.take(), &self.credentials) {
            (None, Some(_)) => Step::Wait(State::AskingAccount(self)),
            // They were handed out and the question dropped.
            (None, None) => Step::On(context.fault(Fault::AuthUndecided, self.ready)),
            (Some(Ok(account)), _) => {
                context.accept(235, Status::new(7, 0), "Welcome");
                context.account = Some(account.clone());
                self.ready.client.account = Some(account);
                self.ready.client.protocol = Protocol::Esmtpsa;
                Step::On(State::Ready(self.ready))
            }
            (Some(Err(refusal)), _) => Step::On(context.counted_refusal(&refusal, self.ready)),
        }
    }
}
