//! Random erasing: a rectangle of an augmented view is painted over (Zhong et al. 2017, <https://arxiv.org/abs/1708.04896>).
//!
//! Ranges and drawing are those of torchvision's `RandomErasing`. It paints the normalised image with 0; here, before
//! the normalisation, grey is painted, which is close to 0 once normalised.

use crate::model::preprocess::{InputSize, PADDING};
use crate::rng::Stream;

/// Of the image.
const AREA: [f64; 2] = [0.02, 0.33];
/// Height to width.
const SHAPE: [f64; 2] = [0.3, 3.3];
/// Rectangles that do not fit are redrawn this many times.
const ATTEMPTS: usize = 10;

/// Pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    pub top: usize,
    pub left: usize,
    pub height: usize,
    pub width: usize,
}

impl Rectangle {
    /// With `probability` one within an image of `size`.
    pub fn draw(size: InputSize, probability: f64, stream: &mut Stream) -> Option<Self> {
        if !stream.chance(probability) {
            return None;
        }
        (0..ATTEMPTS).find_map(|_| {
            let area = size.pixels() as f64 * stream.uniform(AREA[0], AREA[1]);
            let shape = stream.uniform(SHAPE[0].ln(), SHAPE[1].ln()).exp();
            let height = (area * shape).sqrt().round_ties_even() as usize;
            let width = (area / shape).sqrt().round_ties_even() as usize;
            let (rows, columns) = (size.height as usize, size.width as usize);
            (height < rows && width < columns).then(|| Self {
                top: stream.below(rows - height + 1),
                left: stream.below(columns - width + 1),
                height,
                width,
            })
        })
    }

    /// Paints it into `planes`: three of `size`, values 0 to 1.
    pub fn paint(self, size: InputSize, planes: &mut [f32]) {
        let colors = PADDING.0.map(|byte| f32::from(byte) / 255.0);
        for (plane, color) in planes.chunks_exact_mut(size.pixels().max(1)).zip(colors) {
            let rows = plane.chunks_exact_mut((size.width as usize).max(1));
            for row in rows.skip(self.top).take(self.height) {
                let pixels = row.iter_mut().skip(self.left);
                pixels.take(self.width).for_each(|value| *value = color);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_lie_inside_and_are_of_torchvisions_sizes() {
        const SIDE: usize = 224;
        let mut stream = Stream::new(5, &[]);
        let drawn: Vec<Option<Rectangle>> = (0..4000)
            .map(|_| Rectangle::draw(InputSize::square(SIDE as u32), 0.5, &mut stream))
            .collect();
        let rectangles: Vec<Rectangle> = drawn.iter().flatten().copied().collect();
        assert!((1800..2200).contains(&rectangles.len()));
        let mut mean_area = 0.0;
        for r in &rectangles {
            assert!(
                r.top + r.height <= SIDE && r.left + r.width <= SIDE,
                "{r:?}"
            );
            let area = (r.height * r.width) as f64 / (SIDE * SIDE) as f64;
            let shape = r.height as f64 / r.width as f64;
            assert!((0.019..0.335).contains(&area), "{r:?}");
            assert!((0.29..3.4).contains(&shape), "{r:?}");
            mean_area += area / rectangles.len() as f64;
        }
        // torchvision.transforms.RandomErasing(p=1).get_params over 20,000 draws: 0.1741.
        assert!((mean_area - 0.1741).abs() < 0.006, "{mean_area}");
    }

    #[test]
    fn only_the_rectangle_is_painted() {
        let mut planes = vec![1.0; 3 * 16];
        let rectangle = Rectangle {
            top: 1,
            left: 2,
            height: 2,
            width: 1,
        };
        rectangle.paint(InputSize::square(4), &mut planes);
        let painted: Vec<usize> = (0..48).filter(|&at| planes[at] < 1.0).collect();
        assert_eq!(painted, [6, 10, 22, 26, 38, 42]);
    }
}
