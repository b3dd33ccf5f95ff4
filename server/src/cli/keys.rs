//! `sealpost keys`: what an operator does with keys.

mod backup;
mod custody;
mod destroy;
mod list;
mod rotate;
mod verify;

use clap::Subcommand;
use jiff::Timestamp;
use keystore::{Credential, Folder, LiveKeys, Presence, RootSecret};
use seal::SystemRandom;
use std::sync::Arc;

use super::{Failure, Global};
use crate::clock;
use crate::config::Config;
use crate::keys::custody as custodies;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List every key with its purpose, state and age; no secret is shown
    List(list::List),
    /// Show one key, and how many live records need it
    Show(list::Show),
    /// Show which processes share the keystore, what is on its way and what is due
    Status,
    /// Check the ring, every key in it, and the record of key acts
    Verify,
    /// Make new keys, bring every record under them, retire the old ones; mail flows on
    Rotate(rotate::Rotate),
    /// Destroy a retired key that nothing live needs
    Destroy(destroy::Destroy),
    /// Print the public halves of the reply, spool and audit keys
    ExportPublic,
    /// Split the root secret into parts for an offline backup
    Split(backup::Split),
    /// Put parts of the root secret together again
    Combine(backup::Combine),
    /// Seal every key under a new root secret, in the same or another custody
    Custody(custody::Change),
    /// Write the credential that opens the viewer's keys and no others
    ViewerCredential(custody::ViewerCredential),
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(global),
            Self::Show(show) => show.run(global),
            Self::Status => verify::status(global),
            Self::Verify => verify::verify(global),
            Self::Rotate(rotate) => rotate.run(global),
            Self::Destroy(destroy) => destroy.run(global),
            Self::ExportPublic => list::export_public(global),
            Self::Split(split) => split.run(global),
            Self::Combine(combine) => combine.run(global),
            Self::Custody(change) => change.run(global),
            Self::ViewerCredential(wish) => wish.run(global),
        }
    }
}

/// The configuration, the keystore and what opens it.
pub(super) struct Opened {
    config: Config,
    folder: Folder,
    credential: Credential,
}

impl Opened {
    pub(super) fn new(global: &Global) -> Result<Self, Failure> {
        let config = global.load()?;
        let custody = custodies::of(&config.keystore.custody, global.passphrase());
        Ok(Self {
            folder: Folder::new(&config.keystore.path),
            credential: custody.unlock()?,
            config,
        })
    }

    /// Cuts the share keys that grants ending until then need, as a running gateway does for the
    /// usual time of messages.
    pub(super) fn cut_share_keys(&self, until: Timestamp) -> Result<(), Failure> {
        let (root, now) = (self.root()?, clock::system());
        self.folder
            .cut_share_keys(root, now, until, &SystemRandom::new())?;
        Ok(())
    }

    /// For what needs the root secret.
    fn root(&self) -> Result<&RootSecret, Failure> {
        match &self.credential {
            Credential::Root(root) => Ok(root),
            Credential::Viewer(_) => Err(Failure::key_unavailable(
                "this configuration has the viewer's credential; run this with the gateway's",
            )),
        }
    }

    /// The keys in this process.
    pub(super) fn live(&self) -> Result<Arc<LiveKeys>, Failure> {
        Ok(LiveKeys::open(
            self.folder.clone(),
            &self.credential,
            Presence::Visitor,
            clock::system,
            &SystemRandom::new(),
        )?)
    }
}
