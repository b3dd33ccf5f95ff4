//! Logs: to standard error, levels by `SEALPOST_LOG`.
//!
//! Ids and keyed hashes only; addresses, subjects, secrets and paths with handles have no way into
//! a field because their types have no `Display` (promises A6, K8, L1).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The environment variable with the level, such as `info` or `sealpost=debug`.
pub const VARIABLE: &str = "SEALPOST_LOG";
/// What a service says.
pub const SERVICE: &str = "info,lettre=warn,actix_server=warn,actix_http=error";
/// What the demo says beside its own words.
pub const DEMO: &str = "warn";

/// Starts logging, as lines for people or as JSON. A second call changes nothing.
pub fn start(json: bool, default: &str) {
    let filter = std::env::var(VARIABLE).unwrap_or_else(|_| default.to_owned());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    // An error means that logging runs already, as it does for the demo in tests.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.compact().try_init()
    };
}
