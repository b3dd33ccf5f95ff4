//! The link secret as people and programs carry it: URL fragment and typed message key.

use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

use crate::crockford;
use crate::encoding::{base64url, from_base64url};
use crate::grant::LinkSecret;
use crate::id::Handle;

/// Symbols of a message key before its check symbol.
const KEY_SYMBOLS: usize = 52;

/// What is wrong with a link or message key, for the person who pasted or typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Not `https://HOST/m/HANDLE#1.SECRET`.
    #[error("this is not a whole Sealpost link; copy all of it, with the part after the #")]
    NotALink,
    /// The fragment names a format that this program does not know.
    #[error("this link has a format that this program does not know; a newer program may open it")]
    UnknownFormat,
    /// A typed key has the wrong number of symbols or a symbol outside the alphabet.
    #[error("the message key has {expected} letters and digits; check that none is missing")]
    WrongLength {
        /// Symbols that a key has, with its check symbol.
        expected: usize,
    },
    /// The check symbol does not fit: one symbol or two are mistyped.
    #[error("the message key has a typing error in it; check each group against the mail")]
    Mistyped,
}

impl LinkSecret {
    /// `1.SECRET`, the part of the link after `#`.
    pub fn to_fragment(&self) -> SecretString {
        let mut text = base64url(self.expose_secret());
        let fragment = SecretString::from(format!("1.{text}"));
        text.zeroize();
        fragment
    }

    /// From the part of a link after `#`.
    pub fn from_fragment(fragment: &str) -> Result<Self, LinkError> {
        let (format, secret) = fragment.split_once('.').ok_or(LinkError::NotALink)?;
        if format != "1" {
            let is_number = !format.is_empty() && format.bytes().all(|b| b.is_ascii_digit());
            return Err(if is_number {
                LinkError::UnknownFormat
            } else {
                LinkError::NotALink
            });
        }
        let octets = from_base64url::<32>(secret).ok_or(LinkError::NotALink)?;
        Ok(Self::from_bytes(&octets))
    }

    /// The message key that the notice prints for people whose program broke the link:
    /// thirteen groups of four and a check symbol.
    pub fn to_message_key(&self) -> SecretString {
        let mut symbols = crockford::encode(self.expose_secret()).to_ascii_uppercase();
        let mut key = String::with_capacity(KEY_SYMBOLS / 4 * 5 + 1);
        for (at, symbol) in symbols.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                key.push('-');
            }
            key.push(symbol);
        }
        key.push('-');
        key.push(crockford::check_symbol(self.expose_secret()));
        symbols.zeroize();
        SecretString::from(key)
    }

    /// From a typed message key; spaces, hyphens and case do not matter.
    pub fn from_message_key(typed: &str) -> Result<Self, LinkError> {
        const WRONG_LENGTH: LinkError = LinkError::WrongLength {
            expected: KEY_SYMBOLS + 1,
        };
        let mut symbols = Zeroizing::new(String::with_capacity(typed.len()));
        symbols.extend(typed.chars().filter(|c| !c.is_whitespace() && *c != '-'));
        let check = symbols.pop().ok_or(WRONG_LENGTH)?;
        if symbols.len() != KEY_SYMBOLS {
            return Err(WRONG_LENGTH);
        }
        let octets = Zeroizing::new(crockford::decode(&symbols).ok_or(LinkError::Mistyped)?);
        if crockford::check_symbol(&octets) != check.to_ascii_uppercase() {
            return Err(LinkError::Mistyped);
        }
        let octets = octets.as_slice().try_into().map_err(|_| WRONG_LENGTH)?;
        Ok(Self::from_bytes(octets))
    }
}

/// A whole link, taken apart.
pub struct Link {
    /// Scheme, host and port, such as `https://secure.example.org`.
    pub origin: String,
    /// The grant's name.
    pub handle: Handle,
    /// The secret half.
    pub secret: LinkSecret,
}

impl Link {
    /// Builds the text that stands alone on its line in a notice.
    pub fn text(origin: &str, handle: &Handle, secret: &LinkSecret) -> SecretString {
        use secrecy::ExposeSecret;
        let origin = origin.trim_end_matches('/');
        let fragment = secret.to_fragment();
        SecretString::from(format!("{origin}/m/{handle}#{}", fragment.expose_secret()))
    }

    /// The sender's link to what became of a message; it opens no message.
    pub fn sender_text(origin: &str, handle: &Handle, secret: &LinkSecret) -> SecretString {
        use secrecy::ExposeSecret;
        let origin = origin.trim_end_matches('/');
        let fragment = secret.to_fragment();
        SecretString::from(format!("{origin}/s/{handle}#{}", fragment.expose_secret()))
    }

