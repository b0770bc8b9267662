//! Images that are far from even their nearest neighbors in their source, by what a network sees.
//!
//! Distances are cosines of the features as they are, as in cleanlab's Datalab 2.7. Minus their mean they are of no use here:
//! then all images of a source are nearly at right angles to one another, and what is odd is hardly farther than the rest.
//! Of two screenshots among 102 portraits both are found, with 3 portraits; of six portraits among the frames of a film 4
//! to 6, with up to 3 frames. The films by themselves have between none and a tenth.

use rayon::prelude::*;

/// Neighbors that count, and how far beyond the upper quartile their distance has to be, in interquartile ranges: those of
/// cleanlab's Datalab 2.7.
const NEIGHBORS: usize = 10;
const RANGES: f64 = 1.7;

/// A row that is far from all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outlier {
    /// Place of the row.
    pub at: usize,
    /// Mean of one minus the cosines of its nearest neighbors.
    pub distance: f64,
    /// 0.5 to 1.
    pub score: f64,
}

/// Among the features of one source's images. `units`: one a row; rows of one unit are no neighbors.
pub(super) fn outliers(rows: &[&[f32]], units: &[usize]) -> Vec<Outlier> {
    let rows: Vec<(Vec<f32>, usize)> = rows
        .iter()
        .zip(units)
        .map(|(row, unit)| (of_length_one(row), *unit))
        .collect();
    let distances: Vec<(usize, f64)> = rows
        .par_iter()
        .enumerate()
        .filter_map(|(at, (row, unit))| {
            let others = rows.iter().filter(|(_, other)| other != unit);
            let mut distances: Vec<f32> = others.map(|(other, _)| 1.0 - dot(row, other)).collect();
            if distances.len() < NEIGHBORS {
                return None;
            }
            distances.sort_by(f32::total_cmp);
            let near = distances.iter().take(NEIGHBORS).sum::<f32>();
            Some((at, f64::from(near) / NEIGHBORS as f64))
        })
        .collect();
    let mut sorted: Vec<f64> = distances.iter().map(|(_, distance)| *distance).collect();
    sorted.sort_by(f64::total_cmp);
    let quartile = |part: usize| sorted.get(part * sorted.len() / 4).copied();
    let (Some(low), Some(high), Some(&most)) = (quartile(1), quartile(3), sorted.last()) else {
        return Vec::new();
    };
    let limit = high + RANGES * (high - low);
    let far = distances
        .into_iter()
        .filter(|(_, distance)| *distance > limit);
    far.map(|(at, distance)| Outlier {
        at,
        distance,
        score: 0.5 + 0.5 * (distance - limit) / (most - limit).max(1e-9),
    })
    .collect()
}

fn of_length_one(row: &[f32]) -> Vec<f32> {
    let length = dot(row, row).sqrt().max(1e-9);
    row.iter().map(|x| x / length).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    /// As pooled features are: not negative, and each image has some that are high.
    fn rows(odd: &[usize]) -> Vec<Vec<f32>> {
        let mut stream = Stream::new(9, &[]);
        (0..80)
            .map(|at| {
                let own = if odd.contains(&at) { 40..60 } else { 0..40 };
                let noise: Vec<f32> = (0..60).map(|_| stream.normal().abs() as f32).collect();
                let row = noise.iter().enumerate();
                row.map(|(k, noise)| {
                    if own.contains(&k) {
                        *noise
                    } else {
                        0.1 * noise
                    }
                })
                .collect()
            })
            .collect()
    }

    fn found(odd: &[usize], unit: impl Fn(usize) -> usize) -> Vec<usize> {
        let rows = rows(odd);
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let units: Vec<usize> = (0..rows.len()).map(unit).collect();
        let mut outliers = outliers(&rows, &units);
        outliers.sort_by(|a, b| b.score.total_cmp(&a.score));
        outliers.iter().map(|outlier| outlier.at).collect()
    }

    #[test]
    fn what_is_odd_is_found_first_and_a_plain_source_has_little() {
        let odd = found(&[7, 50], |at| at);
        let mut first: Vec<usize> = odd.iter().copied().take(2).collect();
        first.sort_unstable();
        assert_eq!(first, [7, 50]);
        assert!(odd.len() < 6, "{odd:?}");
        assert!(found(&[], |at| at).len() < 4);
    }

    #[test]
    fn images_of_one_unit_do_not_excuse_each_other() {
        // A scene of twelve frames that nothing else looks like.
        let scene: Vec<usize> = (20..32).collect();
        let unit = |at: usize| if (20..32).contains(&at) { 20 } else { at };
        let mut found = found(&scene, unit);
        found.sort_unstable();
        assert_eq!(found, scene);
        let few: Vec<&[f32]> = vec![&[1.0, 0.0]; 5];
        assert_eq!(outliers(&few, &[0, 1, 2, 3, 4]), []);
    }
}
