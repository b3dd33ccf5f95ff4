//! A token bucket per client address, in this process only.
//!
//! It stops a flood from one place. It is no defence of passcodes: those are limited per recipient,
//! over all addresses and nodes, at the store (promise A3).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::settings::RequestLimits;

/// Buckets kept at most: about 5 MiB. Beyond it full buckets are dropped first, then all; a flood
/// from more addresses than that is not for this limit to stop.
const MOST_BUCKETS: usize = 100_000;

/// Counts requests by the generic cell rate algorithm: one instant per client says when its bucket
/// would be full again.
pub(crate) struct RequestLimiter {
    limits: RequestLimits,
    full_at: Mutex<HashMap<IpAddr, Timestamp>>,
}

impl RequestLimiter {
    pub(crate) fn new(limits: RequestLimits) -> Self {
        Self {
            limits,
            full_at: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one request from the bucket of `client`, or says when to come back.
    pub(crate) fn take(&self, client: IpAddr, now: Timestamp) -> Result<(), Timestamp> {
        let cost = SignedDuration::from_secs(1) / self.limits.per_second.max(1) as i32;
        let whole = cost * self.limits.burst.max(1) as i32;
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= MOST_BUCKETS {
                buckets.clear();
            }
        }
        let full_at = buckets.entry(network_of(client)).or_insert(now);
        // A clock that was set back must not lock anybody out for longer than one bucket.
        *full_at = (*full_at).clamp(now, now.saturating_add(whole).unwrap_or(now));
        let taken = full_at.saturating_add(cost).unwrap_or(now);
        if taken.duration_since(now) > whole {
            return Err(taken.saturating_sub(whole).unwrap_or(now));
        }
        *full_at = taken;
        Ok(())
    }
}

/// One household or host holds a whole /64 of IPv6.
fn network_of(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000_000_000 + millis).expect("time")
    }

    fn limiter() -> RequestLimiter {
        RequestLimiter::new(RequestLimits {
            burst: 3,
            per_second: 2,
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn a_burst_passes_and_the_next_request_waits_for_one_token() {
        let limiter = limiter();
        for _ in 0..3 {
            assert_eq!(limiter.take(ip("192.0.2.1"), at(0)), Ok(()));
        }
        assert_eq!(limiter.take(ip("192.0.2.1"), at(0)), Err(at(500)));
        assert_eq!(limiter.take(ip("192.0.2.1"), at(499)), Err(at(500)));
        assert_eq!(limiter.take(ip("192.0.2.1"), at(500)), Ok(()));
        assert_eq!(limiter.take(ip("192.0.2.1"), at(500)), Err(at(1000)));
    }

    #[test]
    fn other_clients_are_not_touched() {
        let limiter = limiter();
        for _ in 0..4 {
            let _ = limiter.take(ip("192.0.2.1"), at(0));
        }
        assert_eq!(limiter.take(ip("192.0.2.2"), at(0)), Ok(()));
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let limiter = limiter();
        for host in 1..=3 {
            assert_eq!(
                limiter.take(ip(&format!("2001:db8::{host}")), at(0)),
                Ok(())
            );
        }
        assert!(limiter.take(ip("2001:db8::ffff"), at(0)).is_err());
        assert_eq!(limiter.take(ip("2001:db8:0:1::1"), at(0)), Ok(()));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_longer_than_one_bucket() {
        let limiter = limiter();
        assert_eq!(limiter.take(ip("192.0.2.1"), at(3_600_000)), Ok(()));
        assert!(limiter.take(ip("192.0.2.1"), at(0)).is_err());
        assert_eq!(limiter.take(ip("192.0.2.1"), at(1_500)), Ok(()));
    }
}
