//! Mailboxes and reverse-paths of the envelope: RFC 5321 §4.1.2, RFC 6531 §3.3.
//!
//! Not the address fields of a header, which are for show only and follow RFC 5322
//! ([`view::Mailbox`](crate::view::Mailbox)). An [`Address`] has neither `Display` nor a `Debug`
//! that shows it: whoever wants the text must call [`Address::as_str`], which greps.

use std::fmt;
use std::str::FromStr;

pub use crate::domain::{Domain, DomainError, DomainPattern, MAX_DOMAIN_OCTETS, PatternError};

/// Octets of a local part (RFC 5321 §4.5.3.1.1).
pub const MAX_LOCAL_OCTETS: usize = 64;
/// Octets of a path, its angle brackets included (RFC 5321 §4.5.3.1.3).
pub const MAX_PATH_OCTETS: usize = 256;

/// One mailbox: a local part and a domain.
///
/// The local part keeps its case and is written as a quoted string only where it must be, so
/// `"clinic"@example.org` and `clinic@example.org` are equal, as RFC 5321 §4.1.2 wants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: String,
    at: usize,
    domain: Domain,
}

/// Why a text is no address. Never holds any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No `@` after the local part.
    #[error("the address has no @")]
    NoAt,
    /// Neither a dot-string nor a quoted string.
    #[error("the local part is malformed")]
    BadLocalPart,
    /// A control character, line separator or directional override.
    #[error("the local part has a control character")]
    ControlCharacter,
    /// More than 64 octets.
    #[error("the local part is longer than 64 octets")]
    LocalPartTooLong,
    /// More than 256 octets, angle brackets included.
    #[error("the path is longer than 256 octets")]
    PathTooLong,
    /// What stands after the `@` is no domain.
    #[error(transparent)]
    Domain(#[from] DomainError),
}

impl Address {
    /// The whole address, as it goes into a command.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The local part, quoted where it must be.
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// The domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Whether the local part is a quoted string, which it is only where it must be. Some peers
    /// and most programs refuse such an address.
    pub fn is_quoted(&self) -> bool {
        self.text.starts_with('"')
    }

    /// Whether the address can be sent to a peer without SMTPUTF8.
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    /// What a page may show to somebody who has proved nothing yet: `a••••@example.org`. There
    /// are always four bullets, so that the length of the local part stays unknown.
    pub fn masked(&self) -> String {
        let first = self.local().chars().find(|&c| c != '"' && c != '\\');
        format!(
            "{}••••@{}",
            first.map(String::from).unwrap_or_default(),
            self.domain
        )
    }

    /// Whether both name one mailbox in practice: local parts are compared without case, although
    /// RFC 5321 §2.4 would let them differ.
    pub fn is_same_mailbox(&self, other: &Address) -> bool {
        self.folded() == other.folded()
    }

    /// Equal for the same mailbox, as [`Self::is_same_mailbox`] has it.
    pub(crate) fn folded(&self) -> String {
        self.text.to_lowercase()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (value, local_octets) = match text.strip_prefix('"') {
            Some(rest) => quoted_string(rest)?,
            None => {
                let at = text.find('@').ok_or(AddressError::NoAt)?;
                (text[..at].to_owned(), at)
            }
        };
        let domain = text[local_octets..]
            .strip_prefix('@')
            .ok_or(AddressError::NoAt)?;
        if local_octets > MAX_LOCAL_OCTETS {
            return Err(AddressError::LocalPartTooLong);
        }
        if value.chars().any(is_forbidden) {
            return Err(AddressError::ControlCharacter);
        }
        let local = if is_dot_string(&value) {
            value
        } else if text.starts_with('"') {
            requote(&value)
        } else {
            return Err(AddressError::BadLocalPart);
        };
        let domain = domain.parse::<Domain>()?;
        let at = local.len();
        let text = format!("{local}@{domain}");
        if text.len() + "<>".len() > MAX_PATH_OCTETS {
            return Err(AddressError::PathTooLong);
        }
        Ok(Self { text, at, domain })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// Who is told when mail cannot be delivered: nobody for `MAIL FROM:<>`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: a report or an automatic answer, which is never answered itself.
    Null,
    /// The sender.
    Address(Address),
}

impl ReversePath {
    /// The sender, unless the path is null.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }

    /// What stands between the angle brackets.
    pub fn as_str(&self) -> &str {
        self.address().map_or("", Address::as_str)
    }
}

impl FromStr for ReversePath {
    type Err = AddressError;

    /// Reads what stands between the angle brackets.
    fn from_str(inner: &str) -> Result<Self, AddressError> {
        match inner {
            "" => Ok(Self::Null),
            address => address.parse().map(Self::Address),
        }
    }
}

impl From<Address> for ReversePath {
    fn from(address: Address) -> Self {
        Self::Address(address)
    }
}

impl fmt::Debug for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "ReversePath(<>)",
            Self::Address(_) => "ReversePath(…)",
        })
    }
}

/// Reads a quoted string behind its opening quote. Returns the value without quoting, and the
/// octets it took with both quotes.
fn quoted_string(rest: &str) -> Result<(String, usize), AddressError> {
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((offset, c)) = chars.next() {
        match c {
            '"' => return Ok((value, offset + 2)),
            '\\' => match chars.next() {
                Some((_, escaped)) if escaped.is_ascii() => value.push(escaped),
                _ => return Err(AddressError::BadLocalPart),
            },
            _ => value.push(c),
        }
    }
    Err(AddressError::BadLocalPart)
}

