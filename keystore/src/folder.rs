//! The keystore's folder, and every change that can be made to it.
//!
//! | name           | what                                                | who reads          |
//! |----------------|-----------------------------------------------------|--------------------|
//! | `keyring.toml` | the ring, sealed                                    | gateway, viewer    |
//! | `acts.jsonl`   | the record of key acts                              | gateway, operators |
//! | `nodes/`       | which process has seen which generation             | gateway, viewer    |
//! | `lock`         | held while a change is made                         | gateway, operators |
//!
//! A change reads the ring, takes a pure step, writes its acts, and replaces the file, all under
//! the lock: two operators, or an operator and the schedule, never overwrite each other, and a crash
//! leaves the ring before the change or after it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use seal::{KeyId, Random};
use zeroize::Zeroizing;

use crate::acts::{self, Act, ActLine, Actor, NewAct};
use crate::custody::{Credential, RootSecret};
use crate::epoch::Epoch;
use crate::error::KeystoreError;
use crate::files::{self, Readers};
use crate::keyring::{Keyring, Rotation, Unlawful};
use crate::lifecycle::{KeyState, Unneeded};
use crate::nodes::{self, Node};
use crate::purpose::Purpose;
use crate::ring_file::{self, OwnsRing, RingSecrets};

const RING: &str = "keyring.toml";
const ACTS: &str = "acts.jsonl";
const NODES: &str = "nodes";
const LOCK: &str = "lock";

/// What a clock may be behind the one that made a key.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(10);

/// What can be shown of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: KeyId,
    /// Its purpose.
    pub purpose: Purpose,
    /// Its state.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is in this state.
    pub changed_at: Timestamp,
    /// The month of a share key.
    pub epoch: Option<Epoch>,
    /// The public half, of purposes that have one.
    pub public: Option<String>,
}

