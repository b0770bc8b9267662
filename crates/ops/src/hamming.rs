//! Which of many 64-bit hashes are within some bits of one.

use crate::simd::kernel;

/// Hashes that are looked at together: only a block with one that is near is looked through.
const BLOCK: usize = 32;

kernel! {
    /// Adds to `found` the places in `hashes` of those that differ from `hash` in at most `most_bits`.
    pub fn near(hash: u64, hashes: &[u64], most_bits: u32, found: &mut Vec<u32>) {
        for (number, block) in hashes.chunks(BLOCK).enumerate() {
            // Without a branch, so that it is done in vectors.
            let mut is_any = 0;
            for other in block {
                is_any |= u32::from((hash ^ other).count_ones() <= most_bits);
            }
            if is_any == 0 {
                continue;
            }
            for (at, other) in block.iter().enumerate() {
                if (hash ^ other).count_ones() <= most_bits {
                    found.push((number * BLOCK + at) as u32);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_within_the_bits_are_found_wherever_they_are() {
        let hash = 0x0123_4567_89ab_cdef_u64;
        let far = |at: u64| hash ^ !(at % 8);
        for place in [0, 1, 31, 32, 33, 99] {
            let mut hashes: Vec<u64> = (0..100).map(far).collect();
            hashes[place] = hash ^ 0b1011;
            let mut found = vec![7];
            near(hash, &hashes, 3, &mut found);
            assert_eq!(found, [7, place as u32]);
            near(hash, &hashes, 2, &mut found);
            assert_eq!(found.len(), 2);
        }
    }
}
