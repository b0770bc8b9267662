//! Two runs on the same images: how much more of them one is right about, image by image.
//!
//! What both are right or wrong about cancels out, so the interval is narrower than that of two separate accuracies. Images
//! of one unit stand and fall together, so the variance is that of the units' differences (a ratio estimator, Cochran 1977,
//! section 6.3) with Student's t. Where the two hardly ever differ that variance collapses; against it one unit of the usual
//! size is added that only the first is right about and one that only the second is (Bonett and Price 2012 add one image each
//! way). The test below simulates 2 to 60 units.

use std::collections::BTreeMap;

use crate::catalog::Unit;

/// An image that both runs were measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// `None` for an image that stands alone.
    pub unit: Option<Unit>,
    pub is_first_correct: bool,
    pub is_second_correct: bool,
}

/// How much more the first run is right about, as a fraction of the images; negative if it is less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    pub difference: f64,
    /// 95 %.
    pub interval: [f64; 2],
}

impl Difference {
    /// `None` without images.
    pub fn of(pairs: &[Pair]) -> Option<Self> {
        let mut units: BTreeMap<Unit, Unlike> = BTreeMap::new();
        let mut all = Vec::new();
        for pair in pairs {
            let one = Unlike {
                n: 1.0,
                more: f64::from(u8::from(pair.is_first_correct))
                    - f64::from(u8::from(pair.is_second_correct)),
            };
            match pair.unit {
                Some(unit) => units.entry(unit).or_default().add(one),
                None => all.push(one),
            }
        }
        all.extend(units.into_values());
        of_units(&all)
    }

    /// Whether the two are as good as the same, as far as these images can tell.
    pub fn is_noise(self) -> bool {
        let [low, high] = self.interval;
        low <= 0.0 && high >= 0.0
    }

    /// Whether there are too few scenes to say anything.
    pub fn is_uninformative(self) -> bool {
        let [low, high] = self.interval;
        high - low > WIDEST_INFORMATIVE
    }
}

/// Five scenes have about 1.1, nine .65.
const WIDEST_INFORMATIVE: f64 = 1.0;

/// The images of a unit, and how many more of them the first run is right about.
#[derive(Clone, Copy, Debug, Default)]
struct Unlike {
    n: f64,
    more: f64,
}

impl Unlike {
    fn add(&mut self, other: Self) {
        self.n += other.n;
        self.more += other.more;
    }
}

fn of_units(units: &[Unlike]) -> Option<Difference> {
    let images: f64 = units.iter().map(|unit| unit.n).sum();
    if images == 0.0 {
        return None;
    }
    let difference = units.iter().map(|unit| unit.more).sum::<f64>() / images;
    let usual = images / units.len() as f64;
    let added = [usual, -usual].map(|more| Unlike { n: usual, more });
    let n = images + 2.0 * usual;
    let middle = difference * images / n;
    let count = (units.len() + added.len()) as f64;
    let squares: f64 = units
        .iter()
        .chain(&added)
        .map(|unit| (unit.more - middle * unit.n).powi(2))
        .sum();
    let deviation = (count / (count - 1.0) * squares).sqrt() / n;
    let reach = t_quantile(count - 1.0) * deviation;
    Some(Difference {
        difference,
        interval: [
            (middle - reach).clamp(-1.0, difference),
            (middle + reach).clamp(difference, 1.0),
        ],
    })
}

