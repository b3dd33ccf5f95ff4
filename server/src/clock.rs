//! The clock, as a parameter of whatever decides.

mod belief;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use jiff::Timestamp;
use tracing::{error, info};

use belief::{Belief, Change};

/// Tells the time. Programs pass [`believed`] or [`system`], tests a clock of their own.
pub type Clock = fn() -> Timestamp;

/// The operating system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the ambient clock is read"
)]
pub fn system() -> Timestamp {
    Timestamp::now()
}

/// The operating system's clock, unless it jumped: what a running gateway and viewer go by. A clock
/// that is set a year ahead must not destroy every share that there is (decision 0017).
pub fn believed() -> Timestamp {
    static BELIEF: Mutex<Option<Belief>> = Mutex::new(None);
    let (wall, steady) = (system(), Instant::now());
    let mut belief = BELIEF.lock().unwrap_or_else(PoisonError::into_inner);
    let belief = belief.get_or_insert_with(|| Belief::new(wall, steady));
    let (now, change) = belief.look(wall, steady);
    match change {
        None => {}
        Some(Change::Jumped) => error!(
            clock.says = %wall,
            clock.believed = %now,
            "the clock jumped; nothing expires by it for a day. If it is right now, restart gateway and viewer"
        ),
        Some(Change::Returned) => info!("the clock is back where it was"),
        Some(Change::Accepted) => {
            info!(clock.says = %wall, "the clock has been steady for a day and is believed")
        }
    }
    now
}
