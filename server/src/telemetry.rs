//! Logs: to standard error, levels by `SEALPOST_LOG`.
//!
//! Ids and keyed hashes only; addresses, subjects, secrets and paths with handles have no way into
//! a field because their types have no `Display` (promises A6, K8, L1).

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// The environment variable with the level, such as `info` or `sealpost=debug`.
pub const VARIABLE: &str = "SEALPOST_LOG";
/// What a service says.
pub const SERVICE: &str = "info,lettre=warn,actix_server=warn,actix_http=error";
/// What the demo says beside its own words.
pub const DEMO: &str = "warn";

/// Libraries that show at some level what they are given, and are given links and passcodes. They
/// are never heard, whatever the variable says (promise K8).
const SILENT: [&str; 2] = ["handlebars", "fluent"];

/// Starts logging, as lines for people or as JSON. A second call changes nothing.
pub fn start(json: bool, default: &str) {
    let levels = std::env::var(VARIABLE).unwrap_or_else(|_| default.to_owned());
    // An error means that logging runs already, as it does for the demo in tests.
    let _ = subscriber(json, &levels, std::io::stderr).try_init();
}

fn subscriber<W>(json: bool, levels: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer()
        .with_writer(writer)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = if json {
        lines.json().boxed()
    } else {
        lines.compact().boxed()
    };
    tracing_subscriber::registry()
        .with(EnvFilter::new(levels))
        .with(filter_fn(|about| may_speak(about.target())))
        .with(lines)
}

fn may_speak(target: &str) -> bool {
    !SILENT.iter().any(|silent| target.starts_with(silent))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(octets)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn said(json: bool, levels: &str) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = subscriber(json, levels, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "handlebars::render", "a link");
            tracing::error!(target: "fluent_bundle", "a passcode");
            tracing::debug!(target: "sealpost::queue", "done");
        });
        let octets = kept.0.lock().unwrap().clone();
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn what_renders_mails_is_never_heard_and_others_are_as_wanted() {
        for json in [false, true] {
            for levels in [
                "trace",
                "debug,handlebars=trace",
                "handlebars::render=trace,sealpost=debug",
            ] {
                let said = said(json, levels);
                assert!(said.contains("done"), "{levels}");
                assert!(
                    !said.contains("link") && !said.contains("passcode"),
                    "{levels}: {said}"
                );
            }
            assert_eq!(said(json, "info"), "");
        }
    }
}
