//! `sealpost config`: the sample, and what is in force.

use clap::Subcommand;

use super::{Failure, Global};
use crate::config::source::SAMPLE;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print a commented file with every key and its default
    PrintDefault,
    /// Print the configuration in force: file, environment and defaults together
    PrintEffective,
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::PrintDefault => super::output::print(SAMPLE.as_bytes()),
            Self::PrintEffective => {
                let config = global.load()?;
                let text = if global.json {
                    serde_json::to_string_pretty(&config).map_err(Failure::failed)? + "\n"
                } else {
                    toml::to_string(&config).map_err(Failure::failed)?
                };
                super::output::print(text.as_bytes())
            }
        }
    }
}
