//! `sealpost demo`.

use clap::Args;

use super::Failure;
use crate::demo::{self, Folder, Ports};
use crate::{service, telemetry};

#[derive(Args)]
pub(super) struct Demo {
    /// Port for SMTP
    #[arg(long, default_value_t = 2525)]
    smtp_port: u16,
    /// Port for the recipients' pages
    #[arg(long, default_value_t = 8080)]
    viewer_port: u16,
    /// Port for the page that shows every mail
    #[arg(long, default_value_t = 8081)]
    page_port: u16,
}

impl Demo {
    pub(super) fn run(&self) -> Result<(), Failure> {
        telemetry::start(false, telemetry::DEMO);
        let ports = Ports {
            smtp: self.smtp_port,
            viewer: self.viewer_port,
            page: self.page_port,
        };
        let folder = Folder::create()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        eprintln!("Sealpost demo: throw-away keys and data, on this machine only.\n");
        eprintln!(
            "  Every mail that would leave   http://localhost:{}",
            ports.page
        );
        eprintln!(
            "  The recipients' pages         http://localhost:{}",
            ports.viewer
        );
        eprintln!("  SMTP in                       127.0.0.1:{}\n", ports.smtp);
        eprintln!("Press the button on the first page, or paste one of these lines:\n");
        for command in demo::page::commands(ports.smtp)
            .as_array()
            .into_iter()
            .flatten()
        {
            eprintln!("  {}\n", command["line"].as_str().unwrap_or_default());
        }
        eprintln!("Ctrl-C ends the demo and removes everything.\n");
        let result = runtime.block_on(demo::run(&folder, ports, service::termination()));
        runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        drop(folder);
        match result {
            Err(service::ServiceError::Listen {
                key,
                address,
                source,
            }) => Err(Failure::failed(format!(
                "{key}: cannot listen on {address}: {source}; choose other ports, see `sealpost demo --help`"
            ))),
            other => Ok(other?),
        }
    }
}
