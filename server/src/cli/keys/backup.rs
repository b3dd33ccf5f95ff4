//! `keys split` and `keys combine`: the offline backup of the root secret, in parts.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use keystore::{Act, Actor, FileCustody, SplitError, combine, split};
use seal::SystemRandom;
use zeroize::Zeroizing;

use super::super::{Failure, Global};
use super::Opened;
use crate::clock;

/// How many parts, and where to.
#[derive(Args)]
pub(crate) struct Split {
    /// Parts to make
    #[arg(long, value_name = "N")]
    of: u8,
    /// Parts that bring the root secret back
    #[arg(long, value_name = "N")]
    need: u8,
    /// A folder for the parts, one file each; it must not exist yet
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Where the parts are.
#[derive(Args)]
pub(crate) struct Combine {
    /// Files with a part each, or `-` for lines on standard input
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// The file for the root secret; it must not exist yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Split {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let opened = Opened::new(global)?;
        let parts = split(opened.root()?, self.need, self.of, &SystemRandom::new())
            .map_err(Failure::usage)?;
        if global.dry_run {
            eprintln!(
                "would write {} parts to {}",
                parts.len(),
                self.out.display()
            );
            return Ok(());
        }
        let mut folder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        let named = |path: &Path, error: std::io::Error| {
            Failure::failed(format!("{}: {error}", path.display()))
        };
        folder
            .create(&self.out)
            .map_err(|error| named(&self.out, error))?;
        let actor = Actor {
            by: "operator",
            reason: global.reason.as_deref(),
        };
        let (root, now) = (opened.root()?, clock::system());
        opened.folder.note(root, Act::Split, &actor, now)?;
        for (at, part) in parts.iter().enumerate() {
            let path = self.out.join(format!("part-{}-of-{}.txt", at + 1, self.of));
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path);
            file.and_then(|mut file| {
                file.write_all(part.as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            .map_err(|error| named(&path, error))?;
            eprintln!("{}", path.display());
        }
        eprintln!(
            "Any {} of these {} bring the root secret back, fewer say nothing about it.\n\
             Give each to another person or place, then remove the folder.\n\
             Try `sealpost keys combine` with them before you rely on them. After `sealpost keys \
             custody` they are of no use: make new ones then.",
            self.need, self.of
        );
        Ok(())
    }
}

impl Combine {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let mut text = Zeroizing::new(String::with_capacity(16 * 1024));
        for path in &self.parts {
            read(path, &mut text)?;
            text.push('\n');
        }
        let root = combine(text.lines()).map_err(|error| match error {
            SplitError::TooFew { .. } => Failure::usage(error),
            error => Failure::failed(error),
        })?;
        if global.dry_run {
            eprintln!("these parts give root secret {}", root.id());
            return Ok(());
        }
        let Some(out) = &self.out else {
            return Err(Failure::usage(
                "say where the root secret shall go with --out, or try the parts with --dry-run",
            ));
        };
        FileCustody::create(out, &root)?;
        eprintln!("root secret {} is in {}", root.id(), out.display());
        Ok(())
    }
}

fn read(path: &Path, into: &mut String) -> Result<(), Failure> {
    // A part is one line; more than this is another file.
    const LONGEST: u64 = 64 * 1024;
    let result = if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST).read_to_string(into)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(into))
    };
    result
        .map(drop)
        .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
}
