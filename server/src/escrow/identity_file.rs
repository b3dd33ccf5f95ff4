//! The organisation's identity as a file, in the form of stock age: of its owner alone (promise K7),
//! made once and never overwritten.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use seal::{Identity, IdentityFileError, parse_identities};
use zeroize::Zeroizing;

/// No identity file of people is longer.
const LONGEST: u64 = 64 * 1024;

/// Why an identity file does not serve. It never has its text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others could read it.
    #[error(
        "{}: has mode {mode:04o}; whoever reads it can open every message, so allow its owner alone: chmod 600",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds something else.
    #[error("{}: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What.
        source: IdentityFileError,
    },
    /// It is no text, or too long for an identity file.
    #[error("{}: is no identity file", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
}

/// The identities in a file that nobody but its owner can read.
pub fn read(path: &Path) -> Result<Vec<Identity>, FileError> {
    let failed = |source| FileError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        let path = path.to_owned();
        return Err(FileError::Open { path, mode });
    }
    read_from(file, path)
}

/// The identities in what comes from `input`, which errors call `name`.
pub fn read_from(input: impl Read, name: &Path) -> Result<Vec<Identity>, FileError> {
    // Room for all of it from the start: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST as usize + 1));
    let read = input.take(LONGEST + 1).read_to_string(&mut text);
    let path = name.to_owned();
    match read {
        Err(source) if source.kind() != std::io::ErrorKind::InvalidData => {
            Err(FileError::Io { path, source })
        }
        Ok(length) if length as u64 <= LONGEST => {
            parse_identities(&text).map_err(|source| FileError::Content { path, source })
        }
        _ => Err(FileError::NoText { path }),
    }
}

/// Writes a new identity file; one that is there stays.
pub fn create(path: &Path, text: &str) -> Result<(), FileError> {
    let failed = |source| FileError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)
}
