//! Two pieces of work of one message at the same time.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

use super::SEALED_IN_PASSING;

/// How many threads work at one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hands {
    One,
    Two,
}

impl Hands {
    /// Two, if there are enough octets that the start of a thread is nothing beside them, and no
    /// other message that needs the processor.
    pub(super) fn for_content(octets: usize, is_alone: bool) -> Self {
        match octets > SEALED_IN_PASSING && is_alone {
            true => Self::Two,
            false => Self::One,
        }
    }
}

/// Does both: with two hands `there` by a thread of its own, whose stack is wiped; with one, or where
/// the system has no thread left, after `here`. Panics where one of them does.
pub(super) fn beside<A, B: Send>(
    hands: Hands,
    here: impl FnOnce() -> A,
    there: impl FnOnce() -> B + Send,
) -> (A, B) {
    if hands == Hands::One {
        return (here(), there());
    }
    // A thread that does not start drops its closure: the work has to stay behind.
    let waiting = Mutex::new(Some(there));
    let take = || waiting.lock().ok().and_then(|mut waiting| waiting.take());
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("sealing".into())
            .spawn_scoped(scope, || take().map(|there| seal::wiping(there)));
        let here = here();
        let there = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => take().map(|there| there()),
        };
        (here, there.expect("one of the two has taken it"))
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread::ThreadId;

    use super::*;

    fn threads(hands: Hands) -> (ThreadId, ThreadId) {
        beside(hands, || thread::current().id(), || thread::current().id())
    }

    #[test]
    fn only_large_content_gets_a_second_thread_and_only_while_it_is_alone() {
        for (octets, is_alone, hands) in [
            (SEALED_IN_PASSING, true, Hands::One),
            (SEALED_IN_PASSING + 1, true, Hands::Two),
            (SEALED_IN_PASSING + 1, false, Hands::One),
        ] {
            assert_eq!(Hands::for_content(octets, is_alone), hands);
        }
        let (here, there) = threads(Hands::One);
        assert_eq!(here, there);
        let (here, there) = threads(Hands::Two);
        assert_eq!(here, thread::current().id());
        assert_ne!(here, there);
    }

    #[test]
    fn what_each_of_them_says_and_how_it_fails_comes_back() {
        for hands in [Hands::One, Hands::Two] {
            assert_eq!(beside(hands, || 1, || "two"), (1, "two"));
            let panics = |here: bool, there: bool| {
                let work = || beside(hands, || assert!(!here), || assert!(!there));
                catch_unwind(AssertUnwindSafe(work)).is_err()
            };
            assert!(!panics(false, false));
            assert!(panics(true, false) && panics(false, true) && panics(true, true));
        }
    }
}
