//! Wipes what finished work has left on this thread's stack.
//!
//! The allocator wipes the heap (decision 0002). Values that are moved leave copies in frames that
//! nobody owns any more, and ring leaves the last block of whatever it digests there.

/// Deeper than sealing reaches, in a debug build too.
const DEPTH: usize = 256 * 1024;

/// Overwrites the frames below the caller's. For the end of work that had a secret in hand.
#[inline(never)]
pub fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; DEPTH]);
}

/// Does `work` and wipes after each of its steps, on whichever thread it was taken: what ran in
/// `block_in_place` leaves its thread to the runtime's blocking pool, which wipes nothing.
pub async fn on_wiped_stack<F: Future>(work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        wipe_stack();
        polled
    })
    .await
}
