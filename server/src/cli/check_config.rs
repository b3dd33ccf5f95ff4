//! `sealpost check-config`: everything that would stop a start, found without starting.

use keystore::Folder;

use super::{Failure, Global};
use crate::clock;
use crate::config::{check, source};
use crate::keys::custody;
use crate::service::{self, Role};

pub(super) fn run(global: &Global) -> Result<(), Failure> {
    let path = source::find(global.config.as_deref())?;
    let config = source::load(&path, source::environment())?;
    for warning in check::warnings(&config) {
        eprintln!("warning: {warning}");
    }
    service::check_files(&config, Role::Both)?;
    let secret_is_there = config
        .keystore
        .custody
        .path()
        .is_none_or(|path| path.exists());
    let ring = Folder::new(&config.keystore.path);
    if ring.path().exists() || (secret_is_there && config.keystore.custody.path().is_some()) {
        let custody = custody::of(&config.keystore.custody, global.passphrase());
        ring.read(&custody.unlock()?, clock::system())?;
    } else {
        eprintln!("note: there are no keys yet; `sealpost init` makes them");
    }
    eprintln!("{} is in order", path.display());
    Ok(())
}
