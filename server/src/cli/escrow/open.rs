//! `sealpost escrow open`: an exported message, opened offline.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::super::open::{failed, show};
use super::super::output::print;
use super::{Failure, Global};
use crate::escrow::{Bundle, identity_file};
use crate::open::write;

#[derive(Args)]
pub(in crate::cli) struct Open {
    /// The folder that `sealpost escrow export` made
    folder: PathBuf,
    /// The organisation's identity file; - reads it from standard input, as from age -d
    #[arg(long, short, value_name = "FILE")]
    identity: PathBuf,
    /// Where to write the mail and its attachments
    #[arg(long, short, value_name = "FOLDER")]
    out: PathBuf,
}

impl Open {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let identities = match self.identity.as_os_str() == "-" {
            true => identity_file::read_from(std::io::stdin().lock(), Path::new("standard input")),
            false => identity_file::read(&self.identity),
        };
        let identities = identities.map_err(Failure::key_unavailable)?;
        let bundle = Bundle::read(&self.folder).map_err(Failure::failed)?;
        let (message, letter) = bundle.open(&identities).map_err(Failure::failed)?;
        eprintln!("Message {message}, whole and unchanged.");
        if global.dry_run {
            eprintln!("Nothing was written.");
            return Ok(());
        }
        let written = write(&letter, &self.out).map_err(failed)?;
        if global.json {
            let report = json!({
                "message_id": message.to_string(),
                "message": written.mail,
                "attachments": written.attachments,
            });
            return print(format!("{report}\n").as_bytes());
        }
        show(&letter, &self.out)
    }
}
