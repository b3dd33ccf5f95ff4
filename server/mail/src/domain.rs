//! Domains and the patterns that name sets of them: RFC 5321 §4.1.2 and §4.1.3, RFC 5890 labels.
//!
//! U-labels are taken as the peer wrote them and lower-cased; they are not converted to A-labels.
//! So `bücher.example` and `xn--bcher-kva.example` are two domains here. The error is on the safe
//! side: a domain that no pattern matches is external and its mail is held.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Octets of a domain (RFC 5321 §4.5.3.1.2).
pub const MAX_DOMAIN_OCTETS: usize = 255;
/// Characters of one label (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// A mail domain in lower case, or an address literal such as `[192.0.2.1]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// Why a text is no domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// Nothing stands after the `@`, or the text is empty.
    #[error("the domain is empty")]
    Empty,
    /// More than 255 octets.
    #[error("the domain is longer than 255 octets")]
    TooLong,
    /// Two dots in a row, or a dot at either end.
    #[error("the domain has an empty label")]
    EmptyLabel,
    /// A label of more than 63 characters.
    #[error("a label of the domain is longer than 63 characters")]
    LabelTooLong,
    /// A hyphen at either end of a label.
    #[error("a label of the domain begins or ends with a hyphen")]
    HyphenAtEdge,
    /// Something that is no letter, digit or hyphen.
    #[error("the domain has a character that is no letter, digit or hyphen")]
    ForbiddenCharacter,
    /// `192.0.2.1` without its brackets.
    #[error("the last label is a number; an address needs brackets, as in [192.0.2.1]")]
    NumericTop,
    /// Brackets around something that is neither IPv4 nor `IPv6:` and an address.
    #[error("the address literal is neither [IPv4] nor [IPv6:address]")]
    BadLiteral,
}

impl Domain {
    /// The domain as it goes on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is an address literal and so in nobody's name space.
    pub fn is_literal(&self) -> bool {
        self.0.starts_with('[')
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        if text.len() > MAX_DOMAIN_OCTETS {
            return Err(DomainError::TooLong);
        }
        if let Some(inner) = text.strip_prefix('[') {
            return literal(inner.strip_suffix(']').ok_or(DomainError::BadLiteral)?);
        }
        let mut lower = String::with_capacity(text.len());
        for label in text.split('.') {
            if !lower.is_empty() {
                lower.push('.');
            }
            push_label(&mut lower, label)?;
        }
        if lower.len() > MAX_DOMAIN_OCTETS {
            return Err(DomainError::TooLong); // lower case may be longer than upper case
        }
        let top = lower.rsplit('.').next().unwrap_or_default();
        if top.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(DomainError::NumericTop);
        }
        Ok(Self(lower))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({})", self.0)
    }
}

fn literal(inner: &str) -> Result<Domain, DomainError> {
    if let Ok(address) = inner.parse::<Ipv4Addr>() {
        return Ok(Domain(format!("[{address}]")));
    }
    let tag = inner.get(..5).ok_or(DomainError::BadLiteral)?;
    if !tag.eq_ignore_ascii_case("IPv6:") {
        return Err(DomainError::BadLiteral);
    }
    let address = inner[5..]
        .parse::<Ipv6Addr>()
        .map_err(|_| DomainError::BadLiteral)?;
    Ok(Domain(format!("[IPv6:{address}]")))
}

fn push_label(lower: &mut String, label: &str) -> Result<(), DomainError> {
    if label.is_empty() {
        return Err(DomainError::EmptyLabel);
    }
    if label.chars().count() > MAX_LABEL {
        return Err(DomainError::LabelTooLong);
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(DomainError::HyphenAtEdge);
    }
    for c in label.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            lower.push(c.to_ascii_lowercase());
        } else if may_stand_in_u_label(c) {
            lower.extend(c.to_lowercase());
        } else {
            return Err(DomainError::ForbiddenCharacter);
        }
    }
    Ok(())
}

/// An approximation of RFC 5892 without its tables: what no domain can hold is refused (controls,
/// white space, invisible and directional marks, punctuation, symbols, full-width forms, private
/// use), the rest is left to the DNS. A character whose lower case is ASCII is refused too: it
/// would let KELVIN SIGN spell a trusted domain.
fn may_stand_in_u_label(c: char) -> bool {
    let refused = c.is_ascii()
        || c.is_control()
        || c.is_whitespace()
        || c.to_lowercase().any(|lower| lower.is_ascii())
        || matches!(u32::from(c),
            0x80..=0xB6 | 0xB8..=0xBF | 0xD7 | 0xF7 | 0x61C
            | 0x2000..=0x200B | 0x200E..=0x2BFF | 0x3000..=0x3004 | 0x3008..=0x3020
            | 0xE000..=0xF8FF | 0xFE00..=0xFE6F | 0xFEFF | 0xFF00..=0xFFFF
            | 0x1F000..=0x1FAFF | 0xE0000..=0x10FFFF);
    !refused
}

/// Either one domain, or every domain below one: `*.gov.uk`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DomainPattern {
    base: Domain,
    reach: Reach,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Reach {
    Exactly,
    Below,
}

/// Why a text is no domain pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// A `*` that is not the whole first label.
    #[error("`*` may only stand for everything before the first dot, as in `*.gov.uk`")]
    MisplacedStar,
    /// `*.[192.0.2.1]`.
    #[error("an address literal has no subdomains, so `*.` cannot stand before it")]
    StarBeforeLiteral,
    /// An `@`: somebody wrote an address.
    #[error("a pattern names domains, not addresses: leave out the `@` and what is before it")]
    Address,
    /// What remains is no domain.
    #[error(transparent)]
    Domain(#[from] DomainError),
}

