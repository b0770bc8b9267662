//! Heatmaps in color over the image.
//!
//! As matplotlib's `imshow(heat, extent=image, interpolation="bilinear", cmap=…, alpha=…)`: scaled, then bilinear between
//! the centers of the map's cells, clamped at the edge.

use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::Heatmap;
use super::style::{Scale, Style, Veil};

/// Parts of the scale between which contours are drawn.
const LEVELS: f32 = 4.0;

/// `width` x `height` image of the map, bilinear, half-pixel centers. Transparent outside `region` (left, top, right, bottom
/// as fractions), and as the style's veil says within.
pub fn colorize(
    heatmap: &Heatmap,
    region: [f32; 4],
    (width, height): (u32, u32),
    style: &Style,
) -> RgbaImage {
    let scale = style.scale.unwrap_or_else(|| Scale::of(&heatmap.values));
    let scaled: Vec<f32> = heatmap
        .values
        .iter()
        .map(|&value| scale.fraction(value))
        .collect();
    let [left, top, right, bottom] = region;
    let values: Vec<Option<f32>> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let across = ((x as f32 + 0.5) / width as f32 - left) / (right - left);
            let down = ((y as f32 + 0.5) / height as f32 - top) / (bottom - top);
            let is_seen = (0.0..=1.0).contains(&across) && (0.0..=1.0).contains(&down);
            is_seen.then(|| bilinear(&scaled, heatmap.width, heatmap.height, across, down))
        })
        .collect();
    let at = |x: u32, y: u32| -> Option<f32> {
        let is_inside = x < width && y < height;
        is_inside.then(|| values[(y * width + x) as usize])?
    };
    RgbaImage::from_fn(width, height, |x, y| {
        let Some(value) = at(x, y) else {
            return Rgba([0; 4]);
        };
        let neighbors = [at(x + 1, y), at(x, y + 1)];
        if style.has_contours
            && neighbors
                .into_iter()
                .flatten()
                .any(|other| crosses(value, other))
        {
            return contour(value);
        }
        let Rgb([r, g, b]) = style.colormap.color(value);
        let alpha = match style.veil {
            Veil::FollowsHeat => style.colormap.weight(value),
            Veil::Even => 1.0,
        };
        Rgba([r, g, b, (alpha * 255.0).round() as u8])
    })
}

/// Whether a contour lies between two values.
fn crosses(a: f32, b: f32) -> bool {
    let level = |value: f32| (value * LEVELS).floor().min(LEVELS - 1.0);
    level(a) != level(b)
}

/// Light on the dark colors, dark on the light ones.
fn contour(value: f32) -> Rgba<u8> {
    if value > 0.6 {
        Rgba([0, 0, 0, 255])
    } else {
        Rgba([255; 4])
    }
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
    use super::super::colormap::Colormap;
    use super::*;

    const WHOLE: [f32; 4] = [0.0, 0.0, 1.0, 1.0];

    fn map(width: usize, height: usize, values: &[f32]) -> Heatmap {
        Heatmap {
            width,
            height,
            values: values.to_vec(),
        }
    }

    fn drawn(heatmap: &Heatmap, size: (u32, u32)) -> RgbaImage {
        colorize(heatmap, WHOLE, size, &Style::default())
    }

    #[test]
    fn the_ends_of_the_map_have_the_ends_of_magma() {
        let colors = drawn(&map(2, 1, &[-3.0, 5.0]), (8, 2));
        assert_eq!(colors.get_pixel(0, 0).0, [0x00, 0x00, 0x04, 0]);
        assert_eq!(colors.get_pixel(7, 1).0, [0xfc, 0xfd, 0xbf, 255]);
    }

    #[test]
    fn cold_areas_keep_the_colors_of_the_image_unless_the_veil_is_even() {
        let image = RgbImage::from_pixel(8, 1, Rgb([10, 200, 30]));
        let heat = map(4, 1, &[0.0, 0.0, 1.0, 1.0]);
        let shown = blend(&image, &drawn(&heat, (8, 1)), 1.0);
        assert_eq!(shown.get_pixel(0, 0).0, [10, 200, 30]);
        assert_eq!(shown.get_pixel(7, 0).0, [0xfc, 0xfd, 0xbf]);
        let even = Style {
            veil: Veil::Even,
            ..Style::default()
        };
        let shown = blend(&image, &colorize(&heat, WHOLE, (8, 1), &even), 1.0);
        assert_eq!(shown.get_pixel(0, 0).0, [0, 0, 4]);
    }

    /// The picture of the blog's code: `.2 * image + .8 * magma`, scaled by the map's own ends, which may be below 0.
    #[test]
    fn an_even_veil_is_the_weighted_sum_of_image_and_colors() {
        let image = RgbImage::from_pixel(2, 1, Rgb([100; 3]));
        let even = Style {
            veil: Veil::Even,
            ..Style::default()
        };
        let colors = colorize(&map(2, 1, &[-1.0, 3.0]), WHOLE, (2, 1), &even);
        let shown = blend(&image, &colors, 0.8);
        assert_eq!(shown.get_pixel(0, 0).0, [20, 20, 23]);
        assert_eq!(shown.get_pixel(1, 0).0, [222, 222, 173]);
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
        let colors = colorize(&heat, region, (9, 3), &Style::default());
        let shown = blend(&image, &colors, 1.0);
        assert_eq!(shown.get_pixel(0, 0).0, [10, 200, 30]);
        assert_eq!(shown.get_pixel(8, 2).0, [10, 200, 30]);
        assert_ne!(shown.get_pixel(4, 0).0, [10, 200, 30]);
        assert_eq!(blend(&image, &colors, 0.0), image);
    }

    #[test]
    fn a_flat_map_divides_by_nothing() {
        let colors = drawn(&map(2, 2, &[0.0; 4]), (4, 4));
        assert!(colors.pixels().all(|pixel| pixel.0 == [0, 0, 4, 0]));
    }

    #[test]
    fn contours_lie_between_the_quarters_of_the_scale() {
        let style = Style {
            has_contours: true,
            ..Style::default()
        };
        let colors = colorize(&map(2, 1, &[0.0, 1.0]), WHOLE, (64, 1), &style);
        let lines = colors
            .pixels()
            .filter(|pixel| [[255; 4], [0, 0, 0, 255]].contains(&pixel.0));
        assert_eq!(lines.count(), 3);
    }

    #[test]
    fn on_a_scale_of_two_maps_the_weaker_one_looks_weaker() {
        let (strong, weak) = (map(1, 1, &[4.0]), map(1, 1, &[1.0]));
        let shared = Style {
            scale: Some(Scale::of(&[0.0, 4.0])),
            ..Style::default()
        };
        let alpha = |heat: &Heatmap| colorize(heat, WHOLE, (1, 1), &shared).get_pixel(0, 0).0[3];
        assert_eq!((alpha(&strong), alpha(&weak)), (255, 64));
    }

    #[test]
    fn a_difference_is_drawn_by_how_far_it_is_from_none() {
        let style = Style {
            colormap: Colormap::Diverging,
            scale: Some(Scale::of(&[-2.0, 1.0]).symmetric()),
            ..Style::default()
        };
        let colors = colorize(&map(3, 1, &[-2.0, 0.0, 1.0]), WHOLE, (3, 1), &style);
        let alphas: Vec<u8> = colors.pixels().map(|pixel| pixel.0[3]).collect();
        assert_eq!(alphas, [255, 0, 128]);
        assert_ne!(colors.get_pixel(0, 0).0[..3], colors.get_pixel(2, 0).0[..3]);
    }
}
