//! The record of key acts: what was done to which key, when, by whom and why, one JSON line each.
//!
//! Each line carries the digest of the line before and is signed by the active `audit` key, so
//! that a line that was taken out, changed or moved is found ([`verify`], promise L2). A line is
//! written before the change it tells of takes effect: what was destroyed is always on record.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use seal::{KeyId, hex, push_length_prefixed, sha256_of};
use serde::{Deserialize, Serialize};

use crate::error::KeystoreError;
use crate::files::{self, Readers};
use crate::keyring::Keyring;
use crate::labels;
use crate::lifecycle::{About, AnyKey};
use crate::purpose::Purpose;
use crate::secret::Octets;

/// The longest reason, in octets.
pub(crate) const LONGEST_REASON: usize = 2000;
/// No line of ours is as long, even with every octet of the reason escaped.
const LONGEST_LINE: usize = 32 * 1024;

/// Who acts, and why.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// `operator`, or the name of a routine.
    pub by: &'a str,
    /// Why, in the operator's words; nothing personal.
    pub reason: Option<&'a str>,
}

impl Actor<'static> {
    /// The routine that the configuration asks for.
    pub const SCHEDULE: Self = Self {
        by: "schedule",
        reason: None,
    };
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Act {
    /// A key was made (it may be active at once: in a new ring, for a new month).
    Made,
    /// Pending to active.
    Promoted,
    /// Active to retired.
    Retired,
    /// Retired or pending to destroyed.
    Destroyed,
    /// A rotation of a purpose ended.
    RotationEnded,
    /// All keys were sealed under another root secret.
    Resealed,
    /// Parts of the root secret were handed out.
    Split,
    /// The viewer's credential was handed out.
    ViewerCredential,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActLine {
    /// 1 for the first.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: Act,
    /// The ring's generation after it.
    pub generation: u64,
    /// The purpose it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The key it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The public half of an audit key that was made: verifies what it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<String>,
    /// Who.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// SHA-256 of the line before; zeros for the first.
    pub previous: String,
    /// The audit key that signed.
    pub signer: String,
    /// Ed25519 over the digest of everything above.
    pub signature: String,
}

/// An act before it has its place in the chain.
pub(crate) struct NewAct {
    pub(crate) act: Act,
    pub(crate) about: Option<About>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) public: Option<String>,
}

/// The public half of an audit key.
pub(crate) fn public_of(secret: &Octets) -> [u8; 32] {
    let pair = Ed25519KeyPair::from_seed_unchecked(secret.expose()).expect("a seed has 32 octets");
    let mut out = [0; 32];
    out.copy_from_slice(pair.public_key().as_ref());
    seal::wipe_stack();
    out
}

/// What happened between two rings, as acts.
pub(crate) fn between(before: Option<&Keyring>, after: &Keyring) -> Vec<NewAct> {
    let old: HashMap<KeyId, &AnyKey> = before
        .into_iter()
        .flat_map(|ring| &ring.keys)
        .map(|key| (key.about().id, key))
        .collect();
    let mut acts = Vec::new();
    for key in &after.keys {
        let about = key.about();
        let was = old.get(&about.id).map(|key| key.state());
        let act = match (was, key) {
            (None, _) => Act::Made,
            (Some(was), key) if was == key.state() => continue,
            (_, AnyKey::Pending(_)) => continue,
            (_, AnyKey::Active(_)) => Act::Promoted,
            (_, AnyKey::Retired(_)) => Act::Retired,
            (_, AnyKey::Destroyed(_)) => Act::Destroyed,
        };
        let is_audit = act == Act::Made && about.purpose == Purpose::Audit;
        let public = key.secret().filter(|_| is_audit).map(public_of);
        acts.push(NewAct {
            act,
            about: Some(*about),
            purpose: Some(about.purpose),
            public: public.map(|octets| hex(&octets)),
        });
    }
    let ended = before.into_iter().flat_map(|ring| &ring.rotations);
    for rotation in ended.filter(|known| !after.rotations.contains(known)) {
        acts.push(NewAct {
            act: Act::RotationEnded,
            about: None,
            purpose: Some(rotation.purpose),
            public: None,
        });
    }
    // The key that vouches for the first line of a record must be named by it.
    acts.sort_by_key(|act| act.public.is_none());
    acts
}

