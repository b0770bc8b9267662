//! How true the heatmaps of a set of images are.

use serde::{Deserialize, Serialize};

use super::{Curve, Faithfulness, Hidden, area};

/// Means over the images of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub images: usize,
    /// Probability of the class that was explained.
    pub prob: f64,
    /// Part of the image that is hidden at once, 0 to 1.
    pub hidden_fraction: f64,
    pub blurred: HiddenSummary,
    pub filled: HiddenSummary,
    pub deletion: CurveSummary,
    pub insertion: CurveSummary,
}

/// What hiding a region costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HiddenSummary {
    /// How far the probability falls, of the hottest region and of others of its area.
    pub drop: f64,
    pub random_drop: f64,
    /// Part of the other regions that cost less than the hottest, 0 to 1; by chance 0.5.
    pub better_than_random: f64,
}

/// Mean curves, and the area under each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveSummary {
    pub hottest: Vec<f64>,
    pub random: Vec<f64>,
    pub area: f64,
    pub random_area: f64,
}

impl Summary {
    /// `None` of no images.
    pub fn of(all: &[Faithfulness]) -> Option<Self> {
        let hidden_fraction = all.first()?.hidden_fraction;
        Some(Self {
            images: all.len(),
            prob: mean(all.iter().map(|found| f64::from(found.prob))),
            hidden_fraction,
            blurred: hidden(all, |found| &found.blurred),
            filled: hidden(all, |found| &found.filled),
            deletion: curve(all, |found| &found.deletion),
            insertion: curve(all, |found| &found.insertion),
        })
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

fn hidden(all: &[Faithfulness], of: fn(&Faithfulness) -> &Hidden) -> HiddenSummary {
    HiddenSummary {
        drop: mean(
            all.iter()
                .map(|found| f64::from(found.prob - of(found).hottest)),
        ),
        random_drop: mean(
            all.iter()
                .map(|found| f64::from(found.prob - of(found).random_mean())),
        ),
        better_than_random: mean(all.iter().map(|found| of(found).better_than())),
    }
}

fn curve(all: &[Faithfulness], of: fn(&Faithfulness) -> &Curve) -> CurveSummary {
    let mean_curve = |line: fn(&Curve) -> &Vec<f32>| -> Vec<f64> {
        let steps = all.iter().map(|found| line(of(found)).len()).min();
        (0..steps.unwrap_or_default())
            .map(|step| mean(all.iter().map(|found| f64::from(line(of(found))[step]))))
            .collect()
    };
    let mean_area =
        |line: fn(&Curve) -> &Vec<f32>| mean(all.iter().map(|found| area(line(of(found)))));
    CurveSummary {
        hottest: mean_curve(|curve| &curve.hottest),
        random: mean_curve(|curve| &curve.random),
        area: mean_area(|curve| &curve.hottest),
        random_area: mean_area(|curve| &curve.random),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(prob: f32, hottest: f32) -> Faithfulness {
        let hidden = Hidden {
            hottest,
            random: vec![prob, prob - 0.1],
        };
        let curve = Curve {
            hottest: vec![prob, 0.0, 0.0],
            random: vec![prob, prob, 0.0],
        };
        Faithfulness {
            prob,
            hidden_fraction: 0.2,
            blurred: hidden.clone(),
            filled: hidden,
            deletion: curve.clone(),
            insertion: curve,
        }
    }

    #[test]
    fn drops_and_curves_are_means_over_the_images() {
        let summary = Summary::of(&[found(0.8, 0.2), found(0.6, 0.6)]).unwrap();
        assert_eq!(summary.images, 2);
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-6, "{got} {want}");
        close(summary.blurred.drop, 0.3);
        close(summary.blurred.random_drop, 0.05);
        close(summary.blurred.better_than_random, 0.625);
        close(summary.deletion.hottest[0], 0.7);
        close(summary.deletion.area, 0.7 / 4.0);
        close(summary.deletion.random_area, 0.7 * 0.75);
        assert!(Summary::of(&[]).is_none());
    }
}
