//! 95 % intervals of an accuracy whose images come in clusters: frames of one scene stand and fall together.
//!
//! Each cluster's accuracy is taken as drawn from a beta distribution with mean `p` and intraclass correlation `rho`
//! (0: images are independent, 1: a scene is right or wrong as a whole), so its number of right images is
//! beta-binomial (Skellam 1948). `rho` is integrated out with density `2 rho`, and the limits of `p` are those of
//! Clopper and Pearson (1934) in their Bayesian form: the lower one with the prior Beta(0, 1), the upper one with
//! Beta(1, 0). Where every image stands alone this is Clopper and Pearson's interval itself.
//!
//! The percentile bootstrap over scenes, which stood here before, collapses with few scenes (one scene: no width at
//! all) and covered .49 of the time with 2 scenes, .75 with 3 and .85 with 5 instead of .95. The test below simulates
//! 2 to 60 scenes and accuracies of .5 to 1.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;

/// Images that stand or fall together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cluster {
    pub n: usize,
    pub correct: usize,
}

/// Values of `p` and of `rho` that integrals are sums over, dense at both ends.
const P_STEPS: usize = 200;
const RHO_STEPS: usize = 16;
/// What each limit leaves outside.
const TAIL: f64 = 0.025;
/// Instead of 0 in the priors, which cannot be integrated.
const EPSILON: f64 = 1e-3;

/// The 95 % interval; [0, 1] without clusters.
pub(super) fn interval(clusters: &[Cluster]) -> [f64; 2] {
    Posterior::default().interval(clusters)
}

/// Keeps the likelihoods of clusters it has seen: many are alike.
#[derive(Default)]
struct Posterior {
    /// Log-likelihood at each `p` and `rho`, `p` outermost.
    known: BTreeMap<Cluster, Vec<f64>>,
}

impl Posterior {
    fn interval(&mut self, clusters: &[Cluster]) -> [f64; 2] {
        let mut counts: BTreeMap<Cluster, f64> = BTreeMap::new();
        for cluster in clusters.iter().filter(|cluster| cluster.n > 0) {
            *counts.entry(*cluster).or_default() += 1.0;
        }
        if counts.is_empty() {
            return [0.0, 1.0];
        }
        let density = self.density(&counts);
        let is_any = |right: fn(&Cluster) -> bool| counts.keys().any(right);
        let low = if is_any(|cluster| cluster.correct > 0) {
            quantile(&density, |p| p.powf(EPSILON - 1.0), TAIL)
        } else {
            0.0
        };
        let high = if is_any(|cluster| cluster.correct < cluster.n) {
            quantile(&density, |p| (1.0 - p).powf(EPSILON - 1.0), 1.0 - TAIL)
        } else {
            1.0
        };
        // The limits are those of a scene's accuracy. That of all images, which they are shown beside, can lie outside of them
        // where a few scenes have most of the images.
        let (n, correct) = clusters.iter().fold((0, 0), |(n, correct), cluster| {
            (n + cluster.n, correct + cluster.correct)
        });
        let accuracy = correct as f64 / n as f64;
        [low.min(accuracy), high.max(accuracy)]
    }

    /// Likelihood of each `p`, `rho` integrated out, to a factor.
    fn density(&mut self, counts: &BTreeMap<Cluster, f64>) -> Vec<f64> {
        let mut logs = vec![0.0; P_STEPS * RHO_STEPS];
        for (cluster, count) in counts {
            let of_cluster = self
                .known
                .entry(*cluster)
                .or_insert_with(|| likelihood(*cluster));
            for (log, of_one) in logs.iter_mut().zip(of_cluster.iter()) {
                *log += count * of_one;
            }
        }
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = (0..RHO_STEPS)
            .map(|at| 2.0 * node(at, RHO_STEPS) * width(at, RHO_STEPS))
            .collect();
        logs.chunks_exact(RHO_STEPS)
            .map(|row| {
                row.iter()
                    .zip(&weights)
                    .map(|(log, weight)| (log - largest).exp() * weight)
                    .sum()
            })
            .collect()
    }
}

/// Log-likelihood of a beta-binomial at each `p` and `rho`, without the binomial coefficient.
fn likelihood(Cluster { n, correct }: Cluster) -> Vec<f64> {
    let mut logs = Vec::with_capacity(P_STEPS * RHO_STEPS);
    for p in (0..P_STEPS).map(|at| node(at, P_STEPS)) {
        for rho in (0..RHO_STEPS).map(|at| node(at, RHO_STEPS)) {
            // Both parameters of the beta distribution together.
            let total = (1.0 - rho) / rho;
            let right = ln_rising(p * total, correct);
            let wrong = ln_rising((1.0 - p) * total, n - correct);
            logs.push(right + wrong - ln_rising(total, n));
        }
    }
    logs
}

/// `ln(x (x + 1) … (x + count - 1))`.
fn ln_rising(x: f64, count: usize) -> f64 {
    let (mut sum, mut product) = (0.0, 1.0);
    for step in 0..count {
        product *= x + step as f64;
        // Far from overflow; a logarithm for each factor would cost several times as much.
        if product > 1e250 {
            sum += f64::ln(product);
            product = 1.0;
        }
    }
    sum + product.ln()
}

/// The middle of step `at` of `steps` between 0 and 1.
fn node(at: usize, steps: usize) -> f64 {
    edge(at as f64 + 0.5, steps)
}

fn width(at: usize, steps: usize) -> f64 {
    edge(at as f64 + 1.0, steps) - edge(at as f64, steps)
}