/// Appends acts, signed by the audit key that seals in `ring`; durable when this returns.
pub(crate) fn append(
    path: &Path,
    ring: &Keyring,
    acts: &[NewAct],
    actor: &Actor<'_>,
    now: Timestamp,
) -> Result<(), KeystoreError> {
    if acts.is_empty() {
        return Ok(());
    }
    if [actor.by, actor.reason.unwrap_or_default()]
        .iter()
        .any(|text| text.len() > LONGEST_REASON)
    {
        return Err(KeystoreError::LongReason);
    }
    let malformed = |why: &str| KeystoreError::Malformed {
        path: path.into(),
        why: why.into(),
    };
    let signer = ring
        .sealing(Purpose::Audit, None)
        .ok_or_else(|| malformed("there is no active audit key to sign it"))?;
    let secret = signer
        .secret()
        .ok_or_else(|| malformed("this process cannot sign it"))?;
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .mode(0o600)
        .open(path)
        .map_err(KeystoreError::io(path))?;
    files::check_private(path, &file, Readers::Owner)?;
    let mut octets = std::fs::read(path).map_err(KeystoreError::io(path))?;
    let whole = whole_lines(&octets);
    if whole < octets.len() {
        file.set_len(whole as u64)
            .map_err(KeystoreError::io(path))?;
        octets.truncate(whole);
    }
    let text = String::from_utf8(octets).map_err(|_| malformed("it is not text"))?;
    let last = text.lines().last();
    let mut previous = last.map_or_else(|| "0".repeat(64), digest_text);
    let count = match last {
        None => 0,
        Some(line) => {
            parse(line)
                .map_err(|why| malformed(&format!("its last line {why}")))?
                .number
        }
    };
    let mut lines = String::new();
    for (number, new) in (count + 1..).zip(acts) {
        let mut line = ActLine {
            number,
            at: now,
            act: new.act,
            generation: ring.generation,
            purpose: new.purpose.map(|purpose| purpose.to_string()),
            key: new.about.map(|about| about.id.to_string()),
            public: new.public.clone(),
            by: actor.by.to_owned(),
            reason: actor.reason.map(str::to_owned),
            previous: std::mem::take(&mut previous),
            signer: signer.about().id.to_string(),
            signature: String::new(),
        };
        line.signature = hex(&sign(secret, &line.signed()));
        let text = serde_json::to_string(&line).expect("texts and numbers are JSON");
        previous = digest_text(&text);
        lines.push_str(&text);
        lines.push('\n');
    }
    file.write_all(lines.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(KeystoreError::io(path))
}

/// Reads the whole record and checks its chain and every signature. Returns the lines.
pub(crate) fn verify(path: &Path) -> Result<Vec<ActLine>, KeystoreError> {
    let malformed = |why: String| KeystoreError::BrokenRecord {
        path: path.into(),
        why,
    };
    let mut octets = std::fs::read(path).map_err(KeystoreError::io(path))?;
    octets.truncate(whole_lines(&octets));
    let text = String::from_utf8(octets).map_err(|_| malformed("it is not text".into()))?;
    let mut previous = "0".repeat(64);
    let mut signers: HashMap<String, Vec<u8>> = HashMap::new();
    let mut lines: Vec<ActLine> = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let number = at + 1;
        let line = parse(text).map_err(|why| malformed(format!("line {number} {why}")))?;
        if line.number != number as u64 || line.previous != previous {
            return Err(malformed(format!(
                "line {number} does not follow the line before it"
            )));
        }
        let named = line.key.as_ref().zip(line.public.as_ref());
        let named = named
            .map(|(key, public)| Some((key.clone(), unhex(public)?)))
            .map(|named| named.ok_or_else(|| malformed(format!("line {number} names no key"))))
            .transpose()?;
        // The first audit key is vouched for by itself, every later one by one that is known.
        if number == 1 {
            signers.extend(named.clone());
        }
        let fits = signers.get(&line.signer).zip(unhex(&line.signature));
        let fits = fits.is_some_and(|(public, signature)| {
            UnparsedPublicKey::new(&ED25519, public)
                .verify(&line.signed(), &signature)
                .is_ok()
        });
        if !fits {
            return Err(malformed(format!("line {number} has a wrong signature")));
        }
        signers.extend(named);
        previous = digest_text(text);
        lines.push(line);
    }
    Ok(lines)
}