    /// Takes a link apart. Angle brackets and white space around it are dropped.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let (address, fragment) = text.split_once('#').ok_or(LinkError::NotALink)?;
        let (origin, handle) = address.split_once("/m/").ok_or(LinkError::NotALink)?;
        Self::new(origin, handle, LinkSecret::from_fragment(fragment)?)
    }

    /// From an address that has lost its fragment, and the typed key.
    pub fn with_secret(address: &str, secret: LinkSecret) -> Result<Self, LinkError> {
        let address = address.trim().split('#').next().unwrap_or_default();
        let (origin, handle) = address.split_once("/m/").ok_or(LinkError::NotALink)?;
        Self::new(origin, handle, secret)
    }

    /// Over a network only HTTPS: a code and a server share could be read by others.
    fn new(origin: &str, handle: &str, secret: LinkSecret) -> Result<Self, LinkError> {
        let is_local = |rest: &str| {
            let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
            ["localhost", "127.0.0.1", "[::1]"].contains(&host)
        };
        let is_safe = match origin.split_once("://") {
            Some(("https", host)) => !host.is_empty() && !host.contains(['/', '@', '?']),
            Some(("http", host)) => is_local(host),
            _ => false,
        };
        if !is_safe {
            return Err(LinkError::NotALink);
        }
        Ok(Self {
            origin: origin.to_owned(),
            handle: handle.parse().map_err(|_| LinkError::NotALink)?,
            secret,
        })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn secret() -> LinkSecret {
        LinkSecret::from_bytes(&std::array::from_fn(|n| (n * 7 + 3) as u8))
    }

    #[test]
    fn a_link_comes_back_from_its_text() {
        let handle = Handle::from_bytes([0xab; 16]);
        let text = Link::text("https://secure.example.org/", &handle, &secret());
        let link = Link::parse(&format!(" <{}>\n", text.expose_secret())).expect("link");
        assert_eq!(link.origin, "https://secure.example.org");
        assert_eq!(link.handle, handle);
        assert_eq!(link.secret.expose_secret(), secret().expose_secret());
    }

    #[test]
    fn a_senders_link_is_no_link_to_a_message() {
        let handle = Handle::from_bytes([0xab; 16]);
        let text = Link::sender_text("https://secure.example.org/", &handle, &secret());
        let text = text.expose_secret();
        let fragment = secret().to_fragment();
        assert_eq!(
            *text,
            format!(
                "https://secure.example.org/s/{handle}#{}",
                fragment.expose_secret()
            )
        );
        assert_eq!(Link::parse(text).err(), Some(LinkError::NotALink));
    }

    #[test]
    fn mangled_links_are_refused_in_words() {
        let text = Link::text("https://a.example", &Handle::from_bytes([1; 16]), &secret());
        let text = text.expose_secret();
        for (bad, why) in [
            ("", LinkError::NotALink),
            ("https://a.example/m/x#1.y", LinkError::NotALink),
            (
                text.split('#').next().unwrap_or_default(),
                LinkError::NotALink,
            ),
            (&text[..text.len() - 1], LinkError::NotALink),
            (&format!("{text}="), LinkError::NotALink),
            (&text.replace("#1.", "#2."), LinkError::UnknownFormat),
            (&text.replace("https://", "ftp://"), LinkError::NotALink),
        ] {
            assert_eq!(Link::parse(bad).err(), Some(why), "{bad}");
        }
    }

    #[test]
    fn a_message_key_survives_how_people_type() {
        let key = secret().to_message_key();
        let key = key.expose_secret();
        assert_eq!(key.len(), 52 + 13 + 1);
        let typed = format!(
            " {} ",
            key.to_lowercase().replace('-', " ").replace('1', "l")
        );
        let read = LinkSecret::from_message_key(&typed).expect("key");
        assert_eq!(read.expose_secret(), secret().expose_secret());
    }

    #[test]
    fn every_single_wrong_symbol_and_every_swap_is_noticed() {
        let key: Vec<char> = secret()
            .to_message_key()
            .expose_secret()
            .chars()
            .filter(|c| *c != '-')
            .collect();
        for at in 0..key.len() {
            let mut wrong = key.clone();
            wrong[at] = if key[at] == '7' { '8' } else { '7' };
            let text: String = wrong.iter().collect();
            assert_eq!(
                LinkSecret::from_message_key(&text).err(),
                Some(LinkError::Mistyped),
                "{at}"
            );
            let mut swapped = key.clone();
            swapped.swap(at, (at + 1) % key.len());
            if swapped != key {
                let text: String = swapped.iter().collect();
                assert!(LinkSecret::from_message_key(&text).is_err(), "{at}");
            }
        }
        assert!(matches!(
            LinkSecret::from_message_key("ABCD-EFGH"),
            Err(LinkError::WrongLength { expected: 53 })
        ));
        assert!(LinkSecret::from_message_key("").is_err());
    }
}
