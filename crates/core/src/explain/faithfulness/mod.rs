//! Whether a heatmap is true: if the net looks where it is hot, hiding that has to cost the class more than hiding the same
//! area elsewhere.
//!
//! The hottest region is hidden by a blur and by the image's mean color, and so are copies of it moved to random places (around
//! the edges, so that they have its area and shape). Deletion and insertion hide and show more and more of the image, the
//! hottest first (Petsiuk et al. 2018, <https://arxiv.org/abs/1806.07421>); the same orders moved are their chance level.

pub(super) mod hiding;
mod summary;

use candle_core::{Device, Tensor};
use image::RgbImage;
use serde::Serialize;

use super::Heatmap;
use crate::error::{Error, Result};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::rng::Stream;
use hiding::{Fill, Hiding, Planes, Shift};
pub use summary::{CurveSummary, HiddenSummary, Summary};

/// Stream key of the places that the region is moved to.
const MOVES: u64 = 0x6661_6974;
/// Images that go through the net together.
const BATCH: usize = 16;

/// How much is hidden, and how often elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Part of the image that the hottest region is, 0 to 1.
    pub hidden_fraction: f64,
    /// Other regions of its area and shape.
    pub random_regions: usize,
    /// Of deletion and insertion, from nothing to all of the image.
    pub steps: usize,
    /// Orders moved, whose mean is the chance level of the curves.
    pub random_orders: usize,
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            hidden_fraction: 0.2,
            random_regions: 8,
            steps: 10,
            random_orders: 2,
            seed: 0,
        }
    }
}

/// Of one image, class and heatmap. Probabilities are of the class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Faithfulness {
    /// Of the whole image.
    pub prob: f32,
    pub hidden_fraction: f64,
    pub blurred: Hidden,
    pub filled: Hidden,
    /// The hottest taken away first, filled with the mean color: falls early if the map is true.
    pub deletion: Curve,
    /// The hottest shown first, on the blurred image: rises early if the map is true.
    pub insertion: Curve,
}

/// Probability with a region hidden.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hidden {
    pub hottest: f32,
    /// Of each other region.
    pub random: Vec<f32>,
}

/// Probability after each step, from none of the image to all of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    pub hottest: Vec<f32>,
    /// With orders that have nothing to do with the map: their mean.
    pub random: Vec<f32>,
}

impl Faithfulness {
    /// What hiding costs, as a line for people.
    pub fn words(&self) -> String {
        let percent = |prob: f32| format!("{:.1} %", f64::from(prob) * 100.0);
        let hidden = |hidden: &Hidden| {
            format!(
                "{}, other regions as large {}",
                percent(hidden.hottest),
                percent(hidden.random_mean())
            )
        };
        format!(
            "{} whole; hottest {:.0} % blurred {}; filled {}",
            percent(self.prob),
            self.hidden_fraction * 100.0,
            hidden(&self.blurred),
            hidden(&self.filled)
        )
    }
}

impl Hidden {
    /// Mean of the other regions.
    pub fn random_mean(&self) -> f32 {
        mean(&self.random)
    }

    /// Part of the other regions whose hiding costs less, 0 to 1; half of those that cost as much.
    pub fn better_than(&self) -> f64 {
        let part = |random: &f32| match random.total_cmp(&self.hottest) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        self.random.iter().map(part).sum::<f64>() / self.random.len().max(1) as f64
    }
}

