//! Work that waits, and what senders are told of it.

use serde::{Deserialize, Serialize};

/// How long failures are borne, and how many notices go one by one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// After how many days what still fails is given up, and the sender told.
    pub give_up_after_days: u16,
    /// After how many hours the sender is told of a delay.
    pub delay_notice_after_hours: u16,
    /// How many notices go to one address in an hour one by one; further ones go together.
    pub notices_per_hour: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            give_up_after_days: 5,
            delay_notice_after_hours: 4,
            notices_per_hour: 20,
        }
    }
}

impl From<&Queue> for crate::queue::Patience {
    fn from(queue: &Queue) -> Self {
        Self {
            give_up_after: jiff::SignedDuration::from_hours(
                24 * i64::from(queue.give_up_after_days),
            ),
            delay_notice_after: jiff::SignedDuration::from_hours(i64::from(
                queue.delay_notice_after_hours,
            )),
        }
    }
}
