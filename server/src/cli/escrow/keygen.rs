//! `sealpost escrow keygen`: an identity file as stock age makes it.

use std::path::PathBuf;

use clap::Args;
use seal::{Profile, Seed, SystemRandom, offline_identity};
use secrecy::ExposeSecret;
use serde_json::json;

use super::super::output::print;
use super::{Failure, Global};
use crate::clock;
use crate::escrow::identity_file;

#[derive(Args)]
pub(in crate::cli) struct Keygen {
    /// Where the secret identity goes; a file that is there stays
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// The kind of key: mlkem768x25519 (post-quantum), or x25519 for an age older than 1.3
    #[arg(long, value_name = "PROFILE", default_value = "mlkem768x25519")]
    profile: Profile,
}

impl Keygen {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let path = self.out.display();
        if global.dry_run {
            eprintln!("would make a secret identity ({}) in {path}", self.profile);
            return Ok(());
        }
        let seed = Seed::generate(&SystemRandom::new());
        let now = clock::system().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (text, public) = offline_identity(self.profile, &seed, &now);
        identity_file::create(&self.out, text.expose_secret()).map_err(Failure::failed)?;
        eprintln!("The secret identity is in {path}. Whoever has it opens every message that is");
        eprintln!("sealed to it: keep it and a copy offline, and never on the gateway.");
        eprintln!("The public key goes into the gateway's configuration, [escrow] recipients:");
        if global.json {
            let report = json!({"public_key": public.to_string(), "file": self.out});
            print(format!("{report}\n").as_bytes())
        } else {
            print(format!("{public}\n").as_bytes())
        }
    }
}