/// Under a curve whose steps are alike, 0 to 1.
pub fn area(curve: &[f32]) -> f64 {
    let steps = curve.len().saturating_sub(1).max(1) as f64;
    let pairs = curve.windows(2);
    pairs
        .map(|pair| f64::from(pair[0] + pair[1]) / 2.0 / steps)
        .sum()
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

/// Measures `heatmap` of `class` in `image`: some seventy passes of the net.
///
/// # Errors
/// [`Error::Invalid`] for an image without pixels or a plan without steps; [`Error::Cancelled`].
pub fn check(
    predictor: &Predictor,
    (image, class): (&RgbImage, usize),
    heatmap: &Heatmap,
    plan: &Plan,
    progress: &Progress,
) -> Result<Faithfulness> {
    let input = predictor.input(image)?;
    let probs = |images: &Tensor| {
        let predictions = predictor.predict_inputs(images)?;
        let prob = |probs: &Vec<f32>| probs.get(class).copied().unwrap_or_default();
        Ok(predictions.iter().map(|found| prob(&found.probs)).collect())
    };
    check_by(probs, &input, heatmap, plan, progress)
}

/// As [`check`], of any net: `probs` of the class for a batch of inputs, `(N, 3, H, W)`; `input`: `(1, 3, H, W)`.
fn check_by(
    probs: impl Fn(&Tensor) -> Result<Vec<f32>>,
    input: &Tensor,
    heatmap: &Heatmap,
    plan: &Plan,
    progress: &Progress,
) -> Result<Faithfulness> {
    if plan.steps == 0 || plan.random_orders == 0 {
        return Err(Error::Invalid(
            "a curve needs at least one step and one random order; choose more".into(),
        ));
    }
    let planes = Planes::new(input, heatmap)?;
    let (_, colors, height, width) = input.dims4()?;
    let mut stream = Stream::new(plan.seed, &[MOVES]);
    let mut moves = |count: usize| -> Vec<Shift> {
        (0..count)
            .map(|_| Shift {
                x: stream.below(width),
                y: stream.below(height),
            })
            .collect()
    };
    let (regions, orders) = (moves(plan.random_regions), moves(plan.random_orders));
    let hidings = hidings(&planes, plan, &regions, &orders);
    progress.stage("hiding regions", Some(hidings.len() as u64));
    let mut found = Vec::with_capacity(hidings.len());
    for batch in hidings.chunks(BATCH) {
        progress.check()?;
        let values: Vec<f32> = batch
            .iter()
            .flat_map(|hiding| planes.with(hiding))
            .collect();
        let shape = (batch.len(), colors, height, width);
        found.extend(probs(&Tensor::from_vec(values, shape, &Device::Cpu)?)?);
        progress.advance(batch.len() as u64);
    }
    Ok(sorted_out(found, plan, (regions.len(), orders.len())))
}

/// In the order in which [`sorted_out`] takes their probabilities.
fn hidings(planes: &Planes, plan: &Plan, regions: &[Shift], orders: &[Shift]) -> Vec<Hiding> {
    let count = planes.part(plan.hidden_fraction);
    let at_home = [Shift::default()];
    let mut hidings = vec![Hiding::default()];
    for fill in [Fill::Blur, Fill::Mean] {
        for shift in at_home.iter().chain(regions) {
            hidings.push(Hiding {
                fill,
                shift: *shift,
                hottest: count,
                is_inside: true,
            });
        }
    }
    for (fill, is_inside) in [(Fill::Mean, true), (Fill::Blur, false)] {
        for shift in at_home.iter().chain(orders) {
            hidings.extend((0..=plan.steps).map(|step| Hiding {
                fill,
                shift: *shift,
                hottest: planes.part(step as f64 / plan.steps as f64),
                is_inside,
            }));
        }
    }
    hidings
}

fn sorted_out(found: Vec<f32>, plan: &Plan, (regions, orders): (usize, usize)) -> Faithfulness {
    let mut found = found.into_iter();
    let mut take = |count: usize| -> Vec<f32> { found.by_ref().take(count).collect() };
    let prob = take(1).first().copied().unwrap_or_default();
    let mut hidden = || Hidden {
        hottest: take(1).first().copied().unwrap_or_default(),
        random: take(regions),
    };
    let (blurred, filled) = (hidden(), hidden());
    let mut curve = || {
        let hottest = take(plan.steps + 1);
        let orders: Vec<Vec<f32>> = (0..orders).map(|_| take(plan.steps + 1)).collect();
        let random = (0..=plan.steps)
            .map(|step| {
                let values: Vec<f32> = orders.iter().filter_map(|o| o.get(step).copied()).collect();
                mean(&values)
            })
            .collect();
        Curve { hottest, random }
    };
    let (deletion, insertion) = (curve(), curve());
    Faithfulness {
        prob,
        hidden_fraction: plan.hidden_fraction,
        blurred,
        filled,
        deletion,
        insertion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 32;

    /// A net that sees only the stripes of the upper left quarter: a blur makes them weaker.
    fn probs(images: &Tensor) -> Result<Vec<f32>> {
        let half = SIDE / 2;
        let corner = images.narrow(2, 0, half)?.narrow(3, 0, half)?;
        let power: Vec<f32> = corner.sqr()?.mean((1, 2, 3))?.to_vec1()?;
        Ok(power.into_iter().map(|power| 2.0 * power).collect())
    }

    /// White stripes in that quarter, black elsewhere.
    fn input() -> Tensor {
        let values: Vec<f32> = (0..3 * SIDE * SIDE)
            .map(|at| {
                let (x, y) = (at % SIDE, at / SIDE % SIDE);
                f32::from(u8::from(x < SIDE / 2 && y < SIDE / 2 && x % 2 == 0))
            })
            .collect();
        Tensor::from_vec(values, (1, 3, SIDE, SIDE), &Device::Cpu).unwrap()
    }

    fn measured(hot: usize) -> Faithfulness {
        let mut values = vec![0.0; 4];
        values[hot] = 1.0;
        let heatmap = Heatmap {
            width: 2,
            height: 2,
            values,
        };
        let plan = Plan::default();
        check_by(probs, &input(), &heatmap, &plan, &Progress::silent()).unwrap()
    }

    #[test]
    fn a_true_map_costs_more_when_its_hottest_region_is_hidden_and_a_false_one_less() {
        let (right, wrong) = (measured(0), measured(3));
        assert!((right.prob - 1.0).abs() < 1e-6);
        for (right, wrong) in [
            (&right.filled, &wrong.filled),
            (&right.blurred, &wrong.blurred),
        ] {
            assert!(right.hottest < right.random_mean(), "{right:?}");
            assert!(right.better_than() > 0.9 && wrong.better_than() < 0.5);
            assert!(right.hottest < wrong.hottest);
        }
    }

    #[test]
    fn deletion_falls_early_and_insertion_rises_early_under_a_true_map() {
        let (right, wrong) = (measured(0), measured(3));
        let areas = |found: &Faithfulness| {
            let [deletion, insertion] = [&found.deletion, &found.insertion];
            assert_eq!((deletion.hottest.len(), insertion.random.len()), (11, 11));
            assert!((deletion.hottest[0] - found.prob).abs() < 1e-6);
            assert!((insertion.hottest[10] - found.prob).abs() < 1e-6);
            [deletion, insertion].map(|curve| area(&curve.hottest) - area(&curve.random))
        };
        let [deletion, insertion] = areas(&right);
        assert!(deletion < -0.1 && insertion > 0.1, "{deletion} {insertion}");
        let [deletion, insertion] = areas(&wrong);
        assert!(deletion > 0.0 && insertion < 0.0, "{deletion} {insertion}");
    }

    #[test]
    fn the_same_seed_hides_the_same_regions() {
        assert_eq!(measured(1), measured(1));
    }

    #[test]
    fn the_area_under_a_line_from_0_to_1_is_a_half() {
        assert!((area(&[0.0, 0.5, 1.0]) - 0.5).abs() < 1e-9);
    }
}
