//! The places for connections: so many in all, and so many for one client.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What counts as one client: an IPv4 address, and of IPv6 the /64 that one subscriber has at least,
/// within which addresses cost nothing.
pub(crate) fn one_client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            // Loopback stays what it is.
            let is_loopback = address.is_loopback();
            IpAddr::V6(if is_loopback {
                address
            } else {
                Ipv6Addr::from_bits(network)
            })
        }
        address => address,
    }
}

/// Which places are taken.
pub(super) struct Places {
    all: usize,
    taken: Mutex<Taken>,
}

/// Only addresses that hold a place are remembered.
#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One of them, free again when dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

/// Whose places are all taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Everybodys,
    ThisAddresses,
}

impl Places {
    pub(super) fn new(all: usize) -> Arc<Self> {
        Arc::new(Self {
            all,
            taken: Mutex::default(),
        })
    }

    /// Takes a place for this address, which may hold `most`.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, most: usize) -> Result<Place, Full> {
        let address = one_client(address);
        let mut taken = self.taken();
        if taken.all >= self.all {
            return Err(Full::Everybodys);
        }
        let of_this = taken.by_address.get(&address).copied().unwrap_or(0);
        if of_this >= most {
            return Err(Full::ThisAddresses);
        }
        taken.all += 1;
        taken.by_address.insert(address, of_this + 1);
        Ok(Place {
            places: Arc::clone(self),
            address,
        })
    }

    /// No count is ever left half changed, so one that a panic poisoned is still right.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        if let Some(of_this) = taken.by_address.get_mut(&self.address) {
            *of_this -= 1;
            if *of_this == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_address_cannot_take_all_places() {
        let places = Places::new(5);
        let first: Vec<_> = (0..3).map(|_| places.take(address(1), 3)).collect();
        assert!(first.iter().all(Result::is_ok));
        assert_eq!(places.take(address(1), 3).err(), Some(Full::ThisAddresses));
        let _second = places.take(address(2), 3).unwrap();
        drop(first);
        assert!(places.take(address(1), 3).is_ok());
    }

    #[test]
    fn of_ipv6_a_whole_64_is_one_client() {
        let places = Places::new(5);
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        let _first = places.take(at("2001:db8::1"), 2).unwrap();
        let _second = places.take(at("2001:db8::ffff:2"), 2).unwrap();
        let third = places.take(at("2001:db8::3"), 2);
        assert_eq!(third.err(), Some(Full::ThisAddresses));
        assert!(places.take(at("2001:db8:0:1::1"), 2).is_ok());
        assert_eq!(one_client(at("::1")), at("::1"));
        assert_eq!(one_client(at("::ffff:192.0.2.1")), at("192.0.2.1"));
        assert_eq!(one_client(at("192.0.2.1")), at("192.0.2.1"));
    }

    #[test]
    fn all_addresses_together_cannot_take_more_than_all_places() {
        let places = Places::new(2);
        let first = places.take(address(1), 2).unwrap();
        let _second = places.take(address(2), 2).unwrap();
        assert_eq!(places.take(address(3), 2).err(), Some(Full::Everybodys));
        drop(first);
        assert!(places.take(address(3), 2).is_ok());
    }

    #[test]
    fn nothing_is_remembered_of_who_has_left() {
        let places = Places::new(2);
        let place = places.take(address(1), 2).unwrap();
        assert!(places.take(address(1), 0).is_err());
        drop(place);
        let taken = places.taken();
        assert_eq!((taken.all, taken.by_address.len()), (0, 0));
    }
}
