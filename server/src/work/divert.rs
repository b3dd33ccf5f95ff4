//! A recipient whose copy cannot leave over TLS is held and told by a notice (promise S5).
//!
//! A fault that passes must not switch the way, so a destination has to be without valid TLS for a
//! while. That is remembered in memory: after a restart the while begins anew, which costs time and
//! no secrecy (decision 0014).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use store::LeasedTask;
use tracing::warn;

use super::relay::RelayCopy;
use super::{Attempted, Work};
use crate::courier::{Destination, RemoteFailure};
use crate::intake::Diverted;
use crate::task_error::TaskError;

/// Since when destinations have had no valid TLS.
#[derive(Debug)]
pub struct Diverting {
    after: SignedDuration,
    broken_since: Mutex<BTreeMap<Destination, Timestamp>>,
}

impl Diverting {
    /// After so many minutes without TLS a destination's confidential mail is held.
    pub fn after_minutes(minutes: u16) -> Self {
        Self {
            after: SignedDuration::from_mins(i64::from(minutes)),
            broken_since: Mutex::default(),
        }
    }

    /// Confidential mail went there.
    pub fn has_tls(&self, destination: Destination) {
        let mut broken = self.broken();
        broken.remove(&destination);
    }

    /// Confidential mail could not go there for want of TLS. Whether it has been so for too long.
    pub fn has_no_tls(&self, destination: Destination, now: Timestamp) -> bool {
        let mut broken = self.broken();
        let since = *broken.entry(destination).or_insert(now);
        now.duration_since(since) >= self.after
    }

    fn broken(&self) -> std::sync::MutexGuard<'_, BTreeMap<Destination, Timestamp>> {
        self.broken_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    /// Seals the copy anew for its recipient and commits it in the place of the relay task.
    pub(super) async fn divert(
        &self,
        task: &LeasedTask,
        copy: RelayCopy,
        why: &RemoteFailure,
    ) -> Result<Attempted, TaskError> {
        let (origin, recipient) = (copy.recipient.message, copy.recipient.id);
        let diverted = Diverted {
            recipient,
            address: copy.facts.address,
            dsn: copy.facts.dsn,
            sender: copy.sender,
            captured_at: copy.recipient.captured_at,
            content: copy.octets,
        };
        let capture = self.intake.divert(diverted).await;
        // A refusal here is one of the store or the keys: the copy is still there, and waits.
        let capture = capture.map_err(|refusal| {
            TaskError::transient(format!(
                "{why}; it cannot be held instead yet: {}",
                refusal.text()
            ))
        })?;
        let message = capture.id;
        if !self.store.divert(&task.lease, capture).await? {
            warn!("the lease was lost to another worker");
            return Ok(Attempted::NotNow);
        }
        warn!(
            message.id = %origin,
            recipient.id = %recipient,
            held_as = %message,
            cause = %why,
            "held instead of relayed"
        );
        Ok(Attempted::NotNow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_must_be_without_tls_for_the_whole_while() {
        let diverting = Diverting::after_minutes(15);
        let (one, other) = (Destination(0), Destination(1));
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        assert!(!diverting.has_no_tls(one, at(0)));
        assert!(!diverting.has_no_tls(one, at(15 * 60 - 1)));
        assert!(!diverting.has_no_tls(other, at(15 * 60)), "each for itself");
        assert!(diverting.has_no_tls(one, at(15 * 60)));
        diverting.has_tls(one);
        assert!(!diverting.has_no_tls(one, at(15 * 60)));
        assert!(diverting.has_no_tls(one, at(30 * 60)));
    }

    #[test]
    fn zero_minutes_divert_at_once() {
        let diverting = Diverting::after_minutes(0);
        assert!(diverting.has_no_tls(Destination(0), Timestamp::UNIX_EPOCH));
    }
}