/// The generation that the record has reached; `None` when there is no line.
pub(crate) fn reached(path: &Path) -> Result<Option<u64>, KeystoreError> {
    let octets = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => KeystoreError::NoRecord(path.into()),
        _ => KeystoreError::io(path)(error),
    })?;
    let whole = &octets[..whole_lines(&octets)];
    let last = whole
        .split(|octet| *octet == b'\n')
        .rfind(|line| !line.is_empty());
    let line = last.map(|line| parse(&String::from_utf8_lossy(line)));
    let broken = |why| KeystoreError::BrokenRecord {
        path: path.into(),
        why: format!("its last line {why}"),
    };
    Ok(line
        .transpose()
        .map_err(broken)?
        .map(|line| line.generation))
}

/// Whether a record that verifies is the one of this ring: its last line is signed by an audit key
/// that the ring has or had, and its public half is the one the record tells of; and it tells of
/// every change of the ring, and of one more at most, which a crash has stopped.
pub(crate) fn belongs(ring: &Keyring, lines: &[ActLine]) -> Result<(), String> {
    let Some(last) = lines.last() else {
        return Err("it is empty".to_owned());
    };
    let told = last.generation;
    if told < ring.generation {
        return Err(format!(
            "it ends at generation {told}, the ring is at {}: its last lines were cut off",
            ring.generation
        ));
    }
    if told > ring.generation + 1 {
        return Err(format!(
            "it goes on to generation {told}, the ring is at {}: an older ring was put back",
            ring.generation
        ));
    }
    let signer = ring.keys.iter().find(|key| {
        key.about().purpose == Purpose::Audit && key.about().id.to_string() == last.signer
    });
    let Some(signer) = signer else {
        return Err("its last line is signed by a key that is not in the ring".to_owned());
    };
    let told = lines
        .iter()
        .find(|line| line.key.as_ref() == Some(&last.signer) && line.public.is_some());
    let public = signer.secret().map(|secret| hex(&public_of(secret)));
    match (public, told.and_then(|line| line.public.clone())) {
        (Some(public), Some(told)) if public != told => {
            Err("its last line is signed by another key than the ring's".to_owned())
        }
        _ => Ok(()),
    }
}

/// Where the last whole line ends. A crash can leave half a line behind it; the change it told of
/// was not made.
fn whole_lines(octets: &[u8]) -> usize {
    let end = octets.iter().rposition(|octet| *octet == b'\n');
    end.map_or(0, |end| end + 1)
}

fn parse(line: &str) -> Result<ActLine, String> {
    if line.len() > LONGEST_LINE {
        return Err("is too long".to_owned());
    }
    serde_json::from_str(line).map_err(|_| "is no record of a key act".to_owned())
}

fn sign(secret: &Octets, content: &[u8]) -> [u8; 64] {
    let pair = Ed25519KeyPair::from_seed_unchecked(secret.expose()).expect("a seed has 32 octets");
    let mut out = [0; 64];
    out.copy_from_slice(pair.sign(content).as_ref());
    seal::wipe_stack();
    out
}

fn digest_text(line: &str) -> String {
    hex(&sha256_of(&[line.as_bytes()]))
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

impl ActLine {
    /// What the signature is over.
    fn signed(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let act = serde_json::to_string(&self.act).expect("a name is JSON");
        for part in [
            labels::ACT,
            &self.number.to_be_bytes(),
            self.at.to_string().as_bytes(),
            act.as_bytes(),
            &self.generation.to_be_bytes(),
            self.purpose.as_deref().unwrap_or_default().as_bytes(),
            self.key.as_deref().unwrap_or_default().as_bytes(),
            self.public.as_deref().unwrap_or_default().as_bytes(),
            self.by.as_bytes(),
            self.reason.as_deref().unwrap_or_default().as_bytes(),
            self.previous.as_bytes(),
            self.signer.as_bytes(),
        ] {
            push_length_prefixed(&mut content, part);
        }
        content
    }
}
