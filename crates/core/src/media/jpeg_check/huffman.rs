//! Huffman tables of a JPEG (ITU-T T.81, C and F.2.2.3): only how long a code is and what it stands for.

use super::bits::Bits;
use super::damage::Damage;

/// Codes of up to so many bits are found in one step.
const FAST_BITS: u32 = 9;

pub(super) struct Table {
    /// By the next [`FAST_BITS`] bits: the code's length in the high byte and its symbol; 0 for longer codes.
    fast: Box<[u16; 1 << FAST_BITS]>,
    /// By length: one above the last code of that length, shifted up to 16 bits; 0 if there is none.
    ends: [u32; 17],
    /// By length: what is added to a code to find its symbol's place.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Table {
    /// `counts`: how many codes have 1, 2… 16 bits. `None` if there cannot be so many, or symbols are missing.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let symbols = symbols.get(..total)?.to_vec();
        let mut table = Self {
            fast: Box::new([0; 1 << FAST_BITS]),
            ends: [0; 17],
            offsets: [0; 17],
            symbols,
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            let end = code + u32::from(count);
            if end > 1 << length {
                return None;
            }
            if count > 0 {
                *table.ends.get_mut(length as usize)? = end << (16 - length);
                *table.offsets.get_mut(length as usize)? = place as i32 - code as i32;
            }
            for code in code..end {
                let symbol = *table.symbols.get(place)?;
                place += 1;
                if length <= FAST_BITS {
                    let span = 1_usize << (FAST_BITS - length);
                    let first = code as usize * span;
                    let entry = (length as u16) << 8 | u16::from(symbol);
                    table.fast.get_mut(first..first + span)?.fill(entry);
                }
            }
            code = end << 1;
        }
        Some(table)
    }

    /// The next code's length and symbol; nothing is left out yet. At least 16 bits must be ready, unless fewer are left.
    #[inline]
    pub fn find(&self, bits: &Bits<'_>) -> Result<(u32, u8), Damage> {
        let next = bits.peek();
        let entry = self.fast[usize::from(next >> (16 - FAST_BITS))];
        if entry != 0 {
            return Ok((u32::from(entry >> 8), entry as u8));
        }
        self.find_long(next, bits.ready())
    }

    #[cold]
    fn find_long(&self, next: u16, ready: u32) -> Result<(u32, u8), Damage> {
        let lengths = (FAST_BITS as usize + 1)..=16;
        for length in lengths {
            let (Some(&end), Some(&offset)) = (self.ends.get(length), self.offsets.get(length))
            else {
                break;
            };
            if u32::from(next) < end {
                let code = i32::from(next >> (16 - length));
                let symbol = usize::try_from(code + offset)
                    .ok()
                    .and_then(|place| self.symbols.get(place));
                return match symbol {
                    Some(&symbol) => Ok((length as u32, symbol)),
                    None => Err(Damage::Garbled),
                };
            }
        }
        Err(if ready < 16 {
            Damage::EndsTooEarly
        } else {
            Damage::Garbled
        })
    }
}
