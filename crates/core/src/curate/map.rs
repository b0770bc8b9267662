//! A map of what the network sees: each image a point, similar ones near each other.
//!
//! The two directions in which the features differ most (principal components), found by orthogonal iteration, which
//! needs neither the covariance of 1,280 features nor a decomposition.

use super::features::Features;
use crate::catalog::{ImageId, Snapshot};

/// Rounds of the iteration; components whose variances are a tenth apart are told apart to a hundredth.
const ROUNDS: usize = 40;

/// Where an image lies, each coordinate from -1 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapPoint {
    pub image: ImageId,
    pub x: f32,
    pub y: f32,
}

/// The images that have features, in the order of the snapshot.
pub fn map(snapshot: &Snapshot, features: &Features) -> Vec<MapPoint> {
    let known: Vec<(ImageId, &[f32])> = snapshot
        .images
        .iter()
        .enumerate()
        .filter_map(|(at, image)| Some((image.id, features.of(at)?)))
        .collect();
    let rows: Vec<&[f32]> = known.iter().map(|(_, row)| *row).collect();
    let [xs, ys] = principal(&rows);
    let coordinates = xs.into_iter().zip(ys);
    known
        .iter()
        .zip(coordinates)
        .map(|((image, _), (x, y))| MapPoint {
            image: *image,
            x,
            y,
        })
        .collect()
}

/// Coordinates along the first two principal components, each scaled to at most 1.
fn principal(rows: &[&[f32]]) -> [Vec<f32>; 2] {
    let width = rows.first().map_or(0, |row| row.len());
    let mut mean = vec![0.0_f32; width];
    for row in rows {
        add(&mut mean, row, 1.0 / rows.len() as f32);
    }
    // Any two directions that are not orthogonal to the components will do, but always the same.
    let mut axes: [Vec<f32>; 2] = [7, 11].map(|step| {
        let value = |at: usize| ((at * step) % 13) as f32 - 6.0;
        (0..width).map(value).collect()
    });
    for _round in 0..ROUNDS {
        axes = axes.map(|axis| spread(rows, &mean, &axis));
        let [first, second] = &mut axes;
        scale_to_one(first);
        let shared = dot(first, second);
        add(second, first, -shared);
        scale_to_one(second);
    }
    axes.map(|axis| {
        let offset = dot(&mean, &axis);
        let along: Vec<f32> = rows.iter().map(|row| dot(row, &axis) - offset).collect();
        let most = along.iter().fold(1e-9_f32, |most, x| most.max(x.abs()));
        along.into_iter().map(|x| x / most).collect()
    })
}

/// The covariance times a direction, to a factor.
fn spread(rows: &[&[f32]], mean: &[f32], axis: &[f32]) -> Vec<f32> {
    let offset = dot(mean, axis);
    let mut sum = vec![0.0; axis.len()];
    let mut total = 0.0;
    for row in rows {
        let along = dot(row, axis) - offset;
        total += along;
        add(&mut sum, row, along);
    }
    add(&mut sum, mean, -total);
    sum
}

fn add(to: &mut [f32], other: &[f32], factor: f32) {
    for (to, other) in to.iter_mut().zip(other) {
        *to += factor * other;
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn scale_to_one(axis: &mut [f32]) {
    let length = dot(axis, axis).sqrt().max(1e-12);
    for x in axis {
        *x /= length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_directions_of_a_cloud_become_the_axes() {
        let rows: Vec<Vec<f32>> = (0..200)
            .map(|at| {
                let long = (at as f32 * 0.7).sin() * 10.0;
                let short = (at as f32 * 1.9).cos() * 3.0;
                let noise = (at as f32 * 5.3).sin() * 0.1;
                // Rotated, and far from the origin.
                vec![
                    0.6 * long - 0.8 * short + 50.0,
                    0.8 * long + 0.6 * short,
                    noise,
                ]
            })
            .collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let [xs, ys] = principal(&rows);
        for (at, (x, y)) in xs.iter().zip(&ys).enumerate() {
            let (long, short) = ((at as f32 * 0.7).sin(), (at as f32 * 1.9).cos());
            assert!((x.abs() - long.abs()).abs() < 0.06, "{at}: {x} {long}");
            assert!((y.abs() - short.abs()).abs() < 0.06, "{at}: {y} {short}");
        }
    }

    #[test]
    fn nothing_and_equal_images_have_a_map_too() {
        assert_eq!(principal(&[]), [Vec::<f32>::new(), Vec::new()]);
        let row = [1.0_f32, 2.0];
        let [xs, _] = principal(&[&row, &row]);
        assert!(xs.iter().all(|x| x.is_finite()));
    }
}
