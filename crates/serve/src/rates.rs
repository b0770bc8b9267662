//! How often each address asks: so many times within any minute, at once or spread over it.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_mins(1);

/// Addresses that are remembered; more than one demo has visitors.
const MOST_ADDRESSES: usize = 4096;

#[derive(Debug)]
pub(crate) struct Rates {
    pub per_minute: u32,
    /// When each address asked within the last minute, the oldest first.
    asked: Mutex<BTreeMap<IpAddr, VecDeque<Instant>>>,
}

/// Why somebody may not ask now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// His address has asked as often as it may; it may again after this time.
    TooOften(Duration),
    /// More addresses ask than are remembered.
    Crowded,
}

impl Rates {
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            asked: Mutex::default(),
        }
    }

    /// Counts a question of `ip`, unless it is refused.
    pub fn take(&self, ip: IpAddr, now: Instant) -> Result<(), Refused> {
        let ip = network(ip);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= MOST_ADDRESSES && !asked.contains_key(&ip) {
            asked.retain(|_, times| times.back().is_some_and(|last| now - *last < MINUTE));
            if asked.len() >= MOST_ADDRESSES {
                return Err(Refused::Crowded);
            }
        }
        let times = asked.entry(ip).or_default();
        while times.front().is_some_and(|first| now - *first >= MINUTE) {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= self.per_minute as usize => {
                Err(Refused::TooOften(MINUTE.saturating_sub(now - *first)))
            }
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
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
    fn an_address_may_ask_so_often_in_any_minute_and_others_have_theirs() {
        let rates = Rates::new(12);
        let start = Instant::now();
        let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let after = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..11 {
            rates.take(one, start).unwrap();
        }
        rates.take(one, after(20)).unwrap();
        let wait = Duration::from_secs(30);
        assert_eq!(rates.take(one, after(30)), Err(Refused::TooOften(wait)));
        rates.take(other, after(30)).unwrap();
        // Eleven are a minute ago, the twelfth is not.
        let taken = (0..100).filter(|_| rates.take(one, after(60)).is_ok());
        assert_eq!(taken.count(), 11);
        rates.take(one, after(80)).unwrap();
        assert!(rates.take(one, after(80)).is_err());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let rates = Rates::new(1);
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
        for number in 0..MOST_ADDRESSES as u32 {
            rates.take(address(number), now).unwrap();
        }
        assert_eq!(rates.take(address(1 << 30), now), Err(Refused::Crowded));
        // Those that have been quiet are forgotten.
        rates.take(address(1 << 30), now + MINUTE).unwrap();
        assert_eq!(rates.asked.lock().unwrap().len(), 1);
    }
}
