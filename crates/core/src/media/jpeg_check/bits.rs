//! The bits of a JPEG's entropy-coded data, up to the next marker.

use super::damage::Damage;

/// Reads `FF 00` as the byte `FF` and stops at any other marker (ITU-T T.81, F.1.2.3).
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// Of the next byte that is not in `buffer`.
    at: usize,
    /// The next `count` bits, from the highest bit down; zeros below.
    buffer: u64,
    count: u32,
}

/// Bits that are there after a refill, unless a marker follows: a code and its value have at most 16 each.
const READY: u32 = 32;

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            buffer: 0,
            count: 0,
        }
    }

    /// Makes at least [`READY`] bits ready, or all there are.
    #[inline]
    pub fn refill(&mut self) {
        if self.count >= READY {
            return;
        }
        if let Some(&bytes) = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<4>)
            && !bytes.contains(&0xff)
        {
            let word = u64::from(u32::from_be_bytes(bytes));
            self.buffer |= word << (32 - self.count);
            self.count += 32;
            self.at += 4;
            return;
        }
        while self.count <= 56 {
            let Some((byte, next)) = self.byte_at(self.at) else {
                return;
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.at = next;
        }
    }

    /// The byte of data at `at` and where the next one begins. `None` at a marker or the end of the file.
    fn byte_at(&self, at: usize) -> Option<(u8, usize)> {
        match *self.data.get(at)? {
            0xff => {
                // Fill bytes may stand before a marker.
                let rest = self.data.get(at + 1..)?;
                let fill = rest.iter().position(|&byte| byte != 0xff)?;
                (rest.get(fill) == Some(&0)).then_some((0xff, at + fill + 2))
            }
            byte => Some((byte, at + 1)),
        }
    }

    /// The next 16 bits; zeros follow the last one.
    #[inline]
    pub fn peek(&self) -> u16 {
        (self.buffer >> 48) as u16
    }

    /// How many bits are ready.
    #[inline]
    pub fn ready(&self) -> u32 {
        self.count
    }

    /// Leaves out `n` bits, at most 32, of those that are ready.
    #[inline]
    pub fn skip(&mut self, n: u32) -> Result<(), Damage> {
        if n > self.count {
            return Err(Damage::EndsTooEarly);
        }
        self.buffer <<= n;
        self.count -= n;
        Ok(())
    }

    /// Leaves out any number of bits.
    pub fn skip_many(&mut self, mut n: u32) -> Result<(), Damage> {
        while n > 0 {
            self.refill();
            let step = n.min(READY);
            self.skip(step)?;
            n -= step;
        }
        Ok(())
    }

    /// The next `n` bits, at most 16, as a number.
    pub fn take(&mut self, n: u32) -> Result<u32, Damage> {
        self.refill();
        let value = if n == 0 {
            0
        } else {
            u32::from(self.peek()) >> (16 - n)
        };
        self.skip(n)?;
        Ok(value)
    }

    /// Leaves out what fills up the last byte, and the bytes of data before the next marker. Returns those bytes, no
    /// more than `limit` of them.
    pub fn rest(&mut self, limit: usize) -> Vec<u8> {
        self.buffer <<= self.count % 8;
        self.count -= self.count % 8;
        let mut rest = Vec::new();
        while self.count > 0 && rest.len() < limit {
            rest.push((self.buffer >> 56) as u8);
            self.buffer <<= 8;
            self.count -= 8;
        }
        while rest.len() < limit
            && let Some((byte, next)) = self.byte_at(self.at)
        {
            rest.push(byte);
            self.at = next;
        }
        rest
    }

    /// The code of the marker that comes next, which is left out. `None` if data come first or the file ends.
    pub fn marker(&mut self) -> Option<u8> {
        let rest = self.data.get(self.at..)?;
        let fill = rest.iter().position(|&byte| byte != 0xff)?;
        if fill == 0 || self.count >= 8 {
            return None;
        }
        self.buffer = 0;
        self.count = 0;
        self.at += fill + 1;
        rest.get(fill).copied()
    }

    /// Where the next byte lies that was not read.
    pub fn position(&self) -> usize {
        self.at
    }
}
