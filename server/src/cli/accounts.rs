//! `sealpost accounts`: what the configuration needs of accounts that submit mail.

mod hash;

use clap::Subcommand;

use super::{Failure, Global};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Hash a password for gateway.submit.accounts; asks for it, or reads a line of standard input
    Hash,
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Hash => hash::run(global),
        }
    }
}
