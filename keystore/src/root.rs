//! The root secret that seals key files, in the custody of a file.
//!
//! The file holds one line, `SEALPOST-ROOT-1 ` and 32 octets in base64url. It must belong to the
//! user the program runs as (or root) and be closed to everybody else. Other custodies come as
//! further constructors of [`RootSecret`].

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seal::{KeyId, Random, WrapKey};
use zeroize::Zeroizing;

use crate::error::KeystoreError;

const PREFIX: &str = "SEALPOST-ROOT-1 ";
/// Separates the root's public id from whatever else is made of the root.
const ID_LABEL: &[u8] = b"sealpost root id";
const WRAP_PURPOSE: &str = "root";

/// Seals and opens key files.
pub struct RootSecret {
    wrap: WrapKey,
}

impl RootSecret {
    /// Reads the root secret from a file.
    pub fn from_file(path: &Path) -> Result<Self, KeystoreError> {
        let mut file = std::fs::File::open(path).map_err(KeystoreError::io(path))?;
        check_private(path, &file, 0o600)?;
        let mut text = Zeroizing::new(String::with_capacity(128));
        let malformed = |why: &str| KeystoreError::Malformed {
            path: path.into(),
            why: why.into(),
        };
        Read::by_ref(&mut file)
            .take(128)
            .read_to_string(&mut text)
            .map_err(|_| malformed("it is not text"))?;
        let encoded = text
            .trim_end_matches('\n')
            .strip_prefix(PREFIX)
            .ok_or_else(|| malformed("it does not begin with SEALPOST-ROOT-1"))?;
        let octets = Zeroizing::new(
            BASE64_URL_SAFE_NO_PAD
                .decode(encoded)
                .map_err(|_| malformed("the secret is not base64url"))?,
        );
        let octets = octets
            .as_slice()
            .try_into()
            .map_err(|_| malformed("the secret does not have 32 octets"))?;
        Ok(Self::from_octets(octets))
    }

    /// Makes a new root secret in a file that must not exist yet.
    pub fn create_file(path: &Path, random: &dyn Random) -> Result<Self, KeystoreError> {
        let mut octets = Zeroizing::new([0; 32]);
        random.fill(&mut octets[..]);
        let encoded = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(&octets[..]));
        write_private(path, format!("{PREFIX}{}\n", encoded.as_str()).as_bytes())?;
        Ok(Self::from_octets(&octets))
    }

    fn from_octets(octets: &[u8; 32]) -> Self {
        let digest = seal::sha256_of(&[ID_LABEL, octets]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self {
            wrap: WrapKey::new(KeyId::from_bytes(id), WRAP_PURPOSE, octets),
        }
    }

    pub(crate) fn wrap_key(&self) -> &WrapKey {
        &self.wrap
    }
}

/// Refuses a file or folder that others have rights on, or that a stranger owns.
pub(crate) fn check_private(
    path: &Path,
    file: &std::fs::File,
    wanted: u32,
) -> Result<(), KeystoreError> {
    let about = file.metadata().map_err(KeystoreError::io(path))?;
    let mode = about.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeystoreError::Permissions {
            path: path.into(),
            mode,
            wanted,
        });
    }
    let ours = rustix::process::geteuid().as_raw();
    if about.uid() != 0 && about.uid() != ours {
        return Err(KeystoreError::Owner {
            path: path.into(),
            owner: about.uid(),
        });
    }
    Ok(())
}

/// Writes a new file of mode 0600, durable when this returns. Under its name it is whole or not
/// there: a reader or a crash meets no half of it, and nothing that exists is overwritten.
pub(crate) fn write_private(path: &Path, octets: &[u8]) -> Result<(), KeystoreError> {
    let half = path.with_extension("new");
    // What a crash has left under this name was never a key.
    match std::fs::remove_file(&half) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(KeystoreError::io(&half)(error));
        }
        _ => {}
    }
    let written = write_and_link(path, &half, octets);
    let removed = std::fs::remove_file(&half).map_err(KeystoreError::io(&half));
    written.and(removed)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::File::open(parent)
        .and_then(|dir| dir.sync_all())
        .map_err(KeystoreError::io(parent))
}

fn write_and_link(path: &Path, half: &Path, octets: &[u8]) -> Result<(), KeystoreError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(half)
        .map_err(KeystoreError::io(half))?;
    file.write_all(octets)
        .and_then(|()| file.sync_all())
        .map_err(KeystoreError::io(half))?;
    // Unlike a rename, a link does not replace what is there.
    std::fs::hard_link(half, path).map_err(KeystoreError::io(path))
}
