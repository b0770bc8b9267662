//! Whose turn it is: addresses wait by host, and of the hosts that may be asked the first in the list goes first, so that
//! the pause of one host is used for another.

use std::collections::VecDeque;
use std::time::Instant;

/// Addresses that wait, with what belongs to each.
pub struct Turns<T> {
    /// In the order of their first address.
    hosts: Vec<(String, VecDeque<T>)>,
}

impl<T> Turns<T> {
    /// `host_of`: the name of the host of an item.
    pub fn new(items: Vec<T>, host_of: impl Fn(&T) -> String) -> Self {
        let mut places = std::collections::BTreeMap::new();
        let mut hosts: Vec<(String, VecDeque<T>)> = Vec::new();
        for item in items {
            let host = host_of(&item);
            let at = *places.entry(host.clone()).or_insert_with(|| {
                hosts.push((host, VecDeque::new()));
                hosts.len() - 1
            });
            if let Some((_, waiting)) = hosts.get_mut(at) {
                waiting.push_back(item);
            }
        }
        Self { hosts }
    }

    /// The next item of the host that is `ready` first.
    pub fn next(&mut self, ready: impl Fn(&str) -> Instant) -> Option<T> {
        self.hosts.retain(|(_, waiting)| !waiting.is_empty());
        // Of equals the first.
        let (_, waiting) = self.hosts.iter_mut().min_by_key(|(host, _)| ready(host))?;
        waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn hosts_take_turns_and_each_keeps_its_order() {
        let mut turns = Turns::new(vec!["a1", "a2", "b1", "b2"], |item| item[..1].to_owned());
        let now = Instant::now();
        let later = |which: &'static str| {
            move |host: &str| {
                if host == which {
                    now + Duration::from_secs(1)
                } else {
                    now
                }
            }
        };
        assert_eq!(turns.next(later("none")), Some("a1"));
        assert_eq!(turns.next(later("a")), Some("b1"));
        assert_eq!(turns.next(later("b")), Some("a2"));
        assert_eq!(turns.next(later("b")), Some("b2"));
        assert_eq!(turns.next(later("b")), None);
    }
}