fn edge(at: f64, steps: usize) -> f64 {
    (FRAC_PI_2 * at / steps as f64).sin().powi(2)
}

/// Where the part `part` of the posterior lies below, linear within a step.
fn quantile(density: &[f64], prior: impl Fn(f64) -> f64, part: f64) -> f64 {
    let mass = |at: usize| {
        let density = density.get(at).copied().unwrap_or_default();
        density * prior(node(at, P_STEPS)) * width(at, P_STEPS)
    };
    let sought = part * (0..P_STEPS).map(mass).sum::<f64>();
    let mut below = 0.0;
    for at in 0..P_STEPS {
        let here = mass(at);
        if below + here >= sought {
            let within = if here > 0.0 {
                (sought - below) / here
            } else {
                0.0
            };
            return edge(at as f64 + within, P_STEPS);
        }
        below += here;
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn clusters(counts: &[(usize, usize)]) -> Vec<Cluster> {
        counts
            .iter()
            .map(|&(n, correct)| Cluster { n, correct })
            .collect()
    }

    #[test]
    fn the_accuracy_itself_is_always_within() {
        let one_large_and_right = [vec![(600, 600)], vec![(1, 0); 20], vec![(1, 1); 60]].concat();
        let one_large_and_wrong = [vec![(600, 0)], vec![(1, 1); 20], vec![(1, 0); 60]].concat();
        for counts in [one_large_and_right, one_large_and_wrong] {
            let [low, high] = interval(&clusters(&counts));
            let correct: usize = counts.iter().map(|(_, correct)| correct).sum();
            let accuracy = correct as f64 / 680.0;
            assert!((low..=high).contains(&accuracy), "{low} {accuracy} {high}");
            assert!(low < 0.8 && high > 0.2, "{low} {high}");
        }
    }

    /// statsmodels 0.14: `proportion_confint(62, 100, method="beta")` and of 20 of 20.
    #[test]
    fn single_images_have_clopper_and_pearsons_interval() {
        let single = |right: usize, n: usize| -> Vec<_> {
            (0..n)
                .map(|at| Cluster {
                    n: 1,
                    correct: usize::from(at < right),
                })
                .collect()
        };
        let [low, high] = interval(&single(62, 100));
        assert!(
            (low - 0.517_5).abs() < 2e-3 && (high - 0.715_2).abs() < 2e-3,
            "{low} {high}"
        );
        let [low, high] = interval(&single(20, 20));
        assert!((low - 0.831_6).abs() < 3e-3 && high == 1.0, "{low} {high}");
    }

    #[test]
    fn one_scene_says_next_to_nothing_and_none_says_nothing() {
        let [low, high] = interval(&clusters(&[(30, 30)]));
        assert!(low < 0.1 && high == 1.0, "{low} {high}");
        let [low, high] = interval(&clusters(&[(30, 18)]));
        assert!(low < 0.2 && high > 0.85, "{low} {high}");
        assert_eq!(interval(&[]), [0.0, 1.0]);
    }

    #[test]
    fn scenes_that_differ_say_less_than_scenes_that_agree() {
        let agree = interval(&clusters(&[(20, 10); 10]));
        let differ = interval(&clusters(&[(20, 0), (20, 20)].repeat(5)));
        assert!(
            differ[1] - differ[0] > 2.0 * (agree[1] - agree[0]),
            "{agree:?} {differ:?}"
        );
    }

    /// Simulated scenes of 1 to 15 images, their accuracies beta-distributed around the true one.
    #[test]
    fn coverage_is_at_least_93_percent_from_2_to_60_scenes() {
        let mut posterior = Posterior::default();
        let (mut least, mut of) = (1.0, String::new());
        for (case, scenes) in [2, 3, 5, 9, 20, 60].into_iter().enumerate() {
            for accuracy in [0.5, 0.65, 0.8, 0.9, 0.98, 1.0] {
                for rho in [0.05, 0.3, 0.6, 0.95] {
                    let mut stream = Stream::new(
                        7,
                        &[case as u64, (accuracy * 100.0) as u64, (rho * 100.0) as u64],
                    );
                    let covered = (0..SIMULATIONS).filter(|_| {
                        let drawn: Vec<Cluster> = (0..scenes)
                            .map(|_| draw(&mut stream, accuracy, rho))
                            .collect();
                        let [low, high] = posterior.interval(&drawn);
                        low <= accuracy && accuracy <= high
                    });
                    let coverage = covered.count() as f64 / f64::from(SIMULATIONS);
                    if coverage < least {
                        (least, of) = (
                            coverage,
                            format!("{scenes} scenes, accuracy {accuracy}, rho {rho}"),
                        );
                    }
                }
            }
        }
        assert!(least >= 0.93, "coverage {least}: {of}");
    }

    const SIMULATIONS: u32 = 600;

    fn draw(stream: &mut Stream, accuracy: f64, rho: f64) -> Cluster {
        let total = (1.0 - rho) / rho;
        let of_scene = beta(stream, accuracy * total, (1.0 - accuracy) * total);
        let n = 1 + stream.below(15);
        Cluster {
            n,
            correct: (0..n).filter(|_| stream.chance(of_scene)).count(),
        }
    }

    /// Jöhnk's method in logarithms is slow for large parameters; these go up to 19.
    fn beta(stream: &mut Stream, a: f64, b: f64) -> f64 {
        if b <= 0.0 {
            return 1.0;
        }
        let (one, other) = (stream.gamma(a), stream.gamma(b));
        if one + other > 0.0 {
            one / (one + other)
        } else {
            f64::from(u8::from(stream.chance(a / (a + b))))
        }
    }
}
