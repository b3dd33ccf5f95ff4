//! A secret in a file of mode 0600 that belongs to the user the program runs as, or to root.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Credential, Custody, RootSecret, ViewerSecret};
use crate::error::KeystoreError;
use crate::files::{self, Readers};

/// The longest text of a secret, with room for what an editor may have added.
const LONGEST: u64 = 128;

/// A secret in a file.
pub struct FileCustody {
    path: PathBuf,
}

impl FileCustody {
    /// A custody in this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Puts a root secret into a file that must not exist yet.
    pub fn create(path: &Path, root: &RootSecret) -> Result<(), KeystoreError> {
        files::create(path, root.expose_text().as_bytes())
    }

    /// Puts the viewer's credential into a file that must not exist yet.
    pub fn create_viewer(path: &Path, viewer: &ViewerSecret) -> Result<(), KeystoreError> {
        files::create(path, viewer.expose_text().as_bytes())
    }
}

impl Custody for FileCustody {
    fn unlock(&self) -> Result<Credential, KeystoreError> {
        let path = &self.path;
        let file = File::open(path).map_err(KeystoreError::io(path))?;
        files::check_private(path, &file, Readers::Owner)?;
        read_credential(path, file)
    }

    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

/// Reads the text of a secret.
pub(super) fn read_credential(path: &Path, file: File) -> Result<Credential, KeystoreError> {
    let malformed = |why: &str| KeystoreError::Malformed {
        path: path.into(),
        why: why.into(),
    };
    let mut text = Zeroizing::new(String::with_capacity(LONGEST as usize));
    file.take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|_| malformed("it is not text"))?;
    Credential::from_text(&text).map_err(|why| malformed(&why))
}
