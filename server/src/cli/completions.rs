//! `sealpost completions` and `sealpost man`.

use clap::Args;
use clap_complete::Shell;

use super::Failure;
use super::output::print;

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
