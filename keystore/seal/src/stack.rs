//! Wipes what finished work has left on this thread's stack and in its vector registers.
//!
//! The allocator wipes the heap (decision 0002). Values that are moved leave copies in frames that
//! nobody owns any more, and ring leaves the last block of whatever it digests there. Ciphers and
//! copies also leave halves of keys in vector registers; a thread that waits keeps its registers,
//! and a core dump has them. They cannot be cleared by name without unsafe code, so the same work
//! is done once more with nothing but zeros, which goes through the same registers.

use std::hint::black_box;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{digest, hmac};

/// Far deeper than any work with secrets reaches: between the frame of a thread that goes to rest and
/// that of the work it did stand the state machines of all that called it. Without optimisation those
/// took 400 KiB where a mail is made and sent.
const DEPTH: usize = match cfg!(debug_assertions) {
    true => 1024 * 1024,
    false => 256 * 1024,
};

/// ring's cipher takes another path above 128 octets, and a third from 256; wraps are of all three.
const LENGTHS: [usize; 3] = [32, 192, 512];

/// Overwrites the frames below the caller's, and the vector registers. For the end of work that had
/// a secret in hand.
#[inline(never)]
pub fn wipe_stack() {
    black_box(&mut [0_u8; DEPTH]);
    wipe_registers();
    #[cfg(test)]
    tests::WIPED.set(tests::WIPED.get() + 1);
}

/// Does short work with secrets in hand, and wipes behind it, after a panic too. Work within it still
/// wipes behind itself: left to one wipe at the end, the residue proof found keys every time.
pub fn wiping<T>(work: impl FnOnce() -> T) -> T {
    struct Behind;
    impl Drop for Behind {
        fn drop(&mut self) {
            wipe_stack();
        }
    }
    let _behind = Behind;
    work()
}

#[inline(never)]
fn wipe_registers() {
    let zeros = black_box([0_u8; 1024]);
    let mac = hmac::Key::new(hmac::HMAC_SHA256, &zeros[..32]);
    black_box(hmac::sign(&mac, &zeros[..64]));
    black_box(digest::digest(&digest::SHA512, &zeros[..128]));
    let key = UnboundKey::new(&CHACHA20_POLY1305, &zeros[..32]).expect("the key has 32 octets");
    let key = LessSafeKey::new(key);
    let nonce = || Nonce::assume_unique_for_key([0; NONCE_LEN]);
    for length in LENGTHS {
        let mut text = zeros[..length].to_vec();
        let sealed = key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut text);
        sealed.expect("far below the cipher's limit");
        let opened = key.open_in_place(nonce(), Aad::empty(), &mut text);
        black_box(opened.expect("it was sealed with this key"));
    }
    // The C library copies by whole registers, as many as the length asks for.
    for length in [16, 32, 64, 128, 256, 512, 1024] {
        let mut copy = [0_u8; 1024];
        copy[..black_box(length)].copy_from_slice(&zeros[..black_box(length)]);
        black_box(&mut copy);
    }
    // And what is copied without it.
    black_box(black_box([0_u8; 32]));
    black_box(black_box([0_u8; 128]));
}

/// Does `work` and wipes after each of its steps, on whichever thread it was taken: what ran in
/// `block_in_place` leaves its thread to the runtime's blocking pool, which wipes nothing.
pub async fn on_wiped_stack<F: Future>(work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| wiping(|| work.as_mut().poll(context))).await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::{Read, Write};
    use std::thread;

    use super::*;
    use crate::{
        Identity, LinkSecret, MessageId, Profile, RecipientId, Sealer, Seed, SystemRandom,
    };

    thread_local! {
        pub(super) static WIPED: Cell<usize> = const { Cell::new(0) };
    }

    fn wiped(work: impl FnOnce()) -> usize {
        let before = WIPED.get();
        work();
        WIPED.get() - before
    }

    #[test]
    fn what_ended_by_a_panic_is_wiped_behind_too() {
        let panics = || {
            let unwound = std::panic::catch_unwind(|| wiping(|| panic!("on purpose")));
            assert!(unwound.is_err());
        };
        assert_eq!(wiped(|| wiping(|| ())), 1);
        assert_eq!(wiped(panics), 1);
    }

    /// A thread whose stack were too small would end the whole process.
    #[test]
    fn sealing_and_opening_reach_no_deeper_than_a_quarter_of_what_is_wiped() {
        let work = || {
            let random = SystemRandom::new();
            let seed = Seed::generate(&random);
            let identity = Identity::from_seed(Profile::Hybrid, &seed);
            let mut sealer = Sealer::new(&identity.to_public(), Vec::new()).expect("a header");
            sealer.write_all(&[7; 100_000]).expect("memory");
            let (sealed, _) = sealer.finish().expect("memory");
            let decryptor = age::Decryptor::new(&sealed[..]).expect("an age file");
            let keys = std::iter::once(&identity as &dyn age::Identity);
            let mut opened = Vec::new();
            let mut reader = decryptor.decrypt(keys).expect("it was sealed to this one");
            reader.read_to_end(&mut opened).expect("a whole file");
            let link = LinkSecret::generate(&random);
            let (message, recipient) = (
                MessageId::generate(1, &random),
                RecipientId::generate(1, &random),
            );
            black_box(link.split(&seed, message, recipient));
            black_box(link.reply_signer(message, recipient).public());
            opened.len()
        };
        // A quarter of what is wiped at least; the thread's own beginnings take a few KiB more.
        let small = thread::Builder::new().stack_size(64 * 1024 + 16 * 1024);
        let opened = small
            .spawn(work)
            .expect("a thread")
            .join()
            .expect("no panic");
        assert_eq!(opened, 100_000);
    }
}
