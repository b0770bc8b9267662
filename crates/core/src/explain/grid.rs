//! A heatmap sampled over the whole image: how much of it lies where.

use super::Heatmap;
use super::overlay::bilinear;
use crate::media::mask::Mask;

/// Points along each side: many times as many as a heatmap has cells.
const POINTS: usize = 64;

/// Heat at evenly spaced points of the image; `None` where the net saw nothing.
pub struct Grid(Vec<Option<f32>>);

impl Grid {
    /// `region`: the part of the image that the map is of, as fractions: left, top, right, bottom.
    pub fn of(heatmap: &Heatmap, region: [f32; 4]) -> Self {
        let [left, top, right, bottom] = region;
        let value = |x: usize, y: usize| {
            let across = (center(x) - left) / (right - left);
            let down = (center(y) - top) / (bottom - top);
            let is_seen = (0.0..=1.0).contains(&across) && (0.0..=1.0).contains(&down);
            is_seen.then(|| bilinear(&heatmap.values, heatmap.width, heatmap.height, across, down))
        };
        Self(
            (0..POINTS * POINTS)
                .map(|at| value(at % POINTS, at / POINTS))
                .collect(),
        )
    }

    /// The share of the heat within `width` (a part of each side) of the edges, over that ring's share of the area. `None` if
    /// nothing is hot or the ring was not seen.
    pub fn ring_ratio(&self, width: f64) -> Option<f64> {
        let is_ring = |at: usize| {
            let near = |place: usize| {
                let place = f64::from(center(place));
                place < width || place > 1.0 - width
            };
            near(at % POINTS) || near(at / POINTS)
        };
        let (mut heat, mut area) = ([0f64; 2], [0usize; 2]);
        for (at, value) in self.0.iter().enumerate() {
            if let Some(value) = value {
                let place = usize::from(is_ring(at));
                heat[place] += f64::from(value.max(0.0));
                area[place] += 1;
            }
        }
        let share = heat[1] / (heat[0] + heat[1]);
        let of_area = area[1] as f64 / (area[0] + area[1]) as f64;
        (share.is_finite() && of_area > 0.0).then(|| share / of_area)
    }

    /// The hottest part of what was seen, `fraction` of it or less; `None` if nothing is hot.
    pub fn hottest(&self, fraction: f64) -> Option<Mask> {
        let mut seen: Vec<f32> = self.0.iter().copied().flatten().collect();
        seen.sort_by(|a, b| b.total_cmp(a));
        let count = (fraction * seen.len() as f64).round() as usize;
        let coldest = seen.get(count.max(1) - 1).copied()?.max(f32::MIN_POSITIVE);
        let is_hot = |value: &Option<f32>| value.is_some_and(|value| value >= coldest);
        let cells: Vec<bool> = self.0.iter().map(is_hot).collect();
        cells.contains(&true).then_some(Mask {
            width: POINTS,
            height: POINTS,
            cells,
        })
    }

    /// The connected part around most of the heat, as far as it is at least half as hot as the hottest point; and how surely
    /// the heat is there, see [`Mask::sureness`]. `None` if nothing is hot.
    pub fn hot_piece(&self) -> Option<(Mask, f64)> {
        let heat = self
            .0
            .iter()
            .map(|value| value.unwrap_or_default().max(0.0));
        let heat: Vec<f32> = heat.collect();
        let most = heat.iter().copied().fold(0.0, f32::max);
        if most <= 0.0 {
            return None;
        }
        let piece = Mask::heaviest_piece(&heat, POINTS, most / 2.0)?;
        let sureness = piece.sureness(&heat);
        Some((piece, sureness))
    }

    /// The share of the heat in each of `side` x `side` equal parts of the image, row-major; adds up to 1. `None` if nothing is hot.
    pub fn pooled(&self, side: usize) -> Option<Vec<f64>> {
        let mut parts = vec![0.0; side * side];
        for (at, value) in self.0.iter().enumerate() {
            let part = |place: usize| place * side / POINTS;
            let heat = f64::from(value.unwrap_or_default().max(0.0));
            if let Some(sum) = parts.get_mut(part(at / POINTS) * side + part(at % POINTS)) {
                *sum += heat;
            }
        }
        let all: f64 = parts.iter().sum();
        (all > 0.0).then(|| parts.into_iter().map(|heat| heat / all).collect())
    }
}

fn center(place: usize) -> f32 {
    (place as f32 + 0.5) / POINTS as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [f32; 4] = [0.0, 0.0, 1.0, 1.0];

    fn ratio(values: [f32; 9], region: [f32; 4]) -> Option<f64> {
        let heatmap = Heatmap {
            width: 3,
            height: 3,
            values: values.to_vec(),
        };
        Grid::of(&heatmap, region).ring_ratio(0.0625)
    }

    #[test]
    fn an_even_map_has_its_share_in_the_ring_and_a_middle_one_less() {
        let even = ratio([1.0; 9], WHOLE).unwrap();
        assert!((even - 1.0).abs() < 1e-6);
        let middle = ratio([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], WHOLE).unwrap();
        let edge = ratio([1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0], WHOLE).unwrap();
        assert!(middle < 0.1 && edge > 1.1, "{middle} {edge}");
    }

    #[test]
    fn the_hottest_part_and_the_pooled_shares_are_where_the_heat_is() {
        let heatmap = Heatmap {
            width: 3,
            height: 3,
            values: vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        };
        let grid = Grid::of(&heatmap, WHOLE);
        let hottest = grid.hottest(0.1).unwrap();
        assert!((hottest.fraction() - 0.1).abs() < 0.03 && hottest.has(0.05, 0.95));
        let pooled = grid.pooled(7).unwrap();
        assert!((pooled.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let most = pooled.iter().copied().fold(0.0, f64::max);
        assert!(pooled[42] > 0.9 * most && pooled[6] == 0.0);
        let cold = Heatmap {
            values: vec![0.0; 9],
            ..heatmap
        };
        let cold = Grid::of(&cold, WHOLE);
        assert!(cold.hottest(0.1).is_none() && cold.pooled(7).is_none());
        let (piece, sureness) = grid.hot_piece().unwrap();
        let [left, top, right, bottom] = piece.bounds().unwrap();
        assert!(left == 0.0 && bottom == 1.0 && right < 0.5 && top > 0.5);
        assert!(sureness > 0.5 && cold.hot_piece().is_none(), "{sureness}");
    }

    #[test]
    fn a_cold_map_and_a_ring_out_of_sight_say_nothing() {
        assert_eq!(ratio([0.0; 9], WHOLE), None);
        assert_eq!(ratio([1.0; 9], [0.1, 0.1, 0.9, 0.9]), None);
    }
}
