//! The life of a key as types: only lawful steps can be written down.
//!
//! | state     | seals | opens | next                                                        |
//! |-----------|-------|-------|-------------------------------------------------------------|
//! | Pending   | no    | yes   | Active once every node has seen it; Destroyed (withdrawn)     |
//! | Active    | yes   | yes   | Retired, when a newer key is Active                           |
//! | Retired   | no    | yes   | Destroyed, when a scan proves that nothing live needs it      |
//! | Destroyed | no    | no    | none; its id and dates stay for a while, its secret does not  |
//!
//! Pending exists because several processes share one keystore: a node that has not yet seen a new
//! key cannot open what another node would seal with it, so nobody does until all have seen it.

use jiff::Timestamp;
use seal::{KeyId, Random};

use crate::epoch::Epoch;
use crate::purpose::Purpose;
use crate::secret::Octets;

/// What a key is, whatever its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its id.
    pub id: KeyId,
    /// What it may be used for.
    pub purpose: Purpose,
    /// The month of a share key.
    pub epoch: Option<Epoch>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Made, not yet known to every process.
pub struct Pending(pub(crate) Sealed);
/// Seals and opens.
pub struct Active(pub(crate) Sealed);
/// Opens only.
pub struct Retired(pub(crate) Sealed);
/// Gone.
pub struct Destroyed(());

/// A secret as the ring file has it: opened by who holds the role's secret, and carried along
/// unopened by everybody else.
pub(crate) enum Sealed {
    /// In the clear, in this process.
    Open(Octets),
    /// The text in the file, which this process cannot open.
    Shut,
}

/// A key in one state.
pub struct Key<S> {
    pub(crate) about: About,
    pub(crate) changed_at: Timestamp,
    pub(crate) state: S,
}

/// Proof that nothing live needs a key: the only way to [`Key::<Retired>::destroy`].
#[derive(Debug)]
pub struct Unneeded(KeyId);

/// Something still needs the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{uses} live records still need key {key}")]
pub struct StillNeeded {
    /// The key.
    pub key: KeyId,
    /// How many need it.
    pub uses: u64,
}

impl Unneeded {
    /// `uses` is the count of a scan after which nothing can come under the key any more.
    pub fn after_scan(key: KeyId, uses: u64) -> Result<Self, StillNeeded> {
        match uses {
            0 => Ok(Self(key)),
            uses => Err(StillNeeded { key, uses }),
        }
    }

    /// The key.
    pub fn key(&self) -> KeyId {
        self.0
    }
}

impl<S> Key<S> {
    /// What it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Since when it is in this state.
    pub fn changed_at(&self) -> Timestamp {
        self.changed_at
    }

    fn found(about: About, changed_at: Timestamp, state: S) -> Self {
        Self {
            about,
            changed_at,
            state,
        }
    }

    fn into<T>(self, now: Timestamp, next: impl FnOnce(S) -> T) -> Key<T> {
        Key {
            about: self.about,
            changed_at: now,
            state: next(self.state),
        }
    }
}

impl Key<Pending> {
    /// Makes a key.
    pub(crate) fn generate(
        purpose: Purpose,
        epoch: Option<Epoch>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self {
            about: About {
                id: KeyId::generate(millis, random),
                purpose,
                epoch,
                created_at: now,
            },
            changed_at: now,
            state: Pending(Sealed::Open(Octets::generate(random))),
        }
    }

    /// From now on it seals. Lawful once every node has seen it.
    pub fn promote(self, now: Timestamp) -> Key<Active> {
        self.into(now, |Pending(secret)| Active(secret))
    }

    /// Given up before anything was sealed with it.
    pub fn withdraw(self, now: Timestamp) -> Key<Destroyed> {
        self.into(now, |_| Destroyed(()))
    }
}

impl Key<Active> {
    /// From now on it opens only. Lawful when a newer key of its purpose (and month) is active.
    pub fn retire(self, now: Timestamp) -> Key<Retired> {
        self.into(now, |Active(secret)| Retired(secret))
    }
}

impl Key<Retired> {
    /// Destroys it. The proof must be about this key; a proof about another gives it back.
    pub fn destroy(self, proof: &Unneeded, now: Timestamp) -> Result<Key<Destroyed>, Self> {
        if proof.0 != self.about.id {
            return Err(self);
        }
        Ok(self.into(now, |_| Destroyed(())))
    }
}

impl Key<Destroyed> {
    /// What the ring file keeps of it.
    pub(crate) fn tombstone(about: About, changed_at: Timestamp) -> Self {
        Self {
            about,
            changed_at,
            state: Destroyed(()),
        }
    }
}

/// A key in any state.
pub enum AnyKey {
    /// See [`Pending`].
    Pending(Key<Pending>),
    /// See [`Active`].
    Active(Key<Active>),
    /// See [`Retired`].
    Retired(Key<Retired>),
    /// See [`Destroyed`].
    Destroyed(Key<Destroyed>),
}

/// The name of a state, for files and lists.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Opens, does not seal.
    Pending,
    /// Seals and opens.
    Active,
    /// Opens only.
    Retired,
    /// Gone.
    Destroyed,
}

impl KeyState {
    /// The name in files and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Destroyed => "destroyed",
        }
    }
}

impl AnyKey {
    /// What it is.
    pub fn about(&self) -> &About {
        match self {
            Self::Pending(key) => &key.about,
            Self::Active(key) => &key.about,
            Self::Retired(key) => &key.about,
            Self::Destroyed(key) => &key.about,
        }
    }

    /// Its state's name.
    pub fn state(&self) -> KeyState {
        match self {
            Self::Pending(_) => KeyState::Pending,
            Self::Active(_) => KeyState::Active,
            Self::Retired(_) => KeyState::Retired,
            Self::Destroyed(_) => KeyState::Destroyed,
        }
    }

    /// Since when it is in this state.
    pub fn changed_at(&self) -> Timestamp {
        match self {
            Self::Pending(key) => key.changed_at,
            Self::Active(key) => key.changed_at,
            Self::Retired(key) => key.changed_at,
            Self::Destroyed(key) => key.changed_at,
        }
    }

    /// Its secret, when it has one that this process can open.
    pub(crate) fn secret(&self) -> Option<&Octets> {
        match self.sealed()? {
            Sealed::Open(secret) => Some(secret),
            Sealed::Shut => None,
        }
    }

    pub(crate) fn sealed(&self) -> Option<&Sealed> {
        match self {
            Self::Pending(key) => Some(&key.state.0),
            Self::Active(key) => Some(&key.state.0),
            Self::Retired(key) => Some(&key.state.0),
            Self::Destroyed(_) => None,
        }
    }

    /// Puts together what a file says.
    pub(crate) fn of(
        about: About,
        changed_at: Timestamp,
        state: KeyState,
        secret: Option<Sealed>,
    ) -> Option<Self> {
        match (state, secret) {
            (KeyState::Destroyed, None) => Some(Self::Destroyed(Key::tombstone(about, changed_at))),
            (KeyState::Destroyed, Some(_)) | (_, None) => None,
            (KeyState::Pending, Some(secret)) => Some(Self::Pending(Key::found(
                about,
                changed_at,
                Pending(secret),
            ))),
            (KeyState::Active, Some(secret)) => {
                Some(Self::Active(Key::found(about, changed_at, Active(secret))))
            }
            (KeyState::Retired, Some(secret)) => Some(Self::Retired(Key::found(
                about,
                changed_at,
                Retired(secret),
            ))),
        }
    }
}
