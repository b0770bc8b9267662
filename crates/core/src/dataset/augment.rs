//! Random train transforms: flip, rotate, zoom, warp, lighting.
//!
//! Exactly fastai v1's `get_transforms()` (1.0.39 `vision/transform.py`, `vision/image.py`): a perspective warp and an
//! affine map give one grid, which is sampled once (bilinear, reflected at the border's pixel centers, corner pixels at
//! -1 and 1); brightness and contrast then act on logits. Since the affine map after the warp is again a homography,
//! both are one 3x3 matrix. Sources are images of about the seen size ([`crate::model::preprocess::shrink`]), so fastai's
//! own area reduction is never due.

mod homography;
mod lighting;
mod sample;

use image::RgbImage;

use crate::model::preprocess::{Fit, InputSize};
use crate::rng::Stream;
use homography::{IDENTITY, Matrix, product, warp_matrix};
use lighting::{Lighting, logit};
use sample::{Window, sample};

/// How far the random transforms may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augment {
    /// Probability of a mirror image.
    pub flip: f64,
    /// Degrees to both sides.
    pub rotate: f64,
    /// Largest enlargement, at least 1.
    pub zoom: f64,
    /// How far an edge may be stretched, as a fraction of half the image.
    pub warp: f64,
    /// Change of brightness and contrast, 0 to 1.
    pub lighting: f64,
    /// Probability of each of rotate, zoom and warp.
    pub affine_probability: f64,
    /// Probability of each of brightness and contrast.
    pub lighting_probability: f64,
}

impl Default for Augment {
    /// fastai's defaults.
    fn default() -> Self {
        Self {
            flip: 0.5,
            rotate: 10.0,
            zoom: 1.1,
            warp: 0.2,
            lighting: 0.2,
            affine_probability: 0.75,
            lighting_probability: 0.75,
        }
    }
}

/// What was drawn for one look at one image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Draw {
    pub is_flipped: bool,
    /// Degrees.
    pub rotate: Option<f64>,
    pub zoom: Option<Zoom>,
    /// Stretch of the right, left, bottom and top edge.
    pub warp: Option<[f64; 4]>,
    /// 0.5 changes nothing.
    pub brightness: Option<f64>,
    /// 1 changes nothing.
    pub contrast: Option<f64>,
    /// Where a crop lies, 0 to 1: row, column.
    pub crop: [f64; 2],
}

/// An enlargement by `scale` around a point given as fractions of the free room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    pub scale: f64,
    pub row: f64,
    pub column: f64,
}

impl Augment {
    /// fastai's mirror images and enlargements alone.
    pub fn flip_and_zoom() -> Self {
        Self {
            rotate: 0.0,
            warp: 0.0,
            lighting_probability: 0.0,
            ..Self::default()
        }
    }

    pub fn draw(&self, stream: &mut Stream) -> Draw {
        let warp = stream
            .chance(self.affine_probability)
            .then(|| [(); 4].map(|()| stream.uniform(-self.warp, self.warp)));
        let is_flipped = stream.chance(self.flip);
        let rotate = stream
            .chance(self.affine_probability)
            .then(|| stream.uniform(-self.rotate, self.rotate));
        let zoom = stream.chance(self.affine_probability).then(|| Zoom {
            scale: stream.uniform(1.0, self.zoom),
            row: stream.uniform(0.0, 1.0),
            column: stream.uniform(0.0, 1.0),
        });
        let brightness = stream
            .chance(self.lighting_probability)
            .then(|| stream.uniform(0.5 * (1.0 - self.lighting), 0.5 * (1.0 + self.lighting)));
        let contrast = stream.chance(self.lighting_probability).then(|| {
            let most = 1.0 / (1.0 - self.lighting);
            stream.uniform(-most.ln(), most.ln()).exp()
        });
        Draw {
            is_flipped,
            rotate,
            zoom,
            warp,
            brightness,
            contrast,
            crop: [stream.uniform(0.0, 1.0), stream.uniform(0.0, 1.0)],
        }
    }
}

impl Draw {
    /// Writes what the net sees of `source` at `size`: three planes (R, G, B) of values 0 to 1 into `out`, which holds
    /// `3 * width * height` numbers.
    pub fn render(&self, source: &RgbImage, size: InputSize, fit: Fit, out: &mut [f32]) {
        let (width, height) = (f64::from(source.width()), f64::from(source.height()));
        let (seen_width, seen_height) = (f64::from(size.width), f64::from(size.height));
        let (grid_width, grid_height) = match fit {
            Fit::Squish | Fit::Pad | Fit::Keep => (seen_width, seen_height),
            Fit::Crop => {
                let scale = seen_width / width.min(height);
                ((width * scale).round(), (height * scale).round())
            }
        };
        let [row, column] = self.crop;
        let window = Window {
            width: size.width as usize,
            height: size.height as usize,
            grid_width,
            grid_height,
            left: ((grid_width - seen_width + 1.0) * column)
                .floor()
                .min(grid_width - seen_width),
            top: ((grid_height - seen_height + 1.0) * row)
                .floor()
                .min(grid_height - seen_height),
        };
        sample(source, &self.matrix(grid_width, grid_height), &window, out);
        if let Some(lighting) = self.lighting() {
            lighting.apply(out);
        }
    }

    /// From a grid coordinate (-1 to 1 from the first pixel's center to the last one's) to the same in the source.
    fn matrix(&self, grid_width: f64, grid_height: f64) -> Matrix {
        let mut affine = IDENTITY;
        if self.is_flipped {
            affine[0][0] = -1.0;
        }
        if let Some(degrees) = self.rotate {
            let (sin, cos) = degrees.to_radians().sin_cos();
            affine = product(&affine, &[[cos, -sin, 0.0], [sin, cos, 0.0], IDENTITY[2]]);
        }
        if let Some(Zoom { scale, row, column }) = self.zoom {
            let (inverse, room) = (1.0 / scale, 1.0 - 1.0 / scale);
            let zoom = [
                [inverse, 0.0, room * (2.0 * column - 1.0)],
                [0.0, inverse, room * (2.0 * row - 1.0)],
                IDENTITY[2],
            ];
            affine = product(&affine, &zoom);
        }
        // Rotation is meant in pixels, but the grid's two axes have different units.
        affine[0][1] *= grid_height / grid_width;
        affine[1][0] *= grid_width / grid_height;
        match self.warp {
            Some(edges) => product(&affine, &warp_matrix(edges)),
            None => affine,
        }
    }

    fn lighting(&self) -> Option<Lighting> {
        (self.brightness.is_some() || self.contrast.is_some()).then(|| Lighting {
            shift: self.brightness.map_or(0.0, logit),
            scale: self.contrast.unwrap_or(1.0),
        })
    }
}

#[cfg(test)]
mod tests;
