//! Why a mail did not leave: what a retry, a divert and a report to the sender are decided by.
//!
//! The other side's own words can hold an address, so they are kept apart: they may stand in a
//! report to the sender, and never in a log.

use std::fmt;

/// An enhanced status, `class.subject.detail` (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// 4 may pass, 5 will not.
    pub class: u8,
    /// What the problem is about.
    pub subject: u16,
    /// Which problem.
    pub detail: u16,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What a failure means for what is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No connection, no answer in time, a connection lost, or an answer that is no SMTP: the whole
    /// destination is in trouble.
    Unreachable,
    /// There is no valid TLS to be had there, and this mail needs it.
    NoTls,
    /// A reply of 4xx.
    PutOff,
    /// A reply of 5xx.
    Refused,
    /// The other side lacks an extension that this mail cannot do without.
    Unsendable,
}

/// How far a delivery had got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Opening the connection.
    Connect,
    /// Waiting for the first reply.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS and the handshake.
    StartTls,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The content and the reply to its end.
    EndOfData,
}

impl Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::EndOfData => "the end of data",
        }
    }
}

/// What a failure says of the other side's TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsEvidence {
    /// TLS was had, and the failure came behind it.
    Had,
    /// There is no valid TLS: the other side has shown it.
    Lacking,
    /// The connection broke or hung between our STARTTLS and the end of the handshake. That may be
    /// the TLS, or the network.
    Suspect,
    /// It did not come to TLS.
    Nothing,
}

/// A mail that another mail system did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFailure {
    /// What to do about it.
    pub kind: FailureKind,
    /// How far it got.
    pub stage: Stage,
    /// The enhanced status: the other side's own where it gave one.
    pub status: Status,
    /// The three digits of its reply, if there was one.
    pub code: Option<u16>,
    /// Who it was, as the configuration names it.
    pub host: String,
    /// Its words, in printable ASCII and shortened. Not for logs.
    pub remote_words: Option<String>,
    /// What happened, in words of ours.
    pub cause: &'static str,
}

impl RemoteFailure {
    /// What it says of the TLS of a peer that mail goes to over TLS only.
    pub fn tls(&self) -> TlsEvidence {
        match (self.kind, self.stage) {
            (FailureKind::NoTls, _) => TlsEvidence::Lacking,
            (_, Stage::StartTls) => TlsEvidence::Suspect,
            (_, Stage::Connect | Stage::Greeting | Stage::Hello) => TlsEvidence::Nothing,
            (_, Stage::Mail | Stage::Rcpt | Stage::Data | Stage::EndOfData) => TlsEvidence::Had,
        }
    }
}

impl fmt::Display for RemoteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.host, self.cause)?;
        if let Some(code) = self.code {
            write!(f, " {code}")?;
        }
        write!(f, " at {} ({})", self.stage.words(), self.status)
    }
}

impl std::error::Error for RemoteFailure {}

/// A failure before anybody knows whose it is: the courier adds the host.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: FailureKind,
    pub(super) stage: Stage,
    pub(super) status: Status,
    pub(super) code: Option<u16>,
    pub(super) words: Option<String>,
    pub(super) cause: &'static str,
    /// Whether the connection can take another transaction.
    pub(super) usable: bool,
}

impl Fault {
    pub(super) fn new(
        kind: FailureKind,
        stage: Stage,
        (class, subject, detail): (u8, u16, u16),
        cause: &'static str,
    ) -> Self {
        Self {
            kind,
            stage,
            status: Status {
                class,
                subject,
                detail,
            },
            code: None,
            words: None,
            cause,
            usable: false,
        }
    }

    /// The connection broke, or never was.
    pub(super) fn lost(stage: Stage) -> Self {
        let (detail, cause) = match stage {
            Stage::Connect => (1, "cannot be reached"),
            _ => (2, "the connection broke"),
        };
        Self::new(FailureKind::Unreachable, stage, (4, 4, detail), cause)
    }

    /// A step took too long.
    pub(super) fn late(stage: Stage) -> Self {
        let detail = if stage == Stage::Connect { 1 } else { 2 };
        let cause = "did not answer in time";
        Self::new(FailureKind::Unreachable, stage, (4, 4, detail), cause)
    }

    /// What came was no SMTP reply.
    pub(super) fn garbage(stage: Stage) -> Self {
        let cause = "answered with something that is no SMTP reply";
        Self::new(FailureKind::Unreachable, stage, (4, 5, 0), cause)
    }

    /// There is no valid TLS (promise S5: then nothing confidential goes there).
    pub(super) fn no_tls(cause: &'static str) -> Self {
        Self::new(FailureKind::NoTls, Stage::StartTls, (4, 7, 5), cause)
    }

    pub(super) fn of(self, host: &str) -> RemoteFailure {
        RemoteFailure {
            kind: self.kind,
            stage: self.stage,
            status: self.status,
            code: self.code,
            host: host.to_owned(),
            remote_words: self.words,
            cause: self.cause,
        }
    }
}
