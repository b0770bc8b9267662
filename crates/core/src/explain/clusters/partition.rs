//! Points in groups: k-means (k-means++, Arthur and Vassilvitskii 2007), with as many groups as have the best silhouette
//! (Rousseeuw 1987). The same points always fall into the same groups.

use crate::rng::Stream;

/// Stream key of the first centers.
const STARTS: u64 = 0x6b6d_6561;
const MOST_GROUPS: usize = 6;
/// Times that each number of groups is tried from other centers.
const TRIES: u64 = 4;
const ROUNDS: usize = 50;
/// Groups that are less apart than this are one.
const LEAST_SILHOUETTE: f64 = 0.25;
/// Points that a silhouette is measured on.
const MEASURED: usize = 500;

/// The group of each point, 0 for that of the first one and so on.
pub fn partition(points: &[Vec<f64>]) -> Vec<usize> {
    let mut best = (LEAST_SILHOUETTE, vec![0; points.len()]);
    for groups in 2..=MOST_GROUPS.min(points.len().saturating_sub(1)) {
        let tried = (0..TRIES).map(|one| k_means(points, groups, one));
        let tightest = tried.min_by(|(a, _), (b, _)| a.total_cmp(b));
        let Some((_, labels)) = tightest else {
            continue;
        };
        let silhouette = silhouette(points, &labels, groups);
        if silhouette > best.0 {
            best = (silhouette, labels);
        }
    }
    by_appearance(&best.1)
}

/// The sum of squared distances to the groups' centers, and the group of each point.
fn k_means(points: &[Vec<f64>], groups: usize, number: u64) -> (f64, Vec<usize>) {
    let mut stream = Stream::new(0, &[STARTS, groups as u64, number]);
    let mut centers: Vec<Vec<f64>> = Vec::new();
    while centers.len() < groups {
        let apart: Vec<f64> = points
            .iter()
            .map(|point| nearest(point, &centers).1)
            .collect();
        centers.push(points[drawn(&apart, &mut stream)].clone());
    }
    let mut labels = vec![usize::MAX; points.len()];
    for _ in 0..ROUNDS {
        let found: Vec<usize> = points
            .iter()
            .map(|point| nearest(point, &centers).0)
            .collect();
        if found == labels {
            break;
        }
        labels = found;
        for (group, center) in centers.iter_mut().enumerate() {
            let own = points
                .iter()
                .zip(&labels)
                .filter(|(_, label)| **label == group);
            if let Some(mean) = mean(own.map(|(point, _)| point)) {
                *center = mean;
            }
        }
    }
    let spread = points.iter().map(|point| nearest(point, &centers).1).sum();
    (spread, labels)
}

/// The center that is nearest and the squared distance to it; 1 away from none.
fn nearest(point: &[f64], centers: &[Vec<f64>]) -> (usize, f64) {
    let distances = centers
        .iter()
        .map(|center| squared_distance(point, center))
        .enumerate();
    distances
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .unwrap_or((0, 1.0))
}

/// A place with a probability in proportion to its weight; the first of weights that are all 0.
fn drawn(weights: &[f64], stream: &mut Stream) -> usize {
    let mut left = stream.uniform(0.0, weights.iter().sum::<f64>().max(f64::MIN_POSITIVE));
    for (at, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return at;
        }
    }
    0
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

fn mean<'a>(points: impl Iterator<Item = &'a Vec<f64>>) -> Option<Vec<f64>> {
    let mut sum: Vec<f64> = Vec::new();
    let mut count = 0.0;
    for point in points {
        sum.resize(point.len(), 0.0);
        for (sum, value) in sum.iter_mut().zip(point) {
            *sum += value;
        }
        count += 1.0;
    }
    (count > 0.0).then(|| sum.into_iter().map(|sum| sum / count).collect())
}

/// How much nearer points are to their own group than to the next one, -1 to 1, in the mean.
fn silhouette(points: &[Vec<f64>], labels: &[usize], groups: usize) -> f64 {
    let every = points.len().div_ceil(MEASURED).max(1);
    let measured: Vec<(&Vec<f64>, usize)> = points
        .iter()
        .zip(labels.iter().copied())
        .step_by(every)
        .collect();
    let of_point = |(at, (point, own)): (usize, &(&Vec<f64>, usize))| {
        let mut sums = vec![(0.0, 0usize); groups];
        for (other_at, (other, label)) in measured.iter().enumerate() {
            if other_at != at {
                sums[*label].0 += squared_distance(point, other).sqrt();
                sums[*label].1 += 1;
            }
        }
        let (within, beside) = sums[*own];
        if beside == 0 {
            return 0.0;
        }
        let within = within / beside as f64;
        let others = sums.iter().enumerate().filter(|(label, _)| label != own);
        let next = others
            .filter(|(_, (_, count))| *count > 0)
            .map(|(_, (sum, count))| sum / *count as f64)
            .fold(f64::INFINITY, f64::min);
        let wider = within.max(next);
        if next.is_finite() && wider > 0.0 {
            (next - within) / wider
        } else {
            0.0
        }
    };
    let sum: f64 = measured.iter().enumerate().map(of_point).sum();
    sum / measured.len().max(1) as f64
}

fn by_appearance(labels: &[usize]) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    let number = |label: &usize| {
        seen.iter()
            .position(|known| known == label)
            .unwrap_or_else(|| {
                seen.push(*label);
                seen.len() - 1
            })
    };
    labels.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(center: [f64; 2], count: usize, key: u64) -> Vec<Vec<f64>> {
        let mut stream = Stream::new(5, &[key]);
        (0..count)
            .map(|_| center.map(|middle| middle + 0.1 * stream.normal()).to_vec())
            .collect()
    }

    #[test]
    fn clouds_apart_are_groups_and_one_cloud_is_one() {
        let mut points = cloud([0.0, 0.0], 30, 1);
        points.extend(cloud([3.0, 0.0], 12, 2));
        points.extend(cloud([0.0, 3.0], 8, 3));
        let mut want = vec![0; 30];
        want.extend([1; 12]);
        want.extend([2; 8]);
        assert_eq!(partition(&points), want);
        assert_eq!(partition(&points), want, "the same again");
        // A line of noise has no halves that are more apart than any.
        let one: Vec<Vec<f64>> = cloud([0.0, 0.0], 60, 4)
            .into_iter()
            .map(|point| vec![point[0], point[1], point[0] * point[1]])
            .collect();
        assert!(partition(&one).iter().max() <= Some(&5));
    }

    #[test]
    fn few_and_equal_points_are_one_group() {
        assert_eq!(partition(&[]), Vec::<usize>::new());
        assert_eq!(partition(&[vec![1.0]]), [0]);
        assert_eq!(partition(&vec![vec![1.0, 2.0]; 9]), [0; 9]);
    }
}
