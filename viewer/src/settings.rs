//! What the operator decides about the viewer. The caller reads it from the configuration file and
//! binds the listeners; nothing here touches either.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use store::{Language, ReplyPart, TryLimits};

use crate::brand::{Colours, Logo};
use crate::network::Network;

/// Everything a [`crate::Viewer`] needs to know.
#[derive(Debug, Clone)]
pub struct ViewerSettings {
    /// Where browsers find the viewer.
    pub public_url: PublicUrl,
    /// Whose viewer it is.
    pub organisation: Organisation,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// A URI for the `Contact` field of `security.txt` (RFC 9116), such as `mailto:…`. Without one
    /// the field names the page `/genuine`, which has the help line.
    pub security_contact: Option<String>,
    /// How much and how long.
    pub limits: Limits,
    /// How much time a sender gives by extending a message: that of a message of now.
    pub extension: Duration,
}

impl ViewerSettings {
    /// Default limits, no proxies.
    pub fn new(public_url: PublicUrl, organisation: Organisation) -> Self {
        Self {
            public_url,
            organisation,
            trusted_proxies: Vec::new(),
            security_contact: None,
            limits: Limits::default(),
            extension: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }
}

/// The organisation as its recipients know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Its name and help line.
    pub names: Names,
    /// The same for who reads Welsh, where they differ.
    pub welsh: Names,
    /// The language of a page whose reader's browser asks for none of ours.
    pub language: Language,
    /// What it says in its own words, in English.
    pub english_texts: OwnTexts,
    /// The same in Welsh.
    pub welsh_texts: OwnTexts,
    /// Its colours; without them ours.
    pub colours: Option<Colours>,
    /// Its logo; without one ours.
    pub logo: Option<Logo>,
}

/// A name and a help line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The name.
    pub name: String,
    /// The help line, as people write it.
    pub phone: String,
}

/// What an organisation says in its own words; nothing where it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTexts {
    /// Behind the help line on every page, such as its hours.
    pub help: String,
    /// On the page that tells genuine mail from fraud.
    pub genuine: String,
    /// On the privacy page.
    pub privacy: String,
    /// On the accessibility page.
    pub accessibility: String,
}

impl Organisation {
    /// One with a name and a help line, and nothing of its own.
    pub fn new(name: &str, phone: &str) -> Self {
        let names = Names {
            name: name.to_owned(),
            phone: phone.to_owned(),
        };
        Self {
            welsh: names.clone(),
            names,
            language: Language::English,
            english_texts: OwnTexts::default(),
            welsh_texts: OwnTexts::default(),
            colours: None,
            logo: None,
        }
    }

    /// What who reads `language` knows it by.
    pub fn names_in(&self, language: Language) -> &Names {
        match language {
            Language::English => &self.names,
            Language::Welsh => &self.welsh,
        }
    }

    /// What it says itself to who reads `language`.
    pub fn texts_in(&self, language: Language) -> &OwnTexts {
        match language {
            Language::English => &self.english_texts,
            Language::Welsh => &self.welsh_texts,
        }
    }
}

/// Limits; the defaults are the promises A2, A3 and A7.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Codes and guesses.
    pub tries: TryLimits,
    /// A session ends after this long without use.
    pub session_idle: Duration,
    /// A session ends this long after it began, used or not.
    pub session_absolute: Duration,
    /// What a reply may be.
    pub reply: ReplyLimits,
    /// Requests of one client, beyond which it has to wait.
    pub requests: RequestLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tries: TryLimits::default(),
            session_idle: Duration::from_secs(20 * 60),
            session_absolute: Duration::from_secs(8 * 60 * 60),
            reply: ReplyLimits::default(),
            requests: RequestLimits::default(),
        }
    }
}

impl Limits {
    /// [`Self::session_idle`] as readers are told it.
    pub(crate) fn idle_minutes(&self) -> u64 {
        self.session_idle.as_secs() / 60
    }
}

/// What a secure reply may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyLimits {
    /// Octets of all files and the text together, before they are sealed. The program sets it so that
    /// the reply fits into a mail.
    pub max_bytes: u64,
    /// Files.
    pub max_files: u32,
    /// Replies that one recipient may have begun and not sent.
    pub max_open: u32,
}

