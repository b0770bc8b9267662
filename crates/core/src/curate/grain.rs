//! How noisy an image is: film grain, sensor noise.
//!
//! Noise has no direction, edges have one, so the difference of two Laplacians cancels edges (Immerkær, Fast noise variance
//! estimation, 1996). The quieter half of the image counts: texture is no noise.

use super::view::Plane;

/// Standard deviation of the noise, of 255; 0 for an image smaller than 3 pixels a side.
pub fn grain(luma: &Plane) -> f64 {
    // The response is up to 8 times 255.
    let mut counts = vec![0_u32; 8 * 255 + 1];
    let rows: Vec<&[u8]> = luma.rows().collect();
    for rows in rows.windows(3) {
        let [above, own, below] = rows else {
            continue;
        };
        let columns = above.windows(3).zip(own.windows(3)).zip(below.windows(3));
        for ((above, own), below) in columns {
            let outer = line(above) + line(below);
            let response = (outer - 2 * line(own)).unsigned_abs() as usize;
            if let Some(count) = counts.get_mut(response) {
                *count += 1;
            }
        }
    }
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    let mut left = total / 2;
    let mut sum = 0;
    for (response, &count) in counts.iter().enumerate() {
        let taken = left.min(u64::from(count));
        sum += taken * response as u64;
        left -= taken;
    }
    let mean = sum as f64 / (total / 2).max(1) as f64;
    // The lower half of a normal distribution's magnitudes has the mean 0.325; the filter's norm is 6.
    mean / (0.325 * 6.0)
}

/// One row of the filter.
fn line(pixels: &[u8]) -> i32 {
    match pixels {
        &[a, b, c] => i32::from(a) - 2 * i32::from(b) + i32::from(c),
        _shorter => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn plane(mut value: impl FnMut(usize, usize) -> f64) -> Plane {
        let pixels = (0..120 * 90).map(|at| value(at % 120, at / 120).clamp(0.0, 255.0) as u8);
        Plane {
            width: 120,
            height: 90,
            pixels: pixels.collect(),
        }
    }

    #[test]
    fn noise_is_measured_and_edges_and_ramps_are_none() {
        let mut stream = Stream::new(2, &[]);
        for strength in [3.0, 8.0, 16.0] {
            let noisy = plane(|x, y| 60.0 + (x + y) as f64 * 0.5 + strength * stream.normal());
            let found = grain(&noisy);
            assert!((found / strength - 1.0).abs() < 0.15, "{found} {strength}");
        }
        let edges = plane(|x, _| if x < 60 { 30.0 } else { 220.0 });
        assert!(grain(&edges) < 0.1);
        let tiny = Plane {
            width: 2,
            height: 1,
            pixels: vec![3, 200],
        };
        assert_eq!(grain(&tiny), 0.0);
    }
}
