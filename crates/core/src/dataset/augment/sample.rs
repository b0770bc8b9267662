//! An image seen through a homography, each pixel sampled once.

use image::RgbImage;

use super::homography::Matrix;

/// Which part of the grid is seen.
pub struct Window {
    pub width: usize,
    pub height: usize,
    pub grid_width: f64,
    pub grid_height: f64,
    pub left: f64,
    pub top: f64,
}

/// Bilinear, reflected about the centers of the border's pixels.
pub fn sample(source: &RgbImage, matrix: &Matrix, window: &Window, out: &mut [f32]) {
    let (last_x, last_y) = (
        source.width().saturating_sub(1),
        source.height().saturating_sub(1),
    );
    let stride = source.width() as usize * 3;
    let bytes = source.as_raw().as_slice();
    let plane = window.width * window.height;
    let (red, rest) = out.split_at_mut(plane.min(out.len()));
    let (green, blue) = rest.split_at_mut(plane.min(rest.len()));
    let step_x = 2.0 / (window.grid_width - 1.0).max(1.0);
    let step_y = 2.0 / (window.grid_height - 1.0).max(1.0);
    let (half_x, half_y) = (f64::from(last_x) / 2.0, f64::from(last_y) / 2.0);
    let pixels = red.iter_mut().zip(green).zip(blue);
    for (at, ((red, green), blue)) in pixels.enumerate() {
        let x = ((at % window.width) as f64 + window.left) * step_x - 1.0;
        let y = ((at / window.width) as f64 + window.top) * step_y - 1.0;
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
