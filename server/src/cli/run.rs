//! `sealpost run`, `gateway` and `viewer`: the long-running processes.

use super::{Failure, Global};
use crate::service::{self, Role};
use crate::telemetry;

pub(super) fn run(global: &Global, role: Role) -> Result<(), Failure> {
    if global.dry_run {
        return super::check_config::run(global);
    }
    let config = global.load()?;
    telemetry::start(global.json, telemetry::SERVICE);
    for warning in crate::config::check::warnings(&config) {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_park(seal::wipe_stack)
        .build()?;
    let result = runtime.block_on(service::run(
        config,
        role,
        global.passphrase(),
        service::termination(),
    ));
    // Work that hangs in a blocking call must not keep the process from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    Ok(result?)
}
