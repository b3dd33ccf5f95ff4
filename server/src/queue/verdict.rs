//! What becomes of a task after an attempt: another one, and when, or its end. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{End, LeasedTask, Outcome, TaskKind};

use crate::courier::FailureKind;
use crate::task_error::TaskError;
use crate::work::Attempted;

/// The first pause after a failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// A refusal that may be about our own relay's settings, and not about the recipient, is believed
/// after this.
const BELIEVE_REFUSAL_AFTER: SignedDuration = SignedDuration::from_hours(4);
/// Age alone gives nothing up: the process may have been down for all of it.
const GIVE_UP_NOT_BEFORE: u32 = 8;
/// A passcode that has not left by then is of no use: the person has asked again.
const GIVE_UP_CODE_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Refusals that are about the recipient or the message: they are believed at once.
const ABOUT_RECIPIENT: [u16; 5] = [550, 551, 552, 553, 556];

/// What becomes of a task after an attempt.
pub(super) fn judge(
    task: &LeasedTask,
    result: Result<Attempted, TaskError>,
    now: Timestamp,
    jitter: u8,
    give_up_after: SignedDuration,
) -> Outcome {
    let (cause, patience) = match result {
        Ok(Attempted::Done(end)) => return Outcome::Done(end),
        Ok(Attempted::Told(end, telling)) => {
            return Outcome::Told {
                outcome: Box::new(Outcome::Done(end)),
                telling,
            };
        }
        Ok(Attempted::And(attempted, tasks)) => {
            let outcome = judge(task, Ok(*attempted), now, jitter, give_up_after);
            return Outcome::And {
                outcome: Box::new(outcome),
                tasks,
            };
        }
        Ok(Attempted::Handed(attempted, to)) => {
            let outcome = judge(task, Ok(*attempted), now, jitter, give_up_after);
            return Outcome::Handed {
                outcome: Box::new(outcome),
                to,
            };
        }
        Ok(Attempted::Again(at)) => return Outcome::Again { at },
        // These are taken apart before.
        Ok(Attempted::NotNow | Attempted::Together(_)) => return Outcome::Done(None),
        Err(TaskError::Permanent(cause)) if may_be_given_up(&task.kind) => {
            return Outcome::Failed {
                end: last_end(task),
                cause,
            };
        }
        Err(TaskError::Remote(failure)) => {
            let is_final = match failure.kind {
                FailureKind::Unsendable => true,
                FailureKind::Refused => failure
                    .code
                    .is_some_and(|code| ABOUT_RECIPIENT.contains(&code)),
                FailureKind::Unreachable | FailureKind::NoTls | FailureKind::PutOff => false,
            };
            let cause = failure.to_string();
            if is_final && may_be_given_up(&task.kind) {
                return Outcome::Failed {
                    end: last_end(task),
                    cause,
                };
            }
            let patience = match failure.kind {
                FailureKind::Refused => BELIEVE_REFUSAL_AFTER.min(give_up_after),
                _ => give_up_after,
            };
            (cause, patience)
        }
        Err(TaskError::Transient(cause) | TaskError::Permanent(cause)) => (cause, give_up_after),
    };
    let at = now
        .saturating_add(pause_after(task.failures, jitter))
        .unwrap_or(now);
    let age = at.duration_since(task.first_due_at);
    // Whose turn never came has waited as long as who was tried.
    let times = task.failures.saturating_add(task.put_off);
    let give_up = match task.kind {
        TaskKind::SendCode(..) | TaskKind::SendSenderCode(..) => age > GIVE_UP_CODE_AFTER,
        kind => may_be_given_up(&kind) && age > patience && times >= GIVE_UP_NOT_BEFORE,
    };
    if give_up {
        return Outcome::Failed {
            end: last_end(task),
            cause,
        };
    }
    Outcome::Retry { at, cause }
}

/// Destroying what has expired is tried for ever.
fn may_be_given_up(kind: &TaskKind) -> bool {
    !matches!(kind, TaskKind::Expire(_))
}

/// A recipient that can no longer be told is held, with an alarm; other tasks have no recipient
/// whose end they are.
fn last_end(task: &LeasedTask) -> Option<End> {
    match task.kind {
        TaskKind::Notify(..) | TaskKind::Relay(..) | TaskKind::Report(_) => Some(End::Held),
        _ => None,
    }
}

