//! Counts values of which many equal ones come in a row, as sources and scenes do in a catalog.

use std::collections::BTreeMap;

pub struct Tally<K> {
    counts: BTreeMap<K, usize>,
    /// The present run.
    run: Option<(K, usize)>,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self {
            counts: BTreeMap::new(),
            run: None,
        }
    }
}

impl<K: Copy + Ord> Tally<K> {
    pub fn add(&mut self, key: K) {
        match &mut self.run {
            Some((known, count)) if *known == key => *count += 1,
            _another => {
                self.end_run();
                self.run = Some((key, 1));
            }
        }
    }

    pub fn counts(mut self) -> BTreeMap<K, usize> {
        self.end_run();
        self.counts
    }

    fn end_run(&mut self) {
        if let Some((key, count)) = self.run.take() {
            *self.counts.entry(key).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_key_are_added_up() {
        let mut tally = Tally::default();
        for key in [1, 1, 2, 1, 3, 3] {
            tally.add(key);
        }
        assert_eq!(tally.counts(), BTreeMap::from([(1, 3), (2, 1), (3, 2)]));
        assert!(Tally::<u8>::default().counts().is_empty());
    }
}
