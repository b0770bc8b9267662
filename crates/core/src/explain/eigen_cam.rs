//! Eigen-CAM (Muhammad and Yeasin 2020, <https://arxiv.org/abs/2008.00299>): what varies most over the image in the layer's map,
//! whatever the class. No gradient.
//!
//! The cells, each with its channels, minus their mean, are projected on their first principal direction. Its sign is arbitrary;
//! here the larger end is positive, as Seg-Eigen-CAM has it (Chung and Ying 2025, equation 13).

use rayon::prelude::*;

use super::maps::{Maps, rectified};

/// Of the power iteration; a direction that is not clear by then is none.
const MOST_STEPS: usize = 2000;
/// Least change of the direction to go on for.
const TOLERANCE: f64 = 1e-12;

/// Row-major, from 0.
pub fn eigen_cam(maps: &Maps) -> Vec<f32> {
    rectified(projection(maps))
}

/// The projection of every cell, before what is below 0 is cut.
pub fn projection(maps: &Maps) -> Vec<f32> {
    let cells = maps.cells();
    let centered: Vec<f64> = maps.planes().flat_map(centered).collect();
    let planes: Vec<&[f64]> = centered.chunks_exact(cells.max(1)).collect();
    let values = if maps.channels < cells {
        // By the smaller of the two matrices of products: that of the channels, or that of the cells.
        let direction = first_direction(&planes);
        sum(&planes, &direction, cells)
    } else {
        let by_cell: Vec<Vec<f64>> = (0..cells)
            .map(|cell| planes.iter().map(|plane| plane[cell]).collect())
            .collect();
        let rows: Vec<&[f64]> = by_cell.iter().map(Vec::as_slice).collect();
        let direction = first_direction(&rows);
        let along = sum(&rows, &direction, maps.channels);
        let length = dot(&along, &along).sqrt();
        direction.iter().map(|part| part * length).collect()
    };
    let lowest = values.iter().copied().fold(0.0, f64::min);
    let highest = values.iter().copied().fold(0.0, f64::max);
    let sign = if -lowest > highest { -1.0 } else { 1.0 };
    values.iter().map(|value| (sign * value) as f32).collect()
}

fn centered(plane: &[f32]) -> impl Iterator<Item = f64> {
    let mean = plane.iter().map(|&v| f64::from(v)).sum::<f64>() / plane.len().max(1) as f64;
    plane.iter().map(move |&value| f64::from(value) - mean)
}

/// The unit eigenvector of the largest eigenvalue of the products of `rows` with one another, by power iteration; zeros if
/// all of them are.
fn first_direction(rows: &[&[f64]]) -> Vec<f64> {
    let products: Vec<Vec<f64>> = rows
        .par_iter()
        .map(|a| rows.iter().map(|b| dot(a, b)).collect())
        .collect();
    // The row that is longest is never at a right angle to what varies most.
    let lengths = products.iter().enumerate().map(|(at, row)| (at, row[at]));
    let longest = lengths.max_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some(mut direction) = longest.and_then(|(at, _)| unit(&products[at])) else {
        return vec![0.0; rows.len()];
    };
    for _ in 0..MOST_STEPS {
        let turned: Vec<f64> = products.iter().map(|row| dot(row, &direction)).collect();
        let Some(turned) = unit(&turned) else {
            break;
        };
        let agreement = dot(&turned, &direction);
        direction = turned;
        if 1.0 - agreement < TOLERANCE {
            break;
        }
    }
    direction
}

fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let length = dot(vector, vector).sqrt();
    (length > 0.0).then(|| vector.iter().map(|part| part / length).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The sum of the rows, each times its weight.
fn sum(rows: &[&[f64]], weights: &[f64], len: usize) -> Vec<f64> {
    let mut sum = vec![0.0; len];
    for (row, weight) in rows.iter().zip(weights) {
        for (sum, value) in sum.iter_mut().zip(*row) {
            *sum += weight * value;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::maps::{assert_close, example};
    use super::*;

    /// From NumPy's singular values; two channels of four cells, and four channels of two.
    #[test]
    fn the_projection_equals_the_golden_by_either_product() {
        let (maps, _) = example();
        let want = [-1.106_277_8, 2.014_337_7, -0.686_804_3, -0.221_255_6];
        assert_close(&projection(&maps), &want);
        assert_close(&eigen_cam(&maps), &[0.0, want[1], 0.0, 0.0]);
        let wide = Maps {
            channels: 4,
            height: 1,
            width: 2,
            values: vec![1.0, 3.0, 0.0, 2.0, 5.0, 1.0, 7.0, 7.0],
        };
        // Half the distance of the two cells, on both sides.
        let half = 0.5 * (4.0f32 + 4.0 + 16.0).sqrt();
        let got = projection(&wide);
        assert!((got[0].abs() - half).abs() < 1e-5 && (got[0] + got[1]).abs() < 1e-5);
    }

    #[test]
    fn a_map_without_variation_shows_nothing() {
        let flat = Maps {
            channels: 3,
            height: 2,
            width: 2,
            values: vec![4.0; 12],
        };
        assert_eq!(eigen_cam(&flat), [0.0; 4]);
    }
}
