//! What every command does before it does anything: most of them hold secrets.

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
