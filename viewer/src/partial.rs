//! Parts of replies that arrive in pieces, so that a lost line costs a piece and not the part.
//!
//! What has arrived of a part waits in this process, staged but not committed. A restart, or another
//! viewer behind the same address, knows nothing of it: the page is told so by an offset of nought,
//! and begins the part anew.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use seal::{DigestWriter, RecipientId, ReplyId};
use store::{ContentWriter, StoreError};

use crate::problem::Problem;

/// A page sends one part at a time; the second is for another tab.
const MOST_OF_A_RECIPIENT: usize = 2;

/// A part on which nothing has moved for so long is given up. Nobody is asked to wait for it.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// The unfinished parts of this process.
#[derive(Default)]
pub(crate) struct Partials(Mutex<HashMap<Place, Entry>>);

type Place = (ReplyId, u32);

struct Entry {
    recipient: RecipientId,
    total: u64,
    touched: Timestamp,
    partial: Arc<Mutex<Partial>>,
}

struct Partial {
    /// Gone once it is whole, or when a write has failed.
    sink: Option<DigestWriter<ContentWriter>>,
    received: u64,
    /// Grows with each request that goes on with the part. An earlier one, whose line broke without
    /// a word, writes no more.
    turn: u64,
}

/// One request's right to go on with a part.
pub(crate) struct Piece {
    partial: Arc<Mutex<Partial>>,
    turn: u64,
}

/// A whole part, staged.
pub(crate) struct Whole {
    pub(crate) writer: ContentWriter,
    pub(crate) sha256: [u8; 32],
}

impl Partials {
    /// Begins a part of `total` octets, in place of whatever there was of it.
    pub(crate) fn begin(
        &self,
        place: Place,
        recipient: RecipientId,
        total: u64,
        writer: ContentWriter,
        now: Timestamp,
    ) -> Piece {
        let mut all = lock(&self.0);
        all.retain(|_, entry| !is_forgotten(entry, now));
        all.remove(&place);
        while all.values().filter(|e| e.recipient == recipient).count() >= MOST_OF_A_RECIPIENT {
            let own = all.iter().filter(|(_, entry)| entry.recipient == recipient);
            let Some(oldest) = own.min_by_key(|(_, e)| e.touched).map(|(place, _)| *place) else {
                break;
            };
            all.remove(&oldest);
        }
        let partial = Arc::new(Mutex::new(Partial {
            sink: Some(DigestWriter::new(writer)),
            received: 0,
            turn: 0,
        }));
        all.insert(
            place,
            Entry {
                recipient,
                total,
                touched: now,
                partial: Arc::clone(&partial),
            },
        );
        Piece { partial, turn: 0 }
    }

    /// Goes on with a part at `offset`. Where that is not what has arrived, the octets that have.
    pub(crate) fn resume(
        &self,
        place: Place,
        total: u64,
        offset: u64,
        now: Timestamp,
    ) -> Result<Piece, u64> {
        let mut all = lock(&self.0);
        let entry = all
            .get_mut(&place)
            .filter(|entry| entry.total == total && !is_forgotten(entry, now))
            .ok_or(0_u64)?;
        let mut partial = lock(&entry.partial);
        if partial.sink.is_none() {
            return Err(0);
        }
        // Whoever asks to go on has given up the request before: what that one still writes would
        // move the offset under this one.
        partial.turn += 1;
        if partial.received != offset {
            return Err(partial.received);
        }
        entry.touched = now;
        let turn = partial.turn;
        drop(partial);
        Ok(Piece {
            partial: Arc::clone(&entry.partial),
            turn,
        })
    }

    /// Takes the part out if it is whole.
    pub(crate) fn finish(&self, place: Place, piece: &Piece) -> Option<Whole> {
        let mut all = lock(&self.0);
        let total = all.get(&place)?.total;
        let mut partial = piece.own()?;
        if partial.received != total {
            return None;
        }
        let (writer, _, sha256) = partial.sink.take()?.finish();
        drop(partial);
        all.remove(&place);
        Some(Whole { writer, sha256 })
    }
}

impl Piece {
    /// Writes what has come. It blocks: files are written.
    pub(crate) fn append(&self, octets: &[u8]) -> Result<(), Problem> {
        // Nobody reads this answer: the page has asked anew already.
        let mut partial = self.own().ok_or(Problem::Malformed)?;
        let sink = partial.sink.as_mut().ok_or(Problem::Unavailable)?;
        if let Err(error) = sink.write_all(octets) {
            // What stands in the file now is not known.
            partial.sink = None;
            return Err(StoreError::from(error).into());
        }
        partial.received += octets.len() as u64;
        Ok(())
    }

    /// Octets of the part that have arrived.
    pub(crate) fn received(&self) -> u64 {
        lock(&self.partial).received
    }

    fn own(&self) -> Option<MutexGuard<'_, Partial>> {
        Some(lock(&self.partial)).filter(|partial| partial.turn == self.turn)
    }
}

fn is_forgotten(entry: &Entry, now: Timestamp) -> bool {
    entry
        .touched
        .checked_add(FORGOTTEN_AFTER)
        .is_ok_and(|end| end <= now)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
