//! Operations on the colors of an 8-bit image, in torchvision's f32 arithmetic: results are cut, not rounded.

use image::RgbImage;

/// Every value replaced by `table` of its channel.
fn look_up(image: &RgbImage, table: impl Fn(usize) -> [u8; 256]) -> RgbImage {
    let tables = [table(0), table(1), table(2)];
    let mut image = image.clone();
    for pixel in image.pixels_mut() {
        for (value, table) in pixel.0.iter_mut().zip(&tables) {
            *value = table[usize::from(*value)];
        }
    }
    image
}

fn table(of: impl Fn(u8) -> u8) -> [u8; 256] {
    std::array::from_fn(|value| of(value as u8))
}

/// `factor * value + (1 - factor) * other`.
fn blend(value: u8, other: f32, factor: f64) -> u8 {
    let sum = factor as f32 * f32::from(value) + (1.0 - factor) as f32 * other;
    sum.clamp(0.0, 255.0) as u8
}

/// Rec. 601 luma, as torchvision weighs it.
fn gray([red, green, blue]: [u8; 3]) -> u8 {
    (0.2989 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)) as u8
}

pub fn brightness(image: &RgbImage, factor: f64) -> RgbImage {
    look_up(image, |_| table(|value| blend(value, 0.0, factor)))
}

pub fn saturation(image: &RgbImage, factor: f64) -> RgbImage {
    let mut image = image.clone();
    for pixel in image.pixels_mut() {
        let gray = f32::from(gray(pixel.0));
        pixel.0 = pixel.0.map(|value| blend(value, gray, factor));
    }
    image
}

pub fn contrast(image: &RgbImage, factor: f64) -> RgbImage {
    let sum: u64 = image.pixels().map(|pixel| u64::from(gray(pixel.0))).sum();
    let pixels = u64::from(image.width()) * u64::from(image.height());
    let mean = (sum as f64 / pixels.max(1) as f64) as f32;
    look_up(image, |_| table(|value| blend(value, mean, factor)))
}

/// Blends with a softened image; the border stays as it is.
pub fn sharpness(image: &RgbImage, factor: f64) -> RgbImage {
    let (width, height) = image.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let mut pixel = *image.get_pixel(x, y);
        let is_border = x == 0 || y == 0 || x + 1 == width || y + 1 == height;
        for (channel, value) in pixel.0.iter_mut().enumerate() {
            let soft = if is_border {
                *value
            } else {
                let around = (y - 1..=y + 1)
                    .flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)))
                    .map(|(x, y)| u32::from(image.get_pixel(x, y).0[channel]));
                let sum = around.sum::<u32>() + 4 * u32::from(*value);
                (f64::from(sum) / 13.0).round() as u8
            };
            *value = blend(*value, f32::from(soft), factor);
        }
        pixel
    })
}

pub fn posterize(image: &RgbImage, bits: u32) -> RgbImage {
    let mask = 255u8 << (8 - bits.clamp(1, 8));
    look_up(image, |_| table(|value| value & mask))
}

pub fn solarize(image: &RgbImage, threshold: f64) -> RgbImage {
    look_up(image, |_| {
        table(|value| {
            if f64::from(value) >= threshold {
                255 - value
            } else {
                value
            }
        })
    })
}

/// Each channel stretched to all values.
pub fn auto_contrast(image: &RgbImage) -> RgbImage {
    look_up(image, |channel| {
        let values = || image.pixels().map(|pixel| pixel.0[channel]);
        let (least, most) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
        if least == most {
            return table(|value| value);
        }
        let scale = 255.0 / (f32::from(most) - f32::from(least));
        table(|value| ((f32::from(value) - f32::from(least)) * scale).clamp(0.0, 255.0) as u8)
    })
}

/// Each channel with about as many pixels of every value.
pub fn equalize(image: &RgbImage) -> RgbImage {
    look_up(image, |channel| {
        let mut counts = [0usize; 256];
        for pixel in image.pixels() {
            counts[usize::from(pixel.0[channel])] += 1;
        }
        let last = counts.iter().rfind(|count| **count > 0).copied();
        let step = (counts.iter().sum::<usize>() - last.unwrap_or(0)) / 255;
        if step == 0 {
            return table(|value| value);
        }
        let mut below = 0;
        let mut table = [0; 256];
        for (value, count) in table.iter_mut().zip(counts) {
            *value = if below == 0 {
                0
            } else {
                ((below + step / 2) / step).min(255) as u8
            };
            below += count;
        }
        table
    })
}
