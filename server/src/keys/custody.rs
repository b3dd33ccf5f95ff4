//! From the configuration to a custody, and from a custody to what a process may hold.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Mutex, PoisonError};

use keystore::{
    AskPassphrase, Credential, Custody, FileCustody, KeystoreError, Passphrase, PassphraseCustody,
    SystemdCustody,
};
use zeroize::Zeroizing;

use crate::config;

/// The longest passphrase that is read from a file descriptor, in octets.
const LONGEST: u64 = 1024;

/// Opened once: the second passphrase that is asked for is the second line, also of a file.
static DESCRIPTORS: Mutex<BTreeMap<u32, BufReader<File>>> = Mutex::new(BTreeMap::new());

/// Where a passphrase comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PassphraseFrom {
    /// The terminal of the person who starts the program.
    #[default]
    Terminal,
    /// A line of an open file descriptor: a pipe from a secret manager.
    Descriptor(u32),
}

/// The custody that the configuration names.
pub fn of(custody: &config::Custody, from: PassphraseFrom) -> Box<dyn Custody> {
    match custody {
        config::Custody::File(path) => Box::new(FileCustody::new(path)),
        config::Custody::Passphrase(path) => Box::new(PassphraseCustody::new(path, asking(from))),
        config::Custody::Systemd(name) => {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(Into::into);
            Box::new(SystemdCustody::new(name, folder))
        }
    }
}

/// What asks for a passphrase.
pub fn asking(from: PassphraseFrom) -> AskPassphrase {
    Box::new(move |question| ask(from, question))
}

/// Asks for a passphrase once.
pub fn ask(from: PassphraseFrom, question: &str) -> io::Result<Passphrase> {
    match from {
        PassphraseFrom::Terminal => rpassword::prompt_password(format!("{question}: "))
            .map(Passphrase::from)
            .map_err(|_| {
                io::Error::other(
                    "there is no terminal to ask at; hand it over with --passphrase-fd",
                )
            }),
        PassphraseFrom::Descriptor(number) => {
            let mut readers = DESCRIPTORS.lock().unwrap_or_else(PoisonError::into_inner);
            let reader = match readers.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    // Linux and the BSDs show open descriptors as files.
                    let file = File::open(format!("/dev/fd/{number}")).map_err(|error| {
                        io::Error::new(error.kind(), format!("file descriptor {number}: {error}"))
                    })?;
                    free.insert(BufReader::with_capacity(1, file))
                }
            };
            let mut line = Zeroizing::new(String::with_capacity(LONGEST as usize));
            reader.take(LONGEST).read_line(&mut line)?;
            let text = line.trim_end_matches(['\n', '\r']);
            if text.is_empty() {
                return Err(io::Error::other(format!(
                    "file descriptor {number} gave no passphrase"
                )));
            }
            Ok(Passphrase::from(text.to_owned()))
        }
    }
}

/// What the viewer's process may hold: its own part, whatever it was given. The flag says that it
/// was given more than it needs.
pub fn for_viewer(credential: Credential) -> (Credential, bool) {
    let more = matches!(credential, Credential::Root(_));
    (Credential::Viewer(credential.viewer()), more)
}

/// What the gateway's process needs.
pub fn for_gateway(
    credential: Credential,
    custody: &dyn Custody,
) -> Result<Credential, KeystoreError> {
    credential.into_root(custody).map(Credential::Root)
}
