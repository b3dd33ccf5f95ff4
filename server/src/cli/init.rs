//! `sealpost init`: root secret, keys and data folder of a new installation.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use keystore::{FileCustody, Folder, KeystoreError, Passphrase, PassphraseCustody, RootSecret};
use seal::SystemRandom;
use secrecy::ExposeSecret;

use super::{Failure, Global};
use crate::clock;
use crate::config::Custody;
use crate::keys::custody::{self, PassphraseFrom};
use crate::service::share_horizon;

pub(super) fn run(global: &Global) -> Result<(), Failure> {
    let config = global.load()?;
    let custody = &config.keystore.custody;
    let Some(root_file) = custody.path() else {
        return Err(Failure::configuration(
            "keystore.custody: a systemd credential is made from a file; run `sealpost init` with \
             custody = { file = … }, encrypt that file with `systemd-creds encrypt`, then change \
             the configuration",
        ));
    };
    if global.dry_run {
        say(&format!(
            "would make the root secret in {}",
            root_file.display()
        ));
        say(&format!(
            "would make keys in {}",
            config.keystore.path.display()
        ));
        say(&format!(
            "would make the data folder {}",
            config.store.path.display()
        ));
        return Ok(());
    }
    let random = SystemRandom::new();
    let now = clock::system();
    for folder in [root_file.parent(), Some(config.store.path.as_path())]
        .into_iter()
        .flatten()
    {
        make_folder(folder)?;
    }
    // A root secret that is there already may be wanted: after a loss of the key files, say. But
    // then the operator restores files and does not run `init`, so anything there is refused.
    let root = RootSecret::generate(&random);
    keep_root(custody, &root, global)?;
    let horizon = share_horizon(&config, now);
    let ring = Folder::new(&config.keystore.path);
    ring.init(&root, now, horizon, &random).map_err(|error| {
        Failure::partly(format!(
            "{error}\nthe root secret was made, the keys were not; remove {} and the folder {}, then run `sealpost init` again",
            root_file.display(),
            config.keystore.path.display()
        ))
    })?;
    say(&format!("root secret  {}", root_file.display()));
    say(&format!("keys         {}", config.keystore.path.display()));
    say(&format!("data         {}", config.store.path.display()));
    say("Back up the root secret and the keys now, apart from each other and from the data.");
    say("Without them no held message can ever be opened. Next: `sealpost run`.");
    Ok(())
}

/// Puts a new root secret where a custody has it.
pub(super) fn keep_root(
    custody: &Custody,
    root: &RootSecret,
    global: &Global,
) -> Result<(), Failure> {
    match custody {
        Custody::File(path) => Ok(FileCustody::create(path, root)?),
        Custody::Passphrase(path) => {
            if path.exists() {
                return Err(KeystoreError::Exists(path.clone()).into());
            }
            let passphrase = new_passphrase(global.passphrase())?;
            Ok(PassphraseCustody::create(path, root, &passphrase)?)
        }
        Custody::Systemd(_) => Err(Failure::usage(
            "a systemd credential cannot be written from here; make a file and encrypt it with `systemd-creds encrypt`",
        )),
    }
}

/// A terminal is asked twice, because nobody sees what is typed.
fn new_passphrase(from: PassphraseFrom) -> Result<Passphrase, Failure> {
    let passphrase = custody::ask(from, "New passphrase for the root secret")?;
    if from == PassphraseFrom::Terminal {
        let again = custody::ask(from, "The same again")?;
        if again.expose_secret() != passphrase.expose_secret() {
            return Err(Failure::usage(
                "the two passphrases differ; nothing was made",
            ));
        }
    }
    Ok(passphrase)
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
}

fn say(line: &str) {
    eprintln!("{line}");
}
