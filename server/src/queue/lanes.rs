//! Which task goes next: a lane for each destination, so that one that is dead or slow keeps nobody
//! else waiting. Pure: no sockets, no store, the time is passed in (decision 0014).

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::courier::Destination;

/// Places in each lane that only passcodes take: a person is waiting in front of a page.
pub(super) const RESERVED_FOR_CODES: usize = 2;
/// Tasks that may wait in one lane; the store keeps the others.
pub(super) const WAITING: usize = 4_096;
/// So many failures in a row to reach a destination close its lane.
const CLOSE_AFTER: u32 = 4;
/// For how long it is closed at first; each failed probe doubles it.
const FIRST_CLOSED: SignedDuration = SignedDuration::from_secs(30);
/// And at most.
const LONGEST_CLOSED: SignedDuration = SignedDuration::from_mins(10);

/// Where a task goes: to a destination, or nowhere but to our own store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// Needs no other mail system.
    Own,
    /// Needs this one.
    To(Destination),
}

/// What an attempt has shown of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It answered.
    Reached,
    /// It did not.
    Unreachable,
    /// It was not asked.
    Unknown,
}

/// Whether a task can wait here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer<T> {
    /// It waits for its turn.
    Taken,
    /// Not before this instant: nobody answers there.
    PutOff(T, Timestamp),
    /// The lane is full.
    Full(T),
}

struct State<T> {
    codes: VecDeque<T>,
    others: VecDeque<T>,
    running_codes: usize,
    running: usize,
    /// In a row.
    failures: u32,
    closed_until: Option<Timestamp>,
}

/// All lanes.
pub(super) struct Lanes<T> {
    lanes: BTreeMap<Lane, State<T>>,
    /// At the same time in each lane, passcodes apart.
    width: usize,
    /// Whose turn was last: lanes take turns.
    last: Option<Lane>,
}

/// A task whose turn it is.
pub(super) struct Turn<T> {
    pub(super) lane: Lane,
    pub(super) is_code: bool,
    pub(super) task: T,
}

impl<T> State<T> {
    fn new() -> Self {
        Self {
            codes: VecDeque::new(),
            others: VecDeque::new(),
            running_codes: 0,
            running: 0,
            failures: 0,
            closed_until: None,
        }
    }

    fn is_closed(&self, now: Timestamp) -> bool {
        self.closed_until.is_some_and(|until| now < until)
    }

    /// A lane that has been closed is tried by one task alone.
    fn is_on_probation(&self) -> bool {
        self.failures >= CLOSE_AFTER
    }

    fn may_start(&self, is_code: bool, width: usize, now: Timestamp) -> bool {
        if self.is_closed(now) {
            return false;
        }
        if self.is_on_probation() {
            return self.running + self.running_codes == 0;
        }
        let has_place = self.running + self.running_codes < width + RESERVED_FOR_CODES;
        has_place && (is_code || self.running < width)
    }
}

impl<T> Lanes<T> {
    pub(super) fn new(width: usize) -> Self {
        Self {
            lanes: BTreeMap::new(),
            width,
            last: None,
        }
    }

    /// Takes a task in, if it can wait here.
    pub(super) fn offer(&mut self, lane: Lane, is_code: bool, task: T, now: Timestamp) -> Offer<T> {
        let state = self.lanes.entry(lane).or_insert_with(State::new);
        if let Some(until) = state.closed_until.filter(|until| now < *until) {
            return Offer::PutOff(task, until);
        }
        let waiting = match is_code {
            true => &mut state.codes,
            false => &mut state.others,
        };
        if waiting.len() == WAITING {
            return Offer::Full(task);
        }
        waiting.push_back(task);
        Offer::Taken
    }

