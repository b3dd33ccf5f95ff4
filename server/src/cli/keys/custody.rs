//! `keys custody` and `keys viewer-credential`: where secrets rest.

use std::path::PathBuf;

use clap::Args;
use keystore::{Act, Actor, FileCustody, RootSecret};
use seal::SystemRandom;

use super::super::confirm::confirm;
use super::super::{Failure, Global, init};
use super::Opened;
use crate::clock;
use crate::config::Custody;

/// Where to.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Change {
    /// A file of mode 0600; it must not exist yet
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
    /// A file sealed by a passphrase, which is asked for; it must not exist yet
    #[arg(long, value_name = "FILE")]
    to_passphrase: Option<PathBuf>,
}

/// Where to.
#[derive(Args)]
pub(crate) struct ViewerCredential {
    /// The file; it must not exist yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Change {
    fn wanted(&self) -> Option<Custody> {
        let passphrase = self.to_passphrase.clone().map(Custody::Passphrase);
        self.to_file.clone().map(Custody::File).or(passphrase)
    }

    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let wanted = self
            .wanted()
            .ok_or_else(|| Failure::usage("say where the root secret shall rest"))?;
        let opened = Opened::new(global)?;
        let root = opened.root()?;
        let path = wanted.path().cloned().unwrap_or_default();
        if path.exists() {
            return Err(Failure::failed(format!(
                "{} exists already; nothing was changed",
                path.display()
            )));
        }
        if global.dry_run {
            eprintln!(
                "would seal every key under a new root secret in {}",
                path.display()
            );
            return Ok(());
        }
        let question = format!(
            "This seals every key under a new root secret in {}.\nMessages are not touched. Parts \
             made by `keys split` and the viewer's credential become useless.",
            path.display()
        );
        confirm(global, &question, "custody")?;
        let random = SystemRandom::new();
        let new_root = RootSecret::generate(&random);
        // Before the lock: a passphrase is typed by a person.
        init::keep_root(&wanted, &new_root, global)?;
        let actor = Actor {
            by: "operator",
            reason: global.reason.as_deref(),
        };
        opened
            .folder
            .reseal(root, &new_root, &actor, clock::system(), &random, || Ok(()))
            .map_err(|error| {
                // If nothing is sealed under it, a second try shall find the place free. When in
                // doubt it stays: it may be the only one that opens the ring.
                if opened.folder.read_all(root, clock::system()).is_ok() {
                    let _ = std::fs::remove_file(&path);
                    return Failure::from(error);
                }
                Failure::partly(format!(
                    "{error}\nthe new root secret is in {}; `sealpost keys verify` says whether the ring \
                     opens with it or with the old one. Keep both until then",
                    path.display()
                ))
            })?;
        let line = match &wanted {
            Custody::Passphrase(path) => format!("custody = {{ passphrase = {path:?} }}"),
            _ => format!("custody = {{ file = {path:?} }}"),
        };
        eprintln!(
            "Every key is sealed under the new root secret. Now:\n\
             1. put `{line}` into [keystore] of the configuration and restart Sealpost;\n\
             2. run `sealpost keys viewer-credential` if the viewer runs alone, and restart it;\n\
             3. run `sealpost keys split` anew and back the keystore up;\n\
             4. destroy the old root secret and its parts."
        );
        Ok(())
    }
}

impl ViewerCredential {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let opened = Opened::new(global)?;
        let viewer = opened.root()?.viewer();
        if global.dry_run {
            eprintln!(
                "would write the viewer's credential to {}",
                self.out.display()
            );
            return Ok(());
        }
        if self.out.exists() {
            return Err(Failure::failed(format!(
                "{} exists already; nothing was changed",
                self.out.display()
            )));
        }
        let actor = Actor {
            by: "operator",
            reason: global.reason.as_deref(),
        };
        let (root, now) = (opened.root()?, clock::system());
        opened
            .folder
            .note(root, Act::ViewerCredential, &actor, now)?;
        FileCustody::create_viewer(&self.out, &viewer)?;
        eprintln!(
            "{} opens share, metadata, lookup, passcode and session keys, and no others.\n\
             Give it to the viewer's user, and name it as keystore.custody where the viewer runs.",
            self.out.display()
        );
        Ok(())
    }
}
