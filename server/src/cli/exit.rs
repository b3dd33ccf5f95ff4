//! How the program ends when something went wrong: one place for words and exit codes.

use std::process::ExitCode;

use keystore::KeystoreError;
use mail::tag::TagRuleError;
use store::StoreError;

use crate::config::source::ConfigError;
use crate::service::{FileError, ServiceError};

/// A failed command: what happened and which exit code says so (DESIGN §9).
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Exit code 1.
    pub fn failed(message: impl ToString) -> Self {
        Self {
            code: 1,
            message: message.to_string(),
        }
    }

    /// Exit code 2: what was asked for cannot be asked for so.
    pub fn usage(message: impl ToString) -> Self {
        Self {
            code: 2,
            message: message.to_string(),
        }
    }

    /// Exit code 3.
    pub fn configuration(message: impl ToString) -> Self {
        Self {
            code: 3,
            message: message.to_string(),
        }
    }

    /// Exit code 4: some of it is done; the message says how to go on.
    pub fn partly(message: impl ToString) -> Self {
        Self {
            code: 4,
            message: message.to_string(),
        }
    }

    /// Exit code 75.
    pub fn try_again(message: impl ToString) -> Self {
        Self {
            code: 75,
            message: message.to_string(),
        }
    }

    /// Exit code 78.
    pub fn key_unavailable(message: impl ToString) -> Self {
        Self {
            code: 78,
            message: message.to_string(),
        }
    }

    pub(super) fn report(self) -> ExitCode {
        for line in self.message.lines() {
            eprintln!("sealpost: {line}");
        }
        ExitCode::from(self.code)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::configuration(error)
    }
}

impl From<KeystoreError> for Failure {
    fn from(error: KeystoreError) -> Self {
        match error {
            KeystoreError::Unlawful(_) | KeystoreError::Exists(_) => Self::failed(error),
            KeystoreError::LongReason | KeystoreError::WeakPassphrase => Self::usage(error),
            error => Self::key_unavailable(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoRoom | StoreError::Unavailable(_) => Self::try_again(error),
            _ => Self::failed(error),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::configuration(error)
    }
}

impl From<TagRuleError> for Failure {
    fn from(error: TagRuleError) -> Self {
        Self::configuration(format!("policy.tags: {error}"))
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Keys(error) => error.into(),
            ServiceError::Store(error) => error.into(),
            ServiceError::Configuration(_) => Self::configuration(error),
            _ => Self::failed(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
