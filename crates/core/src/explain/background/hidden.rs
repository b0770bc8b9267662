//! One image with its figure hidden, and with the same region hidden elsewhere.

use candle_core::{Device, Tensor};
use image::RgbImage;

use super::FoundBy;
use crate::error::Result;
use crate::explain::Heatmap;
use crate::explain::faithfulness::hiding::{Fill, Hiding, Planes, Shift};
use crate::explain::grid::Grid;
use crate::explain::method::{Method, explain};
use crate::explain::seen::Seen;
use crate::media::mask::Mask;
use crate::predict::{Inspection, Prediction, Predictor};
use crate::progress::Progress;
use crate::rng::Stream;

/// Stream key of the places that a region is moved to.
const MOVES: u64 = 0x6261_636b;
/// Part of the image that the hottest region is.
const HOTTEST: f64 = 0.2;
/// Cells along each side of a mask over what the net sees.
const CELLS: usize = 64;

pub struct Tester<'a> {
    pub predictor: &'a Predictor,
}

/// Classes as indices of the run's.
pub struct Tested {
    pub predicted: usize,
    pub blurred: usize,
    pub filled: usize,
    /// With the region blurred and filled elsewhere.
    elsewhere: [usize; 2],
    pub found_by: FoundBy,
    pub hidden_fraction: f64,
}

impl Tested {
    pub fn is_unchanged(&self) -> bool {
        self.blurred == self.predicted && self.filled == self.predicted
    }

    /// 1 if neither way to hide changes it, otherwise 0.
    pub fn unchanged_elsewhere(&self) -> f64 {
        f64::from(u8::from(
            self.elsewhere.iter().all(|class| *class == self.predicted),
        ))
    }
}

impl Tester<'_> {
    /// `figure`: over the whole image, if it is known; `number` chooses the place elsewhere. `None` if there is nothing to hide.
    pub fn test(
        &self,
        image: &RgbImage,
        figure: Option<Mask>,
        number: u64,
    ) -> Result<Option<Tested>> {
        let inspection = self.predictor.inspect(image)?;
        let predicted = best(&inspection.prediction);
        let (mask, found_by) = match figure {
            Some(mask) => (mask, FoundBy::Motion),
            None => match self.hottest(image, &inspection, predicted)? {
                Some(mask) => (mask, FoundBy::Heat),
                None => return Ok(None),
            },
        };
        let region = seen_part(&mask, inspection.region);
        let hidden_fraction =
            f64::from(region.values.iter().sum::<f32>()) / region.values.len() as f64;
        if hidden_fraction == 0.0 {
            return Ok(None);
        }
        let input = self.predictor.input(image)?;
        let planes = Planes::new(&input, &region)?;
        let (_, colors, height, width) = input.dims4()?;
        let mut stream = Stream::new(0, &[MOVES, number]);
        // Far enough that little of the figure is hidden by it.
        let away = Shift {
            x: width / 4 + stream.below(width / 2),
            y: stream.below(height),
        };
        let hidings = [Shift::default(), away].into_iter().flat_map(|shift| {
            [Fill::Blur, Fill::Mean].map(|fill| Hiding {
                fill,
                shift,
                hottest: planes.part(hidden_fraction).max(1),
                is_inside: true,
            })
        });
        let values: Vec<f32> = hidings.flat_map(|hiding| planes.with(&hiding)).collect();
        let images = Tensor::from_vec(values, (4, colors, height, width), &Device::Cpu)?;
        let predictions = self.predictor.predict_inputs(&images)?;
        let class = |at: usize| predictions.get(at).map_or(predicted, best);
        Ok(Some(Tested {
            predicted,
            blurred: class(0),
            filled: class(1),
            elsewhere: [class(2), class(3)],
            found_by,
            hidden_fraction,
        }))
    }

    fn hottest(
        &self,
        image: &RgbImage,
        inspection: &Inspection,
        class: usize,
    ) -> Result<Option<Mask>> {
        let seen = Seen {
            predictor: self.predictor,
            image,
            inspection,
            stage: None,
        };
        let explanation = explain(&seen, class, Method::GradCam, &Progress::silent())?;
        let heatmap = explanation.heatmap();
        Ok(heatmap.and_then(|heatmap| Grid::of(heatmap, inspection.region).hottest(HOTTEST)))
    }
}

fn best(prediction: &Prediction) -> usize {
    prediction.ranking().first().copied().unwrap_or_default()
}

/// A mask over the whole image as a map of ones and zeros over the part that the net sees.
fn seen_part(mask: &Mask, region: [f32; 4]) -> Heatmap {
    let [left, top, right, bottom] = region;
    let place =
        |at: usize, low: f32, high: f32| low + (high - low) * (at as f32 + 0.5) / CELLS as f32;
    let values = (0..CELLS * CELLS).map(|at| {
        let x = place(at % CELLS, left, right);
        let y = place(at / CELLS, top, bottom);
        f32::from(u8::from(mask.has(x, y)))
    });
    Heatmap {
        width: CELLS,
        height: CELLS,
        values: values.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_cut_to_what_the_net_sees() {
        let mask = Mask {
            width: 2,
            height: 1,
            cells: vec![true, false],
        };
        let share = |region: [f32; 4]| {
            let part = seen_part(&mask, region);
            part.values.iter().sum::<f32>() / part.values.len() as f32
        };
        assert!((share([0.0, 0.0, 1.0, 1.0]) - 0.5).abs() < 1e-6);
        assert!((share([0.25, 0.0, 0.75, 1.0]) - 0.5).abs() < 1e-6);
        assert!((share([0.0, 0.0, 0.5, 1.0]) - 1.0).abs() < 1e-6);
    }
}
