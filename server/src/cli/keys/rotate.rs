//! `keys rotate`: with progress, resumable, safe beside the schedule and other operators.

use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keystore::{Actor, Folder, GatewayKeys, Purpose};
use seal::SystemRandom;
use tokio::sync::watch;

use super::super::{Failure, Global};
use super::Opened;
use crate::clock;
use crate::keys::{Progress, RotationError, Rotator};

/// What to rotate.
#[derive(Args)]
pub(crate) struct Rotate {
    /// The purpose: share, metadata, lookup, passcode, session, outbox, spool, reply, audit
    #[arg(value_parser = super::list::purpose, required_unless_present = "all")]
    purpose: Option<Purpose>,
    /// Every purpose, one after the other
    #[arg(long, conflicts_with = "purpose")]
    all: bool,
    /// Records re-wrapped a second, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
}

impl Rotate {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let opened = Opened::new(global)?;
        opened.root()?;
        let purposes: Vec<Purpose> = match self.purpose {
            Some(purpose) => vec![purpose],
            None => Purpose::ALL.to_vec(),
        };
        if global.dry_run {
            for purpose in purposes {
                eprintln!("would rotate {purpose}");
            }
            return Ok(());
        }
        let live = opened.live()?;
        let keys = GatewayKeys::of(&live).ok_or_else(|| Failure::failed("no root secret"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let (stop, stopping) = watch::channel(false);
        runtime.block_on(async {
            let store = crate::service::open_store(&opened.config)?;
            let rotator = Rotator {
                folder: Folder::new(opened.folder.path()),
                live,
                keys: Arc::new(keys),
                store: Arc::new(store),
                random: Arc::new(SystemRandom::new()),
                clock: clock::system,
                rate: self.rate,
                patience: None,
                stop: stopping,
            };
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    stop.send_replace(true);
                }
                // Kept until the end, or the rotation would take its silence for a wish.
                std::future::pending::<()>().await;
            });
            let actor = Actor {
                by: "operator",
                reason: global.reason.as_deref(),
            };
            let mut damaged = Vec::new();
            for purpose in purposes {
                match rotate_one(&rotator, purpose, actor, global).await {
                    Ok(()) => {}
                    // Records that do not open keep their old key; the other purposes go on.
                    Err(error @ RotationError::Damaged(_)) => {
                        damaged.push(format!("{purpose}: {error}"));
                    }
                    Err(error) => {
                        return Err(Failure::partly(format!(
                            "{purpose}: {error}\nrun the same command again to go on"
                        )));
                    }
                }
            }
            if damaged.is_empty() {
                Ok(())
            } else {
                Err(Failure::partly(damaged.join("\n")))
            }
        })
    }
}

async fn rotate_one(
    rotator: &Rotator,
    purpose: Purpose,
    actor: Actor<'_>,
    global: &Global,
) -> Result<(), RotationError> {
    let screen = Screen::new(purpose, global.json);
    let result = rotator
        .rotate(purpose, actor, &|step| screen.show(&step))
        .await;
    screen.end();
    result.map(drop)
}

/// Tells a person, or with `--json` a program, where a rotation stands.
struct Screen {
    purpose: Purpose,
    json: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Screen {
    fn new(purpose: Purpose, json: bool) -> Self {
        Self {
            purpose,
            json,
            bar: Mutex::new(None),
        }
    }

    fn show(&self, step: &Progress) {
        let purpose = self.purpose;
        if self.json {
            if let Some(row) = self.row(step) {
                // Progress goes to the same stream as everything said about the work.
                eprintln!("{row}");
            }
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match step {
            Progress::Begun { resumed: false } => eprintln!("{purpose}: new keys are made"),
            Progress::Begun { resumed: true } => {
                eprintln!("{purpose}: going on with a rotation that is on its way");
            }
            Progress::Waiting(nodes) => {
                if bar.is_none() {
                    let names: Vec<String> = nodes
                        .iter()
                        .map(|node| format!("{} (process {})", node.role, node.pid))
                        .collect();
                    let spinner = ProgressBar::new_spinner()
                        .with_message(format!("{purpose}: waiting for {}", names.join(", ")));
                    *bar = Some(spinner);
                }
                if let Some(bar) = &*bar {
                    bar.tick();
                }
            }
            Progress::Promoted => {
                clear(&mut bar);
                eprintln!("{purpose}: the new keys seal, the old ones open only");
            }
            Progress::Rewrapping { total: 0, .. } => clear(&mut bar),
            Progress::Rewrapping { done, total } => {
                let bar = match &mut *bar {
                    Some(bar) if bar.length().is_some() => bar,
                    other => other.insert(records(purpose, *total)),
                };
                bar.set_length(*total);
                bar.set_position(*done);
            }
            Progress::Ended { moved } => {
                clear(&mut bar);
                eprintln!("{purpose}: rotated, {moved} records re-wrapped");
            }
        }
    }

    fn row(&self, step: &Progress) -> Option<serde_json::Value> {
        let (name, more) = match step {
            Progress::Begun { resumed } => ("begun", serde_json::json!({ "resumed": resumed })),
            Progress::Waiting(nodes) => ("waiting", serde_json::json!({ "nodes": nodes })),
            Progress::Promoted => ("promoted", serde_json::json!({})),
            Progress::Rewrapping { done, total } => (
                "rewrapping",
                serde_json::json!({ "done": done, "total": total }),
            ),
            Progress::Ended { moved } => ("ended", serde_json::json!({ "moved": moved })),
        };
        let mut row = more;
        row["purpose"] = self.purpose.as_str().into();
        row["step"] = name.into();
        Some(row)
    }

    fn end(&self) {
        clear(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn records(purpose: Purpose, total: u64) -> ProgressBar {
    let style = "{msg} [{bar:30}] {human_pos} of {human_len} records, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(style)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
        .with_style(style)
        .with_message(purpose.to_string())
}

fn clear(bar: &mut Option<ProgressBar>) {
    if let Some(bar) = bar.take() {
        bar.finish_and_clear();
    }
}
