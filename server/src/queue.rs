//! The workers: lease tasks that are due, do them, say how they ended.
//!
//! A worker that dies leaves its lease to run out; one that comes back late is fenced off by the
//! lease's token. What a task is about is in [`crate::work`]; here is only when and how often.

mod lanes;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use seal::Random;
use store::{End, LeasedTask, Outcome, Store, TaskKind};
use tokio::sync::{mpsc, watch};
use tracing::{Instrument, error, info, info_span, warn};

use crate::clock::Clock;
use crate::courier::FailureKind;
use crate::metrics;
use crate::task_error::TaskError;
use crate::work::{Attempted, Work};

use lanes::{Lane, Lanes, Offer, Reach};

/// Tasks that are leased in one commit.
const LEASED_AT_ONCE: usize = 64;
/// A task that has waited longer for its turn goes back to the store: its lease must outlive the
/// attempt.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(2);
/// When a task is looked at again that found its lane full.
const FULL_AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// Why a task went back, for the operator.
const CLOSED: &str = "its destination cannot be reached; one task tries from time to time";
const FULL: &str = "many others wait for the same destination";
/// The first pause after a failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// With its spread, and with the longest lease.
pub const NO_PAUSE_IS_LONGER: Duration = Duration::from_secs(2 * 60 * 60);
/// A refusal that may be about our own relay's settings, and not about the recipient, is believed
/// after this.
const BELIEVE_REFUSAL_AFTER: SignedDuration = SignedDuration::from_hours(4);
/// Age alone gives nothing up: the process may have been down for all of it.
const GIVE_UP_NOT_BEFORE: u32 = 8;
/// A passcode that has not left by then is of no use: the person has asked again.
const GIVE_UP_CODE_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Other processes (a viewer of its own) add tasks as well; they are found by looking.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// A store that cannot lease (a full disk, say) is asked again no sooner.
const AFTER_FAILED_LEASE: Duration = Duration::from_secs(5);
/// How long tasks in flight may take at the end.
const DRAIN: Duration = Duration::from_secs(20);

/// Refusals that are about the recipient or the message: they are believed at once.
const ABOUT_RECIPIENT: [u16; 5] = [550, 551, 552, 553, 556];

/// How long failures are borne.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// After this a task that still fails is given up.
    pub give_up_after: SignedDuration,
    /// After this the sender is told of the delay.
    pub delay_notice_after: SignedDuration,
}

/// A leased task that waits for its turn.
struct Waiting {
    task: LeasedTask,
    leased_at: Timestamp,
}

/// What a worker says when it is done.
struct Ending {
    lane: Lane,
    is_code: bool,
    reach: Reach,
}

/// Runs tasks until told to stop.
pub struct Queue {
    store: Arc<dyn Store>,
    work: Arc<Work>,
    clock: Clock,
    random: Arc<dyn Random>,
    width: usize,
    /// A lease outlives the longest wait and the longest attempt.
    hold: Duration,
    patience: Patience,
}

impl Queue {
    /// `hold` is longer than the longest wait and one attempt can take together; `width` is how many
    /// go to one destination at the same time.
    pub fn new(
        store: Arc<dyn Store>,
        work: Arc<Work>,
        clock: Clock,
        random: Arc<dyn Random>,
        hold: Duration,
        width: usize,
        patience: Patience,
    ) -> Self {
        Self {
            store,
            work,
            clock,
            random,
            width,
            hold,
            patience,
        }
    }

