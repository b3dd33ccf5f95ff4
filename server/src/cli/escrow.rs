//! `sealpost escrow`: the organisation's offline keys. `export` runs on the gateway; `keygen` and
//! `open` run on a machine that is offline, and read no configuration.

mod export;
mod keygen;
mod open;

use clap::Subcommand;

use super::{Failure, Global};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make an offline key; on a machine that is offline
    Keygen(keygen::Keygen),
    /// Write one held message to a folder that an offline key opens; on the gateway
    Export(export::Export),
    /// Open an exported message with an offline key; needs no configuration and no network
    Open(open::Open),
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Keygen(keygen) => keygen.run(global),
            Self::Export(export) => export.run(global),
            Self::Open(open) => open.run(global),
        }
    }
}
