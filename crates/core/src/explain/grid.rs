//! A heatmap sampled over the whole image: how much of it lies where.

use super::Heatmap;
use super::overlay::bilinear;

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
    fn a_cold_map_and_a_ring_out_of_sight_say_nothing() {
        assert_eq!(ratio([0.0; 9], WHOLE), None);
        assert_eq!(ratio([1.0; 9], [0.1, 0.1, 0.9, 0.9]), None);
    }
}
