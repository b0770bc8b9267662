//! Hashes within a few bits of one another, among many, without comparing all pairs.
//!
//! Hashes that differ in at most 11 of 64 bits differ in at most one bit of one of their six parts. So each part is looked
//! up with all values within a bit of it (multi-index hashing, Norouzi et al. 2012): 70 lists instead of all hashes. Exact.
//! Of 100,000 hashes a look-up sees some 5,000, which lie one after another in memory; with four parts and two bits it would
//! see 800, in 548 lists each in another place, and takes several times as long.

use crate::ops::hamming;

/// Bits in which hashes may differ to be found.
pub const MOST_BITS: u32 = 11;

/// Bits of each part, from the lowest on.
const PARTS: [u32; 6] = [11, 11, 11, 11, 10, 10];

/// Positions of hashes in a list, by their parts.
#[derive(Debug)]
pub struct HashIndex {
    parts: Vec<Part>,
}

/// Hashes sorted by the value of a part; those of value `v` are at `starts[v]..starts[v + 1]`.
#[derive(Debug)]
struct Part {
    shift: u32,
    bits: u32,
    starts: Vec<u32>,
    hashes: Vec<u64>,
    /// Of each of them in the list.
    positions: Vec<u32>,
}

impl HashIndex {
    pub fn new(hashes: &[u64]) -> Self {
        let mut shift = 0;
        let parts = PARTS.map(|bits| {
            let part = Part::new(hashes, shift, bits);
            shift += bits;
            part
        });
        Self {
            parts: parts.into(),
        }
    }

    /// Calls `found` with the position of each hash within [`MOST_BITS`] of `hash`; some more than once.
    pub fn near(&self, hash: u64, mut found: impl FnMut(usize)) {
        let mut places = Vec::new();
        for part in &self.parts {
            let own = part.value(hash);
            let one_bit = (0..part.bits).map(|bit| 1 << bit);
            for difference in std::iter::once(0).chain(one_bit) {
                let (hashes, positions) = part.of(own ^ difference);
                places.clear();
                hamming::near(hash, hashes, MOST_BITS, &mut places);
                for &place in &places {
                    if let Some(&position) = positions.get(place as usize) {
                        found(position as usize);
                    }
                }
            }
        }
    }
}

impl Part {
    fn new(hashes: &[u64], shift: u32, bits: u32) -> Self {
        let mut part = Self {
            shift,
            bits,
            starts: vec![0; (1 << bits) + 1],
            hashes: Vec::new(),
            positions: (0..hashes.len() as u32).collect(),
        };
        for &hash in hashes {
            let after = part.value(hash) + 1;
            if let Some(count) = part.starts.get_mut(after) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut part.starts {
            sum += *start;
            *start = sum;
        }
        let hash = |&at: &u32| hashes.get(at as usize).copied().unwrap_or_default();
        let mut positions = std::mem::take(&mut part.positions);
        positions.sort_by_key(|at| part.value(hash(at)));
        part.hashes = positions.iter().map(hash).collect();
        part.positions = positions;
        part
    }

    fn value(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize & ((1 << self.bits) - 1)
    }

    fn of(&self, value: usize) -> (&[u64], &[u32]) {
        let bound = |at: usize| self.starts.get(at).map_or(0, |&start| start as usize);
        let range = bound(value)..bound(value + 1);
        (
            self.hashes.get(range.clone()).unwrap_or_default(),
            self.positions.get(range).unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rng::Stream;

    #[test]
    fn it_finds_what_comparing_all_pairs_finds() {
        let mut stream = Stream::new(7, &[]);
        let mut random =
            || (0..64).fold(0_u64, |bits, _| bits << 1 | u64::from(stream.chance(0.5)));
        let mut hashes: Vec<u64> = (0..300).map(|_| random()).collect();
        for at in 0..300 {
            // Neighbors at every distance up to 20.
            let flips = (0..at % 21).fold(0_u64, |bits, k| bits | 1 << ((k * 13 + at) % 64));
            hashes.push(hashes[at] ^ flips);
        }
        let index = HashIndex::new(&hashes);
        for &hash in &hashes {
            let mut found = BTreeSet::new();
            index.near(hash, |at| {
                found.insert(at);
            });
            let expected: BTreeSet<usize> = (0..hashes.len())
                .filter(|&at| (hashes[at] ^ hash).count_ones() <= MOST_BITS)
                .collect();
            assert_eq!(found, expected);
        }
    }
}
