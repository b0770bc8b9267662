//! A small map enlarged by cubic splines, as `scipy.ndimage.zoom` does with its defaults: corners on corners, and the map
//! mirrored about its outermost cells. It may overshoot.

/// The spline's pole and the gain that undoes its smoothing (Unser 1999, "Splines: a perfect fit for signal and image processing").
const POLE: f64 = -0.267_949_192_431_122_7;
const GAIN: f64 = 6.0;

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: usize,
    pub height: usize,
}

/// `values` of `from` cells, row-major, at `to` points.
pub fn zoom(values: &[f32], from: Size, to: Size) -> Vec<f32> {
    let rows: Vec<Vec<f64>> = values
        .chunks_exact(from.width.max(1))
        .map(|row| {
            let row: Vec<f64> = row.iter().map(|&value| f64::from(value)).collect();
            stretched(&row, to.width)
        })
        .collect();
    let mut zoomed = vec![0f32; to.width * to.height];
    for x in 0..to.width {
        let column: Vec<f64> = rows.iter().map(|row| row[x]).collect();
        for (y, value) in stretched(&column, to.height).into_iter().enumerate() {
            zoomed[y * to.width + x] = value as f32;
        }
    }
    zoomed
}

/// A line at `len` points from its first value to its last.
fn stretched(line: &[f64], len: usize) -> Vec<f64> {
    let coefficients = coefficients(line);
    let last = line.len().saturating_sub(1);
    let step = last as f64 / len.saturating_sub(1).max(1) as f64;
    (0..len)
        .map(|at| value(&coefficients, at as f64 * step))
        .collect()
}

/// What the basis functions are to be weighted by, so that their sum goes through the line's values.
fn coefficients(line: &[f64]) -> Vec<f64> {
    let n = line.len();
    if n < 2 {
        return line.to_vec();
    }
    let mut c: Vec<f64> = line.iter().map(|value| value * GAIN).collect();
    let period = 2 * n as i32 - 2;
    let mut first = c[0] + POLE.powi(n as i32 - 1) * c[n - 1];
    for (k, value) in c.iter().enumerate().take(n - 1).skip(1) {
        first += (POLE.powi(k as i32) + POLE.powi(period - k as i32)) * value;
    }
    c[0] = first / (1.0 - POLE.powi(period));
    for k in 1..n {
        c[k] += POLE * c[k - 1];
    }
    c[n - 1] = POLE / (POLE * POLE - 1.0) * (c[n - 1] + POLE * c[n - 2]);
    for k in (0..n - 1).rev() {
        c[k] = POLE * (c[k + 1] - c[k]);
    }
    c
}

fn value(coefficients: &[f64], at: f64) -> f64 {
    let last = coefficients.len() as i64 - 1;
    if last < 1 {
        return coefficients.first().copied().unwrap_or_default();
    }
    let base = at.floor();
    let t = at - base;
    let weights = [
        (1.0 - t).powi(3) / 6.0,
        (3.0 * t.powi(3) - 6.0 * t * t + 4.0) / 6.0,
        (-3.0 * t.powi(3) + 3.0 * t * t + 3.0 * t + 1.0) / 6.0,
        t.powi(3) / 6.0,
    ];
    let taps = (base as i64 - 1..).zip(weights);
    taps.map(|(place, weight)| {
        let mirrored = place.rem_euclid(2 * last);
        let place = mirrored.min(2 * last - mirrored);
        weight * coefficients[place as usize]
    })
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoomed(values: &[f32], side: usize, to: usize) -> Vec<f32> {
        let square = |side| Size {
            width: side,
            height: side,
        };
        zoom(values, square(side), square(to))
    }

    fn assert_near(got: &[f32], want: &[f32]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-5, "{got} is not {want}");
        }
    }

    /// scipy 1.17: `zoom([[0, 1, 2], [3, 5, 4], [1, 0, 6]], 2)`.
    #[test]
    fn a_map_is_enlarged_as_scipy_does() {
        let got = zoomed(&[0.0, 1.0, 2.0, 3.0, 5.0, 4.0, 1.0, 0.0, 6.0], 3, 6);
        #[rustfmt::skip]
        let want = [
            0.0, 0.208, 0.704, 1.296, 1.792, 2.0,
            0.984, 1.407_488, 2.186_944, 2.610_816, 2.541_632, 2.416,
            2.592, 3.268_224, 4.384_512, 4.626_048, 3.914_496, 3.408,
            2.888, 3.291_904, 4.064_832, 4.569_216, 4.641_472, 4.592,
            1.776, 1.470_848, 1.331_584, 2.458_752, 4.486_784, 5.584,
            1.0, 0.288, -0.376, 1.104, 4.248, 6.0,
        ];
        assert_near(&got, &want);
    }

    #[test]
    fn two_by_two_cells_and_a_single_one_are_enlarged_too() {
        let got = zoomed(&[0.75, 0.0, 1.0, 0.25], 2, 4);
        #[rustfmt::skip]
        let want = [
            0.75, 0.555_556, 0.194_444, 0.0,
            0.814_815, 0.620_37, 0.259_259, 0.064_815,
            0.935_185, 0.740_741, 0.379_63, 0.185_185,
            1.0, 0.805_556, 0.444_444, 0.25,
        ];
        assert_near(&got, &want);
        assert_near(&zoomed(&[3.0], 1, 2), &[3.0; 4]);
    }
}
