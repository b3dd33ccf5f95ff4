//! All keys as one value, and the steps that change it: pure functions, no file and no clock.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use seal::{KeyId, Random};

use crate::epoch::Epoch;
use crate::lifecycle::{AnyKey, Key, KeyState, Unneeded};
use crate::purpose::Purpose;

/// How long the ids of destroyed keys are kept in the ring. The record of key acts keeps them for
/// good.
const TOMBSTONES: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Every key of an installation.
pub struct Keyring {
    /// Grows with every change; nodes say which one they have seen.
    pub(crate) generation: u64,
    pub(crate) keys: Vec<AnyKey>,
    /// Rotations that have begun and not ended, at most one of a purpose.
    pub(crate) rotations: Vec<Rotation>,
}

/// A rotation on its way: whoever finds it goes on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Of which purpose.
    pub purpose: Purpose,
    /// When it began.
    pub begun_at: Timestamp,
}

/// Why a change is not lawful; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unlawful {
    /// No such key.
    #[error("there is no key {0}")]
    Unknown(KeyId),
    /// The key is in another state than the step needs.
    #[error("key {key} is {state}; {words}", state = state.as_str())]
    State {
        /// Which.
        key: KeyId,
        /// Its state.
        state: KeyState,
        /// What that means.
        words: &'static str,
    },
    /// A month lies below the newest one and has no key: it was there and is lost.
    #[error("the share key of {0} is lost")]
    LostShareKey(Epoch),
}

impl Keyring {
    /// A new ring: one active key of each purpose, share keys for the months of `now ..= horizon`.
    pub(crate) fn new(now: Timestamp, horizon: Timestamp, random: &dyn Random) -> Self {
        let mut ring = Self {
            generation: 1,
            keys: Vec::new(),
            rotations: Vec::new(),
        };
        for purpose in Purpose::ALL {
            if purpose != Purpose::Share {
                ring.add_active(purpose, None, now, random);
            }
        }
        for epoch in months(now, horizon) {
            ring.add_active(Purpose::Share, Some(epoch), now, random);
        }
        ring
    }

    /// Which change this is the result of.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Every key, destroyed ones included.
    pub fn keys(&self) -> &[AnyKey] {
        &self.keys
    }

    /// Rotations on their way.
    pub fn rotations(&self) -> &[Rotation] {
        &self.rotations
    }

    /// The key of an id.
    pub fn find(&self, id: KeyId) -> Option<&AnyKey> {
        self.keys.iter().find(|key| key.about().id == id)
    }

    /// The key that seals for a purpose (and month): the newest active one.
    pub fn sealing(&self, purpose: Purpose, epoch: Option<Epoch>) -> Option<&AnyKey> {
        self.newest(purpose, epoch, KeyState::Active)
    }

    /// The keys that seal for a purpose: one, or one a month.
    pub fn all_sealing(&self, purpose: Purpose) -> Vec<KeyId> {
        self.each_epoch(purpose, |epoch| self.sealing(purpose, epoch))
    }

    /// The keys under which a purpose's records should stand: those that seal, and for a month that
    /// is over the newest one it had.
    pub fn current(&self, purpose: Purpose) -> Vec<KeyId> {
        self.each_epoch(purpose, |epoch| {
            self.sealing(purpose, epoch)
                .or_else(|| self.newest(purpose, epoch, KeyState::Retired))
        })
    }

    fn newest(&self, purpose: Purpose, epoch: Option<Epoch>, state: KeyState) -> Option<&AnyKey> {
        self.of(purpose)
            .filter(|key| key.about().epoch == epoch && key.state() == state)
            .max_by_key(|key| (key.about().created_at, key.about().id))
    }

