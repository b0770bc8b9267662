//! Shears, shifts and turns with nearest pixels; outside the image it is black.
//!
//! Coordinates are pixels from the image's center, as in torchvision's `_gen_affine_grid`.

use image::{Rgb, RgbImage};

/// From an output position to its source: two rows of a, b, c.
type Affine = [[f64; 3]; 2];

pub fn shear_x(image: &RgbImage, shear: f64) -> RgbImage {
    // About the upper edge.
    let half = f64::from(image.height()) / 2.0;
    sample(image, [[1.0, shear, shear * half], [0.0, 1.0, 0.0]])
}

pub fn shear_y(image: &RgbImage, shear: f64) -> RgbImage {
    // About the left edge.
    let half = f64::from(image.width()) / 2.0;
    sample(image, [[1.0, 0.0, 0.0], [shear, 1.0, shear * half]])
}

pub fn translate(image: &RgbImage, x: f64, y: f64) -> RgbImage {
    sample(image, [[1.0, 0.0, -x], [0.0, 1.0, -y]])
}

pub fn rotate(image: &RgbImage, degrees: f64) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    sample(image, [[cos, -sin, 0.0], [sin, cos, 0.0]])
}

fn sample(image: &RgbImage, affine: Affine) -> RgbImage {
    let (width, height) = image.dimensions();
    let center = |size: u32| (f64::from(size) - 1.0) / 2.0;
    let (center_x, center_y) = (center(width), center(height));
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x) - center_x, f64::from(y) - center_y);
        let [source_x, source_y] = affine.map(|[a, b, c]| a * x + b * y + c);
        let (source_x, source_y) = (
            (source_x + center_x).round_ties_even(),
            (source_y + center_y).round_ties_even(),
        );
        let is_inside = (0.0..f64::from(width)).contains(&source_x)
            && (0.0..f64::from(height)).contains(&source_y);
        if is_inside {
            *image.get_pixel(source_x as u32, source_y as u32)
        } else {
            Rgb([0; 3])
        }
    })
}
