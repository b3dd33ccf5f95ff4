//! AUTH's exchange: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login), as RFC 4954 has them.
//!
//! Here octets become a name and a password. Whether they belong together is asked outside.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::fault::Fault;

/// The longest name of an account.
const NAME: usize = 255;

/// How a client may say who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Plain,
    Login,
}

impl Mechanism {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "PLAIN" => Some(Self::Plain),
            "LOGIN" => Some(Self::Login),
            _ => None,
        }
    }
}

/// What stood behind AUTH's mechanism; a password is in it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct InitialResponse(pub(crate) Zeroizing<String>);

impl fmt::Debug for InitialResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InitialResponse(…)")
    }
}

/// Who a client says it is.
pub struct Credentials {
    name: String,
    password: SecretString,
}

impl Credentials {
    /// The account's name. Personal, like an address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The password.
    pub fn expose_password(&self) -> &str {
        self.password.expose_secret()
    }
}

/// What the client's next line will be.
pub(crate) enum Exchange {
    Plain,
    LoginName,
    LoginPassword { name: String },
}

/// Where a line led.
pub(crate) enum Said {
    /// More is needed.
    On(Exchange),
    /// All of it was said.
    All(Credentials),
}

impl Exchange {
    pub(crate) fn new(mechanism: Mechanism) -> Self {
        match mechanism {
            Mechanism::Plain => Self::Plain,
            Mechanism::Login => Self::LoginName,
        }
    }

    /// The text behind 334: nothing, `Username:` or `Password:`, in base64.
    pub(crate) fn challenge(&self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::LoginName => "VXNlcm5hbWU6",
            Self::LoginPassword { .. } => "UGFzc3dvcmQ6",
        }
    }

    /// Reads what came with the command itself, in which `=` stands for nothing (RFC 4954 §4).
    pub(crate) fn initial(self, response: &InitialResponse) -> Result<Said, Fault> {
        match response.0.as_str() {
            "=" => self.said(Zeroizing::new(Vec::new())),
            text => self.line(text.as_bytes()),
        }
    }

    /// Reads a line. `*` takes the whole exchange back.
    pub(crate) fn line(self, line: &[u8]) -> Result<Said, Fault> {
        if line == b"*" {
            return Err(Fault::AuthCancelled);
        }
        let octets = STANDARD.decode(line).map_err(|_| Fault::AuthSyntax)?;
        self.said(Zeroizing::new(octets))
    }

    fn said(self, octets: Zeroizing<Vec<u8>>) -> Result<Said, Fault> {
        let text = std::str::from_utf8(&octets).map_err(|_| Fault::AuthSyntax)?;
        match self {
            Self::Plain => {
                let mut parts = text.split('\0');
                let mut next = || parts.next().ok_or(Fault::AuthSyntax);
                let (as_whom, name, password) = (next()?, next()?, next()?);
                // Nobody here may act for another.
                if parts.next().is_some() || !(as_whom.is_empty() || as_whom == name) {
                    return Err(Fault::AuthSyntax);
                }
                credentials(name, password)
            }
            Self::LoginName => Ok(Said::On(Self::LoginPassword {
                name: lawful_name(text)?,
            })),
            Self::LoginPassword { name } => credentials(&name, text),
        }
    }
}

fn credentials(name: &str, password: &str) -> Result<Said, Fault> {
    if password.is_empty() || password.contains('\0') {
        return Err(Fault::AuthSyntax);
    }
    Ok(Said::All(Credentials {
        name: lawful_name(name)?,
        password: SecretString::from(password),
    }))
}

fn lawful_name(name: &str) -> Result<String, Fault> {
    if (1..=NAME).contains(&name.len()) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(Fault::AuthSyntax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(octets: &str) -> Result<Said, Fault> {
        Exchange::Plain.line(STANDARD.encode(octets).as_bytes())
    }

    fn pair(said: Result<Said, Fault>) -> Option<(String, String)> {
        match said {
            Ok(Said::All(said)) => Some((said.name().into(), said.expose_password().into())),
            _ => None,
        }
    }

    #[test]
    fn plain_says_name_and_password_in_one_line() {
        let expected = Some(("clinic".to_owned(), "pässword".to_owned()));
        assert_eq!(pair(plain("\0clinic\0pässword")), expected);
        assert_eq!(pair(plain("clinic\0clinic\0pässword")), expected);
    }

    #[test]
    fn plain_that_is_none_is_refused() {
        let long = format!("\0{}\0x", "a".repeat(NAME + 1));
        for octets in [
            "",
            "clinic",
            "\0clinic",
            "\0clinic\0",
            "\0\0password",
            "other\0clinic\0password",
            "\0clinic\0pass\0word",
            "\0cli\nnic\0password",
            &long,
        ] {
            assert!(
                matches!(plain(octets), Err(Fault::AuthSyntax)),
                "{octets:?}"
            );
        }
        assert!(pair(plain(&format!("\0{}\0x", "a".repeat(NAME)))).is_some());
    }

    #[test]
    fn login_asks_twice() {
        let exchange = Exchange::new(Mechanism::Login);
        assert_eq!(exchange.challenge(), STANDARD.encode("Username:"));
        let Ok(Said::On(exchange)) = exchange.line(b"Y2xpbmlj") else {
            panic!("a second question")
        };
        assert_eq!(exchange.challenge(), STANDARD.encode("Password:"));
        let expected = Some(("clinic".to_owned(), "password".to_owned()));
        assert_eq!(pair(exchange.line(b"cGFzc3dvcmQ=")), expected);
    }

    #[test]
    fn a_star_takes_everything_back_and_what_is_no_base64_is_refused() {
        for exchange in [
            || Exchange::Plain,
            || Exchange::LoginName,
            || Exchange::LoginPassword { name: "a".into() },
        ] {
            let said = |line: &[u8]| exchange().line(line).err();
            assert_eq!(said(b"*"), Some(Fault::AuthCancelled));
            for line in [
                &b"****"[..],
                b"Y2xpbmlj=",
                b"Y2 x",
                b"YQ",
                b"/w==",
                b"QUJD\0",
            ] {
                assert_eq!(
                    said(line),
                    Some(Fault::AuthSyntax),
                    "{}",
                    line.escape_ascii()
                );
            }
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        let initial = InitialResponse(Zeroizing::new("AGNsaW5pYwBwYXNzd29yZA==".into()));
        assert_eq!(format!("{initial:?}"), "InitialResponse(…)");
    }
}
