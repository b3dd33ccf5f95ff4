//! Keys on the way of mail: which custody the configuration means, how a purpose is rotated while
//! mail flows, what still needs a key, and the schedule that does all this by itself.
//!
//! The keystore knows keys and no mail, the store knows records and no key; here they meet.

pub mod custody;
mod needs;
mod rewrap;
pub mod rotation;
pub mod schedule;
mod watch;

pub use needs::{NeedsError, close_if_unneeded, uses};
pub use rotation::{Progress, RotationError, Rotator};
pub use watch::watch;
