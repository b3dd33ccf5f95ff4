//! The command line: what can be asked for, and how the program ends.
//!
//! One command, one file. Standard output is for what was asked for, standard error for everything
//! said about it; `--json` makes the former machine-readable.

mod accounts;
mod audit;
mod check_config;
mod completions;
mod config;
mod confirm;
mod demo;
mod escrow;
mod exit;
mod hardening;
mod healthcheck;
mod init;
mod keys;
mod messages;
mod open;
mod output;
mod policy;
mod preview;
mod queue;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::Config;
use crate::config::source;
use crate::keys::custody::PassphraseFrom;
use crate::service::Role;

pub use exit::Failure;

/// A mail gateway and web viewer that seals confidential mail.
#[derive(Parser)]
#[command(
    name = "sealpost",
    version,
    about,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 bad configuration, 4 partly done, \
                  75 try again, 78 key unavailable.\n\nTry `sealpost demo`: it needs no \
                  configuration and leaves nothing behind."
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args)]
pub struct Global {
    /// The configuration file [default: ./sealpost.toml, then /etc/sealpost/sealpost.toml]
    #[arg(long, global = true, env = source::FILE_VARIABLE, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Answer every question with yes
    #[arg(long, global = true)]
    yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Read the keystore's passphrase from this open file descriptor instead of the terminal
    #[arg(long, global = true, value_name = "N")]
    passphrase_fd: Option<u32>,
    /// Why this is done, for the record
    #[arg(long, global = true, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Try everything on this machine: throw-away keys and data, a page with every mail
    Demo(demo::Demo),
    /// Make the root secret, the keys and the data folder of a new installation
    Init,
    /// Run gateway and viewer in one process
    Run,
    /// Run the gateway alone
    Gateway,
    /// Run the viewer alone
    Viewer,
    /// Check the configuration, the keys and what both need, and change nothing
    CheckConfig,
    /// Write every page and mail to files, to look at names, colours and words
    Preview(preview::Preview),
    /// Hash passwords of accounts that submit mail
    #[command(subcommand)]
    Accounts(accounts::Command),
    /// Show configurations
    #[command(subcommand)]
    Config(config::Command),
    /// Show, rotate, destroy and back up the keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show messages, give them more time, withdraw them
    #[command(subcommand)]
    Messages(messages::Command),
    /// Show what waits and how everything ended
    #[command(subcommand)]
    Queue(queue::Command),
    /// Show what operators did to messages and tasks
    #[command(subcommand)]
    Audit(audit::Command),
    /// Explain what the policy does
    #[command(subcommand)]
    Policy(policy::Command),
    /// Keep an offline key that opens messages, and use it
    #[command(subcommand)]
    Escrow(escrow::Command),
    /// Open a secure message at this terminal, as its recipient
    Open(open::Open),
    /// Ask a running installation whether it is ready
    Healthcheck,
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Print the manual page
    Man,
}

impl Global {
    /// Where a passphrase comes from.
    fn passphrase(&self) -> PassphraseFrom {
        self.passphrase_fd
            .map_or(PassphraseFrom::Terminal, PassphraseFrom::Descriptor)
    }

    /// The configuration, found, read and checked.
    fn load(&self) -> Result<Config, Failure> {
        let path = source::find(self.config.as_deref())?;
        Ok(source::load(&path, source::environment())?)
    }
}

/// Parses the arguments, does what they ask, reports.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let global = cli.global;
    if let Err(error) = hardening::forbid_core_dumps() {
        return Failure::failed(format!("core dumps cannot be switched off: {error}")).report();
    }
    let result = match cli.command {
        Command::Demo(demo) => demo.run(),
        Command::Init => init::run(&global),
        Command::Run => run::run(&global, Role::Both),
        Command::Gateway => run::run(&global, Role::Gateway),
        Command::Viewer => run::run(&global, Role::Viewer),
        Command::CheckConfig => check_config::run(&global),
        Command::Preview(preview) => preview.run(&global),
        Command::Accounts(command) => command.run(&global),
        Command::Config(command) => command.run(&global),
        Command::Keys(command) => command.run(&global),
        Command::Messages(command) => command.run(&global),
        Command::Queue(command) => command.run(&global),
        Command::Audit(command) => command.run(&global),
        Command::Policy(command) => command.run(&global),
        Command::Escrow(command) => command.run(&global),
        Command::Open(open) => open.run(&global),
        Command::Healthcheck => healthcheck::run(&global),
        Command::Completions(completions) => completions.run(&mut Cli::command()),
        Command::Man => completions::man(Cli::command()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
