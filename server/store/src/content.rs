//! Sealed files on their way into the store.

use std::io::{self, Write};

use seal::ContentId;

use crate::Result;

/// Content up to this many octets lives inside the database; larger content in a file of its own.
pub const INLINE_LIMIT: usize = 128 * 1024;

/// What a content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentKind {
    /// `message.age`
    Message,
    /// `view.age`
    View,
    /// An escrow grant of a held message, optional.
    Escrow,
    /// A relay copy, sealed to the `spool` identity.
    Spool,
    /// A part of a secure reply.
    ReplyPart,
    /// A recipient's own copy of a reply.
    SentCopy,
}

/// Takes a sealed file as a stream. Dropped before [`ContentWriter::finish`], it leaves nothing.
pub struct ContentWriter(Box<dyn Stage>);

/// A backend's half of [`ContentWriter`].
pub(crate) trait Stage: Write + Send {
    /// Makes what was written durable under a name that a commit can use.
    fn finish(self: Box<Self>) -> Result<StagedContent>;
}

impl ContentWriter {
    pub(crate) fn new(stage: Box<dyn Stage>) -> Self {
        Self(stage)
    }

    /// Makes what was written durable (fsync of the file, not yet of its place).
    pub fn finish(self) -> Result<StagedContent> {
        self.0.finish()
    }
}

impl Write for ContentWriter {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A whole sealed file that waits for the commit that names it.
pub struct StagedContent {
    /// Its id.
    pub id: ContentId,
    /// Its kind.
    pub kind: ContentKind,
    /// Octets.
    pub size: u64,
    pub(crate) place: Place,
}

/// Where staged octets are.
pub(crate) enum Place {
    Inline(Vec<u8>),
    /// An fsynced file, removed on drop unless a commit has taken it.
    File(crate::sqlite::StagedFile),
}

impl std::fmt::Debug for StagedContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StagedContent({}, {} octets)", self.id, self.size)
    }
}

/// A content in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredContent {
    /// Its id.
    pub id: ContentId,
    /// Octets.
    pub size: u64,
}
