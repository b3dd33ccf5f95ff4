//! What the session itself refuses, and the one function that says so to the client.
//!
//! Refusals decided outside (policy, store) are [`Refusal`](crate::Refusal)s.

use crate::limits::Limits;
use crate::reply::{Reply, Status};

/// A cause for refusal that the session finds by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    // The line.
    UnknownCommand,
    /// A command that RFC 5321 or a registered extension knows and this server does not offer.
    NotOffered,
    /// BDAT whose size cannot be read: a chunk of unknown length may follow.
    ChunkSyntax,
    /// BDAT whose size is beyond all that would be read of it.
    ChunkTooLarge,
    CommandTooLong,
    BareLineEnd,
    Unprintable,
    EightBit,
    /// A verb of another protocol: a browser or a proxy was pointed at this port.
    ForeignProtocol,
    // Arguments.
    Syntax(&'static str),
    NoArgument,
    BadSender,
    BadRecipient,
    NonAsciiAddress,
    UnknownParameter(String),
    ParameterValue(&'static str),
    ParameterTwice(&'static str),
    ParameterWithoutEhlo,
    // AUTH.
    AuthCancelled,
    AuthSyntax,
    AuthInClear,
    AuthTwice,
    AuthInTransaction,
    AuthTooLong,
    UnknownMechanism,
    /// The question about credentials was dropped.
    AuthUndecided,
    // The order.
    /// A command of an extension from a client that said HELO.
    CommandWithoutEhlo,
    /// DATA, MAIL or RCPT between two chunks.
    BetweenChunks,
    HelloFirst,
    SenderFirst,
    SenderTwice,
    RecipientFirst,
    /// Octets behind DATA that did not wait for the 354 (RFC 2920 §3.1).
    PipelinedBehindData,
    TlsActive,
    TlsInTransaction,
    // The content.
    BareLineEndInData,
    NulInData,
    LineExceeded,
    HeaderExceeded,
    FieldsExceeded,
    /// Content that was refused and goes on and on.
    Endless,
    // Bounds and events around the session.
    SizeDeclared,
    SizeExceeded,
    RecipientsExceeded,
    NoRoom,
    Undecided,
    ErrorsExceeded,
    Timeout,
    ContentTimeout,
    ShuttingDown,
}

impl Fault {
    /// Whether this counts towards the bound of errors.
    ///
    /// What a lawful client can meet does not count: bounds, bad addresses among good ones, and
    /// the RCPTs and the DATA that it had pipelined behind a MAIL that was refused. Else one mail
    /// with eleven such recipients would lose its connection, and the good ones with it, again at
    /// every attempt.
    pub(crate) fn is_breach(&self) -> bool {
        !matches!(
            self,
            Self::BadRecipient
                | Self::NonAsciiAddress
                | Self::SenderFirst
                | Self::RecipientFirst
                | Self::HeaderExceeded
                | Self::FieldsExceeded
                | Self::SizeDeclared
                | Self::SizeExceeded
                | Self::RecipientsExceeded
                | Self::NoRoom
                | Self::Undecided
                | Self::AuthUndecided
                | Self::ErrorsExceeded
                | Self::Timeout
                | Self::ContentTimeout
                | Self::ShuttingDown
        )
    }

    /// Whether the session ends with this reply.
    ///
    /// Besides every 421 these are the cases in which what follows cannot be trusted to be
    /// commands: octets of a mail, of another protocol, or lines that end where only one of two
    /// servers sees an end.
    pub(crate) fn ends_session(&self) -> bool {
        matches!(
            self,
            Self::BareLineEnd
                | Self::ChunkSyntax
                | Self::ChunkTooLarge
                | Self::Endless
                | Self::ForeignProtocol
                | Self::PipelinedBehindData
                | Self::ErrorsExceeded
                | Self::Timeout
                | Self::ContentTimeout
                | Self::ShuttingDown
        )
    }

    /// The reply to the client: what happened and what to do.
    pub(crate) fn reply(&self, limits: &Limits) -> Reply {
        let (code, (subject, detail), text) = match self {
            Self::UnknownCommand => (500, (5, 1), "Command not recognised".into()),
            Self::NotOffered => (
                502,
                (5, 1),
                "Command not offered; see the reply to EHLO".into(),
            ),
            Self::ChunkSyntax => (
                501,
                (5, 4),
                "Syntax: BDAT octets [LAST]; where this chunk ends cannot be told. Closing".into(),
            ),
            Self::ChunkTooLarge => (
                552,
                (3, 4),
                format!("Message exceeds {} octets. Closing", limits.content),
            ),
            Self::CommandTooLong => (
                500,
                (5, 2),
                format!("Command line longer than {} octets", limits.command_line),
            ),
            Self::BareLineEnd => (
                500,
                (5, 2),
                "CR or LF alone in a command: lines end in CRLF. Closing".into(),
            ),
            Self::Unprintable => (500, (5, 2), "Control character in a command".into()),
            Self::EightBit => (
                500,
                (5, 2),
                "Command is not ASCII; UTF-8 is for addresses, and MAIL must name SMTPUTF8".into(),
            ),
            Self::ForeignProtocol => (554, (5, 1), "This is a mail server. Closing".into()),
            Self::Syntax(usage) => (501, (5, 4), format!("Syntax: {usage}")),
            Self::NoArgument => (501, (5, 4), "This command takes no argument".into()),
            Self::BadSender => (
                501,
                (1, 7),
                "Sender is no address; expected MAIL FROM:<local@domain> or MAIL FROM:<>".into(),
            ),
            Self::BadRecipient => (
                501,
                (1, 3),
                "Recipient is no address; expected RCPT TO:<local@domain>".into(),
            ),
            Self::NonAsciiAddress => (
                553,
                (6, 7),
                "Address is not ASCII and MAIL did not name SMTPUTF8".into(),
            ),
            Self::UnknownParameter(name) => (
                555,
                (5, 4),
                format!("Parameter {name} is not offered; see the reply to EHLO"),
            ),
            Self::ParameterValue(usage) => (501, (5, 4), format!("Syntax: {usage}")),
            Self::ParameterTwice(name) => (501, (5, 4), format!("Parameter {name} given twice")),
            Self::ParameterWithoutEhlo => {
                (555, (5, 4), "Parameters need EHLO in place of HELO".into())
            }
            Self::AuthCancelled => (501, (7, 0), "AUTH was taken back".into()),
            Self::AuthSyntax => (
                501,
                (5, 2),
                "Not what this mechanism says: base64 of name and password".into(),
            ),
            Self::AuthInClear => (
                538,
                (7, 11),
                "AUTH needs TLS; issue a STARTTLS command first".into(),
            ),
            Self::AuthTwice => (503, (5, 1), "AUTH was done already".into()),
            Self::AuthInTransaction => (
                503,
                (5, 1),
                "AUTH inside of a mail transaction; RSET first".into(),
            ),
            Self::AuthTooLong => (
                500,
                (5, 6),
                format!("AUTH line longer than {} octets", limits.auth_line),
            ),
            Self::UnknownMechanism => (
                504,
                (5, 4),
                "Mechanism not offered; PLAIN and LOGIN are".into(),
            ),
            Self::AuthUndecided => (
                454,
                (7, 0),
                "Account was not looked up for a fault of ours; try again later".into(),
            ),
            Self::CommandWithoutEhlo => (
                503,
                (5, 1),
                "BDAT and AUTH need EHLO in place of HELO".into(),
            ),
            Self::BetweenChunks => (
                503,
                (5, 1),
                "BDAT was begun; finish it by BDAT octets LAST, or RSET".into(),
            ),
            Self::HelloFirst => (503, (5, 1), "Say EHLO or HELO first".into()),
            Self::SenderFirst => (503, (5, 1), "Give MAIL FROM first".into()),
            Self::SenderTwice => (
                503,
                (5, 1),
                "A sender is already given; RSET starts anew".into(),
            ),
            Self::RecipientFirst => (
                554,
                (5, 1),
                "No valid recipients: none was given, or every one was refused".into(),
            ),
            Self::PipelinedBehindData => (
                503,
                (5, 0),
                "Content or commands sent behind DATA without waiting for 354. Closing".into(),
            ),
            Self::TlsActive => (503, (5, 1), "TLS is active already".into()),
            Self::TlsInTransaction => (
                503,
                (5, 1),
                "STARTTLS inside of a mail transaction; RSET first".into(),
            ),
            Self::BareLineEndInData => (
                550,
                (5, 2),
                "Message refused: it has a CR or LF alone, and lines end in CRLF".into(),
            ),
            Self::NulInData => (550, (6, 0), "Message refused: it has a NUL octet".into()),
            Self::LineExceeded => (
                550,
                (6, 0),
                format!(
                    "Message refused: a line exceeds {} octets",
                    limits.text_line
                ),
            ),
            Self::HeaderExceeded => (
                552,
                (3, 4),
                format!(
                    "Message refused: the header exceeds {} octets",
                    limits.header
                ),
            ),
            Self::FieldsExceeded => (
                554,
                (6, 0),
                format!(
                    "Message refused: the header has over {} fields",
                    limits.header_fields
                ),
            ),
            Self::Endless => (
                421,
                (3, 4),
                format!(
                    "Message was refused, and goes on for over {} octets. Closing",
                    limits.discarded
                ),
            ),
            Self::SizeDeclared | Self::SizeExceeded => (
                552,
                (3, 4),
                format!("Message exceeds {} octets", limits.content),
            ),
            Self::RecipientsExceeded => (
                452,
                (5, 3),
                format!(
                    "Over {} recipients; send the others apart",
                    limits.recipients
                ),
            ),
            Self::NoRoom => (
                452,
                (3, 1),
                "Too many messages are being received; try again later".into(),
            ),
            Self::Undecided => (
                451,
                (3, 0),
                "Message was not stored for a fault of ours; try again later".into(),
            ),
            Self::ErrorsExceeded => (
                421,
                (7, 0),
                format!("More than {} errors. Closing", limits.errors),
            ),
            Self::Timeout => (421, (4, 2), "Waited too long for you. Closing".into()),
            Self::ContentTimeout => (
                421,
                (4, 2),
                format!(
                    "Message was not complete after {} seconds. Closing",
                    limits.patience.whole_content.as_secs()
                ),
            ),
            Self::ShuttingDown => (421, (3, 2), "Server is stopping; try again later".into()),
        };
        Reply::new(code, Status::new(subject, detail), text)
    }
}