/// Doubles with each failure, and spreads by up to a quarter so that what failed together is not
/// tried together.
fn pause_after(failures: u32, jitter: u8) -> SignedDuration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    let pause = doubled.min(LONGEST_PAUSE);
    let spread = pause / 4 * u32::from(jitter) / 255;
    SignedDuration::try_from(pause + spread).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use seal::{CodeId, MessageId, RecipientId, TaskId};
    use store::Lease;

    use super::*;
    use crate::courier::{RemoteFailure, Stage, Status};

    fn task(kind: TaskKind, failures: u32) -> LeasedTask {
        LeasedTask {
            lease: Lease {
                task: TaskId::from_bytes([1; 16]),
                token: 1,
            },
            kind,
            first_due_at: Timestamp::UNIX_EPOCH,
            failures,
            put_off: 0,
            payload: None,
            dropped: false,
        }
    }

    fn notify(failures: u32) -> LeasedTask {
        let (message, recipient) = (
            MessageId::from_bytes([2; 16]),
            RecipientId::from_bytes([3; 16]),
        );
        task(TaskKind::Notify(message, recipient), failures)
    }

    const FIVE_DAYS: SignedDuration = SignedDuration::from_hours(5 * 24);

    fn judge(
        task: &LeasedTask,
        result: Result<Attempted, TaskError>,
        now: Timestamp,
        jitter: u8,
    ) -> Outcome {
        super::judge(task, result, now, jitter, FIVE_DAYS)
    }

    fn after(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_spread_by_a_quarter() {
        let seconds = |failures, jitter| pause_after(failures, jitter).as_secs();
        assert_eq!((seconds(0, 0), seconds(1, 0), seconds(4, 0)), (15, 30, 240));
        assert_eq!((seconds(8, 0), seconds(4_000_000_000, 0)), (3600, 3600));
        assert_eq!(seconds(8, 255), 4500);
    }

    #[test]
    fn what_may_pass_is_tried_for_five_days_and_then_held() {
        let transient = || Err(TaskError::transient("x"));
        let outcome = judge(&notify(9), transient(), after(118), 0);
        assert!(matches!(outcome, Outcome::Retry { at, .. } if at == after(119)));
        let outcome = judge(&notify(9), transient(), after(120), 0);
        assert!(matches!(
            outcome,
            Outcome::Failed {
                end: Some(End::Held),
                ..
            }
        ));
    }

    #[test]
    fn coming_back_untried_lengthens_no_pause_and_counts_for_giving_up() {
        let waited = |put_off| LeasedTask {
            put_off,
            ..notify(0)
        };
        let transient = || Err(TaskError::transient("x"));
        let outcome = judge(&waited(4_000), transient(), after(0), 0);
        let first = after(0) + SignedDuration::from_secs(15);
        assert!(matches!(outcome, Outcome::Retry { at, .. } if at == first));
        for (put_off, given_up) in [(7, false), (8, true)] {
            let outcome = judge(&waited(put_off), transient(), after(120), 0);
            let is_over = matches!(outcome, Outcome::Failed { .. });
            assert_eq!(is_over, given_up, "{put_off}");
        }
    }

    fn refusal(code: u16) -> TaskError {
        TaskError::from(RemoteFailure {
            kind: FailureKind::Refused,
            stage: Stage::Rcpt,
            status: Status {
                class: 5,
                subject: 0,
                detail: 0,
            },
            code: Some(code),
            host: "relay.example.org".to_owned(),
            remote_words: None,
            cause: "refused with",
        })
    }

    #[test]
    fn a_refusal_that_is_not_about_the_recipient_is_believed_after_four_hours() {
        let refused = || Err(refusal(554));
        assert!(matches!(
            judge(&notify(9), refused(), after(2), 0),
            Outcome::Retry { .. }
        ));
        let outcome = judge(&notify(9), refused(), after(4), 0);
        assert!(matches!(
            outcome,
            Outcome::Failed {
                end: Some(End::Held),
                ..
            }
        ));
    }

    #[test]
    fn a_refusal_of_the_recipient_is_believed_at_once() {
        for (code, at_once) in [(550, true), (553, true), (554, false), (530, false)] {
            let outcome = judge(&notify(0), Err(refusal(code)), after(0), 0);
            assert_eq!(matches!(outcome, Outcome::Failed { .. }), at_once, "{code}");
        }
    }

    #[test]
    fn what_has_expired_is_destroyed_however_long_it_takes() {
        let expire = task(TaskKind::Expire(MessageId::from_bytes([2; 16])), 100);
        for error in [TaskError::transient("x"), TaskError::permanent("x")] {
            assert!(matches!(
                judge(&expire, Err(error), after(10_000), 0),
                Outcome::Retry { .. }
            ));
        }
    }

    #[test]
    fn what_cannot_pass_is_held_at_once() {
        let outcome = judge(&notify(0), Err(TaskError::permanent("x")), after(0), 0);
        assert!(matches!(
            outcome,
            Outcome::Failed {
                end: Some(End::Held),
                ..
            }
        ));
    }

    #[test]
    fn a_passcode_is_given_up_after_ten_minutes_and_ends_nobody() {
        let kind = TaskKind::SendCode(
            RecipientId::from_bytes([3; 16]),
            CodeId::from_bytes([4; 16]),
        );
        let early = judge(&task(kind, 0), Err(TaskError::transient("x")), after(0), 0);
        assert!(matches!(early, Outcome::Retry { .. }));
        let late = judge(&task(kind, 5), Err(TaskError::transient("x")), after(1), 0);
        assert!(matches!(late, Outcome::Failed { end: None, .. }));
    }
}
