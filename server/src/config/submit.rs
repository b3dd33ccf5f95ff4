//! Who may hand mail in: listed networks, accounts, client certificates.
//!
//! Each way in names the sender domains that it may write for (promise S4). What a password's hash
//! must be is checked here, so that a weak one stops the start and not a login.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use argon2::password_hash::PasswordHash;
use argon2::{ARGON2ID_IDENT, Params};
use mail::{Address, Domain};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use viewer::Network;

use super::Gateway;

/// The least that a hash must cost, in KiB of memory and in passes over it: half of OWASP's floor.
const LEAST_MEMORY_KIB: u32 = 9_500;
/// The most, so that two logins at a time stay within bounds.
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_PASSES: u32 = 16;

/// Who may hand mail in.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// Networks of our mail systems.
    #[serde(default, with = "super::texts")]
    pub networks: Vec<Network>,
    /// Domains of our senders, for who comes from these networks.
    #[serde(default, with = "super::texts")]
    pub sender_domains: Vec<Domain>,
    /// Who may come from anywhere by AUTH inside of TLS.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Who may come from anywhere with a client certificate.
    #[serde(default)]
    pub certificates: Vec<ClientCertificate>,
}

/// One account.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// What AUTH calls it.
    pub name: String,
    /// Its password's hash, as `sealpost accounts hash` prints it.
    pub password_hash: Argon2id,
    /// Domains of its senders.
    #[serde(with = "super::texts")]
    pub sender_domains: Vec<Domain>,
}

/// One client certificate, or all that an authority signs for a name.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// The SHA-256 of the certificate. Whoever holds its key is known by that alone: neither names
    /// nor dates nor signatures count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Fingerprint>,
    /// A PEM file with the authority that signed it; then `name` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
    /// The DNS name in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Domains of its senders.
    #[serde(with = "super::texts")]
    pub sender_domains: Vec<Domain>,
}

/// An Argon2id hash (RFC 9106) as a PHC string. It is no secret by itself, and a guess at the
/// password can be tried on it: it is not shown.
#[derive(Clone)]
pub struct Argon2id(String);

/// A SHA-256 in hex, colons or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Submit {
    /// All that is wrong, each with the key and the remedy.
    pub(super) fn wrong(&self, has_tls: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let nobody = self.networks.is_empty() && !self.is_open_to_strangers();
        if nobody {
            wrong.push(
                "gateway.submit.networks: is empty, and there are neither accounts nor certificates; nobody could hand mail in"
                    .to_owned(),
            );
        }
        if self.sender_domains.is_empty() && (nobody || !self.networks.is_empty()) {
            wrong.push(
                "gateway.submit.sender_domains: is empty; nobody could hand mail in".to_owned(),
            );
        }
        if self.is_open_to_strangers() && !has_tls {
            wrong.push(
                "gateway.tls: is needed for gateway.submit.accounts and gateway.submit.certificates; neither is taken in clear"
                    .to_owned(),
            );
        }
        for (at, account) in self.accounts.iter().enumerate() {
            let key = format!("gateway.submit.accounts[{at}]");
            let lawful = (1..=255).contains(&account.name.len())
                && !account.name.chars().any(char::is_control);
            if !lawful {
                wrong.push(format!("{key}.name: must be 1 to 255 octets on one line"));
            }
            if self.accounts[..at].iter().any(|a| a.name == account.name) {
                wrong.push(format!(
                    "{key}.name: is given twice; one password is one account"
                ));
            }
            if account.sender_domains.is_empty() {
                wrong.push(format!(
                    "{key}.sender_domains: is empty; it could hand nothing in"
                ));
            }
        }
        for (at, certificate) in self.certificates.iter().enumerate() {
            let key = format!("gateway.submit.certificates[{at}]");
            let ClientCertificate {
                sha256,
                authority,
                name,
                sender_domains,
            } = certificate;
            if !matches!(
                (sha256, authority, name),
                (Some(_), None, None) | (None, Some(_), Some(_))
            ) {
                wrong.push(format!("{key}: needs either sha256, or authority and name"));
            }
            if sender_domains.is_empty() {
                wrong.push(format!(
                    "{key}.sender_domains: is empty; it could hand nothing in"
                ));
            }
        }
        wrong
    }

    /// Whether somebody outside of the networks may hand mail in.
    pub fn is_open_to_strangers(&self) -> bool {
        !(self.accounts.is_empty() && self.certificates.is_empty())
    }
}

