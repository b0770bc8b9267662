//! "Is this bad?": twenty images around a threshold, judged yes or no; the threshold that fits the answers best, and how
//! right it is.

use std::collections::BTreeSet;

use crate::catalog::Snapshot;
use crate::curate::{Kind, Measured, Threshold};
use crate::report::{Scored, accuracy_interval};
use crate::rng::Stream;

/// Half of them from each side of the threshold.
pub const COUNT: usize = 20;

/// The questions and the answers so far.
#[derive(Clone, Debug)]
pub struct Swipe {
    pub kind: Kind,
    threshold: Threshold,
    questions: Vec<Measured>,
    answers: Vec<bool>,
}

/// What the answers come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    pub value: f64,
    /// Of the questions that are found at `value`, those that are bad.
    pub bad: usize,
    pub found: usize,
    /// 95 %, of the precision.
    pub interval: [f64; 2],
    /// Bad ones that are not found.
    pub missed: usize,
}

impl Swipe {
    /// `None` if there are no images to ask about.
    pub fn new(kind: Kind, threshold: Threshold, measured: &[Measured], seed: u64) -> Option<Self> {
        let mut sorted = measured.to_vec();
        sorted.sort_by(|a, b| a.degree.total_cmp(&b.degree));
        // One question an image.
        let mut asked = BTreeSet::new();
        sorted.retain(|one| asked.insert(one.image));
        let first = sorted.partition_point(|one| one.degree < threshold.value);
        let (below, above) = sorted.split_at(first);
        // Below: as many as above, but the nearest, or one would see good images only.
        let near = below.len().min(above.len().max(COUNT * 2));
        let below = below.get(below.len() - near..).unwrap_or_default();
        let mut stream = Stream::new(seed, &[kind as u64]);
        let half = COUNT / 2;
        let from_below = (COUNT - above.len().min(half)).min(below.len());
        let from_above = (COUNT - from_below).min(above.len());
        let mut questions = drawn(below, from_below, &mut stream);
        questions.extend(drawn(above, from_above, &mut stream));
        stream.shuffle(&mut questions);
        (!questions.is_empty()).then_some(Self {
            kind,
            threshold,
            questions,
            answers: Vec::new(),
        })
    }

    /// The next question; `None` when all are answered.
    pub fn question(&self) -> Option<Measured> {
        self.questions.get(self.answers.len()).copied()
    }

    pub fn count(&self) -> (usize, usize) {
        (self.answers.len(), self.questions.len())
    }

    pub fn answer(&mut self, is_bad: bool) {
        if self.question().is_some() {
            self.answers.push(is_bad);
        }
    }

    pub fn take_back(&mut self) {
        self.answers.pop();
    }

    /// The threshold with the fewest wrong answers, of equals the nearest to the present one.
    pub fn fit(&self, snapshot: &Snapshot) -> Fit {
        let judged: Vec<(Measured, bool)> = self
            .questions
            .iter()
            .copied()
            .zip(self.answers.iter().copied())
            .collect();
        let mut degrees: Vec<f64> = judged.iter().map(|(one, _)| one.degree).collect();
        degrees.sort_by(f64::total_cmp);
        let between = degrees.windows(2).filter_map(|pair| match pair {
            [low, high] if low < high => Some(f64::midpoint(*low, *high)),
            _equal => None,
        });
        let beyond = degrees.last().map_or(self.threshold.most, |most| {
            f64::midpoint(*most, self.threshold.most)
        });
        let ends = [self.threshold.least, self.threshold.value, beyond];
        let wrong = |value: f64| {
            let wrong = judged.iter();
            wrong
                .filter(|(one, is_bad)| (one.degree >= value) != *is_bad)
                .count()
        };
        let distance = |value: f64| (value - self.threshold.value).abs();
        let value = between
            .chain(ends)
            .min_by(|a, b| {
                let order = wrong(*a).cmp(&wrong(*b));
                order.then(distance(*a).total_cmp(&distance(*b)))
            })
            .unwrap_or(self.threshold.value);
        let scored: Vec<Scored> = judged
            .iter()
            .filter(|(one, _)| one.degree >= value)
            .map(|(one, is_bad)| Scored {
                unit: snapshot
                    .image(one.image)
                    .map(|image| snapshot.unit_of(image)),
                is_correct: *is_bad,
            })
            .collect();
        let missed = judged
            .iter()
            .filter(|(one, is_bad)| *is_bad && one.degree < value);
        Fit {
            value,
            bad: scored.iter().filter(|one| one.is_correct).count(),
            found: scored.len(),
            interval: accuracy_interval(&scored),
            missed: missed.count(),
        }
    }
}

fn drawn(from: &[Measured], count: usize, stream: &mut Stream) -> Vec<Measured> {
    let mut all = from.to_vec();
    stream.shuffle(&mut all);
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ImageId;

    fn swipe() -> Swipe {
        let measured: Vec<Measured> = (0..100)
            .map(|at| Measured {
                image: ImageId(at),
                of: None,
                degree: at as f64 / 10.0,
            })
            .collect();
        let threshold = Threshold {
            value: 3.5,
            default: 3.5,
            least: 0.5,
            most: 10.0,
        };
        Swipe::new(Kind::Blurry, threshold, &measured, 7).unwrap()
    }

    #[test]
    fn twenty_answers_move_the_threshold_to_where_one_draws_the_line() {
        let mut swipe = swipe();
        assert_eq!(swipe.count(), (0, COUNT));
        let images = swipe.questions.iter().map(|one| one.image);
        assert_eq!(images.collect::<BTreeSet<_>>().len(), COUNT);
        while let Some(question) = swipe.question() {
            swipe.answer(question.degree >= 5.0);
        }
        let fit = swipe.fit(&Snapshot::default());
        let highest_good = swipe.questions.iter().map(|one| one.degree);
        let highest_good = highest_good
            .filter(|degree| *degree < 5.0)
            .fold(0.0, f64::max);
        assert!(fit.value > highest_good && fit.value <= 5.5, "{fit:?}");
        assert_eq!((fit.bad, fit.missed), (fit.found, 0));
        let [low, high] = fit.interval;
        assert!(low > 0.3 && low < 1.0 && high == 1.0, "{fit:?}");
    }

    #[test]
    fn nothing_bad_raises_it_beyond_all_that_were_asked_about() {
        let mut swipe = swipe();
        while swipe.question().is_some() {
            swipe.answer(false);
        }
        let fit = swipe.fit(&Snapshot::default());
        assert_eq!(fit.found, 0);
        swipe.take_back();
        assert_eq!(swipe.count(), (COUNT - 1, COUNT));
    }
}