    /// Works until `stop` turns true, then finishes what is in flight.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut lanes = Lanes::new(self.width);
        let (ended, mut endings) = mpsc::unbounded_channel();
        let mut seen = (self.clock)();
        while !*stop.borrow() {
            seen = self.recall_after(seen).await;
            let leased = self.lease_some(LEASED_AT_ONCE).await;
            let store_answers = leased.is_some();
            let leased = leased.unwrap_or_default();
            // There may be more that is due and has not been looked at.
            let more = leased.len() == LEASED_AT_ONCE;
            for task in leased {
                self.take_in(&mut lanes, task).await;
            }
            self.start(&mut lanes, &ended).await;
            let pause = if more {
                Duration::ZERO
            } else if store_answers {
                self.pause().await
            } else {
                AFTER_FAILED_LEASE
            };
            tokio::select! {
                () = self.store.task_added(), if store_answers => {}
                () = tokio::time::sleep(pause) => {}
                Some(ending) = endings.recv() => {
                    self.settle(&mut lanes, ending).await;
                    while let Ok(ending) = endings.try_recv() {
                        self.settle(&mut lanes, ending).await;
                    }
                    self.start(&mut lanes, &ended).await;
                }
                _ = stop.changed() => {}
            }
        }
        let drained = async {
            while lanes.is_busy() {
                let Some(Ending { lane, is_code, .. }) = endings.recv().await else {
                    return;
                };
                lanes.ended(lane, is_code, Reach::Unknown, (self.clock)());
            }
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            warn!("tasks in flight did not end in time; they are tried again at the next start");
        }
    }

    /// When the clock went back, what it had put off while it was ahead is due after all. Returns
    /// what it shows now.
    async fn recall_after(&self, seen: Timestamp) -> Timestamp {
        let now = (self.clock)();
        if seen.duration_since(now).unsigned_abs() > NO_PAUSE_IS_LONGER && now < seen {
            match self.store.recall(now, NO_PAUSE_IS_LONGER).await {
                Ok(tasks) => warn!(
                    tasks,
                    "the clock went back; tasks that it had put off are due"
                ),
                Err(error) => {
                    error!(error = %error, "cannot recall tasks");
                    return seen;
                }
            }
        }
        now
    }

    /// Finds a leased task its lane; one that cannot wait there goes back to the store.
    async fn take_in(&self, lanes: &mut Lanes<Waiting>, task: LeasedTask) {
        let lane = self.lane_of(&task).await;
        let is_code = matches!(task.kind, TaskKind::SendCode(..));
        let now = (self.clock)();
        let waiting = Waiting {
            task,
            leased_at: now,
        };
        match lanes.offer(lane, is_code, waiting, now) {
            Offer::Taken => {}
            Offer::PutOff(Waiting { task, .. }, until) => {
                self.give_back(&task, until, CLOSED).await;
            }
            Offer::Full(Waiting { task, .. }) => {
                let again = now.saturating_add(FULL_AGAIN).unwrap_or(now);
                self.give_back(&task, again, FULL).await;
            }
        }
    }

    async fn lane_of(&self, task: &LeasedTask) -> Lane {
        // Whatever is wrong with its records is told by the attempt.
        let destination = self.work.destination(&task.kind).await;
        destination.map_or(Lane::Own, Lane::To)
    }

    /// Starts every task whose turn it is.
    async fn start(
        self: &Arc<Self>,
        lanes: &mut Lanes<Waiting>,
        ended: &mpsc::UnboundedSender<Ending>,
    ) {
        loop {
            let now = (self.clock)();
            let Some(turn) = lanes.next(now) else { return };
            let (lane, is_code) = (turn.lane, turn.is_code);
            let Waiting { task, leased_at } = turn.task;
            if now.duration_since(leased_at) > LONGEST_WAIT {
                // Its lease may run out during the attempt.
                lanes.ended(lane, is_code, Reach::Unknown, now);
                self.give_back(&task, now, FULL).await;
                continue;
            }
            let (queue, ended) = (Arc::clone(self), ended.clone());
            tokio::spawn(async move {
                let reach = seal::on_wiped_stack(queue.attempt(task)).await;
                let _ = ended.send(Ending {
                    lane,
                    is_code,
                    reach,
                });
            });
        }
    }

    async fn settle(&self, lanes: &mut Lanes<Waiting>, ending: Ending) {
        let Ending {
            lane,
            is_code,
            reach,
        } = ending;
        let Some((back, until)) = lanes.ended(lane, is_code, reach, (self.clock)()) else {
            return;
        };
        warn!(?lane, next_attempt = %until, waiting = back.len(), "a destination cannot be reached");
        for Waiting { task, .. } in back {
            self.give_back(&task, until, CLOSED).await;
        }
    }

    /// To the store, untried; spread, so that what is put off together does not come together.
    async fn give_back(&self, task: &LeasedTask, until: Timestamp, cause: &str) {
        let mut jitter = [0];
        self.random.fill(&mut jitter);
        let spread = SignedDuration::from_millis(i64::from(jitter[0]) * 8);
        let outcome = Outcome::Retry {
            at: until.saturating_add(spread).unwrap_or(until),
            cause: cause.to_owned(),
        };
        if let Err(error) = self
            .store
            .finish(&task.lease, outcome, (self.clock)())
            .await
        {
            error!(error = %error, "cannot put a task back");
        }
    }

    /// `None` when the store cannot lease now; then it is left in peace for a while.
    async fn lease_some(&self, most: usize) -> Option<Vec<LeasedTask>> {
        match self.store.lease((self.clock)(), self.hold, most).await {
            Ok(leased) => Some(leased),
            Err(error) => {
                error!(error = %error, "cannot lease tasks");
                None
            }
        }
    }

    async fn pause(&self) -> Duration {
        let Ok(Some(due)) = self.store.next_due().await else {
            return LOOK_AGAIN;
        };
        let until = due.duration_since((self.clock)());
        Duration::try_from(until)
            .unwrap_or(Duration::ZERO)
            .min(LOOK_AGAIN)
    }

    async fn attempt(&self, task: LeasedTask) -> Reach {
        let span = info_span!("task", task.id = %task.lease.task, task.kind = name(&task.kind));
        async {
            let ended = match self.attempt_apart(&task).await {
                Ok(Attempted::NotNow) => return Reach::Unknown,
                Ok(Attempted::Together(all)) => all,
                result => vec![(task, result)],
            };
            let reach = ended
                .first()
                .map_or(Reach::Unknown, |(_, result)| reach(result));
            let now = (self.clock)();
            let mut finished = Vec::with_capacity(ended.len());
            for (task, result) in ended {
                let outcome = self.outcome(&task, result, now).await;
                report(&task, &outcome);
                finished.push((task.lease, outcome));
            }
            let lost = |kept: Vec<bool>| kept.contains(&false);
            match self.store.finish_together(finished, now).await.map(lost) {
                Ok(false) => {}
                Ok(true) => warn!("the lease was lost to another worker"),
                Err(error) => error!(error = %error, "cannot record how the task ended"),
            }
            reach
        }
        .instrument(span)
        .await
    }

    /// What is recorded of an attempt, with what the sender is told of it.
    async fn outcome(
        &self,
        task: &LeasedTask,
        result: Result<Attempted, TaskError>,
        now: Timestamp,
    ) -> Outcome {
        let mut jitter = [0];
        self.random.fill(&mut jitter);
        match judge(task, result, now, jitter[0], self.patience.give_up_after) {
            failed @ Outcome::Failed { .. } => self.work.tell(task, failed).await,
            late @ Outcome::Retry { .. } if self.is_late(task, now) => {
                self.work.tell(task, late).await
            }
            outcome => outcome,
        }
    }

    fn is_late(&self, task: &LeasedTask, now: Timestamp) -> bool {
        now.duration_since(task.first_due_at) >= self.patience.delay_notice_after
    }

    /// A panic in one task is that task's failure, and is retried and given up like others.
    async fn attempt_apart(&self, task: &LeasedTask) -> Result<Attempted, TaskError> {
        if task.dropped {
            return Err(TaskError::permanent(DROPPED));
        }
        AssertUnwindSafe(self.work.attempt(task))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(TaskError::transient("the attempt panicked")))
    }
}

