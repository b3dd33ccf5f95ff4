//! A secret that systemd hands to the service: `LoadCredentialEncrypted=NAME` puts it into a file
//! of `$CREDENTIALS_DIRECTORY` that only this service sees (systemd.exec(5), "Credentials").

use std::fs::File;
use std::path::PathBuf;

use super::file::read_credential;
use super::{Credential, Custody};
use crate::error::KeystoreError;

/// A secret in a systemd credential.
pub struct SystemdCustody {
    name: String,
    folder: Option<PathBuf>,
}

impl SystemdCustody {
    /// `name` is the credential's name, `folder` what `$CREDENTIALS_DIRECTORY` says.
    pub fn new(name: impl Into<String>, folder: Option<PathBuf>) -> Self {
        Self {
            name: name.into(),
            folder,
        }
    }
}

impl Custody for SystemdCustody {
    fn unlock(&self) -> Result<Credential, KeystoreError> {
        let plain = !self.name.is_empty() && !self.name.contains('/') && self.name != "..";
        let Some(folder) = self.folder.as_ref().filter(|_| plain) else {
            return Err(KeystoreError::NoCredential(self.name.clone()));
        };
        let path = folder.join(&self.name);
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => KeystoreError::NoCredential(self.name.clone()),
            _ => KeystoreError::io(&path)(error),
        })?;
        // systemd owns the file and sets its rights; there is nothing that we could ask for.
        read_credential(&path, file)
    }

    fn describe(&self) -> String {
        format!("the systemd credential {}", self.name)
    }
}
