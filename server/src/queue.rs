//! The workers: lease tasks that are due, do them, say how they ended.
//!
//! A worker that dies leaves its lease to run out; one that comes back late is fenced off by the
//! lease's token. What a task is about is in [`crate::work`]; here is only when and how often.

mod lanes;
mod verdict;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use seal::Random;
use store::{End, Lease, LeasedTask, Outcome, Store, StoreError, TaskKind};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tracing::{Instrument, error, info, info_span, warn};

use crate::clock::Clock;
use crate::courier::{Destination, FailureKind};
use crate::metrics;
use crate::task_error::TaskError;
use crate::work::{Attempted, Work};

use lanes::{Lane, Lanes, Offer, Reach};
use verdict::judge;

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
/// With its spread, and with the longest lease.
pub const NO_PAUSE_IS_LONGER: Duration = Duration::from_secs(2 * 60 * 60);
/// From one lease to the next, unless more was due than it took. Mail that comes in quick succession
/// is then leased together; nobody feels so short a time.
const BETWEEN_LEASES: Duration = Duration::from_millis(20);
/// Other processes (a viewer of its own) add tasks as well; they are found by looking.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// A store that cannot lease (a full disk, say) is asked again no sooner.
const AFTER_FAILED_LEASE: Duration = Duration::from_secs(5);
/// An end that found no room is recorded again no sooner.
const RECORD_AGAIN: Duration = Duration::from_secs(2);
/// How long tasks in flight may take at the end.
const DRAIN: Duration = Duration::from_secs(20);

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
        let mut not_before = Instant::now();
        while !*stop.borrow() {
            seen = self.recall_after(seen).await;
            tokio::time::sleep_until(not_before).await;
            let leased = self.lease_some(LEASED_AT_ONCE).await;
            let store_answers = leased.is_some();
            let leased = leased.unwrap_or_default();
            // There may be more that is due and has not been looked at.
            let more = leased.len() == LEASED_AT_ONCE;
            not_before = match more {
                true => Instant::now(),
                false => Instant::now() + BETWEEN_LEASES,
            };
            self.take_in(&mut lanes, leased).await;
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

    /// Finds leased tasks their lanes; those that cannot wait there go back to the store.
    async fn take_in(&self, lanes: &mut Lanes<Waiting>, leased: Vec<LeasedTask>) {
        if leased.is_empty() {
            return;
        }
        let mut back = Vec::new();
        let lanes_of = self.lanes_of(&leased).await;
        for (task, lane) in leased.into_iter().zip(lanes_of) {
            let is_code = matches!(
                task.kind,
                TaskKind::SendCode(..) | TaskKind::SendSenderCode(..)
            );
            let now = (self.clock)();
            let waiting = Waiting {
                task,
                leased_at: now,
            };
            match lanes.offer(lane, is_code, waiting, now) {
                Offer::Taken => {}
                Offer::PutOff(Waiting { task, .. }, until) => back.push((task, until, CLOSED)),
                Offer::Full(Waiting { task, .. }) => {
                    back.push((task, now.saturating_add(FULL_AGAIN).unwrap_or(now), FULL));
                }
            }
        }
        self.give_back(back).await;
    }

    async fn lanes_of(&self, tasks: &[LeasedTask]) -> Vec<Lane> {
        let kinds: Vec<TaskKind> = tasks.iter().map(|task| task.kind).collect();
        let destinations = seal::on_wiped_stack(self.work.destinations(&kinds)).await;
        let lanes = tasks.iter().zip(destinations);
        let lane = |(task, destination): (&LeasedTask, Option<Destination>)| match task.dropped {
            true => Lane::Own, // It goes nowhere any more, so it waits for nobody.
            false => destination.map_or(Lane::Own, Lane::To),
        };
        lanes.map(lane).collect()
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
                self.give_back(vec![(task, now, FULL)]).await;
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
        let back = back
            .into_iter()
            .map(|waiting| (waiting.task, until, CLOSED));
        self.give_back(back.collect()).await;
    }

    /// To the store, untried; spread, so that what is put off together does not come together. Who
    /// waits for a destination that cannot be reached is given up and told of as if it had been
    /// tried: nobody's silence may hang on whose turn a probe was.
    async fn give_back(&self, back: Vec<(LeasedTask, Timestamp, &str)>) {
        if back.is_empty() {
            return;
        }
        let now = (self.clock)();
        let mut over = Vec::with_capacity(back.len());
        for (task, until, cause) in back {
            let mut jitter = [0];
            self.random.fill(&mut jitter);
            let spread = SignedDuration::from_millis(i64::from(jitter[0]) * 8);
            let until = until.saturating_add(spread).unwrap_or(until);
            let waited = Err(TaskError::transient(cause));
            let outcome = untried(self.outcome(&task, waited, now).await, until);
            if !matches!(outcome, Outcome::PutOff { .. }) {
                report(&task, &outcome);
            }
            over.push((task.lease, outcome));
        }
        if let Err(error) = self.store.finish_together(over, now).await {
            error!(error = %error, "cannot put tasks back");
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
            match self.record(finished, now).await.map(lost) {
                Ok(false) => {}
                Ok(true) => warn!("the lease was lost to another worker"),
                Err(error) => error!(error = %error, "cannot record how the task ended"),
            }
            reach
        }
        .instrument(span)
        .await
    }

    /// Records how tasks ended; while the store has no room, again and again for as long as the lease
    /// lasts. What is not recorded is done once more when it has run out (promise D5).
    async fn record(
        &self,
        ended: Vec<(Lease, Outcome)>,
        now: Timestamp,
    ) -> store::Result<Vec<bool>> {
        let until = Instant::now() + self.hold;
        loop {
            match self.store.finish_together(ended.clone(), now).await {
                Err(StoreError::NoRoom) if Instant::now() < until => {
                    tokio::time::sleep(RECORD_AGAIN).await;
                }
                recorded => return recorded,
            }
        }
    }

    /// What is recorded of an attempt, with what the sender is told of it.
    async fn outcome(
        &self,
        task: &LeasedTask,
        result: Result<Attempted, TaskError>,
        now: Timestamp,
    ) -> Outcome {
        if let Err(TaskError::Permanent(cause)) = &result
            && !task.dropped
        {
            // Whoever is told of it, a person should look (promise D7).
            error!(cause, "what this task needs is damaged or gone");
        }
        let error = result.as_ref().err().map(TaskError::again);
        let mut jitter = [0];
        self.random.fill(&mut jitter);
        let outcome = judge(task, result, now, jitter[0], self.patience.give_up_after);
        let is_told = match &outcome {
            Outcome::Failed { .. } => true,
            Outcome::Retry { .. } => self.is_late(task, now),
            _ => false,
        };
        match error.filter(|_| is_told) {
            Some(error) => self.work.tell(task, outcome, &error).await,
            None => outcome,
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

/// A retry of what was not tried counts for nothing and has its own time.
fn untried(outcome: Outcome, at: Timestamp) -> Outcome {
    match outcome {
        Outcome::Retry { cause, .. } => Outcome::PutOff { at, cause },
        Outcome::Told { outcome, telling } => Outcome::Told {
            outcome: Box::new(untried(*outcome, at)),
            telling,
        },
        // What was not tried brings no tasks.
        over => over,
    }
}

/// One line for what became of a task; a recipient who is held is an alarm.
fn report(task: &LeasedTask, outcome: &Outcome) {
    let id = task.lease.task;
    match outcome {
        Outcome::Done(_) => info!("done"),
        Outcome::Again { at } => info!(next = %at, "done for this time"),
        Outcome::And { outcome, .. } | Outcome::Handed { outcome, .. } => report(task, outcome),
        Outcome::Retry { at, cause } | Outcome::PutOff { at, cause } => {
            warn!(cause, next_attempt = %at, "put off");
        }
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

/// What the sender is told when an operator gives a message up.
const DROPPED: &str = "the operator of the mail gateway has given it up";

fn name(kind: &TaskKind) -> &'static str {
    match kind {
        TaskKind::Notify(..) => "notify",
        TaskKind::Relay(..) => "relay",
        TaskKind::SendCode(..) => "send-code",
        TaskKind::SendSenderCode(..) => "send-sender-code",
        TaskKind::DeliverReply(..) => "deliver-reply",
        TaskKind::TellReplier(..) => "tell-replier",
        TaskKind::Expire(..) => "expire",
        TaskKind::Report(..) => "report",
        TaskKind::Advise(..) => "advise",
        TaskKind::FollowUp(..) => "follow-up",
        TaskKind::Remind(..) => "remind",
        TaskKind::TellUnread(..) => "tell-unread",
        TaskKind::PassOn(..) => "pass-on",
    }
}
