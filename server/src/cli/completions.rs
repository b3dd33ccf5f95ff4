//! `sealpost completions` and `sealpost man`, and how any command prints its result.

use std::io::{ErrorKind, Write};

use clap::Args;
use clap_complete::Shell;

use super::Failure;

#[derive(Args)]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, command: &mut clap::Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "sealpost", &mut script);
        print(&script)
    }
}

pub(super) fn man(command: clap::Command) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(&page)
}

/// Writes a result to standard output. A reader that has seen enough is no error.
pub(super) fn print(octets: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(octets) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
