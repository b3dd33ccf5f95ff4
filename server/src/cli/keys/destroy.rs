//! `keys destroy`: only when a scan proves that nothing live needs the key, and only once a person
//! has typed its purpose.

use clap::Args;
use keystore::{Actor, KeyState, Purpose};
use seal::{KeyId, SystemRandom};

use super::super::confirm::confirm;
use super::super::{Failure, Global};
use super::Opened;
use crate::clock;
use crate::keys::{self, NeedsError};

/// Which key.
#[derive(Args)]
pub(crate) struct Destroy {
    /// The key, as `keys list` names it
    id: KeyId,
}

impl Destroy {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let opened = Opened::new(global)?;
        let root = opened.root()?;
        let key = super::list::find(&opened, self.id)?;
        match key.state {
            KeyState::Retired => {}
            KeyState::Pending => {
                return Err(Failure::failed(format!(
                    "key {} is pending; `sealpost keys rotate {}` goes on with its rotation",
                    key.id, key.purpose
                )));
            }
            KeyState::Active => {
                return Err(Failure::failed(format!(
                    "key {} is active; run `sealpost keys rotate {}` first, so that another one seals",
                    key.id, key.purpose
                )));
            }
            KeyState::Destroyed => {
                return Err(Failure::failed(format!(
                    "key {} is destroyed already",
                    key.id
                )));
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let store = crate::service::open_store(&opened.config)?;
            let uses = keys::uses(&store, &key, clock::system()).await?;
            // What keeps a lookup key may be of no use any more; that is found out when it is closed.
            if uses > 0 && key.purpose != Purpose::Lookup {
                return Err(Failure::failed(format!(
                    "{uses} live records still need key {}; nothing was destroyed. \
                     `sealpost keys rotate {}` moves what can be moved, the rest ends with its messages",
                    key.id, key.purpose
                )));
            }
            if global.dry_run {
                eprintln!("{uses} records need key {}; with none it would be destroyed", key.id);
                return Ok(());
            }
            let question = format!(
                "This destroys the {} {} key {} of {}.\nNothing live needs it. Whatever a backup of \
                 the data holds under it can never be opened again.",
                key.state.as_str(),
                key.purpose,
                key.id,
                key.created_at.strftime("%Y-%m-%d"),
            );
            confirm(global, &question, key.purpose.as_str())?;
            let now = clock::system();
            let proof = match keys::close_if_unneeded(&store, &key, now).await {
                Ok(proof) => proof,
                Err(NeedsError::Store(error)) => return Err(error.into()),
                Err(error) => return Err(Failure::failed(format!("{error}; nothing was destroyed"))),
            };
            let actor = Actor {
                by: "operator",
                reason: global.reason.as_deref(),
            };
            opened
                .folder
                .destroy(root, &proof, &actor, now, &SystemRandom::new())?;
            eprintln!("destroyed {} key {}", key.purpose, key.id);
            Ok(())
        })
    }
}
