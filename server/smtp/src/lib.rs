//! The receiving side of SMTP (RFC 5321) as a state machine without sockets, runtime or clock.
//!
//! A [`Session`] turns octets into questions (may this client submit? is this recipient
//! acceptable? is there memory? is the message stored?) and answers into replies. What it refuses
//! by itself, it refuses because of how a mail is sent, never because of who sends it; who may
//! submit, and where mail goes, is decided outside.
//!
//! Two absences carry promises. There is no way to a 250 behind the end of data but a value that
//! proves storage (D1, see [`Proofs`]). And there is no way to an end of data but CRLF.CRLF behind
//! DATA, and the last octet of the last chunk behind BDAT (S1).
//!
//! | question | file |
//! |---|---|
//! | how is a session driven? | `session` |
//! | what does it ask, and how is it answered? | `event` |
//! | which command is accepted when? | `state`, `dispatch` |
//! | what is a command, a path, a parameter? | `command`, `path`, `parameters`, `xtext` |
//! | where does a command line end? | `line` |
//! | where does content end? | `data`, `content` |
//! | how does a client say who it is? | `sasl`, `authentication` |
//! | what does the client read when something is wrong? | `fault`, `refusal`, `reply` |
//! | how much is taken? | `limits` |
//!
//! Offered: PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531),
//! ENHANCEDSTATUSCODES (RFC 2034), CHUNKING (RFC 3030), DSN (RFC 3461), STARTTLS (RFC 3207), and
//! inside of TLS AUTH PLAIN and LOGIN (RFC 4954).

mod authentication;
mod command;
mod content;
mod context;
mod data;
mod dispatch;
mod event;
mod fault;
mod limits;
mod line;
mod parameters;
mod path;
mod refusal;
mod reply;
mod sasl;
mod session;
mod state;
mod xtext;

pub use context::{Auth, Config, Tls};
pub use event::{
    AccountQuestion, Captured, Client, Event, MessageQuestion, Proofs, Protocol, RecipientQuestion,
    Refused, RoomQuestion, SenderQuestion,
};
pub use limits::{Limits, Patience};
pub use refusal::{Refusal, RefusalSyntax};
pub use reply::Status;
pub use sasl::Credentials;
pub use session::{Session, Shutdown};

/// What a client reads in place of the greeting that is not let in (RFC 5321 §3.1). The connection
/// is to be closed behind it.
pub fn turned_away(refusal: &Refusal) -> Vec<u8> {
    refusal.reply().to_string().into_bytes()
}
