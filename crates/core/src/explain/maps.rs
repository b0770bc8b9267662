//! The map of a layer, or the gradient of a class with respect to it, as plain numbers: what every CAM is made of.

use candle_core::Tensor;

use super::Heatmap;
use crate::error::Result;

/// Channel after channel, each row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

impl Maps {
    /// `tensor`: `(1, C, h, w)`.
    ///
    /// # Errors
    /// [`crate::error::Error::Tensor`] for another shape.
    pub fn of(tensor: &Tensor) -> Result<Self> {
        let (_, channels, height, width) = tensor.dims4()?;
        Ok(Self {
            channels,
            height,
            width,
            values: tensor.flatten_all()?.to_vec1()?,
        })
    }

    /// Values of a channel.
    pub fn cells(&self) -> usize {
        self.height * self.width
    }

    /// The channels, one after the other.
    pub fn planes(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.cells().max(1))
    }

    /// The sum of the channels, each times its weight.
    pub fn weighted(&self, weights: &[f32]) -> Vec<f32> {
        let mut sum = vec![0f32; self.cells()];
        for (plane, weight) in self.planes().zip(weights) {
            for (sum, value) in sum.iter_mut().zip(plane) {
                *sum += weight * value;
            }
        }
        sum
    }

    /// One value for each of these maps' cells, row-major.
    pub fn heatmap(&self, values: Vec<f32>) -> Heatmap {
        Heatmap {
            width: self.width,
            height: self.height,
            values,
        }
    }
}

/// What speaks for the class: negative values become 0.
pub fn rectified(mut values: Vec<f32>) -> Vec<f32> {
    for value in &mut values {
        *value = value.max(0.0);
    }
    values
}

/// The example of the tests of the methods: two channels of 2 x 2 cells, and their gradients.
#[cfg(test)]
pub fn example() -> (Maps, Maps) {
    let maps = |values: [f32; 8]| Maps {
        channels: 2,
        height: 2,
        width: 2,
        values: values.to_vec(),
    };
    (
        maps([1.0, 0.0, 2.0, 1.0, 0.0, 3.0, 1.0, 1.0]),
        maps([0.1, 0.2, -0.1, 0.4, -0.3, 0.1, -0.2, 0.0]),
    )
}

/// Compares values.
///
/// # Panics
/// Unless each is within two millionths of the wanted one.
#[cfg(test)]
pub fn assert_close(got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len());
    for (one, other) in got.iter().zip(want) {
        assert!((one - other).abs() < 2e-6, "{got:?} is not {want:?}");
    }
}
