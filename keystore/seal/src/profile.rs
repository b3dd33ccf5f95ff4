//! The two kinds of message identity.

use std::fmt;
use std::str::FromStr;

/// Which kind of age identity a message is sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// ML-KEM-768 with X25519 (age's `mlkem768x25519`; opens with age 1.3 and newer).
    #[default]
    Hybrid,
    /// X25519 alone, for organisations whose recipients use an older age.
    X25519,
}

impl Profile {
    /// The name in views and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "mlkem768x25519",
            Self::X25519 => "x25519",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("profile must be \"mlkem768x25519\" or \"x25519\"")]
pub struct ProfileError;

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        match text {
            "mlkem768x25519" => Ok(Self::Hybrid),
            "x25519" => Ok(Self::X25519),
            _ => Err(ProfileError),
        }
    }
}
