//! Where long-lived keys lie in memory: pages that are locked into RAM, left out of core dumps,
//! not readable between uses, and wiped when they are given back.
//!
//! `memfd_secret` would hide the pages from the kernel as well, but no safe interface to it exists
//! and unsafe code is forbidden here (see `server/decisions/0007`). Where the system allows no
//! locked memory, keys lie in ordinary memory that is wiped; the program says at start which it is.

use std::sync::{Mutex, PoisonError};

use memsafe::Secret;
use zeroize::Zeroizing;

/// Keys in one page of 4 KiB, with room for the page's own bookkeeping.
const IN_A_PAGE: usize = 100;
const PAGE: usize = IN_A_PAGE * 32;

/// What kind of memory keys lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Locked into RAM, never in a dump, unreadable between uses.
    Locked,
    /// Ordinary memory, wiped after use.
    Ordinary,
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Locked => "locked pages, never in a dump",
            Self::Ordinary => "ordinary memory (the system allows no locked pages)",
        })
    }
}

/// Some keys of 32 octets, by number.
pub(crate) struct Vault {
    pages: Vec<Page>,
}

enum Page {
    Locked(Mutex<Secret<PAGE>>),
    Ordinary(Box<Zeroizing<[u8; PAGE]>>),
}

impl Vault {
    /// Takes copies; the caller's are wiped as they are dropped.
    pub(crate) fn of<'a>(keys: impl IntoIterator<Item = &'a [u8; 32]>) -> Self {
        let keys: Vec<&[u8; 32]> = keys.into_iter().collect();
        Self {
            pages: keys.chunks(IN_A_PAGE).map(Page::of).collect(),
        }
    }

    /// Hands one key out for the time of a call. Nothing of it may be kept.
    pub(crate) fn with<T>(&self, number: usize, use_it: impl FnOnce(&[u8; 32]) -> T) -> T {
        let at = number % IN_A_PAGE * 32;
        let result = self.pages[number / IN_A_PAGE].read(|page| use_it(key_at(page, at)));
        seal::wipe_stack();
        result
    }

    /// Hands out several one after the other, with the place of each in `numbers`. A page is made
    /// readable once for all that lie in it.
    pub(crate) fn with_each(&self, numbers: &[usize], mut use_it: impl FnMut(usize, &[u8; 32])) {
        for (number_of_page, page) in self.pages.iter().enumerate() {
            let is_here = |number: &usize| *number / IN_A_PAGE == number_of_page;
            if !numbers.iter().any(is_here) {
                continue;
            }
            page.read(|page| {
                let places = numbers.iter().enumerate();
                for (place, number) in places.filter(|(_, number)| is_here(number)) {
                    use_it(place, key_at(page, number % IN_A_PAGE * 32));
                }
            });
        }
        seal::wipe_stack();
    }

    /// What the keys lie in.
    pub(crate) fn memory(&self) -> Memory {
        let locked = |page: &Page| matches!(page, Page::Locked(_));
        if self.pages.iter().all(locked) {
            Memory::Locked
        } else {
            Memory::Ordinary
        }
    }
}

impl Page {
    fn of(keys: &[&[u8; 32]]) -> Self {
        let fill = |page: &mut [u8; PAGE]| {
            for (place, key) in page.chunks_exact_mut(32).zip(keys) {
                place.copy_from_slice(&key[..]);
            }
        };
        match Secret::new_with(fill) {
            Ok(secret) => Self::Locked(Mutex::new(secret)),
            Err(_) => Self::ordinary(fill),
        }
    }

    fn read<T>(&self, use_it: impl FnOnce(&[u8]) -> T) -> T {
        match self {
            Self::Locked(page) => {
                let mut page = page.lock().unwrap_or_else(PoisonError::into_inner);
                let page = page.read().expect("a page of ours can be made readable");
                use_it(&page[..])
            }
            Self::Ordinary(page) => use_it(&page[..]),
        }
    }

    fn ordinary(fill: impl FnOnce(&mut [u8; PAGE])) -> Self {
        let mut page = Box::new(Zeroizing::new([0; PAGE]));
        fill(&mut page);
        Self::Ordinary(page)
    }
}

fn key_at(page: &[u8], at: usize) -> &[u8; 32] {
    page[at..at + 32].try_into().expect("32 octets")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_comes_back_from_its_number_over_the_edge_of_a_page() {
        for count in [0, 1, IN_A_PAGE, IN_A_PAGE + 1] {
            let keys: Vec<[u8; 32]> = (0..count).map(|n| [n as u8; 32]).collect();
            let vault = Vault::of(&keys);
            for (number, key) in keys.iter().enumerate() {
                assert!(
                    vault.with(number, |found| found == key),
                    "{number} of {count}"
                );
            }
        }
    }

    #[test]
    fn several_keys_come_back_in_their_places_over_the_edge_of_a_page() {
        let keys: Vec<[u8; 32]> = (0..IN_A_PAGE + 3).map(|n| [n as u8; 32]).collect();
        let vault = Vault::of(&keys);
        for numbers in [vec![], vec![2], vec![IN_A_PAGE + 1, 0, IN_A_PAGE - 1, 0]] {
            let mut found = vec![None; numbers.len()];
            vault.with_each(&numbers, |place, key| found[place] = Some(*key));
            let expected: Vec<_> = numbers.iter().map(|number| Some(keys[*number])).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn without_locked_pages_keys_come_back_all_the_same_and_it_is_said() {
        let keys: Vec<[u8; 32]> = (0..IN_A_PAGE).map(|n| [n as u8; 32]).collect();
        let page = Page::ordinary(|page| {
            for (place, key) in page.chunks_exact_mut(32).zip(&keys) {
                place.copy_from_slice(key);
            }
        });
        let vault = Vault { pages: vec![page] };
        for (number, key) in keys.iter().enumerate() {
            assert!(vault.with(number, |found| found == key), "{number}");
        }
        assert_eq!(vault.memory(), Memory::Ordinary);
        assert!(vault.memory().to_string().contains("ordinary memory"));
    }

    #[test]
    fn a_use_that_panics_leaves_the_page_usable() {
        let vault = Vault::of([&[7; 32]]);
        let panics = std::panic::AssertUnwindSafe(|| vault.with(0, |_| panic!("in use")));
        assert!(std::panic::catch_unwind(panics).is_err());
        assert!(vault.with(0, |key| *key == [7; 32]));
    }

    #[test]
    fn a_lock_is_there_where_the_system_allows_it() {
        // Every system the tests run on allows one page; the fallback is told at start.
        assert_eq!(Vault::of([&[1; 32]]).memory(), Memory::Locked);
    }
}
