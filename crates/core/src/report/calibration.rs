//! Whether a model is as sure as it is right: reliability by confidence, the expected calibration error, and the temperature
//! that would mend it (Guo et al. 2017, On Calibration of Modern Neural Networks).

use serde::Serialize;

/// Guo et al. use as many.
const BINS: usize = 15;
/// A probability is not taken to be smaller, so that its logarithm stays finite.
const MIN_PROB: f64 = 1e-9;
/// Where the temperature is looked for.
const TEMPERATURES: [f64; 2] = [0.05, 20.0];
/// Steps of the search, each of which leaves .618 of the range.
const SEARCH_STEPS: usize = 40;

/// The probabilities of one image and which of them is its own class's.
#[derive(Clone, Copy, Debug)]
pub struct Guess<'a> {
    pub probs: &'a [f32],
    pub target: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Expected calibration error, 0 to 1: the distance between confidence and accuracy, by bins of equal width, weighted by
    /// their images.
    pub ece: f64,
    /// What the logits would have to be divided by for the least cross entropy on these very images; above 1 the model is too
    /// sure. `null` if no temperature between .05 and 20 is best, as where every image is right.
    pub temperature: Option<f64>,
    /// From confidence 0 to 1.
    pub bins: Vec<Bin>,
}

/// Images whose predicted class has a probability within the bounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Exclusive, but for 0.
    pub low: f64,
    /// Inclusive.
    pub high: f64,
    pub n: usize,
    /// Mean probability of the predicted class; `null` without images, as for the accuracy.
    pub confidence: Option<f64>,
    pub accuracy: Option<f64>,
}

impl Calibration {
    pub fn of(images: &[Guess<'_>]) -> Self {
        let mut bins = [Sum::default(); BINS];
        for image in images {
            let (predicted, confidence) = image.best();
            let place = (confidence * BINS as f64).ceil() as usize;
            if let Some(bin) = bins.get_mut(place.clamp(1, BINS) - 1) {
                bin.n += 1;
                bin.confidence += confidence;
                bin.correct += usize::from(predicted == image.target);
            }
        }
        let gap = |bin: &Sum| (bin.confidence - bin.correct as f64).abs();
        Self {
            ece: bins.iter().map(gap).sum::<f64>() / images.len().max(1) as f64,
            temperature: temperature(images),
            bins: bins
                .iter()
                .enumerate()
                .map(|(at, sum)| sum.bin(at))
                .collect(),
        }
    }
}

impl Guess<'_> {
    /// The most probable class and its probability.
    fn best(&self) -> (usize, f64) {
        let probs = self.probs.iter().enumerate();
        let best = probs.max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)));
        best.map_or((0, 0.0), |(class, prob)| (class, f64::from(*prob)))
    }

    /// Cross entropy once the logits have been multiplied by `scale`.
    fn loss(&self, scale: f64) -> f64 {
        let logit = |prob: &f32| f64::from(*prob).max(MIN_PROB).ln() * scale;
        let most = self.probs.iter().map(logit).fold(f64::MIN, f64::max);
        let sum: f64 = self
            .probs
            .iter()
            .map(|prob| (logit(prob) - most).exp())
            .sum();
        let own = self.probs.get(self.target).map_or(0.0, logit);
        sum.ln() + most - own
    }
}

#[derive(Clone, Copy, Default)]
struct Sum {
    n: usize,
    confidence: f64,
    correct: usize,
}

impl Sum {
    fn bin(&self, at: usize) -> Bin {
        let mean = |sum: f64| (self.n > 0).then(|| sum / self.n as f64);
        Bin {
            low: at as f64 / BINS as f64,
            high: (at + 1) as f64 / BINS as f64,
            n: self.n,
            confidence: mean(self.confidence),
            accuracy: mean(self.correct as f64),
        }
    }
}

/// By golden section: the loss is convex in the inverse of the temperature.
fn temperature(images: &[Guess<'_>]) -> Option<f64> {
    if images.is_empty() {
        return None;
    }
    let loss = |log: f64| -> f64 {
        let scale = (-log).exp();
        images.iter().map(|image| image.loss(scale)).sum()
    };
    let [first, last] = TEMPERATURES.map(f64::ln);
    let (mut low, mut high) = (first, last);
    let part = (5f64.sqrt() - 1.0) / 2.0;
    let mut left = high - part * (high - low);
    let mut right = low + part * (high - low);
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    for _ in 0..SEARCH_STEPS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - part * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + part * (high - low);
            at_right = loss(right);
        }
    }
    let best = f64::midpoint(low, high);
    let is_inside = best - first > 1e-3 && last - best > 1e-3;
    is_inside.then(|| best.exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn a_model_that_is_twice_too_sure_is_found_out() {
        // Logits of two classes, drawn; the class follows the true probabilities, the model says what twice the logits say.
        let mut stream = Stream::new(4, &[]);
        let drawn: Vec<([f32; 2], [f32; 2], usize)> = (0..6000)
            .map(|_| {
                let logit = 1.5 * stream.normal();
                let prob = |logit: f64| 1.0 / (1.0 + (-logit).exp());
                let target = usize::from(stream.uniform(0.0, 1.0) >= prob(logit));
                let of = |logit: f64| [prob(logit) as f32, 1.0 - prob(logit) as f32];
                (of(logit), of(2.0 * logit), target)
            })
            .collect();
        let honest: Vec<Guess<'_>> = drawn
            .iter()
            .map(|(probs, _, target)| Guess {
                probs,
                target: *target,
            })
            .collect();
        let sure: Vec<Guess<'_>> = drawn
            .iter()
            .map(|(_, probs, target)| Guess {
                probs,
                target: *target,
            })
            .collect();
        let (honest, sure) = (Calibration::of(&honest), Calibration::of(&sure));
        assert!(
            honest.ece < 0.03 && sure.ece > 0.06,
            "{} {}",
            honest.ece,
            sure.ece
        );
        let of = |calibration: &Calibration| calibration.temperature.unwrap();
        assert!((of(&honest) - 1.0).abs() < 0.1, "{}", of(&honest));
        assert!((of(&sure) - 2.0).abs() < 0.2, "{}", of(&sure));
        assert_eq!(sure.bins.iter().map(|bin| bin.n).sum::<usize>(), 6000);
        assert_eq!(
            sure.bins[0].confidence, None,
            "two classes: nobody is less than half sure"
        );
    }

    #[test]
    fn bins_and_error_by_hand() {
        let probs = [[0.9, 0.1], [0.9, 0.1], [0.6, 0.4]];
        let images: Vec<Guess<'_>> = probs
            .iter()
            .zip([0, 1, 0])
            .map(|(probs, target)| Guess { probs, target })
            .collect();
        let found = Calibration::of(&images);
        assert!(
            (found.ece - (0.8 + 0.4) / 3.0).abs() < 1e-6,
            "{}",
            found.ece
        );
        let bin = &found.bins[13];
        assert_eq!((bin.n, bin.accuracy), (2, Some(0.5)));
        let right: Vec<Guess<'_>> = images
            .iter()
            .map(|image| Guess {
                target: 0,
                ..*image
            })
            .collect();
        assert_eq!(Calibration::of(&right).temperature, None);
        assert_eq!(Calibration::of(&[]).ece, 0.0);
    }
}
