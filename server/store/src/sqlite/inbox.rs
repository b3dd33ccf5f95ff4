//! The writer's end of the channel, with a wait that has an end: tokio's channels have none for a
//! thread outside of a runtime.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use tokio::sync::mpsc;

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
