//! How much a session takes and how long it waits (promise S2).
//!
//! Every figure is the largest value still accepted; the next one up is refused. Sizes are octets.

use std::time::Duration;

/// The bounds of one session. [`Limits::default`] is what the product promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A command line with its CRLF. RFC 5321 §4.5.3.1.4 asks for 512, and each extension adds its
    /// parameters; with DSN and AUTH a lawful MAIL line reaches 1,180. One figure for all commands.
    pub command_line: usize,
    /// A line of AUTH's exchange, or AUTH with its initial response, with its CRLF: RFC 4954 §4.
    pub auth_line: usize,
    /// A line of content without its CRLF and without a stuffed dot. RFC 5321 §4.5.3.1.6 obliges
    /// senders to 998. Mail programs exceed that, and a line refused here is a mail that its sender
    /// cannot mend, so lines up to this figure pass and are kept as they are.
    pub text_line: usize,
    /// The header section, each field with its CRLF, without the empty line that ends it.
    pub header: usize,
    /// Fields in the header section; a folded field counts once.
    pub header_fields: usize,
    /// Recipients of one transaction that were accepted. RFC 5321 §4.5.3.1.8 asks for at least 100.
    pub recipients: usize,
    /// The content as RFC 1870 §4 counts it: CRLFs included, stuffed dots and the final dot not.
    /// Announced by SIZE.
    pub content: usize,
    /// Octets of content that are read on after it was refused, so that its client reads why. One
    /// that has not come to an end then is no mail, and its client no mail system.
    pub discarded: usize,
    /// Errors of protocol that are answered in one session; the next one ends it.
    pub errors: usize,
    /// The room asked for before the 354 when the client declared no SIZE.
    pub first_reservation: usize,
    /// The most room asked for before the 354, whatever SIZE declares: to declare costs a client
    /// nothing. Also the most that a message holds while it waits for more; from here on it asks
    /// for all the rest.
    pub declared_reservation: usize,
    /// How long the session waits for its peer.
    pub patience: Patience,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 2_048,
            auth_line: 12_288,
            text_line: 8_192,
            header: 64 * 1024,
            header_fields: 1_000,
            recipients: 1_000,
            content: 50 * 1024 * 1024,
            discarded: 1024 * 1024 * 1024,
            errors: 10,
            first_reservation: 64 * 1024,
            declared_reservation: 1024 * 1024,
            patience: Patience::default(),
        }
    }
}

/// How long a session waits for its peer (RFC 5321 §4.5.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the next command: §4.5.3.2.7, five minutes at least.
    pub command: Duration,
    /// For the next block of content: §4.5.3.2.5, which gives the client three minutes to place one.
    pub content: Duration,
    /// For all of a message's content, from the 354 to the last dot, or
    /// from the first BDAT to the last octet. RFC 5321 knows no such bound;
    /// without it a client that sends an octet now and then holds its room for ever. The largest
    /// content makes it in time at 44 KiB a second.
    pub whole_content: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(5 * 60),
            content: Duration::from_secs(3 * 60),
            whole_content: Duration::from_secs(20 * 60),
        }
    }
}
