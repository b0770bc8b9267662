//! One property, ranked over all units: how well each class is told from the others by it.

use std::collections::BTreeMap;

use crate::catalog::ClassId;

/// How a class lies among all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Difference {
    /// Probability that a unit of the class has more of the property than another one, half of the ties included.
    pub auc: f64,
    /// The same in standard deviations from one half under chance (Mann and Whitney 1947, with ties).
    pub z: f64,
}

/// Ranks of the units that have the property.
pub(super) struct Ranked {
    /// By unit, from 1; units of equal value share the mean of their ranks.
    ranks: Vec<Option<f64>>,
    /// Units with the property.
    count: usize,
    /// Sum of `t³ - t` over all groups of equal values.
    ties: f64,
}

impl Ranked {
    pub fn of(values: &[Option<f64>]) -> Self {
        let mut order: Vec<(usize, f64)> = values
            .iter()
            .enumerate()
            .filter_map(|(unit, value)| Some((unit, (*value)?)))
            .collect();
        order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let mut ranks = vec![None; values.len()];
        let (mut below, mut ties) = (0, 0.0);
        for equal in order.chunk_by(|(_, a), (_, b)| a == b) {
            let size = equal.len();
            let rank = below as f64 + (size + 1) as f64 / 2.0;
            for (unit, _) in equal {
                if let Some(place) = ranks.get_mut(*unit) {
                    *place = Some(rank);
                }
            }
            ties += (size as f64).powi(3) - size as f64;
            below += size;
        }
        Self {
            ranks,
            count: order.len(),
            ties,
        }
    }

    /// Of each class that has `least` units and leaves as many. `labels`: the class of each unit.
    pub fn differences(&self, labels: &[ClassId], least: usize) -> BTreeMap<ClassId, Difference> {
        let mut sums: BTreeMap<ClassId, (usize, f64)> = BTreeMap::new();
        for (rank, label) in self.ranks.iter().zip(labels) {
            if let Some(rank) = rank {
                let (count, sum) = sums.entry(*label).or_default();
                *count += 1;
                *sum += rank;
            }
        }
        let all = self.count as f64;
        let spread = (all + 1.0) - self.ties / (all * (all - 1.0)).max(1.0);
        sums.into_iter()
            .filter(|(_, (count, _))| *count >= least && self.count - count >= least)
            .map(|(class, (count, sum))| {
                let own = count as f64;
                let pairs = own * (all - own);
                let auc = (sum - own * (own + 1.0) / 2.0) / pairs;
                let deviation = (pairs * spread.max(0.0) / 12.0).sqrt() / pairs;
                // If all are equal, nothing differs.
                let z = if deviation > 1e-9 {
                    (auc - 0.5) / deviation
                } else {
                    0.0
                };
                (class, Difference { auc, z })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: ranks 2, 4, 4 and 9 of ten, so U = 9 of 24; with ties of three and of two its deviation is
    /// sqrt(24 / 12 · (11 - 30 / 90)) = 4.619.
    #[test]
    fn it_is_the_test_of_mann_and_whitney() {
        let values = [1.0, 2.0, 2.0, 5.0, 0.0, 2.0, 3.0, 3.0, 4.0, 6.0].map(Some);
        let labels = [1, 1, 1, 1, 2, 2, 2, 2, 2, 2].map(ClassId);
        let found = Ranked::of(&values).differences(&labels, 2);
        let first = found[&ClassId(1)];
        assert!((first.auc - 9.0 / 24.0).abs() < 1e-9, "{first:?}");
        assert!((first.z + 3.0 / 4.619).abs() < 1e-3, "{first:?}");
        assert!((found[&ClassId(2)].z + first.z).abs() < 1e-9);
    }

    #[test]
    fn equal_values_missing_values_and_tiny_classes_say_nothing() {
        let labels = [1, 1, 2, 2, 3].map(ClassId);
        let equal = Ranked::of(&[Some(2.0); 5]).differences(&labels, 2);
        assert_eq!(equal.len(), 2);
        assert!(
            equal
                .values()
                .all(|found| (found.auc, found.z) == (0.5, 0.0))
        );
        assert!(Ranked::of(&[None; 5]).differences(&labels, 2).is_empty());
    }
}