/// One line for what became of a task; a recipient who is held is an alarm.
fn report(task: &LeasedTask, outcome: &Outcome) {
    let id = task.lease.task;
    match outcome {
        Outcome::Done(_) => info!("done"),
        Outcome::Retry { at, cause } => warn!(cause, next_attempt = %at, "put off"),
        Outcome::Failed { end, cause } => {
            if *end == Some(End::Held) {
                metrics::HELD.count();
            }
            error!(%id, cause, "failed for good, and nobody is told; see the queue");
        }
        Outcome::Told { outcome, telling } => {
            report(task, outcome);
            for told in &telling.reports {
                let (action, cause) = (told.action, told.cause.as_str());
                warn!(recipient.id = %told.recipient, ?action, cause, "the sender is told");
            }
        }
    }
}

/// What an attempt says of the destination that it went to.
fn reach<T>(result: &Result<T, TaskError>) -> Reach {
    match result {
        Ok(_) => Reach::Reached,
        Err(TaskError::Remote(failure)) if failure.kind == FailureKind::Unreachable => {
            Reach::Unreachable
        }
        Err(TaskError::Remote(_)) => Reach::Reached,
        Err(_) => Reach::Unknown,
    }
}

/// What becomes of a task after an attempt.
fn judge(
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
    let give_up = match task.kind {
        TaskKind::SendCode(..) => age > GIVE_UP_CODE_AFTER,
        kind => may_be_given_up(&kind) && age > patience && task.failures >= GIVE_UP_NOT_BEFORE,
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

/// What the sender is told when an operator gives a message up.
const DROPPED: &str = "the operator of the mail gateway has given it up";

/// Doubles with each failure, and spreads by up to a quarter so that what failed together is not
/// tried together.
fn pause_after(failures: u32, jitter: u8) -> SignedDuration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    let pause = doubled.min(LONGEST_PAUSE);
    let spread = pause / 4 * u32::from(jitter) / 255;
    SignedDuration::try_from(pause + spread).unwrap_or(SignedDuration::MAX)
}

fn name(kind: &TaskKind) -> &'static str {
    match kind {
        TaskKind::Notify(..) => "notify",
        TaskKind::Relay(..) => "relay",
        TaskKind::SendCode(..) => "send-code",
        TaskKind::DeliverReply(..) => "deliver-reply",
        TaskKind::Expire(..) => "expire",
        TaskKind::Report(..) => "report",
        TaskKind::Advise(..) => "advise",
    }
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