impl Gateway {
    /// Who reads what is written to our postmaster: by default the postmaster of the first sender
    /// domain; nobody if there is none, which [`check`](super::check::check) does not let through.
    pub fn postmaster(&self) -> Option<Address> {
        let submit = &self.submit;
        let of_accounts = submit.accounts.iter().flat_map(|a| &a.sender_domains);
        let of_certificates = submit.certificates.iter().flat_map(|c| &c.sender_domains);
        let mut domains = submit
            .sender_domains
            .iter()
            .chain(of_accounts)
            .chain(of_certificates);
        let default = || format!("postmaster@{}", domains.next()?).parse().ok();
        self.postmaster.clone().or_else(default)
    }

    /// Mail to our postmaster must leave, or it would come to us again.
    pub(super) fn wrong_postmaster(&self) -> Option<String> {
        let postmaster = self.postmaster()?;
        let ours = [&self.domain, &self.hostname].contains(&postmaster.domain());
        ours.then(|| {
            "gateway.postmaster: is an address of the gateway itself; name a mailbox that somebody reads"
                .to_owned()
        })
    }
}

impl Argon2id {
    /// The PHC string.
    pub fn expose_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Argon2id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Argon2id(…)")
    }
}

/// A text that is no hash for us. Never holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no Argon2id hash of at least 9500 KiB and at most 128 MiB and 16 passes; make one by `sealpost accounts hash`"
)]
pub struct NoHash;

impl FromStr for Argon2id {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let hash = PasswordHash::new(text).map_err(|_| NoHash)?;
        let params = Params::try_from(&hash).map_err(|_| NoHash)?;
        let lawful = hash.algorithm == ARGON2ID_IDENT
            && hash.salt.is_some()
            && hash.hash.is_some_and(|hash| hash.len() >= 16)
            && (LEAST_MEMORY_KIB..=MOST_MEMORY_KIB).contains(&params.m_cost())
            && params.t_cost() <= MOST_PASSES;
        if lawful {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoHash)
        }
    }
}

impl<'de> Deserialize<'de> for Argon2id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Argon2id {
    /// For `config print-effective`, which ends in tickets.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(not shown)")
    }
}

/// A text that is no SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no SHA-256: 64 hexadecimal digits, as `openssl x509 -fingerprint -sha256` prints them")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits: Vec<u8> = text.bytes().filter(|b| *b != b':').collect();
        let mut octets = [0; 32];
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NoFingerprint);
        }
        for (octet, pair) in octets.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoFingerprint)?;
            *octet = u8::from_str_radix(pair, 16).map_err(|_| NoFingerprint)?;
        }
        Ok(Self(octets))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|octet| format!("{octet:02x}")).collect();
        serializer.serialize_str(&digits)
    }
}

/// An address that may be left out.
pub(super) mod optional_address {
    use super::*;

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Address>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Some).map_err(serde::de::Error::custom)
    }

    pub(in crate::config) fn serialize<S: Serializer>(
        address: &Option<Address>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match address {
            Some(address) => serializer.serialize_str(address.as_str()),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT_AND_HASH: &str =
        "$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    fn phc(head: &str) -> Result<Argon2id, NoHash> {
        format!("{head}{SALT_AND_HASH}").parse()
    }

    #[test]
    fn a_hash_is_argon2id_neither_too_cheap_nor_too_dear() {
        for (head, taken) in [
            ("$argon2id$v=19$m=19456,t=2,p=1", true),
            ("$argon2id$v=19$m=9500,t=1,p=1", true),
            ("$argon2id$v=19$m=9499,t=2,p=1", false),
            ("$argon2id$v=19$m=131072,t=16,p=4", true),
            ("$argon2id$v=19$m=131073,t=1,p=1", false),
            ("$argon2id$v=19$m=19456,t=17,p=1", false),
            ("$argon2i$v=19$m=19456,t=2,p=1", false),
            ("$argon2d$v=19$m=19456,t=2,p=1", false),
            ("$2b$12", false),
            ("password", false),
        ] {
            assert_eq!(phc(head).is_ok(), taken, "{head}");
        }
        assert!(
            "$argon2id$v=19$m=19456,t=2,p=1"
                .parse::<Argon2id>()
                .is_err()
        );
        let hash = phc("$argon2id$v=19$m=19456,t=2,p=1").unwrap();
        assert_eq!(format!("{hash:?}"), "Argon2id(…)");
    }

    #[test]
    fn a_fingerprint_is_64_digits() {
        let plain = "ab".repeat(32);
        let colons = ["AB"; 32].join(":");
        assert_eq!(plain.parse(), Ok(Fingerprint([0xab; 32])));
        assert_eq!(colons.parse(), Ok(Fingerprint([0xab; 32])));
        for text in [
            "",
            "ab",
            &"ab".repeat(31),
            &"ab".repeat(33),
            &"xy".repeat(32),
            &"+a".repeat(32),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NoFingerprint), "{text}");
        }
    }
}
