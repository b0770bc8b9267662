//! A heatmap whose answer is known, drawn over an image, against one that NumPy and matplotlib made.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::Path;

use candle_core::{Device, Result, Tensor};
use cutting_room::explain::cam::grad_cam_of;
use cutting_room::explain::explanation::Explanation;
use cutting_room::explain::style::Style;
use cutting_room::model::{Classifier, Mode};
use cutting_room::rng::Stream;
use image::{Rgb, RgbImage};

const SIZE: (u32, u32) = (96, 64);
const CELLS: (usize, usize) = (6, 4);
const WEIGHTS: [f32; 3] = [2.0, -0.5, 0.25];

/// The mean of each channel times its weight is the logit of the one class.
struct MeanHead;

impl Classifier for MeanHead {
    fn features(&self, _: &Tensor, _: Mode) -> cutting_room::Result<Tensor> {
        Ok(features().unwrap())
    }

    fn head(&self, features: &Tensor, _: Option<&mut Stream>) -> cutting_room::Result<Tensor> {
        let weights = Tensor::new(&WEIGHTS, &Device::Cpu)?.reshape((3, 1))?;
        Ok(features.mean((2, 3))?.matmul(&weights)?)
    }
}

fn features() -> Result<Tensor> {
    let (columns, rows) = CELLS;
    let mut values = Vec::new();
    for channel in 0..3 {
        for row in 0..rows {
            for column in 0..columns {
                values.push(match channel {
                    0 => f32::from(u8::from(row + column == 0)),
                    1 => column as f32 / 10.0,
                    _ => (row + 1) as f32 / 8.0,
                });
            }
        }
    }
    Tensor::from_vec(values, (1, 3, rows, columns), &Device::Cpu)
}

fn image() -> RgbImage {
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        Rgb([0, 1, 2].map(|c| ((67 * y + 29 * x + 83 * c + 11 * x * y) % 200 + 20) as u8))
    })
}

#[test]
fn a_heatmap_over_a_image_is_the_one_that_numpy_and_matplotlib_make() {
    let heatmap = grad_cam_of(&MeanHead, &features().unwrap(), 0).unwrap();
    let hottest = heatmap.values.iter().copied().fold(0.0, f32::max);
    assert_eq!(
        heatmap.values[0], hottest,
        "the upper left speaks for the class"
    );
    let explanation = Explanation::Regions {
        heatmap,
        region: [0.0, 0.0, 1.0, 1.0],
    };
    let drawn = explanation.over(&image(), &Style::default(), 0.5);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/heatmap.png");
    let golden = cutting_room::media::decode::decode_file(&path).unwrap();
    assert_eq!(drawn.dimensions(), golden.dimensions());
    let differences: Vec<u8> = drawn
        .iter()
        .zip(golden.iter())
        .map(|(a, b)| a.abs_diff(*b))
        .collect();
    let largest = differences.iter().max().unwrap();
    let mean = differences.iter().map(|d| f64::from(*d)).sum::<f64>() / differences.len() as f64;
    // f32 and f64 may fall on neighbouring colors of the table.
    assert!(
        *largest <= 3 && mean < 0.7,
        "largest {largest}, mean {mean}"
    );
}
