//! A secret in a file behind a passphrase: an armoured age file with a scrypt recipient, which
//! stock `age -d` opens as well.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{Credential, Custody, RootSecret};
use crate::error::KeystoreError;
use crate::files::{self, Readers};

/// The fewest characters a new passphrase may have.
pub const MIN_PASSPHRASE: usize = 16;
/// scrypt work beyond 2^22 (some 15 s) is no setting of ours.
const MOST_WORK: u8 = 22;
/// A sealed secret is far shorter.
const LONGEST: u64 = 16 * 1024;

/// What a person types, or a program hands over by a file descriptor.
pub type Passphrase = SecretString;

/// Asks for the passphrase when it is needed; the argument says what for.
pub type AskPassphrase = Box<dyn Fn(&str) -> std::io::Result<Passphrase> + Send + Sync>;

/// A secret in a file behind a passphrase.
pub struct PassphraseCustody {
    path: PathBuf,
    ask: AskPassphrase,
}

impl PassphraseCustody {
    /// A custody in this file.
    pub fn new(path: impl Into<PathBuf>, ask: AskPassphrase) -> Self {
        Self {
            path: path.into(),
            ask,
        }
    }

    /// Seals a root secret into a file that must not exist yet.
    pub fn create(
        path: &Path,
        root: &RootSecret,
        passphrase: &Passphrase,
    ) -> Result<(), KeystoreError> {
        use secrecy::ExposeSecret;
        let length = passphrase.expose_secret().chars().count();
        if length < MIN_PASSPHRASE {
            return Err(KeystoreError::WeakPassphrase);
        }
        let io = |error: std::io::Error| KeystoreError::io(path)(error);
        let mut sealed = Vec::new();
        let armor = ArmoredWriter::wrap_output(&mut sealed, Format::AsciiArmor).map_err(io)?;
        let mut writer = age::Encryptor::with_user_passphrase(passphrase.clone())
            .wrap_output(armor)
            .map_err(io)?;
        writer
            .write_all(root.expose_text().as_bytes())
            .and_then(|()| writer.finish())
            .and_then(|armor| armor.finish())
            .map_err(io)?;
        seal::wipe_stack();
        files::create(path, &sealed)
    }
}

impl Custody for PassphraseCustody {
    fn unlock(&self) -> Result<Credential, KeystoreError> {
        let path = &self.path;
        let file = File::open(path).map_err(KeystoreError::io(path))?;
        files::check_private(path, &file, Readers::Owner)?;
        let malformed = |why: &str| KeystoreError::Malformed {
            path: path.into(),
            why: why.into(),
        };
        let decryptor = age::Decryptor::new_buffered(ArmoredReader::new(std::io::BufReader::new(
            file.take(LONGEST),
        )))
        .map_err(|_| malformed("it is no age file"))?;
        if !decryptor.is_scrypt() {
            return Err(malformed("it is not sealed by a passphrase"));
        }
        let asked = (self.ask)(&format!("Passphrase for {}", path.display()));
        let passphrase = asked.map_err(|source| KeystoreError::NoPassphrase {
            path: path.clone(),
            source,
        })?;
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MOST_WORK);
        let mut reader = decryptor
            .decrypt(std::iter::once(&identity as &dyn age::Identity))
            .map_err(|error| match error {
                age::DecryptError::DecryptionFailed | age::DecryptError::NoMatchingKeys => {
                    KeystoreError::WrongPassphrase(path.clone())
                }
                age::DecryptError::ExcessiveWork { .. } => {
                    malformed("its passphrase asks for more work than Sealpost ever sets")
                }
                _ => malformed("it is damaged"),
            })?;
        let mut text = Zeroizing::new(String::with_capacity(256));
        reader
            .by_ref()
            .take(256)
            .read_to_string(&mut text)
            .map_err(|_| malformed("it is damaged"))?;
        seal::wipe_stack();
        Credential::from_text(&text).map_err(|why| malformed(&why))
    }

    fn describe(&self) -> String {
        format!("{} (behind a passphrase)", self.path.display())
    }
}
