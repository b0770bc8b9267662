//! Hashes within a few bits of one another, among many, without comparing all pairs.
//!
//! Hashes that differ in at most 11 of 64 bits differ in at most 2 bits of one of their four quarters. So each quarter
//! is looked up with all values within 2 bits of it (multi-index hashing, Norouzi et al. 2012): 548 short lists instead
//! of all hashes. Exact; of 100,000 hashes a look-up sees some 800.

/// Bits in which hashes may differ to be found.
pub const MOST_BITS: u32 = 11;

const QUARTERS: usize = 4;
const VALUES: usize = 1 << 16;

/// Positions of hashes in a list, by their quarters.
#[derive(Debug)]
pub struct HashIndex {
    hashes: Vec<u64>,
    quarters: Vec<Quarter>,
    near_values: Vec<u16>,
}

/// Positions sorted by the value of a quarter; those of value `v` are `positions[starts[v]..starts[v + 1]]`.
#[derive(Debug)]
struct Quarter {
    starts: Vec<u32>,
    positions: Vec<u32>,
}

impl HashIndex {
    pub fn new(hashes: Vec<u64>) -> Self {
        Self {
            quarters: (0..QUARTERS)
                .map(|quarter| Quarter::new(&hashes, quarter))
                .collect(),
            hashes,
            near_values: near_values(),
        }
    }

    /// Calls `found` with the position of each hash within [`MOST_BITS`] of `hash`; some more than once.
    pub fn near(&self, hash: u64, mut found: impl FnMut(usize)) {
        for (number, quarter) in self.quarters.iter().enumerate() {
            let own = value(hash, number);
            for difference in &self.near_values {
                for &position in quarter.of(own ^ usize::from(*difference)) {
                    let position = position as usize;
                    let other = self.hashes.get(position).copied().unwrap_or(!hash);
                    if (other ^ hash).count_ones() <= MOST_BITS {
                        found(position);
                    }
                }
            }
        }
    }
}

impl Quarter {
    fn new(hashes: &[u64], number: usize) -> Self {
        let mut starts = vec![0_u32; VALUES + 1];
        for &hash in hashes {
            if let Some(count) = starts.get_mut(value(hash, number) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut positions: Vec<u32> = (0..hashes.len() as u32).collect();
        positions.sort_by_key(|&at| hashes.get(at as usize).map(|&hash| value(hash, number)));
        Self { starts, positions }
    }

    fn of(&self, value: usize) -> &[u32] {
        let bound = |at: usize| self.starts.get(at).map_or(0, |&start| start as usize);
        let range = bound(value)..bound(value + 1);
        self.positions.get(range).unwrap_or_default()
    }
}

fn value(hash: u64, quarter: usize) -> usize {
    (hash >> (16 * quarter)) as usize % VALUES
}

/// All 16-bit values with at most 2 bits.
fn near_values() -> Vec<u16> {
    (0..=u16::MAX)
        .filter(|value| value.count_ones() <= MOST_BITS / QUARTERS as u32)
        .collect()
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
        let index = HashIndex::new(hashes.clone());
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