impl DomainPattern {
    /// Whether the domain is in the set. `*.gov.uk` takes `x.gov.uk` and `a.b.gov.uk`, but neither
    /// `gov.uk` nor `evilgov.uk` nor `gov.uk.evil.com` (promise T5).
    pub fn matches(&self, domain: &Domain) -> bool {
        match self.reach {
            Reach::Exactly => *domain == self.base,
            // Literals end with `]`, which no base of this kind does.
            Reach::Below => domain
                .as_str()
                .strip_suffix(self.base.as_str())
                .is_some_and(|before| before.ends_with('.')),
        }
    }
}

impl FromStr for DomainPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.contains('@') {
            return Err(PatternError::Address);
        }
        let (reach, base) = match text.strip_prefix("*.") {
            Some(base) => (Reach::Below, base),
            None => (Reach::Exactly, text),
        };
        if base.contains('*') {
            return Err(PatternError::MisplacedStar);
        }
        let base = base.parse::<Domain>()?;
        if reach == Reach::Below && base.is_literal() {
            return Err(PatternError::StarBeforeLiteral);
        }
        Ok(Self { base, reach })
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reach {
            Reach::Exactly => write!(f, "{}", self.base),
            Reach::Below => write!(f, "*.{}", self.base),
        }
    }
}

impl fmt::Debug for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainPattern({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_kept_in_lower_case() {
        for (text, kept) in [
            ("example.org", "example.org"),
            ("EXAMPLE.Org", "example.org"),
            ("BÜCHER.example", "bücher.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
            ("3com.example", "3com.example"),
            ("उदाहरण.परीक्षा", "उदाहरण.परीक्षा"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[ipv6:2001:DB8::1]", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(text.parse::<Domain>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_is_no_domain_is_refused_with_its_reason() {
        use DomainError::*;
        for (text, reason) in [
            ("", Empty),
            (".", EmptyLabel),
            ("example..org", EmptyLabel),
            (".example.org", EmptyLabel),
            ("example.org.", EmptyLabel),
            ("-example.org", HyphenAtEdge),
            ("example-.org", HyphenAtEdge),
            ("exa mple.org", ForbiddenCharacter),
            ("exa_mple.org", ForbiddenCharacter),
            ("example.org\r\n", ForbiddenCharacter),
            ("exa\0mple.org", ForbiddenCharacter),
            ("ｅxample.org", ForbiddenCharacter),
            ("example。org", ForbiddenCharacter),
            ("exam\u{200b}ple.org", ForbiddenCharacter),
            ("exam\u{202e}ple.org", ForbiddenCharacter),
            ("\u{212a}ent.gov.uk", ForbiddenCharacter),
            ("192.0.2.1", NumericTop),
            ("[192.0.2.256]", BadLiteral),
            ("[192.0.2.1", BadLiteral),
            ("[]", BadLiteral),
            ("[2001:db8::1]", BadLiteral),
            ("[IPv6:192.0.2.1]", BadLiteral),
            ("[x-tag:value]", BadLiteral),
            ("[été:x]", BadLiteral),
        ] {
            assert_eq!(text.parse::<Domain>(), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn lengths_are_refused_at_one_more_than_the_limit() {
        let label = "a".repeat(63);
        let domain =
            |octets: usize| format!("{label}.{label}.{label}.{}", "b".repeat(octets - 192));
        assert!(domain(255).parse::<Domain>().is_ok());
        assert_eq!(domain(256).parse::<Domain>(), Err(DomainError::TooLong));
        assert_eq!(
            format!("{label}a.org").parse::<Domain>(),
            Err(DomainError::LabelTooLong)
        );
    }

    #[test]
    fn a_pattern_matches_on_label_boundaries() {
        for (pattern, domain, expected) in [
            ("*.gov.uk", "x.gov.uk", true),
            ("*.gov.uk", "a.b.gov.uk", true),
            ("*.GOV.uk", "X.Gov.UK", true),
            ("*.gov.uk", "gov.uk", false),
            ("*.gov.uk", "evilgov.uk", false),
            ("*.gov.uk", "evil-gov.uk", false),
            ("*.gov.uk", "gov.uk.evil.com", false),
            ("*.gov.uk", "x.gov.uk.evil.com", false),
            ("gov.uk", "gov.uk", true),
            ("gov.uk", "x.gov.uk", false),
            ("[192.0.2.1]", "[192.0.2.1]", true),
            ("*.uk", "[192.0.2.1]", false),
        ] {
            let pattern: DomainPattern = pattern.parse().unwrap();
            assert_eq!(
                pattern.matches(&domain.parse().unwrap()),
                expected,
                "{pattern} {domain}"
            );
        }
    }

    #[test]
    fn a_wrong_pattern_says_what_is_wrong() {
        for (text, reason) in [
            ("", "the domain is empty"),
            ("*", "`*` may only stand"),
            ("*.", "the domain is empty"),
            ("*gov.uk", "`*` may only stand"),
            ("*.*.uk", "`*` may only stand"),
            ("a.*.uk", "`*` may only stand"),
            ("*.[192.0.2.1]", "an address literal has no subdomains"),
            ("clinic@example.org", "a pattern names domains"),
            ("gov_uk", "no letter, digit or hyphen"),
        ] {
            let error = text.parse::<DomainPattern>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_pattern_shows_itself_as_it_was_written() {
        for text in ["*.gov.uk", "example.org"] {
            assert_eq!(text.parse::<DomainPattern>().unwrap().to_string(), text);
        }
    }
}
