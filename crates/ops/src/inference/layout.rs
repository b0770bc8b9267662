//! Where each map lies in the memory of a run: places are used again as soon as a map has been read for the last time.

use super::map::BlockedMap;

/// Values of a cache line.
const LINE: usize = 16;

/// Places that are given out and taken back.
#[derive(Default)]
pub struct Places {
    /// Free ones (start, length) in order, none next to another.
    free: Vec<(usize, usize)>,
    end: usize,
    /// Free places of maps with a border, by shape: their zeros stay where they are.
    framed: Vec<BlockedMap>,
}

impl Places {
    /// For a map, whose border is (and stays) zero.
    pub fn take_map(&mut self, map: BlockedMap) -> BlockedMap {
        if !map.has_border() {
            return BlockedMap {
                at: self.take(map.len()),
                ..map
            };
        }
        let same = |free: &BlockedMap| {
            BlockedMap {
                at: map.at,
                ..*free
            } == map
        };
        if let Some(found) = self.framed.iter().position(same) {
            return self.framed.swap_remove(found);
        }
        let at = self.end;
        self.end += map.len().next_multiple_of(LINE);
        BlockedMap { at, ..map }
    }

    pub fn put_map(&mut self, map: BlockedMap) {
        if map.has_border() {
            self.framed.push(map);
        } else {
            self.put(map.at, map.len());
        }
    }

    /// `len` values: the smallest free place that holds them.
    pub fn take(&mut self, len: usize) -> usize {
        let len = len.next_multiple_of(LINE);
        let fitting = self
            .free
            .iter()
            .enumerate()
            .filter(|(_, free)| free.1 >= len);
        if let Some((index, _)) = fitting.min_by_key(|(_, free)| free.1) {
            let (start, room) = self.free[index];
            if room == len {
                self.free.remove(index);
            } else {
                self.free[index] = (start + len, room - len);
            }
            return start;
        }
        let start = self.end;
        self.end += len;
        start
    }

    pub fn put(&mut self, start: usize, len: usize) {
        let len = len.next_multiple_of(LINE);
        let index = self.free.partition_point(|free| free.0 < start);
        self.free.insert(index, (start, len));
        if let Some(&(next, more)) = self.free.get(index + 1)
            && start + len == next
        {
            self.free[index].1 += more;
            self.free.remove(index + 1);
        }
        if index > 0 && self.free[index - 1].0 + self.free[index - 1].1 == start {
            self.free[index - 1].1 += self.free[index].1;
            self.free.remove(index);
        }
    }

    /// Values of all places.
    pub fn len(&self) -> usize {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_are_free_become_one() {
        let mut places = Places::default();
        let starts = [16, 32, 48].map(|len| places.take(len));
        assert_eq!(starts, [0, 16, 48]);
        places.put(0, 16);
        places.put(48, 48);
        assert_eq!(places.take(40), 48);
        places.put(48, 40);
        places.put(16, 32);
        assert_eq!(places.take(96), 0);
        assert_eq!(places.len(), 96);
    }
}
