//! `sealpost check-config`: everything that would stop a start, found without starting.

use keystore::{GatewayKeys, RootSecret};

use super::{Failure, Global};
use crate::config::{check, source};
use crate::service;

pub(super) fn run(global: &Global) -> Result<(), Failure> {
    let path = source::find(global.config.as_deref())?;
    let config = source::load(&path, source::environment())?;
    for warning in check::warnings(&config) {
        eprintln!("warning: {warning}");
    }
    service::check_files(&config)?;
    if config.keystore.custody.file.exists() || config.keystore.path.exists() {
        let root = RootSecret::from_file(&config.keystore.custody.file)?;
        GatewayKeys::open(&config.keystore.path, root)?;
    } else {
        eprintln!("note: there are no keys yet; `sealpost init` makes them");
    }
    eprintln!("{} is in order", path.display());
    Ok(())
}