/// The .975 quantile of Student's t, for 2 degrees of freedom and more; within 1 % (Abramowitz and Stegun, 26.7.5).
fn t_quantile(degrees: f64) -> f64 {
    const Z: f64 = 1.959_964;
    if degrees < 2.5 {
        return 4.303;
    }
    let first = (Z.powi(3) + Z) / 4.0;
    let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
    let third = (3.0 * Z.powi(7) + 19.0 * Z.powi(5) + 17.0 * Z.powi(3) - 15.0 * Z) / 384.0;
    Z + first / degrees + second / degrees.powi(2) + third / degrees.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SceneId;
    use crate::rng::Stream;

    fn scene(id: i64, first: usize, second: usize, n: usize) -> Vec<Pair> {
        (0..n)
            .map(|at| Pair {
                unit: Some(Unit::Scene(SceneId(id))),
                is_first_correct: at < first,
                is_second_correct: at < second,
            })
            .collect()
    }

    #[test]
    fn what_both_are_wrong_about_cancels_out() {
        // Ten hard scenes and ten easy ones; the first run is right about one image more in each.
        let pairs: Vec<Pair> = (0..20)
            .flat_map(|id| {
                let right = if id < 10 { 2 } else { 8 };
                scene(id, right + 1, right, 10)
            })
            .collect();
        let found = Difference::of(&pairs).unwrap();
        assert!((found.difference - 0.1).abs() < 1e-12);
        assert!(!found.is_noise() || found.interval[0] > -0.06, "{found:?}");
        assert!(found.interval[1] - found.interval[0] < 0.35, "{found:?}");
        assert_eq!(Difference::of(&[]), None);
    }

    #[test]
    fn equal_runs_differ_by_nothing_and_two_scenes_say_nothing() {
        let pairs: Vec<Pair> = (0..2).flat_map(|id| scene(id, 5, 5, 10)).collect();
        let found = Difference::of(&pairs).unwrap();
        assert!(found.difference == 0.0 && found.is_noise() && found.is_uninformative());
        let pairs: Vec<Pair> = (0..40).flat_map(|id| scene(id, 9, 5, 10)).collect();
        let found = Difference::of(&pairs).unwrap();
        assert!(!found.is_noise() && !found.is_uninformative(), "{found:?}");
    }

    /// Units of 1 to 15 images; in each, the parts that only one of the two is right about are drawn around the true ones.
    #[test]
    fn coverage_is_at_least_93_percent_from_2_to_60_units() {
        let (mut least, mut of) = (1.0, String::new());
        for (case, units) in [2, 3, 5, 9, 20, 60].into_iter().enumerate() {
            for (first, second) in [
                (0.0, 0.0),
                (0.02, 0.02),
                (0.05, 0.0),
                (0.2, 0.05),
                (0.4, 0.1),
            ] {
                for rho in [0.05, 0.3, 0.6, 0.95] {
                    let key = [case as u64, (first * 100.0) as u64, (rho * 100.0) as u64];
                    let mut stream = Stream::new(11, &key);
                    let covered = (0..SIMULATIONS).filter(|_| {
                        let drawn: Vec<Unlike> = (0..units)
                            .map(|_| draw(&mut stream, (first, second), rho))
                            .collect();
                        let [low, high] = of_units(&drawn).unwrap().interval;
                        (low..=high).contains(&(first - second))
                    });
                    let coverage = covered.count() as f64 / f64::from(SIMULATIONS);
                    if coverage < least {
                        least = coverage;
                        of = format!("{units} units, {first} and {second}, rho {rho}");
                    }
                }
            }
        }
        assert!(least >= 0.93, "coverage {least}: {of}");
    }

    const SIMULATIONS: u32 = 600;

    fn draw(stream: &mut Stream, (first, second): (f64, f64), rho: f64) -> Unlike {
        let total = (1.0 - rho) / rho;
        let parts = [first, second, 1.0 - first - second].map(|part| stream.gamma(part * total));
        let sum: f64 = parts.iter().sum();
        let parts = if sum > 0.0 {
            parts.map(|part| part / sum)
        } else {
            let at = stream.uniform(0.0, 1.0);
            let kind = usize::from(at >= first) + usize::from(at >= first + second);
            [0, 1, 2].map(|other| f64::from(u8::from(other == kind)))
        };
        let n = 1 + stream.below(15);
        let mut unit = Unlike::default();
        for _ in 0..n {
            let at = stream.uniform(0.0, 1.0);
            let more = if at < parts[0] {
                1.0
            } else if at < parts[0] + parts[1] {
                -1.0
            } else {
                0.0
            };
            unit.add(Unlike { n: 1.0, more });
        }
        unit
    }
}
