//! How many images each address sends: a bucket that fills with time, and an image takes one out.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses that are remembered; more than one demo has visitors.
const MOST_ADDRESSES: usize = 4096;

/// Images that an address may send at once, as a part of those of a minute.
const BURST_PART: f64 = 0.2;

#[derive(Debug)]
pub(crate) struct Rates {
    per_second: f64,
    burst: f64,
    buckets: Mutex<BTreeMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rates {
    pub fn new(per_minute: u32) -> Self {
        let per_minute = f64::from(per_minute);
        Self {
            per_second: per_minute / 60.0,
            burst: (per_minute * BURST_PART).max(1.0),
            buckets: Mutex::default(),
        }
    }

    /// Takes one out of the bucket of `ip`.
    ///
    /// # Errors
    /// How long it takes until there is one.
    pub fn take(&self, ip: IpAddr, now: Instant) -> Result<(), Duration> {
        let ip = network(ip);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_ADDRESSES && !buckets.contains_key(&ip) {
            buckets.retain(|_, bucket| self.filled(bucket, now) < self.burst);
            if buckets.len() >= MOST_ADDRESSES {
                return Err(Duration::from_secs(1));
            }
        }
        let full = Bucket {
            left: self.burst,
            at: now,
        };
        let bucket = buckets.entry(ip).or_insert(full);
        let left = self.filled(bucket, now);
        *bucket = Bucket {
            left: if left < 1.0 { left } else { left - 1.0 },
            at: now,
        };
        if left < 1.0 {
            let wait = (1.0 - left) / self.per_second.max(f64::MIN_POSITIVE);
            return Err(Duration::from_secs_f64(wait.min(3600.0)));
        }
        Ok(())
    }

    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + passed * self.per_second).min(self.burst)
    }
}

/// A visitor with IPv6 has a whole network to himself.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_burst_and_then_its_rate_and_others_have_theirs() {
        let rates = Rates::new(60);
        let start = Instant::now();
        let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        for _ in 0..12 {
            rates.take(one, start).unwrap();
        }
        let wait = rates.take(one, start).unwrap_err();
        assert!(wait > Duration::from_millis(900) && wait <= Duration::from_secs(1));
        rates.take(other, start).unwrap();
        rates.take(one, start + Duration::from_secs(1)).unwrap();
        assert!(rates.take(one, start + Duration::from_secs(1)).is_err());
        // Long after, no more than a burst.
        let later = start + Duration::from_hours(1);
        let taken = (0..100).filter(|_| rates.take(one, later).is_ok()).count();
        assert_eq!(taken, 12);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_share_a_bucket() {
        let rates = Rates::new(5);
        let now = Instant::now();
        rates.take("2001:db8::1".parse().unwrap(), now).unwrap();
        assert!(rates.take("2001:db8::2".parse().unwrap(), now).is_err());
        rates.take("2001:db8:1::1".parse().unwrap(), now).unwrap();
    }

    #[test]
    fn memory_for_addresses_is_bounded() {
        let rates = Rates::new(60);
        let now = Instant::now();
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        for number in 0..2 * MOST_ADDRESSES as u32 {
            let _ = rates.take(address(number), now);
        }
        assert_eq!(rates.buckets.lock().unwrap().len(), MOST_ADDRESSES);
        // Those that have been quiet are forgotten.
        rates
            .take(address(1 << 30), now + Duration::from_mins(1))
            .unwrap();
        assert_eq!(rates.buckets.lock().unwrap().len(), 1);
    }
}
