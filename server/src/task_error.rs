//! The one question background work asks of an error: is it worth another try?

use std::fmt::Display;

/// Why an attempt at a task failed. The text is for the operator and names nothing personal.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It may work later.
    #[error("{0}")]
    Transient(String),
    /// The relay said no for good. It is asked again for some hours all the same: our own relay may
    /// be the one that is set up wrongly, and nobody should lose a message to that.
    #[error("{0}")]
    Refused(String),
    /// It will not work however often it is tried.
    #[error("{0}")]
    Permanent(String),
}

impl TaskError {
    /// The same for another task that went with this one.
    pub fn again(&self) -> Self {
        match self {
            Self::Transient(cause) => Self::Transient(cause.clone()),
            Self::Refused(cause) => Self::Refused(cause.clone()),
            Self::Permanent(cause) => Self::Permanent(cause.clone()),
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
