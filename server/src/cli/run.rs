//! `sealpost run`, `gateway` and `viewer`: the long-running processes.

use super::{Failure, Global};
use crate::service::{self, Role};
use crate::telemetry;

pub(super) fn run(global: &Global, role: Role) -> Result<(), Failure> {
    if global.dry_run {
        return super::check_config::run(global);
    }
    forbid_core_dumps()?;
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

/// What is in memory now, keys above all, must not get to a disk when the process dies, nor to
/// another process of the same user (promise K8).
pub(super) fn forbid_core_dumps() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}
