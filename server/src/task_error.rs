//! The one question background work asks of an error: is it worth another try?

use std::fmt::Display;

use crate::courier::{FailureKind, RemoteFailure};

/// Why an attempt at a task failed. The text is for the operator and names nothing personal.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It may work later.
    #[error("{0}")]
    Transient(String),
    /// It will not work however often it is tried.
    #[error("{0}")]
    Permanent(String),
    /// Another mail system did not take it, or could not be reached.
    #[error(transparent)]
    Remote(Box<RemoteFailure>),
}

impl TaskError {
    /// The same for another task that went with this one.
    pub fn again(&self) -> Self {
        match self {
            Self::Transient(cause) => Self::Transient(cause.clone()),
            Self::Permanent(cause) => Self::Permanent(cause.clone()),
            Self::Remote(failure) => Self::Remote(failure.clone()),
        }
    }

    /// An error that may pass.
    pub fn transient(cause: impl Display) -> Self {
        Self::Transient(cause.to_string())
    }

    /// An error that will not pass.
    pub fn permanent(cause: impl Display) -> Self {
        Self::Permanent(cause.to_string())
    }
}

impl TaskError {
    /// What another mail system said or did, if it was one that failed.
    pub fn remote(&self) -> Option<&RemoteFailure> {
        match self {
            Self::Remote(failure) => Some(failure),
            _ => None,
        }
    }

    /// Whether another mail system failed in this way.
    pub fn is(&self, kind: FailureKind) -> bool {
        self.remote().is_some_and(|failure| failure.kind == kind)
    }
}

impl From<RemoteFailure> for TaskError {
    fn from(failure: RemoteFailure) -> Self {
        Self::Remote(Box::new(failure))
    }
}

impl From<store::StoreError> for TaskError {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::Damaged(_) | store::StoreError::NotFound => Self::permanent(error),
            _ => Self::transient(error),
        }
    }
}

impl From<crate::mails::MailError> for TaskError {
    fn from(error: crate::mails::MailError) -> Self {
        Self::permanent(error)
    }
}

impl From<keystore::KeyError> for TaskError {
    fn from(error: keystore::KeyError) -> Self {
        match error {
            // An operator can put the key file back.
            keystore::KeyError::Unknown(_) => Self::transient(error),
            _ => Self::permanent(error),
        }
    }
}
