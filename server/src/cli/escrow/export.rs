//! `sealpost escrow export`: a held message leaves the gateway, sealed, and the log and the record say
//! why.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use store::Act;
use tracing::info;

use super::super::audit;
use super::super::output::print;
use super::{Failure, Global};
use crate::escrow::{ExportError, Exportable, Named};
use crate::telemetry;

#[derive(Args)]
pub(in crate::cli) struct Export {
    /// The message: its message.id in the log, the Message-ID of its notice, or a recipient's link up
    /// to the #
    message: String,
    /// The folder to make
    #[arg(long, short, value_name = "FOLDER")]
    out: PathBuf,
}

impl Export {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let named: Named = self.message.parse().map_err(Failure::usage)?;
        let reason = global.reason.as_deref().map_or("", str::trim);
        if reason.is_empty() {
            return Err(Failure::usage(
                "give --reason TEXT: the log keeps why a message was exported. Write a case number, nothing personal",
            ));
        }
        let config = global.load()?;
        telemetry::start(global.json, telemetry::SERVICE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let store = crate::service::open_store(&config)?;
            let message = named.find(&store).await?.ok_or(ExportError::Unknown)?;
            let found = Exportable::find(&store, message).await?;
            let folder = self.out.display();
            if global.dry_run {
                eprintln!(
                    "would export message {message}, {} octets, to {folder}",
                    found.size()
                );
                return Ok(());
            }
            // Said before the first octet leaves, so that no export is unsaid, also when the folder
            // turns out not to be writable. Quoted, so that a reason makes no lines of its own.
            info!(message.id = %message, reason = ?reason, "a message is exported for escrow");
            audit::act(&store, global, Act::Export(message), String::new()).await?;
            found.write(&store, &self.out).await?;
            eprintln!("Message {message} is in {folder}, sealed. README.txt in it tells how to open it offline.");
            if global.json {
                let report = json!({"message_id": message.to_string(), "folder": self.out});
                print(format!("{report}\n").as_bytes())?;
            }
            Ok(())
        })
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            other => Self::failed(other),
        }
    }
}
