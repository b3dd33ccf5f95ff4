//! The octets of a mail while they come in, and then.

use std::fmt;
use std::hint::black_box;
use std::ops::Deref;
use std::sync::Arc;

use memmap2::MmapMut;

/// From how many octets on they lie in pages of their own. Below, to ask the system for pages and
/// to give them back costs more than to move the octets: a tenth of the time of a mail of 1 MB.
const MAPPED: usize = 4 * 1024 * 1024;

/// The RFC 5322 octets. Clones share them.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Arc<Growing>);

/// Content of which more comes. It is wiped when it is dropped.
///
/// A vector that grows moves, and is there twice meanwhile; with room for the largest mail from the
/// start it would be wiped, and so brought into memory, to the end of that room. Here large content
/// moves once. Pages that were not written take no memory and are not wiped.
#[derive(Default)]
pub struct Growing(Place);

enum Place {
    /// The allocator wipes it (decision 0002).
    Heap(Vec<u8>),
    Pages {
        pages: MmapMut,
        written: usize,
    },
}

impl Growing {
    /// Appends. `room` is how much there may be in the end: memory is set aside for no more, unless
    /// there is more already.
    pub fn push(&mut self, more: &[u8], room: usize) {
        let needed = self.len() + more.len();
        if needed > self.0.capacity() {
            self.0.grow(needed, room);
        }
        match &mut self.0 {
            Place::Heap(octets) => octets.extend_from_slice(more),
            Place::Pages { pages, written } => {
                pages[*written..needed].copy_from_slice(more);
                *written = needed;
            }
        }
    }
}

impl Place {
    fn capacity(&self) -> usize {
        match self {
            Self::Heap(octets) => octets.capacity(),
            Self::Pages { pages, .. } => pages.len(),
        }
    }

    fn grow(&mut self, needed: usize, room: usize) {
        if needed > MAPPED
            && let Some(place) = self.in_pages(room.max(needed))
        {
            *self = place;
            return;
        }
        if let Self::Pages { pages, written } = self {
            // No pages left: what there is goes back to where smaller content lies.
            *self = Self::Heap(pages[..*written].to_vec());
        }
        if let Self::Heap(octets) = self {
            let wanted = (2 * octets.capacity()).min(room).max(needed);
            octets.reserve_exact(wanted - octets.len());
        }
    }

    /// The same octets in so many others, if the system has them.
    fn in_pages(&self, octets: usize) -> Option<Self> {
        let mut pages = MmapMut::map_anon(octets).ok()?;
        let written = self.as_ref().len();
        pages[..written].copy_from_slice(self.as_ref());
        Some(Self::Pages { pages, written })
    }
}

impl AsRef<[u8]> for Place {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Heap(octets) => octets,
            Self::Pages { pages, written } => &pages[..*written],
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Pages { pages, written } = self {
            pages[..*written].fill(0);
            black_box(pages);
        }
    }
}

impl Deref for Growing {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl PartialEq for Growing {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Growing {}

impl fmt::Debug for Growing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Growing({} octets)", self.len())
    }
}

impl Content {
    /// Takes over the octets without copying them.
    pub fn new(octets: Vec<u8>) -> Self {
        Growing(Place::Heap(octets)).into()
    }
}

impl From<Growing> for Content {
    fn from(octets: Growing) -> Self {
        Self(Arc::new(octets))
    }
}

impl From<Vec<u8>> for Content {
    fn from(octets: Vec<u8>) -> Self {
        Self::new(octets)
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} octets)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 50 * 1024 * 1024;

    fn piece(number: usize) -> [u8; 4096] {
        [(number % 251) as u8; 4096]
    }

    #[test]
    fn what_was_pushed_is_there_in_order_and_large_content_moved_once() {
        let mut content = Growing::default();
        let mut moves = 0;
        for number in 0..ROOM / 4096 {
            let before = content.0.capacity();
            content.push(&piece(number), ROOM);
            let capacity = content.0.capacity();
            assert!(capacity >= content.len() && capacity <= ROOM);
            moves += usize::from(capacity != before && before >= MAPPED);
        }
        assert_eq!((content.len(), moves), (ROOM, 1));
        let mut pieces = content.chunks(4096).enumerate();
        assert!(pieces.all(|(number, octets)| octets == piece(number)));
    }

    #[test]
    fn small_content_doubles_within_its_room_and_lies_on_the_heap() {
        let mut content = Growing::default();
        for (more, room, capacity) in [
            (64, 100, 64),
            (1, 100, 100),
            (MAPPED - 100, MAPPED, MAPPED - 35),
            (35, MAPPED, MAPPED),
        ] {
            content.push(&vec![7; more], room);
            assert_eq!(content.0.capacity(), capacity);
        }
        assert_eq!(content.len(), MAPPED);
        assert!(matches!(content.0, Place::Heap(_)));
        content.push(&[7], ROOM);
        assert!(matches!(content.0, Place::Pages { .. }));
        assert_eq!(*content, vec![7; MAPPED + 1]);
    }

    /// A reader that allowed more than it had said: nothing is lost by it.
    #[test]
    fn room_that_turns_out_too_small_is_made_larger() {
        let mut content = Growing::default();
        for room in [0, 10, MAPPED + 1, 2 * MAPPED] {
            content.push(&vec![room as u8; MAPPED], room);
        }
        assert_eq!(content.len(), 4 * MAPPED);
        let parts: Vec<u8> = content.chunks(MAPPED).map(|part| part[0]).collect();
        assert_eq!(parts, [0, 10, 1, 0]);
    }
}