    /// The next task that may start: passcodes of any lane before all else, then lane by lane.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Turn<T>> {
        let width = self.width;
        for is_code in [true, false] {
            let ready = |state: &State<T>| {
                let waiting = if is_code { &state.codes } else { &state.others };
                !waiting.is_empty() && state.may_start(is_code, width, now)
            };
            let last = self.last;
            let found = {
                let mut ready = self.lanes.iter().filter(|(_, s)| ready(s)).map(|(l, _)| *l);
                let first = ready.clone().next();
                ready.find(|lane| Some(*lane) > last).or(first)
            };
            let Some(lane) = found else { continue };
            let state = self.lanes.get_mut(&lane)?;
            let task = if is_code {
                state.running_codes += 1;
                state.codes.pop_front()?
            } else {
                state.running += 1;
                self.last = Some(lane);
                state.others.pop_front()?
            };
            return Some(Turn {
                lane,
                is_code,
                task,
            });
        }
        None
    }

    /// A task has ended. When its destination is given up for a while, everything that waits for it
    /// is handed back, with the instant of the next probe.
    pub(super) fn ended(
        &mut self,
        lane: Lane,
        is_code: bool,
        reach: Reach,
        now: Timestamp,
    ) -> Option<(Vec<T>, Timestamp)> {
        let state = self.lanes.get_mut(&lane)?;
        match is_code {
            true => state.running_codes = state.running_codes.saturating_sub(1),
            false => state.running = state.running.saturating_sub(1),
        }
        match reach {
            Reach::Unknown => return None,
            Reach::Reached => {
                (state.failures, state.closed_until) = (0, None);
                return None;
            }
            // Those that were under way when it was closed say nothing new.
            Reach::Unreachable if state.is_closed(now) => return None,
            Reach::Unreachable => state.failures = state.failures.saturating_add(1),
        }
        if !state.is_on_probation() {
            return None;
        }
        let doublings = (state.failures - CLOSE_AFTER).min(16);
        let closed = FIRST_CLOSED
            .saturating_mul(2_i32.saturating_pow(doublings))
            .min(LONGEST_CLOSED);
        let until = now.saturating_add(closed).unwrap_or(Timestamp::MAX);
        state.closed_until = Some(until);
        let waiting = state.codes.drain(..).chain(state.others.drain(..));
        Some((waiting.collect(), until))
    }

    /// Whether tasks are running.
    pub(super) fn is_busy(&self) -> bool {
        let mut states = self.lanes.values();
        states.any(|state| state.running + state.running_codes > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAD: Lane = Lane::To(Destination(0));
    const WELL: Lane = Lane::To(Destination(1));

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn started(lanes: &mut Lanes<u32>, now: Timestamp) -> Vec<u32> {
        std::iter::from_fn(|| lanes.next(now).map(|turn| turn.task)).collect()
    }

    #[test]
    fn a_lane_has_its_width_and_others_are_not_kept_waiting() {
        let mut lanes = Lanes::new(4);
        for task in 0..200 {
            assert_eq!(lanes.offer(DEAD, false, task, at(0)), Offer::Taken);
        }
        lanes.offer(WELL, false, 1_000, at(0));
        lanes.offer(Lane::Own, false, 2_000, at(0));
        let mut all = started(&mut lanes, at(0));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 1_000, 2_000]);
    }

    #[test]
    fn passcodes_go_first_and_have_places_of_their_own() {
        let mut lanes = Lanes::new(4);
        for task in 0..10 {
            lanes.offer(DEAD, false, task, at(0));
        }
        assert_eq!(started(&mut lanes, at(0)), [0, 1, 2, 3]);
        for code in 100..104 {
            lanes.offer(DEAD, true, code, at(0));
        }
        assert_eq!(started(&mut lanes, at(0)), [100, 101]);
        lanes.ended(DEAD, false, Reach::Reached, at(1));
        assert_eq!(started(&mut lanes, at(1)), [102], "before the other tasks");
    }

    #[test]
    fn lanes_take_turns() {
        let mut lanes = Lanes::new(2);
        for task in 0..2 {
            lanes.offer(DEAD, false, task, at(0));
            lanes.offer(WELL, false, 10 + task, at(0));
        }
        assert_eq!(started(&mut lanes, at(0)), [0, 10, 1, 11]);
    }

    #[test]
    fn a_dead_destination_is_closed_and_one_probe_finds_out_when_it_lives() {
        let mut lanes = Lanes::new(4);
        for task in 0..20 {
            lanes.offer(DEAD, false, task, at(0));
        }
        assert_eq!(started(&mut lanes, at(0)).len(), 4);
        for _ in 0..3 {
            assert!(
                lanes
                    .ended(DEAD, false, Reach::Unreachable, at(1))
                    .is_none()
            );
        }
        let (back, until) = lanes.ended(DEAD, false, Reach::Unreachable, at(1)).unwrap();
        assert_eq!((back.len(), until), (16, at(31)));
        assert_eq!(
            lanes.offer(DEAD, true, 7, at(30)),
            Offer::PutOff(7, at(31)),
            "no task waits for it in vain"
        );
        for task in 0..3 {
            assert_eq!(lanes.offer(DEAD, false, task, at(31)), Offer::Taken);
        }
        assert_eq!(started(&mut lanes, at(31)), [0], "one probe");
        let (back, until) = lanes
            .ended(DEAD, false, Reach::Unreachable, at(40))
            .unwrap();
        assert_eq!((back.len(), until), (2, at(100)), "twice as long");
        for task in 0..3 {
            lanes.offer(DEAD, false, task, at(100));
        }
        assert_eq!(started(&mut lanes, at(100)), [0]);
        assert!(lanes.ended(DEAD, false, Reach::Reached, at(101)).is_none());
        assert_eq!(started(&mut lanes, at(101)), [1, 2], "open again");
    }

    #[test]
    fn it_is_never_closed_for_more_than_ten_minutes() {
        let mut lanes = Lanes::new(1);
        let mut now = at(0);
        for _ in 0..40 {
            lanes.offer(DEAD, false, 0, now);
            started(&mut lanes, now);
            if let Some((_, until)) = lanes.ended(DEAD, false, Reach::Unreachable, now) {
                assert!(until <= now + LONGEST_CLOSED);
                now = until;
            }
        }
    }

    #[test]
    fn answers_in_between_keep_a_lane_open() {
        let mut lanes = Lanes::new(1);
        for number in 0..20 {
            lanes.offer(DEAD, false, number, at(0));
            assert_eq!(started(&mut lanes, at(0)), [number]);
            let reach = match number % 4 {
                3 => Reach::Reached,
                _ => Reach::Unreachable,
            };
            assert!(lanes.ended(DEAD, false, reach, at(0)).is_none());
        }
    }

    #[test]
    fn a_lane_holds_so_many_waiting_tasks_and_no_more() {
        let mut lanes = Lanes::new(1);
        for task in 0..4_096 {
            assert_eq!(lanes.offer(DEAD, false, task, at(0)), Offer::Taken);
        }
        assert_eq!(lanes.offer(DEAD, false, 9, at(0)), Offer::Full(9));
        assert_eq!(lanes.offer(DEAD, true, 7, at(0)), Offer::Taken);
    }
}
