//! Random train transforms: flip, rotate, zoom, warp, lighting.
//!
//! Exactly fastai v1's `get_transforms()` (1.0.39 `vision/transform.py`, `vision/image.py`): a perspective warp and an
//! affine map give one grid, which is sampled once (bilinear, reflected at the border's pixel centers, corner pixels at
//! -1 and 1); brightness and contrast then act on logits. Since the affine map after the warp is again a homography,
//! both are one 3x3 matrix. Sources are pictures of about the seen size ([`super::transform::shrink`]), so fastai's
//! own area reduction is never due.

use image::RgbImage;

use super::transform::Fit;
use crate::rng::Stream;

/// How far the random transforms may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augment {
    /// Probability of a mirror image.
    pub flip: f64,
    /// Degrees to both sides.
    pub rotate: f64,
    /// Largest enlargement, at least 1.
    pub zoom: f64,
    /// How far an edge may be stretched, as a fraction of half the picture.
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

/// 3x3, row by row.
type Matrix = [[f64; 3]; 3];

const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// What was drawn for one look at one picture.
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
    /// Writes what the net sees of `source`: `size` x `size`, three planes (R, G, B) of values 0 to 1 into `out`, which
    /// holds `3 * size * size` numbers.
    pub fn render(&self, source: &RgbImage, size: u32, fit: Fit, out: &mut [f32]) {
        let (width, height) = (f64::from(source.width()), f64::from(source.height()));
        let seen = f64::from(size);
        let (grid_width, grid_height) = match fit {
            Fit::Squish | Fit::Pad => (seen, seen),
            Fit::Crop => {
                let scale = seen / width.min(height);
                ((width * scale).round(), (height * scale).round())
            }
        };
        let [row, column] = self.crop;
        let window = Window {
            size: size as usize,
            grid_width,
            grid_height,
            left: ((grid_width - seen + 1.0) * column)
                .floor()
                .min(grid_width - seen),
            top: ((grid_height - seen + 1.0) * row)
                .floor()
                .min(grid_height - seen),
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

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = [[0.0; 3]; 3];
    for (row, out) in a.iter().zip(&mut c) {
        for (factor, b_row) in row.iter().zip(b) {
            for (value, b_value) in out.iter_mut().zip(b_row) {
                *value += factor * b_value;
            }
        }
    }
    c
}

/// The homography that takes the four stretched corners back to the square's.
///
/// Each pair of corners gives two of the eight linear equations (Heckbert 1989, section 2.2.3).
fn warp_matrix([right, left, bottom, top]: [f64; 4]) -> Matrix {
    let targets = [
        [-1.0 - top, -1.0 - left],
        [-1.0 - bottom, 1.0 + left],
        [1.0 + top, -1.0 - right],
        [1.0 + bottom, 1.0 + right],
    ];
    let corners = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
    let mut system = nalgebra::SMatrix::<f64, 8, 8>::zeros();
    let mut wanted = nalgebra::SVector::<f64, 8>::zeros();
    for (at, ([tx, ty], [ox, oy])) in targets.into_iter().zip(corners).enumerate() {
        let rows = [
            ([tx, ty, 1.0, 0.0, 0.0, 0.0, -ox * tx, -ox * ty], ox),
            ([0.0, 0.0, 0.0, tx, ty, 1.0, -oy * tx, -oy * ty], oy),
        ];
        for (offset, (row, value)) in rows.into_iter().enumerate() {
            for (column, factor) in row.into_iter().enumerate() {
                system[(2 * at + offset, column)] = factor;
            }
            wanted[2 * at + offset] = value;
        }
    }
    // Singular only for a warp of 1 and more, where an edge has no length.
    let Some(h) = system.lu().solve(&wanted) else {
        return IDENTITY;
    };
    [[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]]
}

/// Which part of the grid is seen.
struct Window {
    size: usize,
    grid_width: f64,
    grid_height: f64,
    left: f64,
    top: f64,
}

/// Bilinear, reflected about the centers of the border's pixels.
fn sample(source: &RgbImage, matrix: &Matrix, window: &Window, out: &mut [f32]) {
    let (last_x, last_y) = (
        source.width().saturating_sub(1),
        source.height().saturating_sub(1),
    );
    let stride = source.width() as usize * 3;
    let bytes = source.as_raw().as_slice();
    let plane = window.size * window.size;
    let (red, rest) = out.split_at_mut(plane.min(out.len()));
    let (green, blue) = rest.split_at_mut(plane.min(rest.len()));
    let step_x = 2.0 / (window.grid_width - 1.0).max(1.0);
    let step_y = 2.0 / (window.grid_height - 1.0).max(1.0);
    let (half_x, half_y) = (f64::from(last_x) / 2.0, f64::from(last_y) / 2.0);
    let pixels = red.iter_mut().zip(green).zip(blue);
    for (at, ((red, green), blue)) in pixels.enumerate() {
        let x = ((at % window.size) as f64 + window.left) * step_x - 1.0;
        let y = ((at / window.size) as f64 + window.top) * step_y - 1.0;
        let [sx, sy, sz] = matrix.map(|[a, b, c]| a * x + b * y + c);
        let (px, py) = (
            reflect((sx / sz + 1.0) * half_x, last_x),
            reflect((sy / sz + 1.0) * half_y, last_y),
        );
        let (x0, y0) = (
            (px as usize).min(last_x as usize),
            (py as usize).min(last_y as usize),
        );
        let (fx, fy) = ((px - x0 as f64) as f32, (py - y0 as f64) as f32);
        let right = if x0 < last_x as usize { 3 } else { 0 };
        let below = if y0 < last_y as usize { stride } else { 0 };
        let first = y0 * stride + x0 * 3;
        let corner = |offset: usize| -> [f32; 3] {
            match bytes.get(first + offset..first + offset + 3) {
                Some(&[r, g, b]) => [f32::from(r), f32::from(g), f32::from(b)],
                _ => [0.0; 3],
            }
        };
        let (a, b) = (corner(0), corner(right));
        let (c, d) = (corner(below), corner(below + right));
        let mix = |channel: usize| {
            let above = a[channel] + (b[channel] - a[channel]) * fx;
            let under = c[channel] + (d[channel] - c[channel]) * fx;
            (above + (under - above) * fy) * (1.0 / 255.0)
        };
        *red = mix(0);
        *green = mix(1);
        *blue = mix(2);
    }
}

/// Into `0..=last` by mirroring at both ends.
fn reflect(position: f64, last: u32) -> f64 {
    let last = f64::from(last);
    let position = position.abs();
    if position <= last {
        return position;
    }
    if last == 0.0 || !position.is_finite() {
        return 0.0;
    }
    let rest = position % (2.0 * last);
    if rest > last { 2.0 * last - rest } else { rest }
}

fn logit(x: f64) -> f64 {
    let x = x.clamp(1e-7, 1.0 - 1e-7);
    (x / (1.0 - x)).ln()
}

/// Brightness, then contrast, on logits.
struct Lighting {
    shift: f64,
    scale: f64,
}

/// Steps of the table that stands for the curve; its error stays below a tenth of one 8-bit step.
const TABLE_STEPS: usize = 2048;

impl Lighting {
    fn at(&self, x: f64) -> f64 {
        let y = (logit(x) + self.shift) * self.scale;
        1.0 / (1.0 + (-y).exp())
    }

    fn apply(&self, values: &mut [f32]) {
        let table: Vec<f32> = (0..=TABLE_STEPS)
            .map(|step| self.at(step as f64 / TABLE_STEPS as f64) as f32)
            .collect();
        for value in values {
            let place = value.clamp(0.0, 1.0) * TABLE_STEPS as f32;
            let step = (place as usize).min(TABLE_STEPS - 1);
            if let Some(&[low, high]) = table.get(step..step + 2) {
                *value = low + (high - low) * (place - step as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests;
