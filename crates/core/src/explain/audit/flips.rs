//! Whether a class's predictions flip more often than chance lets them, by whole scenes.
//!
//! Frames of one scene are near copies of one another: if one flips, the others do, too, and counted one by one a single odd
//! scene would be proof. So the question is put to units: of all units, as many as the class has are drawn by chance; how often do
//! their shares of flips add up to as much as those of the class? It is answered exactly, without simulation (a permutation
//! test, Pitman 1937). Where every image stands alone it is Fisher's exact test, one side.

use std::collections::BTreeMap;

use super::measured::Measured;
use crate::catalog::Unit;

/// Shares of flips are rounded to these steps, so that sums of them can be counted.
const STEPS: usize = 24;

/// A unit's images of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    target: usize,
    images: usize,
    flips: usize,
}

impl Counted {
    fn steps(self) -> usize {
        (2 * STEPS * self.flips + self.images) / (2 * self.images.max(1))
    }
}

/// The units of all classes, and what chance lets happen to so many of them.
pub struct Flips {
    units: Vec<Counted>,
    /// Of units with flips: `[drawn][sum]`, the probability that the shares of so many of them add up to so many steps.
    sums: Vec<Vec<f64>>,
    /// Units with flips.
    marked: usize,
}

impl Flips {
    pub fn of(measured: &[Measured]) -> Self {
        let mut by_unit: BTreeMap<(Unit, usize), Counted> = BTreeMap::new();
        let mut units = Vec::new();
        for found in measured {
            let mut alone = Counted::default();
            let unit = match found.unit {
                Some(unit) => by_unit.entry((unit, found.target)).or_default(),
                None => &mut alone,
            };
            unit.target = found.target;
            unit.images += 1;
            unit.flips += usize::from(found.has_flipped);
            if found.unit.is_none() {
                units.push(alone);
            }
        }
        units.extend(by_unit.into_values());
        let marked: Vec<usize> = units
            .iter()
            .map(|unit| unit.steps())
            .filter(|steps| *steps > 0)
            .collect();
        let classes = units.iter().map(|unit| unit.target + 1).max().unwrap_or(0);
        let most = (0..classes)
            .map(|class| units.iter().filter(|unit| unit.target == class).count())
            .max()
            .unwrap_or(0);
        Self {
            sums: sums(&marked, most.min(marked.len())),
            marked: marked.len(),
            units,
        }
    }

    /// Units of the class.
    pub fn units(&self, target: usize) -> usize {
        self.of_class(target).count()
    }

    /// How often chance gives so many of all units as the class has as many flips, 0 to 1.
    pub fn p(&self, target: usize) -> f64 {
        let least: usize = self.of_class(target).map(|unit| unit.steps()).sum();
        let drawn = self.units(target);
        let unmarked = self.units.len() - self.marked;
        let total = ln_choose(self.units.len(), drawn);
        let by_marked = self.sums.iter().enumerate().take(drawn + 1);
        let p: f64 = by_marked
            .map(|(marked, sums)| {
                let ways = ln_choose(self.marked, marked) + ln_choose(unmarked, drawn - marked);
                let tail: f64 = sums.iter().skip(least).sum();
                (ways - total).exp() * tail
            })
            .sum();
        p.min(1.0)
    }

    fn of_class(&self, target: usize) -> impl Iterator<Item = &Counted> {
        self.units.iter().filter(move |unit| unit.target == target)
    }
}

/// `[drawn][sum]` up to `most` drawn. A random choice of `drawn` of the first n has the n-th among it with the probability drawn / n,
/// whatever the others are.
fn sums(steps: &[usize], most: usize) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; most * STEPS + 1]; most + 1];
    sums[0][0] = 1.0;
    for (before, &step) in steps.iter().enumerate() {
        let of = before + 1;
        for drawn in (1..=most.min(of)).rev() {
            let with = drawn as f64 / of as f64;
            for sum in (0..sums[drawn].len()).rev() {
                let others = sum
                    .checked_sub(step)
                    .map_or(0.0, |sum| sums[drawn - 1][sum]);
                sums[drawn][sum] = (1.0 - with) * sums[drawn][sum] + with * others;
            }
        }
    }
    sums
}

/// The logarithm of the number of ways to choose; of none, minus infinity.
fn ln_choose(of: usize, count: usize) -> f64 {
    if count > of {
        return f64::NEG_INFINITY;
    }
    (0..count)
        .map(|k| ((of - k) as f64).ln() - ((k + 1) as f64).ln())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SceneId;

    fn images(target: usize, unit: Option<i64>, images: usize, flips: usize) -> Vec<Measured> {
        (0..images)
            .map(|at| Measured {
                target,
                unit: unit.map(|id| Unit::Scene(SceneId(id))),
                ratio: None,
                has_flipped: at < flips,
            })
            .collect()
    }

    /// Fisher's "lady tasting tea", and chance itself.
    #[test]
    fn single_images_are_weighed_by_the_exact_test() {
        let p = |first: [usize; 2], second: [usize; 2]| {
            let mut all = images(0, None, first[1], first[0]);
            all.extend(images(1, None, second[1], second[0]));
            Flips::of(&all).p(0)
        };
        assert!((p([3, 4], [1, 4]) - 17.0 / 70.0).abs() < 1e-12);
        assert!((p([4, 4], [0, 4]) - 1.0 / 70.0).abs() < 1e-12);
        assert!((p([0, 5], [2, 4]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_scene_counts_once_however_many_frames_it_has() {
        let others = (2..12).flat_map(|id| images(1, Some(id), 10, 0));
        let one: Vec<Measured> = images(0, Some(0), 10, 10)
            .into_iter()
            .chain(images(0, Some(1), 10, 0))
            .chain(others)
            .collect();
        let flips = Flips::of(&one);
        // Of 12 scenes the one that flips is among 2 drawn ones.
        assert!((flips.p(0) - 2.0 / 12.0).abs() < 1e-12);
        assert_eq!((flips.units(0), flips.units(1)), (2, 10));
    }

    /// Every choice of 3 of 7 units, counted.
    #[test]
    fn shares_add_up_as_all_choices_counted_one_by_one_do() {
        let shares = [3, 2, 1, 0, 1, 0, 4];
        let all: Vec<Measured> = shares
            .iter()
            .enumerate()
            .flat_map(|(id, flips)| images(usize::from(id >= 3), Some(id as i64), 4, *flips))
            .collect();
        let (mut as_much, mut choices) = (0, 0);
        for chosen in (0u32..1 << 7).filter(|chosen| chosen.count_ones() == 3) {
            let units = shares.iter().enumerate();
            let sum: usize = units
                .filter(|(at, _)| chosen >> at & 1 == 1)
                .map(|(_, share)| share)
                .sum();
            choices += 1;
            as_much += usize::from(sum >= 6);
        }
        let p = Flips::of(&all).p(0);
        assert!(
            (p - f64::from(as_much as u32) / f64::from(choices)).abs() < 1e-12,
            "{p}"
        );
    }
}