fn requote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn is_dot_string(value: &str) -> bool {
    value
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_atext(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// RFC 6532 lets every character above ASCII in. Those that break lines or turn the direction of
/// writing would let an address show as another, and no mailbox needs them.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_into_its_two_halves() {
        for (text, local, domain) in [
            ("clinic@example.org", "clinic", "example.org"),
            ("Clinic.West@EXAMPLE.org", "Clinic.West", "example.org"),
            ("o'neil+x/y=z@example.org", "o'neil+x/y=z", "example.org"),
            ("\"clinic\"@example.org", "clinic", "example.org"),
            ("\"cli\\nic\"@example.org", "clinic", "example.org"),
            (
                "\"front desk\"@example.org",
                "\"front desk\"",
                "example.org",
            ),
            ("\"a@b\"@example.org", "\"a@b\"", "example.org"),
            (
                "\"a\\\"b\\\\c\"@example.org",
                "\"a\\\"b\\\\c\"",
                "example.org",
            ),
            ("\"\"@example.org", "\"\"", "example.org"),
            ("résultats@bücher.example", "résultats", "bücher.example"),
            ("post@[192.0.2.1]", "post", "[192.0.2.1]"),
            ("post@[IPv6:2001:db8::1]", "post", "[IPv6:2001:db8::1]"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.local(), address.domain().as_str()),
                (local, domain)
            );
            assert_eq!(address.as_str(), format!("{local}@{domain}"));
            assert_eq!(address.is_quoted(), local.starts_with('"'), "{text}");
            assert_eq!(address.as_str().parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        use AddressError::*;
        for (text, reason) in [
            ("", NoAt),
            ("clinic", NoAt),
            ("@example.org", BadLocalPart),
            (".clinic@example.org", BadLocalPart),
            ("clinic.@example.org", BadLocalPart),
            ("cli..nic@example.org", BadLocalPart),
            ("front desk@example.org", BadLocalPart),
            ("<clinic@example.org>", BadLocalPart),
            ("a,b@example.org", BadLocalPart),
            ("\"open@example.org", BadLocalPart),
            ("\"x\\é\"@example.org", BadLocalPart),
            ("\"x\"y@example.org", NoAt),
            ("a\r\nRCPT TO:<b@example.org>", ControlCharacter),
            ("\"a\r\nb\"@example.org", ControlCharacter),
            ("\"a\\\nb\"@example.org", ControlCharacter),
            ("a\0b@example.org", ControlCharacter),
            ("a\u{85}b@example.org", ControlCharacter),
            ("a\u{202e}b@example.org", ControlCharacter),
            ("clinic@", Domain(DomainError::Empty)),
            (
                "clinic@example.org\r\n",
                Domain(DomainError::ForbiddenCharacter),
            ),
            ("a@b@example.org", Domain(DomainError::ForbiddenCharacter)),
            (
                "clinic@example.org ",
                Domain(DomainError::ForbiddenCharacter),
            ),
        ] {
            assert_eq!(text.parse::<Address>(), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn lengths_are_refused_at_one_more_than_the_limit() {
        let local =
            |octets: usize| format!("{}@example.org", "a".repeat(octets)).parse::<Address>();
        assert!(local(64).is_ok());
        assert_eq!(local(65), Err(AddressError::LocalPartTooLong));

        let label = "b".repeat(63);
        let path = |octets: usize| {
            let tail = "c".repeat(octets - 2 - 4 - 3 * 64);
            format!("abc@{label}.{label}.{label}.{tail}").parse::<Address>()
        };
        assert_eq!(path(256).unwrap().as_str().len(), 254);
        assert_eq!(path(257), Err(AddressError::PathTooLong));
    }

    #[test]
    fn a_masked_address_shows_one_letter_and_no_length() {
        for (text, masked) in [
            ("a@example.org", "a••••@example.org"),
            ("appointments@example.org", "a••••@example.org"),
            ("\"front desk\"@example.org", "f••••@example.org"),
            ("été@example.org", "é••••@example.org"),
            ("\"\"@example.org", "••••@example.org"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().masked(), masked);
        }
    }

    #[test]
    fn debug_shows_nothing_of_an_address() {
        let address: Address = "clinic@example.org".parse().unwrap();
        let path = ReversePath::from(address.clone());
        assert_eq!(format!("{address:?} {path:?}"), "Address(…) ReversePath(…)");
    }

    #[test]
    fn a_reverse_path_may_be_null() {
        assert_eq!("".parse(), Ok(ReversePath::Null));
        let path: ReversePath = "clinic@example.org".parse().unwrap();
        assert_eq!(path.as_str(), "clinic@example.org");
        assert_eq!(ReversePath::Null.as_str(), "");
        assert!("<>".parse::<ReversePath>().is_err());
    }

    #[test]
    fn one_mailbox_may_be_written_in_either_case() {
        let parse = |text: &str| text.parse::<Address>().unwrap();
        assert!(parse("Clinic@example.org").is_same_mailbox(&parse("clinic@EXAMPLE.ORG")));
        assert!(!parse("clinic@example.org").is_same_mailbox(&parse("clinic@example.com")));
        assert_ne!(parse("Clinic@example.org"), parse("clinic@example.org"));
    }
}
