//! `sealpost init`: root secret, keys and data folder of a new installation.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use keystore::RootSecret;
use seal::SystemRandom;

use super::{Failure, Global};
use crate::clock;
use crate::service::share_horizon;

pub(super) fn run(global: &Global) -> Result<(), Failure> {
    let config = global.load()?;
    let root_file = &config.keystore.custody.file;
    if global.dry_run {
        say(&format!(
            "would make the root secret in {}",
            root_file.display()
        ));
        say(&format!(
            "would make keys in {}",
            config.keystore.path.display()
        ));
        say(&format!(
            "would make the data folder {}",
            config.store.path.display()
        ));
        return Ok(());
    }
    let random = SystemRandom::new();
    let now = clock::system();
    for folder in [root_file.parent(), Some(config.store.path.as_path())]
        .into_iter()
        .flatten()
    {
        make_folder(folder)?;
    }
    // A root secret that is there already may be wanted: after a loss of the key files, say. But
    // then the operator restores files and does not run `init`, so anything there is refused.
    let root = RootSecret::create_file(root_file, &random)?;
    let horizon = share_horizon(&config, now);
    keystore::init(&config.keystore.path, &root, now, horizon, &random).map_err(|error| {
        Failure::partly(format!(
            "{error}\nthe root secret was made, the keys were not; remove {} and run `sealpost init` again",
            root_file.display()
        ))
    })?;
    say(&format!("root secret  {}", root_file.display()));
    say(&format!("keys         {}", config.keystore.path.display()));
    say(&format!("data         {}", config.store.path.display()));
    say("Back up the root secret and the keys now, apart from each other and from the data.");
    say("Without them no held message can ever be opened. Next: `sealpost run`.");
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
}

fn say(line: &str) {
    eprintln!("{line}");
}
