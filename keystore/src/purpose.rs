//! What a key may be used for, as values for files and as types for code.

use std::fmt;
use std::str::FromStr;

/// Every purpose of DESIGN §4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Server shares; cut by expiry epoch.
    Share,
    /// Addresses, names, audit details.
    Metadata,
    /// Address and token index.
    Lookup,
    /// Verifiers of passcodes.
    Passcode,
    /// Sessions and form tokens.
    Session,
    /// Link secrets that wait for their notice.
    Outbox,
    /// Relay copies.
    Spool,
    /// Secure replies.
    Reply,
    /// Checkpoints of the audit chain.
    Audit,
}

/// Which processes hold a purpose's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Both.
    ViewerAndGateway,
    /// The gateway's alone: the viewer's cannot open them.
    Gateway,
}

/// What kind of secret a purpose has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 32 octets of ChaCha20-Poly1305.
    Aead,
    /// 32 octets of HMAC-SHA-256.
    Mac,
    /// The 32-octet seed of a hybrid age identity.
    AgeIdentity,
    /// The 32-octet seed of an Ed25519 key.
    Ed25519,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Share,
        Self::Metadata,
        Self::Lookup,
        Self::Passcode,
        Self::Session,
        Self::Outbox,
        Self::Spool,
        Self::Reply,
        Self::Audit,
    ];

    /// The name in files and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Metadata => "metadata",
            Self::Lookup => "lookup",
            Self::Passcode => "passcode",
            Self::Session => "session",
            Self::Outbox => "outbox",
            Self::Spool => "spool",
            Self::Reply => "reply",
            Self::Audit => "audit",
        }
    }

    /// Which processes hold its keys (DESIGN §4).
    pub fn holder(self) -> Holder {
        match self {
            Self::Share | Self::Metadata | Self::Lookup | Self::Passcode | Self::Session => {
                Holder::ViewerAndGateway
            }
            Self::Outbox | Self::Spool | Self::Reply | Self::Audit => Holder::Gateway,
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Share | Self::Metadata | Self::Outbox => Kind::Aead,
            Self::Lookup | Self::Passcode | Self::Session => Kind::Mac,
            Self::Spool | Self::Reply => Kind::AgeIdentity,
            Self::Audit => Kind::Ed25519,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(())
    }
}

mod sealed {
    /// Purposes are a closed set.
    pub trait Sealed {
        const PURPOSE: super::Purpose;
    }
}
pub(crate) use sealed::Sealed;

/// A purpose whose keys wrap values.
pub trait AeadPurpose: Sealed {}
/// A purpose whose keys authenticate values.
pub trait MacPurpose: Sealed {}

macro_rules! purpose_type {
    ($name:ident: $kind:ident) => {
        #[doc = concat!("[`Purpose::", stringify!($name), "`] as a type.")]
        pub enum $name {}
        impl Sealed for $name {
            const PURPOSE: Purpose = Purpose::$name;
        }
        impl $kind for $name {}
    };
}

purpose_type!(Metadata: AeadPurpose);
purpose_type!(Outbox: AeadPurpose);
purpose_type!(Lookup: MacPurpose);
purpose_type!(Passcode: MacPurpose);
purpose_type!(Session: MacPurpose);
