//! A recipient without a browser: the second, independent client of the viewer's HTTP interface.
//!
//! It trusts the server no more than the browser does: what is shown and written comes from the
//! sealed files, and each is checked against the other before anything is released (promise K2).

mod client;
mod copy;
mod later;
mod letter;
mod output;
mod reply;
mod sent;

use seal::{Identity, Link, MessageId, OpenError, RecipientId, ServerShare};

pub use client::{Client, ClientError, Grant, ReplyTerms, Summary};
pub use copy::{CopyKey, SentCopy, SentFile};
pub use later::LaterMessage;
pub use letter::Letter;
pub use output::{Written, write};
pub use reply::{Answer, Answered, Attachment, send};
pub use sent::{Reread, reread};

/// Why a message was not opened or answered, in words for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFailure {
    /// The server said no, or nothing.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Damaged, changed, or not what the server says it is. One answer for all (promise K2).
    #[error(
        "this message is damaged or was changed on its way; nothing of it can be trusted. Tell the organisation that sent it"
    )]
    Damaged,
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A reply beyond what the server takes.
    #[error("the reply is too large: at most {max_files} files and {max_bytes} bytes in all")]
    TooLarge {
        /// Octets in all.
        max_bytes: u64,
        /// Files.
        max_files: u32,
    },
    /// The message says nobody to answer.
    #[error("this message cannot be answered")]
    NoReply,
}

impl From<OpenError> for OpenFailure {
    fn from(_: OpenError) -> Self {
        Self::Damaged
    }
}

/// The ids that the server names after the passcode, and the identity that both halves give.
pub struct Opened {
    /// The message.
    pub message: MessageId,
    /// Who reads it.
    pub recipient: RecipientId,
    /// Opens both sealed files.
    pub identity: Identity,
    /// Seals and opens this recipient's copies of its replies.
    pub copies: CopyKey,
}

impl Opened {
    /// Joins the link's half with the server's.
    pub fn join(link: &Link, grant: &Grant) -> Result<Self, OpenFailure> {
        let message: MessageId = grant.message_id.parse().map_err(|_| OpenFailure::Damaged)?;
        let recipient: RecipientId = grant
            .recipient_id
            .parse()
            .map_err(|_| OpenFailure::Damaged)?;
        let profile = grant.profile.parse().map_err(|_| OpenFailure::Damaged)?;
        let share = ServerShare::from_base64url(&grant.share).ok_or(OpenFailure::Damaged)?;
        let seed = link.secret.join(&share, message, recipient);
        Ok(Self {
            message,
            recipient,
            identity: Identity::from_seed(profile, &seed),
            copies: CopyKey::new(&link.secret, &seed, profile, (message, recipient)),
        })
    }
}
