//! The writer's end of the channel: a wait that has an end, which tokio's channels have not for a
//! thread outside of a runtime, and which writes make one group.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Writes in one transaction. More would make the first wait for the last.
const GROUP: usize = 256;
/// How long a write that is in no hurry waits for one that is: their fsync is then one.
const RIDE: Duration = Duration::from_millis(5);
/// Where several came together, others are on their way: how long a group waits until there are as
/// many as the time before. Pages that they have in common are then written once, which saves more
/// time than it takes.
const GATHER: Duration = Duration::from_millis(2);

/// What a write asks of its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Demand {
    /// It may be lost when the power fails, never alone: what was committed before it stands.
    Seen,
    /// On stable storage before it is answered, and nobody waits for that.
    Kept,
    /// The same, and somebody waits.
    KeptNow,
}

/// Takes what waits, and what is worth waiting for, after a first write. `before` is the group before.
pub(super) fn group<T>(
    queue: &mut mpsc::Receiver<T>,
    first: T,
    demand: impl Fn(&T) -> Demand,
    before: Crowd,
) -> (Vec<T>, Crowd) {
    let began = Instant::now();
    let mut crowd = Crowd::default();
    crowd.join(demand(&first));
    let mut group = vec![first];
    while group.len() < GROUP {
        let next = match queue.try_recv() {
            Ok(next) => next,
            Err(_) => match wait(queue, Some(began + crowd.patience(before))) {
                Came::Next(next) => next,
                Came::Time | Came::End => break,
            },
        };
        crowd.join(demand(&next));
        group.push(next);
    }
    (group, crowd)
}

/// Who makes up a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    /// The most that one of it asks.
    most: Option<Demand>,
    /// How many have somebody who waits for them. The others are no sign that more are on their way:
    /// of one sender's mails, each tenth comes beside a write of the queue's own.
    hurried: usize,
}

impl Crowd {
    fn join(&mut self, demand: Demand) {
        self.most = self.most.max(Some(demand));
        self.hurried += usize::from(demand == Demand::KeptNow);
    }

    /// How long a group waits for more.
    fn patience(self, before: Self) -> Duration {
        match self.most {
            None | Some(Demand::Seen) => Duration::ZERO,
            Some(Demand::Kept) => RIDE,
            Some(Demand::KeptNow) if self.hurried < before.hurried => GATHER,
            Some(Demand::KeptNow) => Duration::ZERO,
        }
    }
}

/// What came of waiting.
pub(super) enum Came<T> {
    Next(T),
    /// It is time for something else.
    Time,
    /// Every sender is gone.
    End,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for the next value, at most until an instant.
pub(super) fn wait<T>(queue: &mut mpsc::Receiver<T>, until: Option<Instant>) -> Came<T> {
    let Some(until) = until else {
        return queue.blocking_recv().map_or(Came::End, Came::Next);
    };
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        // The time first: a queue that is never empty must not put it off for ever.
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Came::Time;
        }
        match queue.poll_recv(&mut context) {
            Poll::Ready(next) => return next.map_or(Came::End, Came::Next),
            Poll::Pending => thread::park_timeout(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Demand; 3] = [Demand::Seen, Demand::Kept, Demand::KeptNow];

    #[test]
    fn what_waits_is_one_group_as_far_as_its_limit() {
        for first in ALL {
            for (others, expected) in [(0, 1), (2, 3), (GROUP - 1, GROUP), (GROUP, GROUP)] {
                let (sender, mut queue) = mpsc::channel(GROUP);
                for _ in 0..others {
                    sender.try_send(Demand::KeptNow).unwrap();
                }
                let before = Crowd::default();
                let (group, crowd) = group(&mut queue, first, |demand| *demand, before);
                assert_eq!(group.len(), expected);
                assert!(crowd.hurried >= expected - 1);
            }
        }
    }

    fn crowd(demands: &[Demand]) -> Crowd {
        let mut crowd = Crowd::default();
        for demand in demands {
            crowd.join(*demand);
        }
        crowd
    }

    #[test]
    fn a_group_waits_for_as_many_as_came_before_and_for_what_nobody_waits_for() {
        use Demand::{Kept, KeptNow, Seen};
        let alone = crowd(&[KeptNow]);
        let three = crowd(&[KeptNow, KeptNow, KeptNow]);
        let beside = crowd(&[KeptNow, Seen, Kept]);
        for (now, before, expected) in [
            (crowd(&[Seen, Seen]), three, Duration::ZERO),
            (crowd(&[Kept]), alone, RIDE),
            (crowd(&[Kept, Seen]), three, RIDE),
            (alone, Crowd::default(), Duration::ZERO),
            (alone, alone, Duration::ZERO),
            (alone, beside, Duration::ZERO),
            (alone, three, GATHER),
            (beside, three, GATHER),
            (crowd(&[KeptNow, KeptNow]), three, GATHER),
            (three, three, Duration::ZERO),
            (three, alone, Duration::ZERO),
        ] {
            assert_eq!(now.patience(before), expected, "{now:?} after {before:?}");
        }
    }

    #[test]
    fn a_group_asks_for_the_most_that_one_of_it_asks() {
        assert!(ALL.is_sorted() && Demand::Seen < Demand::KeptNow);
    }
}
