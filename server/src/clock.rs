//! The clock, as a parameter of whatever decides.

use jiff::Timestamp;

/// Tells the time. Programs pass [`system`], tests a clock of their own.
pub type Clock = fn() -> Timestamp;

/// The operating system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the ambient clock is read"
)]
pub fn system() -> Timestamp {
    Timestamp::now()
}
