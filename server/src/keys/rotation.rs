//! The rotation of one purpose, from the first pending key to the last re-wrapped record.
//!
//! 1. a pending key is made for each active one, and the ring notes that a rotation is on its way;
//! 2. every node that is there has seen it; then it is promoted and the one before is retired;
//! 3. every node has seen that too, so nothing more comes under the old one;
//! 4. records are re-wrapped, until a pass finds none left;
//! 5. the ring notes the end.
//!
//! Each step is idempotent and rests on what the ring and the store say, never on the memory of the
//! process: after Ctrl-C or kill -9 whoever rotates next goes on, and two at once help each other
//! (promise K6). The old key stays, retired, until it is destroyed (see `needs`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use keystore::{
    Actor, Folder, GatewayKeys, KeyState, KeystoreError, LiveKeys, Node, Purpose, facts,
};
use seal::{KeyId, Random};
use store::{Store, StoreError};
use tokio::sync::watch::Receiver;
use tokio::task::block_in_place;
use tracing::info;

use super::rewrap::{Rewrapper, Rewrote};
use crate::clock::Clock;

/// Between two looks at the nodes.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Passes over the records before a rotation gives up: each finds only what came meanwhile.
const PASSES: u32 = 5;

/// Why a rotation has not reached its end. What was done stays done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeystoreError),
    /// Records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Asked to stop.
    #[error("stopped before the end; nothing is lost, rotate again to go on")]
    Interrupted,
    /// Processes have not seen the latest ring in time.
    #[error(
        "{0} has not read the latest keys; is it running with an old root secret, or hanging? The rotation goes on when it has, or has ended"
    )]
    Behind(String),
    /// A part of the program has stopped.
    #[error("the program is stopping; rotate again to go on")]
    Stopped,
    /// Records are left that did not open.
    #[error(
        "{0} records did not open and stay under their old key, which is kept; the log names them"
    )]
    Damaged(u64),
    /// Records come under an old key faster than they are moved.
    #[error(
        "records still come under an old key; is a process running that cannot read the keystore?"
    )]
    StillComing,
}

/// Where a rotation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// New keys are made, or a rotation on its way was found.
    Begun {
        /// It was on its way.
        resumed: bool,
    },
    /// These processes have not yet seen the latest ring.
    Waiting(Vec<Node>),
    /// The new keys seal, the old ones are retired.
    Promoted,
    /// Records are re-wrapped.
    Rewrapping {
        /// Done.
        done: u64,
        /// Of how many.
        total: u64,
    },
    /// The end.
    Ended {
        /// Records that were re-wrapped by this process.
        moved: u64,
    },
}

/// Rotates keys.
pub struct Rotator {
    /// The keystore.
    pub folder: Folder,
    /// Its keys in this process.
    pub live: Arc<LiveKeys>,
    /// The same by purpose.
    pub keys: Arc<GatewayKeys>,
    /// The records.
    pub store: Arc<dyn Store>,
    /// For new keys and wraps.
    pub random: Arc<dyn Random>,
    /// The time.
    pub clock: Clock,
    /// Records a second at most.
    pub rate: Option<u32>,
    /// How long to wait for other processes at a time; a person can wait as long as they like.
    pub patience: Option<Duration>,
    /// Turns true when the rotation shall stop.
    pub stop: Receiver<bool>,
}

impl Rotator {
    /// Rotates a purpose, or goes on with a rotation that is on its way.
    pub async fn rotate(
        &self,
        purpose: Purpose,
        actor: Actor<'_>,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<u64, RotationError> {
        let begun = block_in_place(|| {
            let (now, random) = ((self.clock)(), &*self.random);
            let folder = &self.folder;
            folder.begin_rotation(&*self.live, purpose, &actor, now, random)
        })?;
        info!(%purpose, resumed = !begun, "rotating");
        report(Progress::Begun { resumed: !begun });
        self.promote(purpose, &actor, report).await?;
        report(Progress::Promoted);
        let mut moved = 0;
        for _ in 0..PASSES {
            self.seen_by_all(report).await?;
            let rewrote = self.rewrap(purpose, report).await?;
            moved += rewrote.moved;
            // What does not open stays under its key, which is counted as needed; it must not keep
            // the purpose from ever being rotated again.
            if rewrote.seen == rewrote.damaged {
                block_in_place(|| {
                    let (now, random) = ((self.clock)(), &*self.random);
                    let folder = &self.folder;
                    folder.end_rotation(&*self.live, purpose, &actor, now, random)
                })?;
                self.refresh()?;
                info!(%purpose, records = moved, damaged = rewrote.damaged, "rotated");
                if rewrote.damaged > 0 {
                    return Err(RotationError::Damaged(rewrote.damaged));
                }
                report(Progress::Ended { moved });
                return Ok(moved);
            }
        }
        Err(RotationError::StillComing)
    }

    async fn promote(
        &self,
        purpose: Purpose,
        actor: &Actor<'_>,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), RotationError> {
        let since = Instant::now();
        loop {
            self.refresh()?;
            let behind = block_in_place(|| {
                let (now, random) = ((self.clock)(), &*self.random);
                self.folder
                    .promote(&*self.live, purpose, actor, now, random)
            })?;
            if behind.is_empty() {
                return self.refresh();
            }
            self.wait_for(behind, since, report).await?;
        }
    }

    /// Waits until every node works with the ring as it is now.
    async fn seen_by_all(
        &self,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), RotationError> {
        let since = Instant::now();
        loop {
            self.refresh()?;
            let behind = self.folder.behind(self.live.generation(), (self.clock)())?;
            if behind.is_empty() {
                return Ok(());
            }
            self.wait_for(behind, since, report).await?;
        }
    }

    /// Waits a little for processes that are behind; in the end, when there is one, gives them up.
    async fn wait_for(
        &self,
        behind: Vec<Node>,
        since: Instant,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), RotationError> {
        if self.patience.is_some_and(|most| since.elapsed() > most) {
            let name = |node: &Node| format!("{} (process {})", node.role, node.pid);
            let names: Vec<String> = behind.iter().map(name).collect();
            return Err(RotationError::Behind(names.join(", ")));
        }
        report(Progress::Waiting(behind));
        self.pause().await
    }

    async fn rewrap(
        &self,
        purpose: Purpose,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Rewrote, RotationError> {
        let now = (self.clock)();
        let ring = self.folder.read_all(&*self.live, now)?;
        let fresh = ring.current(purpose);
        let older: Vec<KeyId> = facts(&ring)
            .iter()
            .filter(|key| key.purpose == purpose && key.state == KeyState::Retired)
            .map(|key| key.id)
            .filter(|key| !fresh.contains(key))
            .collect();
        let rewrapper = Rewrapper {
            store: Arc::clone(&self.store),
            keys: Arc::clone(&self.keys),
            random: Arc::clone(&self.random),
            rate: self.rate,
            stop: self.stop.clone(),
        };
        let told = |done, total| report(Progress::Rewrapping { done, total });
        rewrapper.run(purpose, &fresh, &older, now, &told).await
    }

    /// This process's own view, and what it tells the others of it.
    fn refresh(&self) -> Result<(), RotationError> {
        block_in_place(|| {
            self.live.refresh()?;
            self.live.say()?;
            Ok(())
        })
    }

    async fn pause(&self) -> Result<(), RotationError> {
        let mut stop = self.stop.clone();
        if *stop.borrow() {
            return Err(RotationError::Interrupted);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => Ok(()),
            // Whoever could ask to stop may be gone; then nobody asks.
            Ok(()) = stop.changed() => Err(RotationError::Interrupted),
        }
    }
}
