//! So many a minute for each of many keys: the generic cell rate algorithm.
//!
//! A whole minute's worth may come at once; it comes back evenly. Time is a parameter. Of a key
//! that is quiet for a minute nothing is remembered, so the memory is bounded by what comes in one.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// When the keys are swept at first.
const SWEEP: usize = 1_024;

/// What each key may take. Without a bound everything.
pub(super) struct Allowance<K> {
    per_minute: Option<NonZeroU32>,
    taken: Mutex<Taken<K>>,
}

struct Taken<K> {
    /// When each key will have got everything back.
    full_again: HashMap<K, Instant>,
    sweep_at: usize,
}

impl<K: Eq + Hash> Allowance<K> {
    /// So many a minute; 0 is no bound.
    pub(super) fn new(per_minute: u32) -> Self {
        let taken = Taken {
            full_again: HashMap::new(),
            sweep_at: SWEEP,
        };
        Self {
            per_minute: NonZeroU32::new(per_minute),
            taken: Mutex::new(taken),
        }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self, key: K, now: Instant) -> bool {
        let Some(each) = self.each() else {
            return true;
        };
        let mut taken = self.taken();
        if taken.full_again.len() >= taken.sweep_at {
            taken.full_again.retain(|_, full| *full > now);
            taken.sweep_at = SWEEP.max(2 * taken.full_again.len());
        }
        let full = taken.full_again.get(&key).copied().unwrap_or(now).max(now);
        if full + each > now + MINUTE {
            return false;
        }
        taken.full_again.insert(key, full + each);
        true
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&self, key: &K) {
        if let (Some(each), Some(full)) = (self.each(), self.taken().full_again.get_mut(key)) {
            *full -= each;
        }
    }

    /// The part of a minute that one of them is.
    fn each(&self) -> Option<Duration> {
        self.per_minute.map(|number| MINUTE / number.get())
    }

    fn taken(&self) -> MutexGuard<'_, Taken<K>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_one_more_may_not() {
        for number in [1, 2, 7, 60, 1_200] {
            let allowance = Allowance::new(number);
            let now = Instant::now();
            for _ in 0..number {
                assert!(allowance.take("a", now), "{number}");
            }
            assert!(!allowance.take("a", now), "{number}");
            assert!(allowance.take("b", now), "another key has its own");
            let later = now + MINUTE / number;
            assert!(allowance.take("a", later), "one came back");
            assert!(!allowance.take("a", later));
        }
    }

    #[test]
    fn what_is_given_back_is_there_again() {
        let allowance = Allowance::new(1);
        let now = Instant::now();
        assert!(allowance.take("a", now));
        allowance.give_back(&"a");
        allowance.give_back(&"b");
        assert!(allowance.take("a", now));
        assert!(!allowance.take("a", now));
    }

    #[test]
    fn without_a_bound_nothing_is_counted() {
        let allowance = Allowance::new(0);
        let now = Instant::now();
        assert!((0..10_000).all(|_| allowance.take(1, now)));
        assert!(allowance.taken().full_again.is_empty());
    }

    #[test]
    fn keys_that_are_quiet_for_a_minute_are_forgotten() {
        let allowance = Allowance::new(10);
        let now = Instant::now();
        assert!((0..SWEEP).all(|key| allowance.take(key, now)));
        assert!(allowance.take(SWEEP, now + MINUTE));
        assert_eq!(allowance.taken().full_again.len(), 1);
    }
}
