//! What was found on an image, kept so that going back to a class, method or layer costs nothing.

use std::sync::Arc;

use super::explanation::Explanation;
use super::method::Method;

/// Values kept: thousands of coarse maps, or a few maps of all pixels. Four bytes each.
const MOST_VALUES: usize = 1 << 20;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub class: usize,
    pub method: Method,
    /// `None`: the last one.
    pub layer: Option<String>,
}

/// The one used last comes last.
#[derive(Debug, Default)]
pub struct Kept(Vec<(Key, Arc<Explanation>)>);

impl Kept {
    pub fn get(&mut self, key: &Key) -> Option<Arc<Explanation>> {
        let at = self.0.iter().position(|(known, _)| known == key)?;
        let known = self.0.remove(at);
        let found = Arc::clone(&known.1);
        self.0.push(known);
        Some(found)
    }

    /// Lets go of those that were not used for longest, but not of this one.
    pub fn put(&mut self, key: Key, found: Arc<Explanation>) {
        self.0.push((key, found));
        let mut values: usize = self.0.iter().map(|(_, kept)| kept.values().len()).sum();
        while values > MOST_VALUES && self.0.len() > 1 {
            values -= self.0.remove(0).1.values().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Heatmap;
    use super::*;

    fn explanation(values: usize) -> Arc<Explanation> {
        Arc::new(Explanation::Regions {
            heatmap: Heatmap {
                width: values,
                height: 1,
                values: vec![0.0; values],
            },
            region: [0.0, 0.0, 1.0, 1.0],
        })
    }

    fn key(class: usize) -> Key {
        Key {
            class,
            method: Method::GradCam,
            layer: None,
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first_and_the_newest_stays() {
        let mut kept = Kept::default();
        let third = MOST_VALUES / 3;
        for class in 0..3 {
            kept.put(key(class), explanation(third));
        }
        assert!(kept.get(&key(0)).is_some());
        kept.put(key(3), explanation(third));
        assert!(kept.get(&key(1)).is_none() && kept.get(&key(0)).is_some());
        kept.put(key(4), explanation(2 * MOST_VALUES));
        assert!(kept.get(&key(4)).is_some() && kept.get(&key(3)).is_none());
    }
}
