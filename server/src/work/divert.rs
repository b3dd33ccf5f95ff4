//! A recipient whose copy cannot leave over TLS is held and told by a notice (promise S5).
//!
//! A fault that passes must not switch the way, so a destination has to be without valid TLS for a
//! while; and where it has only broken off or hung in the handshake, more than once. That is
//! remembered in memory: after a restart the while begins anew, which costs time and no secrecy
//! (decisions 0014 and 0019).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use store::LeasedTask;
use tracing::warn;

use super::relay::RelayCopy;
use super::{Attempted, Work};
use crate::courier::{Destination, RemoteFailure, TlsEvidence};
use crate::intake::Diverted;
use crate::task_error::TaskError;

/// So many handshakes that broke or hung, with nothing else between, are a lack of TLS.
const SUSPECT_TIMES: u32 = 4;
/// What was found of a destination that keeps everybody waiting goes for others so long.
const GOES_FOR_OTHERS: SignedDuration = SignedDuration::from_mins(1);

/// What is known of the TLS of destinations.
#[derive(Debug)]
pub struct Diverting {
    after: SignedDuration,
    broken: Mutex<BTreeMap<Destination, Broken>>,
}

/// A destination without TLS.
#[derive(Debug)]
struct Broken {
    since: Timestamp,
    /// It has shown that it has none.
    is_certain: bool,
    /// Handshakes that broke or hung.
    times: u32,
    /// When it was last given up, and of what.
    given_up: Option<(Timestamp, RemoteFailure)>,
}

impl Diverting {
    /// After so many minutes without TLS a destination's confidential mail is held.
    pub fn after_minutes(minutes: u16) -> Self {
        Self {
            after: SignedDuration::from_mins(i64::from(minutes)),
            broken: Mutex::default(),
        }
    }

    /// Confidential mail went there.
    pub fn has_tls(&self, destination: Destination) {
        self.broken().remove(&destination);
    }

    /// Confidential mail did not go there. Whether that is for want of TLS, and has been so for too
    /// long. A network that is down is no want of TLS, and takes a mere suspicion away.
    pub fn has_failed(
        &self,
        destination: Destination,
        failure: &RemoteFailure,
        now: Timestamp,
    ) -> bool {
        let mut all = self.broken();
        let evidence = failure.tls();
        match evidence {
            TlsEvidence::Had => {
                all.remove(&destination);
                return false;
            }
            TlsEvidence::Nothing => {
                if all.get(&destination).is_some_and(|b| !b.is_certain) {
                    all.remove(&destination);
                }
                return false;
            }
            TlsEvidence::Lacking | TlsEvidence::Suspect => {}
        }
        let broken = all.entry(destination).or_insert(Broken {
            since: now,
            is_certain: false,
            times: 0,
            given_up: None,
        });
        broken.times = broken.times.saturating_add(1);
        broken.is_certain |= evidence == TlsEvidence::Lacking;
        let is_believed = broken.is_certain || broken.times >= SUSPECT_TIMES;
        let give_up = is_believed && now.duration_since(broken.since) >= self.after;
        broken.given_up = give_up.then(|| (now, failure.clone()));
        give_up
    }

    /// A destination that has just been given up because it broke off or hung: others need not wait
    /// for the same.
    pub fn given_up(&self, destination: Destination, now: Timestamp) -> Option<RemoteFailure> {
        let all = self.broken();
        let (at, failure) = all.get(&destination)?.given_up.as_ref()?;
        let is_fresh = (SignedDuration::ZERO..GOES_FOR_OTHERS).contains(&now.duration_since(*at));
        (is_fresh && failure.tls() == TlsEvidence::Suspect).then(|| failure.clone())
    }

    fn broken(&self) -> std::sync::MutexGuard<'_, BTreeMap<Destination, Broken>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
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
    use crate::courier::{FailureKind, Stage, Status};

    const ONE: Destination = Destination(0);
    const OTHER: Destination = Destination(1);