impl Default for ReplyLimits {
    fn default() -> Self {
        Self {
            max_bytes: 25 * 1024 * 1024,
            max_files: 20,
            max_open: 10,
        }
    }
}

/// Octets of a sealed document that may come of escapes and padding. JSON writes some octets with
/// six, and padding adds up to an eighth: a text of 1 MiB, some 500 pages, becomes at most 7 MiB.
const DOCUMENT_GROWTH: u64 = 6 * 1024 * 1024;

/// What a document may hold besides the text and what was written for it: ids, addresses, the
/// thread's references.
const DOCUMENT_FRAME: u64 = 64 * 1024;

impl ReplyLimits {
    /// Octets that the *sealed* parts of one reply may count for together ([`counted`]). Sealing
    /// adds 16 octets to each 64 KiB and a header of about 2 KiB to each part.
    ///
    /// Whoever stays within [`Self::max_bytes`] does not meet this limit, unless the text is several
    /// MiB of what JSON escapes; the reply is refused then, and the draft is still on the page. A
    /// limit with room for that too would be seven times as high, and the gateway opens replies in
    /// memory.
    fn sealed_bytes(&self) -> u64 {
        let headers = 8 * 1024 * (u64::from(self.max_files) + 1);
        self.max_bytes
            .saturating_add(self.max_bytes / 1024)
            .saturating_add(headers)
            .saturating_add(DOCUMENT_FRAME)
    }

    /// The most octets that the part `index` may have beside all other parts of `parts`.
    pub(crate) fn room_for(&self, index: u32, parts: &[ReplyPart]) -> u64 {
        let others = parts.iter().filter(|part| part.index != index);
        let room = self.sealed_bytes().saturating_sub(sum(others));
        if index == 0 {
            // `counted` the other way round.
            room.saturating_add(DOCUMENT_GROWTH)
                .min(room.saturating_mul(7))
        } else {
            room
        }
    }

    /// Whether these are parts of a reply that may be sent.
    pub(crate) fn allow(&self, parts: &[ReplyPart]) -> bool {
        sum(parts.iter()) <= self.sealed_bytes()
    }
}

fn sum<'a>(parts: impl Iterator<Item = &'a ReplyPart>) -> u64 {
    parts
        .map(|part| counted(part.index, part.size))
        .fold(0, u64::saturating_add)
}

/// What a sealed part counts for. A file counts whole; of the document, six octets in seven may be
/// growth, which no reader can know of beforehand.
fn counted(index: u32, size: u64) -> u64 {
    if index == 0 {
        size.div_ceil(7).max(size.saturating_sub(DOCUMENT_GROWTH))
    } else {
        size
    }
}

/// A token bucket per client address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLimits {
    /// Requests at once.
    pub burst: u32,
    /// Requests per second in the long run.
    pub per_second: u32,
}

impl Default for RequestLimits {
    /// A surgery's staff share one address, and a message of 50 MiB is fetched in many ranges:
    /// these figures stop a flood, not people. Guessing is limited per recipient at the store.
    fn default() -> Self {
        Self {
            burst: 600,
            per_second: 20,
        }
    }
}

/// Scheme, host and port of the viewer, as browsers write them in `Origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    https: bool,
}

/// A text that is no address for the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicUrlError {
    /// Neither `https://` nor, on this machine, `http://`.
    #[error("the public address must begin with https:// (or http:// for localhost)")]
    Scheme,
    /// No host, or something that is none.
    #[error("the public address names no host, as in https://secure.example.org")]
    Host,
    /// A path, a query or a fragment: links, cookies and scripts expect the root.
    #[error("the public address must end after the host and port")]
    NotRoot,
}