/// A keystore's folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The keystore in this folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the ring.
    pub fn ring_path(&self) -> PathBuf {
        self.path.join(RING)
    }

    /// The record of key acts.
    pub fn acts_path(&self) -> PathBuf {
        self.path.join(ACTS)
    }

    pub(crate) fn nodes_path(&self) -> PathBuf {
        self.path.join(NODES)
    }

    /// Makes the folder with one active key for each purpose, and share keys for the months of
    /// `now ..= horizon`. Refuses a folder with anything in it.
    pub fn init(
        &self,
        root: &dyn OwnsRing,
        now: Timestamp,
        horizon: Timestamp,
        random: &dyn Random,
    ) -> Result<(), KeystoreError> {
        files::make_folder(&self.path)?;
        let mut entries = std::fs::read_dir(&self.path).map_err(KeystoreError::io(&self.path))?;
        if entries.next().is_some() {
            return Err(KeystoreError::Exists(self.path.clone()));
        }
        let _lock = self.lock()?;
        files::make_folder(&self.nodes_path())?;
        let ring = Keyring::new(now, horizon, random);
        let actor = Actor {
            by: "init",
            reason: None,
        };
        let text = self.text_that_opens(&ring, &root.ring_secrets(), now, random)?;
        let acts = acts::between(None, &ring);
        acts::append(&self.acts_path(), &ring, &acts, &actor, now)?;
        files::create(&self.ring_path(), text.as_bytes())
    }

    /// Reads the ring with what a credential opens.
    pub fn read(&self, credential: &Credential, now: Timestamp) -> Result<Keyring, KeystoreError> {
        self.read_with(&RingSecrets::of(credential), now)
    }

    /// Reads the whole ring.
    pub fn read_all(&self, root: &dyn OwnsRing, now: Timestamp) -> Result<Keyring, KeystoreError> {
        self.read_with(&root.ring_secrets(), now)
    }

    pub(crate) fn read_with(
        &self,
        secrets: &RingSecrets,
        now: Timestamp,
    ) -> Result<Keyring, KeystoreError> {
        let folder = File::open(&self.path).map_err(KeystoreError::io(&self.path))?;
        files::check_private(&self.path, &folder, Readers::Group)?;
        let path = self.ring_path();
        let file = File::open(&path).map_err(KeystoreError::io(&path))?;
        files::check_private(&path, &file, Readers::Group)?;
        let text = std::io::read_to_string(file).map_err(|_| KeystoreError::Malformed {
            path: path.clone(),
            why: "it is not text".into(),
        })?;
        let ring = ring_file::from_text(&path, &text, secrets)?;
        self.check(&ring, now)?;
        Ok(ring)
    }

    fn check(&self, ring: &Keyring, now: Timestamp) -> Result<(), KeystoreError> {
        for purpose in Purpose::ALL {
            if ring.all_sealing(purpose).is_empty() {
                return Err(KeystoreError::NoActiveKey {
                    path: self.ring_path(),
                    purpose,
                });
            }
        }
        let newest = ring.keys.iter().map(|key| key.changed_at()).max();
        let latest = now.saturating_add(CLOCK_SLACK).unwrap_or(Timestamp::MAX);
        match newest {
            Some(made_at) if made_at > latest => Err(KeystoreError::ClockBehind {
                path: self.ring_path(),
                made_at,
                now,
            }),
            _ => Ok(()),
        }
    }

    /// Every key, sorted by purpose and age.
    pub fn inventory(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Vec<KeyFacts>, KeystoreError> {
        Ok(facts(&self.read(credential, now)?))
    }

    /// The processes that share this keystore, silent ones included.
    pub fn nodes(&self) -> Result<Vec<Node>, KeystoreError> {
        nodes::list(&self.nodes_path())
    }

    /// The processes that are there and have not seen `generation` yet.
    pub fn behind(&self, generation: u64, now: Timestamp) -> Result<Vec<Node>, KeystoreError> {
        let nodes = self.nodes()?;
        let behind = nodes::behind(&nodes, generation, now);
        Ok(behind.into_iter().cloned().collect())
    }

    /// The record of key acts, its chain and signatures checked.
    pub fn acts(&self) -> Result<Vec<ActLine>, KeystoreError> {
        acts::verify(&self.acts_path())
    }

    /// The same, and whether it is the record of this ring.
    pub fn acts_of_ring(
        &self,
        root: &dyn OwnsRing,
        now: Timestamp,
    ) -> Result<Vec<ActLine>, KeystoreError> {
        let _lock = self.lock()?;
        let ring = self.read_all(root, now)?;
        let lines = self.acts()?;
        acts::belongs(&ring, &lines).map_err(|why| KeystoreError::BrokenRecord {
            path: self.acts_path(),
            why,
        })?;
        Ok(lines)
    }

    /// An older ring in the place of a newer one lacks keys that records need.
    fn check_not_older(&self, ring: &Keyring) -> Result<(), KeystoreError> {
        match acts::reached(&self.acts_path())? {
            // One ahead: a crash came between the line and the change.
            Some(known) if known > ring.generation + 1 => Err(KeystoreError::OlderRing {
                path: self.ring_path(),
                found: ring.generation,
                known,
            }),
            _ => Ok(()),
        }
    }

    /// Changes the ring under the lock; the change is on stable storage when this returns. A step
    /// that changes nothing (`false`) writes nothing.
    fn change<T>(
        &self,
        root: &dyn OwnsRing,
        actor: &Actor<'_>,
        now: Timestamp,
        random: &dyn Random,
        step: impl FnOnce(&mut Keyring) -> Result<(bool, T), KeystoreError>,
    ) -> Result<T, KeystoreError> {
        let _lock = self.lock()?;
        let secrets = root.ring_secrets();
        let before = self.read_with(&secrets, now)?;
        self.check_not_older(&before)?;
        let mut after = self.read_with(&secrets, now)?;
        let (changed, result) = step(&mut after)?;
        if !changed {
            return Ok(result);
        }
        let acts = acts::between(Some(&before), &after);
        // That a rotation goes on with a key that was made already is a note, and has no line in the
        // record. A generation without one would look as if the line had been cut off.
        if !acts.is_empty() {
            after.generation += 1;
        }
        let text = self.text_that_opens(&after, &secrets, now, random)?;
        // All that can fail comes before the acts, so that they do not tell of what never was.
        let prepared = files::prepare(&self.ring_path(), text.as_bytes())?;
        acts::append(&self.acts_path(), &after, &acts, actor, now)?;
        prepared.put()?;
        nodes::clear(&self.nodes_path(), now);
        Ok(result)
    }

    fn lock(&self) -> Result<File, KeystoreError> {
        if !self.path.exists() {
            return Err(KeystoreError::Missing(self.path.clone()));
        }
        let path = self.path.join(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(KeystoreError::io(&path))?;
        // Made by root's hand, it must not keep the keystore's own user out.
        let folder = std::fs::metadata(&self.path).map_err(KeystoreError::io(&self.path))?;
        let made = file.metadata().map_err(KeystoreError::io(&path))?;
        if made.uid() != folder.uid() && rustix::process::geteuid().is_root() {
            fchown(&file, Some(folder.uid()), Some(folder.gid()))
                .map_err(KeystoreError::io(&path))?;
        }
        file.lock().map_err(KeystoreError::io(&path))?;
        Ok(file)
    }

    /// Cuts the share keys that are missing for grants ending in the months of `now ..= horizon`,
    /// and retires those of months that are over. Returns the months that were cut. A month that is
    /// missing below a later one was there and is lost; that is an error, and no key is made in its
    /// place.
    pub fn cut_share_keys(
        &self,
        root: &dyn OwnsRing,
        now: Timestamp,
        horizon: Timestamp,
        random: &dyn Random,
    ) -> Result<Vec<Epoch>, KeystoreError> {
        self.change(root, &Actor::SCHEDULE, now, random, |ring| {
            let cut = ring
                .cut(now, horizon, random)
                .map_err(|error| self.unlawful(error))?;
            let retired = ring.retire_past_months(now);
            Ok((!cut.is_empty() || !retired.is_empty(), cut))
        })
    }

    /// Begins to rotate a purpose: pending keys are made. `false` when a rotation of it is on its
    /// way already; go on with that one.
    pub fn begin_rotation(
        &self,
        root: &dyn OwnsRing,
        purpose: Purpose,
        actor: &Actor<'_>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<bool, KeystoreError> {
        self.change(root, actor, now, random, |ring| {
            let begun = ring.begin(purpose, now, random);
            Ok((begun, begun))
        })
    }

    /// Promotes the pending keys of a purpose, if every node that is there has seen them; otherwise
    /// changes nothing and returns those that have not.
    pub fn promote(
        &self,
        root: &dyn OwnsRing,
        purpose: Purpose,
        actor: &Actor<'_>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Vec<Node>, KeystoreError> {
        self.change(root, actor, now, random, |ring| {
            let behind = self.behind(ring.generation, now)?;
            let promoted = behind.is_empty() && ring.promote(purpose, now);
            Ok((promoted, behind))
        })
    }

    /// Notes that a rotation has ended.
    pub fn end_rotation(
        &self,
        root: &dyn OwnsRing,
        purpose: Purpose,
        actor: &Actor<'_>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(), KeystoreError> {
        self.change(root, actor, now, random, |ring| Ok((ring.end(purpose), ())))
    }

    /// Destroys a retired key that nothing needs, or withdraws a pending one.
    pub fn destroy(
        &self,
        root: &dyn OwnsRing,
        proof: &Unneeded,
        actor: &Actor<'_>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(), KeystoreError> {
        self.change(root, actor, now, random, |ring| {
            ring.destroy(proof, now)
                .map_err(|error| self.unlawful(error))?;
            Ok((true, ()))
        })
    }

    /// Rotations on their way.
    pub fn rotations(
        &self,
        root: &dyn OwnsRing,
        now: Timestamp,
    ) -> Result<Vec<Rotation>, KeystoreError> {
        Ok(self.read_all(root, now)?.rotations)
    }

    /// Seals every key under another root secret: the whole file is replaced at once, or nothing
    /// is. `keep` is called with the lock held, before anything is changed: it puts the new root
    /// secret where it will rest, so that no ring exists whose root secret does not.
    pub fn reseal(
        &self,
        root: &dyn OwnsRing,
        new_root: &RootSecret,
        actor: &Actor<'_>,
        now: Timestamp,
        random: &dyn Random,
        keep: impl FnOnce() -> Result<(), KeystoreError>,
    ) -> Result<(), KeystoreError> {
        let _lock = self.lock()?;
        let mut ring = self.read_all(root, now)?;
        self.check_not_older(&ring)?;
        ring.generation += 1;
        let text = self.text_that_opens(&ring, &new_root.ring_secrets(), now, random)?;
        keep()?;
        let act = NewAct {
            act: Act::Resealed,
            about: None,
            purpose: None,
            public: None,
        };
        let prepared = files::prepare(&self.ring_path(), text.as_bytes())?;
        acts::append(&self.acts_path(), &ring, &[act], actor, now)?;
        prepared.put()
    }

    /// Notes an act that changes no key: a secret was handed out.
    pub fn note(
        &self,
        root: &dyn OwnsRing,
        act: Act,
        actor: &Actor<'_>,
        now: Timestamp,
    ) -> Result<(), KeystoreError> {
        let _lock = self.lock()?;
        let ring = self.read_all(root, now)?;
        self.check_not_older(&ring)?;
        let act = NewAct {
            act,
            about: None,
            purpose: None,
            public: None,
        };
        acts::append(&self.acts_path(), &ring, &[act], actor, now)
    }

    /// Only a file that opens again takes the place of one that does.
    fn text_that_opens(
        &self,
        ring: &Keyring,
        secrets: &RingSecrets,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Zeroizing<String>, KeystoreError> {
        let text = ring_file::to_text(ring, secrets, random)
            .ok_or_else(|| KeystoreError::ViewerCredential("this process".into()))?;
        let again = ring_file::from_text(&self.ring_path(), &text, secrets)?;
        self.check(&again, now)?;
        Ok(text)
    }

    fn unlawful(&self, error: Unlawful) -> KeystoreError {
        match error {
            Unlawful::LostShareKey(epoch) => KeystoreError::LostShareKey {
                path: self.ring_path(),
                epoch,
            },
            other => KeystoreError::Unlawful(other),
        }
    }
}

/// What can be shown of the keys of a ring, sorted by purpose and age.
pub fn facts(ring: &Keyring) -> Vec<KeyFacts> {
    let mut facts: Vec<KeyFacts> = ring
        .keys
        .iter()
        .map(|key| {
            let about = *key.about();
            KeyFacts {
                id: about.id,
                purpose: about.purpose,
                state: key.state(),
                created_at: about.created_at,
                changed_at: key.changed_at(),
                epoch: about.epoch,
                public: key
                    .secret()
                    .and_then(|secret| ring_file::public_text(about.purpose, secret)),
            }
        })
        .collect();
    facts.sort_by_key(|key| (key.purpose, key.epoch, key.created_at, key.id));
    facts
}