    fn failure(kind: FailureKind, stage: Stage) -> RemoteFailure {
        RemoteFailure {
            kind,
            stage,
            status: Status {
                class: 4,
                subject: 7,
                detail: 5,
            },
            code: None,
            host: "mx.example.org".to_owned(),
            remote_words: None,
            cause: "x",
        }
    }

    fn lacking() -> RemoteFailure {
        failure(FailureKind::NoTls, Stage::StartTls)
    }

    fn suspect() -> RemoteFailure {
        failure(FailureKind::Unreachable, Stage::StartTls)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_destination_must_be_without_tls_for_the_whole_while() {
        let diverting = Diverting::after_minutes(15);
        let failed = |to, seconds| diverting.has_failed(to, &lacking(), at(seconds));
        assert!(!failed(ONE, 0));
        assert!(!failed(ONE, 15 * 60 - 1));
        assert!(!failed(OTHER, 15 * 60), "each for itself");
        assert!(failed(ONE, 15 * 60));
        diverting.has_tls(ONE);
        assert!(!failed(ONE, 15 * 60));
        assert!(failed(ONE, 30 * 60));
    }

    #[test]
    fn zero_minutes_divert_at_once() {
        let diverting = Diverting::after_minutes(0);
        assert!(diverting.has_failed(ONE, &lacking(), at(0)));
    }

    #[test]
    fn handshakes_that_break_off_count_from_the_fourth_on_and_after_the_while() {
        let diverting = Diverting::after_minutes(15);
        let failed = |seconds| diverting.has_failed(ONE, &suspect(), at(seconds));
        assert!(!failed(0) && !failed(60));
        assert!(!failed(15 * 60), "the third");
        assert!(diverting.given_up(ONE, at(15 * 60)).is_none());
        assert!(failed(15 * 60 + 1), "the fourth");
        assert!(diverting.given_up(ONE, at(15 * 60 + 1)).is_some());
        assert!(diverting.given_up(ONE, at(16 * 60 + 1)).is_none(), "stale");
        assert!(diverting.given_up(ONE, at(15 * 60)).is_none(), "set back");
        assert!(diverting.given_up(OTHER, at(15 * 60 + 1)).is_none());

        let quick = Diverting::after_minutes(15);
        for second in 0..100 {
            assert!(!quick.has_failed(ONE, &suspect(), at(second)), "too soon");
        }
    }

    #[test]
    fn a_network_that_is_down_takes_a_suspicion_away_and_no_certainty() {
        use FailureKind::{PutOff, Unreachable};
        for (kind, stage) in [
            (Unreachable, Stage::Connect),
            (Unreachable, Stage::Greeting),
            (PutOff, Stage::Greeting),
            (Unreachable, Stage::Hello),
        ] {
            let outage = failure(kind, stage);
            let diverting = Diverting::after_minutes(0);
            for _ in 0..3 {
                assert!(!diverting.has_failed(ONE, &suspect(), at(0)));
            }
            for _ in 0..100 {
                assert!(!diverting.has_failed(ONE, &outage, at(0)), "{outage}");
            }
            assert!(!diverting.has_failed(ONE, &suspect(), at(0)), "{outage}");

            let certain = Diverting::after_minutes(15);
            assert!(!certain.has_failed(ONE, &lacking(), at(0)));
            assert!(!certain.has_failed(ONE, &outage, at(60)));
            assert!(certain.has_failed(ONE, &lacking(), at(15 * 60)));
        }
    }

    #[test]
    fn a_refusal_behind_the_handshake_shows_that_there_is_tls() {
        let diverting = Diverting::after_minutes(15);
        assert!(!diverting.has_failed(ONE, &lacking(), at(0)));
        let refused = failure(FailureKind::PutOff, Stage::Rcpt);
        assert!(!diverting.has_failed(ONE, &refused, at(60)));
        assert!(!diverting.has_failed(ONE, &lacking(), at(15 * 60)));
    }
}