    /// At most one key for each month of a purpose; purposes without months count as one.
    fn each_epoch<'a>(
        &'a self,
        purpose: Purpose,
        choose: impl Fn(Option<Epoch>) -> Option<&'a AnyKey>,
    ) -> Vec<KeyId> {
        let epochs: BTreeSet<Option<Epoch>> =
            self.of(purpose).map(|key| key.about().epoch).collect();
        let chosen = epochs.into_iter().filter_map(choose);
        chosen.map(|key| key.about().id).collect()
    }

    fn of(&self, purpose: Purpose) -> impl Iterator<Item = &AnyKey> {
        self.keys
            .iter()
            .filter(move |key| key.about().purpose == purpose)
    }

    /// Begins a rotation: a pending key for each active one. Does nothing when one is on its way.
    /// Share keys of months that are over are not rotated; they end with their shares.
    pub(crate) fn begin(&mut self, purpose: Purpose, now: Timestamp, random: &dyn Random) -> bool {
        if self.rotations.iter().any(|known| known.purpose == purpose) {
            return false;
        }
        let epochs: BTreeSet<Option<Epoch>> = self
            .of(purpose)
            .filter(|key| key.state() == KeyState::Active)
            .map(|key| key.about().epoch)
            .filter(|epoch| epoch.is_none_or(|epoch| epoch >= Epoch::of(now)))
            .collect();
        // A rotation that was ended before its keys were promoted has left them: they are used.
        let left: BTreeSet<Option<Epoch>> = self
            .of(purpose)
            .filter(|key| key.state() == KeyState::Pending)
            .map(|key| key.about().epoch)
            .collect();
        for epoch in epochs.difference(&left).copied() {
            let key = Key::generate(purpose, epoch, now, random);
            self.keys.push(AnyKey::Pending(key));
        }
        self.rotations.push(Rotation {
            purpose,
            begun_at: now,
        });
        true
    }

    /// Promotes the pending keys of a purpose and retires those that they follow.
    pub(crate) fn promote(&mut self, purpose: Purpose, now: Timestamp) -> bool {
        let newer: BTreeSet<Option<Epoch>> = self
            .of(purpose)
            .filter(|key| key.state() == KeyState::Pending)
            .map(|key| key.about().epoch)
            .collect();
        if newer.is_empty() {
            return false;
        }
        self.step(|key| match key {
            AnyKey::Pending(key) if key.about.purpose == purpose => {
                AnyKey::Active(key.promote(now))
            }
            AnyKey::Active(key)
                if key.about.purpose == purpose && newer.contains(&key.about.epoch) =>
            {
                AnyKey::Retired(key.retire(now))
            }
            other => other,
        });
        true
    }

    /// Notes that a rotation has ended.
    pub(crate) fn end(&mut self, purpose: Purpose) -> bool {
        let before = self.rotations.len();
        self.rotations.retain(|known| known.purpose != purpose);
        self.rotations.len() < before
    }

    /// Retires the share keys of months that are over: nothing is sealed under them any more.
    pub(crate) fn retire_past_months(&mut self, now: Timestamp) -> Vec<KeyId> {
        let month = Epoch::of(now);
        let mut retired = Vec::new();
        self.step(|key| match key {
            AnyKey::Active(key) if key.about.epoch.is_some_and(|epoch| epoch < month) => {
                retired.push(key.about.id);
                AnyKey::Retired(key.retire(now))
            }
            other => other,
        });
        retired
    }

    /// Destroys a retired key, or withdraws a pending one.
    pub(crate) fn destroy(&mut self, proof: &Unneeded, now: Timestamp) -> Result<(), Unlawful> {
        let id = proof.key();
        match self.find(id).map(AnyKey::state) {
            None => return Err(Unlawful::Unknown(id)),
            Some(state @ KeyState::Active) => {
                let words = "rotate its purpose first, so that another one seals";
                return Err(Unlawful::State {
                    key: id,
                    state,
                    words,
                });
            }
            Some(state @ KeyState::Destroyed) => {
                let words = "there is nothing left of it";
                return Err(Unlawful::State {
                    key: id,
                    state,
                    words,
                });
            }
            Some(KeyState::Pending | KeyState::Retired) => {}
        }
        self.step(|key| match key {
            AnyKey::Retired(key) => match key.destroy(proof, now) {
                Ok(gone) => AnyKey::Destroyed(gone),
                Err(other) => AnyKey::Retired(other),
            },
            AnyKey::Pending(key) if key.about.id == id => AnyKey::Destroyed(key.withdraw(now)),
            other => other,
        });
        let forget_before = now.saturating_sub(TOMBSTONES).unwrap_or(Timestamp::MIN);
        self.keys
            .retain(|key| key.state() != KeyState::Destroyed || key.changed_at() >= forget_before);
        Ok(())
    }

    /// Cuts the share keys that are missing for grants ending in the months of `now ..= horizon`.
    /// Months are cut in order, so a gap below the newest one is a key that was there and is lost;
    /// no key is made in its place.
    pub(crate) fn cut(
        &mut self,
        now: Timestamp,
        horizon: Timestamp,
        random: &dyn Random,
    ) -> Result<Vec<Epoch>, Unlawful> {
        let missing: Vec<Epoch> = months(now, horizon)
            .filter(|epoch| self.sealing(Purpose::Share, Some(*epoch)).is_none())
            .collect();
        let newest = self.keys.iter().filter_map(|key| key.about().epoch).max();
        let lost = |epoch: &&Epoch| newest.is_some_and(|newest| **epoch < newest);
        if let Some(lost) = missing.iter().find(lost) {
            return Err(Unlawful::LostShareKey(*lost));
        }
        for epoch in &missing {
            self.add_active(Purpose::Share, Some(*epoch), now, random);
        }
        Ok(missing)
    }

    /// A key that nobody has to see before it seals: in a new ring, or of a month for which nothing
    /// was sealed yet (a node that does not know it looks into the file again).
    fn add_active(
        &mut self,
        purpose: Purpose,
        epoch: Option<Epoch>,
        now: Timestamp,
        random: &dyn Random,
    ) {
        let key = Key::generate(purpose, epoch, now, random).promote(now);
        self.keys.push(AnyKey::Active(key));
    }

    fn step(&mut self, change: impl FnMut(AnyKey) -> AnyKey) {
        self.keys = std::mem::take(&mut self.keys)
            .into_iter()
            .map(change)
            .collect();
    }
}

fn months(first: Timestamp, last: Timestamp) -> impl Iterator<Item = Epoch> {
    let last = Epoch::of(last);
    std::iter::successors(Some(Epoch::of(first)), |epoch| Some(epoch.next()))
        .take_while(move |epoch| *epoch <= last)
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
