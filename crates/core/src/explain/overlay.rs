//! Heatmaps in color over the image.
//!
//! As matplotlib's `imshow(heat, extent=image, interpolation="bilinear", cmap="magma", alpha=heat)`: scaled by the small
//! map's own minimum and maximum, then bilinear between the centers of its cells, clamped at the edge. The alpha follows
//! the heat: a cold region says nothing, so the image keeps its colors there.

use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::Heatmap;

/// `width` x `height` magma image of the map scaled by its own minimum and maximum, bilinear, half-pixel centers. Opaque
/// where it is hottest, transparent where it is coldest and outside `region` (left, top, right, bottom as fractions).
pub fn colorize(heatmap: &Heatmap, region: [f32; 4], width: u32, height: u32) -> RgbaImage {
    let scaled = scale_to_unit(&heatmap.values);
    let [left, top, right, bottom] = region;
    RgbaImage::from_fn(width, height, |x, y| {
        let across = ((x as f32 + 0.5) / width as f32 - left) / (right - left);
        let down = ((y as f32 + 0.5) / height as f32 - top) / (bottom - top);
        if !(0.0..=1.0).contains(&across) || !(0.0..=1.0).contains(&down) {
            return Rgba([0; 4]);
        }
        let value = bilinear(&scaled, heatmap.width, heatmap.height, across, down);
        let Rgb([r, g, b]) = magma(value);
        Rgba([r, g, b, (value * 255.0).round() as u8])
    })
}

/// `image` with `colors` of the same size over it; `opacity` 0 to 1.
pub(super) fn blend(image: &RgbImage, colors: &RgbaImage, opacity: f32) -> RgbImage {
    let mut blended = image.clone();
    for (pixel, color) in blended.pixels_mut().zip(colors.pixels()) {
        let Rgba([r, g, b, alpha]) = *color;
        let weight = opacity.clamp(0.0, 1.0) * f32::from(alpha) / 255.0;
        for (value, over) in pixel.0.iter_mut().zip([r, g, b]) {
            let mixed = f32::from(*value) * (1.0 - weight) + f32::from(over) * weight;
            *value = mixed.round() as u8;
        }
    }
    blended
}

/// matplotlib's color of a value 0 to 1.
fn magma(value: f32) -> Rgb<u8> {
    let color = colorous::MAGMA.eval_rational((value * 256.0) as usize, 256);
    Rgb([color.r, color.g, color.b])
}

/// A flat map becomes 0 everywhere: it has nothing to show.
fn scale_to_unit(values: &[f32]) -> Vec<f32> {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = high - low;
    values
        .iter()
        .map(|value| {
            if range > 0.0 {
                (value - low) / range
            } else {
                0.0
            }
        })
        .collect()
}

/// `across` and `down`: 0 to 1 over the whole map.
pub(super) fn bilinear(values: &[f32], width: usize, height: usize, across: f32, down: f32) -> f32 {
    let place = |part: f32, len: usize| {
        let last = len.saturating_sub(1);
        let at = (part * len as f32 - 0.5).clamp(0.0, last as f32);
        let first = (at as usize).min(last);
        (first, (first + 1).min(last), at - first as f32)
    };
    let (x0, x1, fx) = place(across, width);
    let (y0, y1, fy) = place(down, height);
    let at = |x: usize, y: usize| values.get(y * width + x).copied().unwrap_or(0.0);
    let above = at(x0, y0) + (at(x1, y0) - at(x0, y0)) * fx;
    let below = at(x0, y1) + (at(x1, y1) - at(x0, y1)) * fx;
    above + (below - above) * fy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(width: usize, height: usize, values: &[f32]) -> Heatmap {
        Heatmap {
            width,
            height,
            values: values.to_vec(),
        }
    }

    #[test]
    fn the_ends_of_the_map_have_the_ends_of_magma() {
        let colors = colorize(&map(2, 1, &[-3.0, 5.0]), [0.0, 0.0, 1.0, 1.0], 8, 2);
        assert_eq!(colors.get_pixel(0, 0).0, [0x00, 0x00, 0x04, 0]);
        assert_eq!(colors.get_pixel(7, 1).0, [0xfc, 0xfd, 0xbf, 255]);
    }

    #[test]
    fn cold_areas_keep_the_colors_of_the_image() {
        let image = RgbImage::from_pixel(8, 1, Rgb([10, 200, 30]));
        let heat = map(4, 1, &[0.0, 0.0, 1.0, 1.0]);
        let shown = blend(&image, &colorize(&heat, [0.0, 0.0, 1.0, 1.0], 8, 1), 1.0);
        assert_eq!(shown.get_pixel(0, 0).0, [10, 200, 30]);
        assert_eq!(shown.get_pixel(7, 0).0, [0xfc, 0xfd, 0xbf]);
    }

    /// Entries of matplotlib's table.
    #[test]
    fn colors_are_those_of_matplotlib() {
        for (entry, want) in [
            (1, [1, 0, 5]),
            (64, [0x51, 0x12, 0x7c]),
            (255, [0xfc, 0xfd, 0xbf]),
        ] {
            let got = magma(entry as f32 / 256.0).0;
            for (got, want) in got.into_iter().zip(want) {
                assert!(got.abs_diff(want) <= 2, "entry {entry}: {got} {want}");
            }
        }
    }

    #[test]
    fn half_pixel_centers_and_clamped_edges() {
        let values = [0.0, 1.0];
        assert!((bilinear(&values, 2, 1, 0.25, 0.5) - 0.0).abs() < 1e-6);
        assert!((bilinear(&values, 2, 1, 0.5, 0.5) - 0.5).abs() < 1e-6);
        assert!((bilinear(&values, 2, 1, 1.0, 0.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn outside_the_seen_region_the_image_is_as_it_was() {
        let image = RgbImage::from_pixel(9, 3, Rgb([10, 200, 30]));
        let heat = map(1, 2, &[1.0, 0.0]);
        let region = [1.0 / 3.0, 0.0, 2.0 / 3.0, 1.0];
        let colors = colorize(&heat, region, 9, 3);
        let shown = blend(&image, &colors, 1.0);
        assert_eq!(shown.get_pixel(0, 0).0, [10, 200, 30]);
        assert_eq!(shown.get_pixel(8, 2).0, [10, 200, 30]);
        assert_ne!(shown.get_pixel(4, 0).0, [10, 200, 30]);
        assert_eq!(blend(&image, &colors, 0.0), image);
    }

    #[test]
    fn a_flat_map_divides_by_nothing() {
        let colors = colorize(&map(2, 2, &[0.0; 4]), [0.0, 0.0, 1.0, 1.0], 4, 4);
        assert!(colors.pixels().all(|pixel| pixel.0 == [0, 0, 4, 0]));
    }
}
