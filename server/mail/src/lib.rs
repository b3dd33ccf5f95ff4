//! Addresses, envelopes, the tag, and what a reader is shown of a mail.
//!
//! Everything here is a pure function of octets: no sockets, no clock, no keys. Mail is hostile
//! until proved otherwise, so every parser is bounded (promise S2), none of them panics, and what
//! is personal (addresses, subjects, bodies, file names) has no `Debug` that shows it.
//!
//! | question | file |
//! |---|---|
//! | who, and which domains | [`address`], [`envelope`] |
//! | the header section, Bcc, trace fields | [`header`] |
//! | is it tagged, and what does the subject become | [`tag`] |
//! | does it show an NHS number | [`nhs_number`] |
//! | what the reader is shown | [`mime`], [`view`] |
//! | how much of it at most | `limit` |
//! | what a file may be called on disk | [`safe_file_name`] |

pub mod address;
pub mod envelope;
pub mod header;
pub mod mime;
pub mod nhs_number;
pub mod tag;
pub mod view;

mod body;
mod content;
mod decode;
mod domain;
mod encoded_word;
mod file_name;
mod identifiers;
mod insert;
mod limit;
mod mime_part;
mod nested;
mod parameters;
mod plain_text;
mod transfer;
mod tree;

pub use address::{Address, AddressError, Domain, DomainError, DomainPattern, ReversePath};
pub use content::{Content, Growing};
pub use encoded_word::Decoded;
pub use envelope::{BodyType, Envelope, EnvelopeDsn, MailObject, Notify, RecipientDsn, Ret};
pub use file_name::safe_file_name;
pub use header::{HeaderError, HeaderSection};
pub use mime::{ParseError, ParsedMail, parse};
pub use tag::{Tag, TagRule};
pub use transfer::TransferEncoding;
pub use view::ViewDocument;