impl PublicUrl {
    /// `https://secure.example.org`, never with a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach the viewer over TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let lower = text.trim().to_ascii_lowercase();
        let (https, rest) = match (
            lower.strip_prefix("https://"),
            lower.strip_prefix("http://"),
        ) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(PublicUrlError::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(PublicUrlError::NotRoot);
        }
        let (host, port) = host_and_port(authority).ok_or(PublicUrlError::Host)?;
        if !https && !is_loopback_name(host) {
            return Err(PublicUrlError::Scheme);
        }
        let scheme = if https { "https" } else { "http" };
        let origin = match port {
            // Browsers leave the scheme's own port out of `Origin`.
            None => format!("{scheme}://{host}"),
            Some(port) if port == if https { 443 } else { 80 } => format!("{scheme}://{host}"),
            Some(port) => format!("{scheme}://{host}:{port}"),
        };
        Ok(Self { origin, https })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// Takes `host:port` apart; the host keeps the brackets of an IPv6 address.
pub(crate) fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')? + 2;
            (&authority[..end], &authority[end..])
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let named = host
        .bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || b"-._[]:".contains(&octet));
    let port = match port.strip_prefix(':') {
        Some(digits) => Some(digits.parse().ok()?),
        None if port.is_empty() => None,
        None => return None,
    };
    (named && !host.is_empty()).then_some((host, port))
}

/// Names that mean this machine to every browser.
pub(crate) fn is_loopback_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use seal::ContentId;

    use super::*;

    fn part(index: u32, size: u64) -> ReplyPart {
        ReplyPart {
            index,
            content: ContentId::from_bytes([0; 16]),
            size,
            sha256: [0; 32],
        }
    }

    #[test]
    fn room_is_what_the_limit_leaves_to_the_octet() {
        let limits = ReplyLimits::default();
        const MIB: u64 = 1024 * 1024;
        for others in [
            vec![],
            vec![part(1, 20 * MIB)],
            vec![part(0, 7 * MIB), part(2, 24 * MIB)],
            vec![part(0, 7), part(1, 1), part(2, 25 * MIB + 1)],
        ] {
            for index in [0, 1, 2] {
                let room = limits.room_for(index, &others);
                let with = |size| {
                    let mut parts = others.clone();
                    parts.retain(|part| part.index != index);
                    parts.push(part(index, size));
                    limits.allow(&parts)
                };
                assert!(with(room), "{index} {others:?}");
                assert!(!with(room + 1), "{index} {others:?}");
            }
        }
    }

    #[test]
    fn a_reply_within_its_limit_has_room_whatever_its_text_is_made_of() {
        let limits = ReplyLimits::default();
        let sealed = |octets: u64| octets + octets / 4096 + 16 + 2_200;
        // Each octet of text written with `growth` octets, and padded.
        for (text, growth) in [
            (0, 1),
            (1_000, 6),
            (1 << 20, 6),
            (4 << 20, 2),
            (limits.max_bytes, 1),
        ] {
            let document = sealed((text * growth + 100_000) * 9 / 8);
            let files = u64::from(limits.max_files);
            let each = (limits.max_bytes - text) / files;
            let mut parts = vec![part(0, document)];
            parts.extend((1..=limits.max_files).map(|index| part(index, sealed(each))));
            assert!(limits.allow(&parts), "{text} {growth}");
        }
        let all_text = part(0, sealed(limits.max_bytes * 2 * 9 / 8));
        assert!(!limits.allow(&[all_text]), "the comment's exception");
    }

    #[test]
    fn public_addresses_become_origins() {
        for (text, origin) in [
            ("https://secure.example.org", "https://secure.example.org"),
            ("https://Secure.Example.org/", "https://secure.example.org"),
            (
                "https://secure.example.org:443",
                "https://secure.example.org",
            ),
            (
                "https://secure.example.org:8443",
                "https://secure.example.org:8443",
            ),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            let url: PublicUrl = text.parse().expect(text);
            assert_eq!(url.origin(), origin);
        }
    }

    #[test]
    fn addresses_that_cannot_work_are_refused() {
        for (text, why) in [
            ("secure.example.org", PublicUrlError::Scheme),
            ("http://secure.example.org", PublicUrlError::Scheme),
            ("ftp://secure.example.org", PublicUrlError::Scheme),
            ("https://", PublicUrlError::Host),
            ("https://a b", PublicUrlError::Host),
            ("https://user@host", PublicUrlError::Host),
            ("https://host:port", PublicUrlError::Host),
            ("https://host:70000", PublicUrlError::Host),
            ("https://host/path", PublicUrlError::NotRoot),
            ("https://host?x", PublicUrlError::NotRoot),
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(why), "{text}");
        }
    }
}
