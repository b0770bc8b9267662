//! The answer to a question about an image: what a run says about it, and where a class is seen.

use std::sync::Arc;

use image::RgbaImage;

use super::explanation::Explanation;
use super::method::Method;
use super::style::{Scale, Style};
use crate::media::recipe::Recipe;
use crate::predict::Prediction;

/// What a run says about an image, and where one of its classes is seen.
#[derive(Clone, Debug)]
pub struct Explained {
    /// In the order of the prediction's probabilities.
    pub classes: Arc<[String]>,
    /// Those of the net whose maps can be read, first to last.
    pub layers: Arc<[String]>,
    pub prediction: Prediction,
    /// Index of the class that is explained.
    pub class: usize,
    pub method: Method,
    /// Index of the layer whose map was read.
    pub layer: usize,
    /// Width and height in pixels of the image as it was read for the net.
    pub image_size: (u32, u32),
    /// What was made of the file before.
    pub recipe: Recipe,
    pub explanation: Arc<Explanation>,
    /// The class that it is compared with.
    pub against: Option<Against>,
}

/// Where another class is seen in the same image.
#[derive(Clone, Debug)]
pub struct Against {
    /// Its index.
    pub class: usize,
    pub explanation: Arc<Explanation>,
}

impl Explained {
    /// Name of the class that is explained.
    pub fn class_name(&self) -> &str {
        self.name_of(self.class)
    }

    /// Whether the class that it is compared with is the one that is explained.
    pub fn is_against_itself(&self) -> bool {
        let against = self.against.as_ref();
        against.is_some_and(|against| against.class == self.class)
    }

    pub fn name_of(&self, class: usize) -> &str {
        self.classes.get(class).map_or("", String::as_str)
    }

    pub fn layer_name(&self) -> &str {
        self.layers.get(self.layer).map_or("", String::as_str)
    }

    /// Probability of the class that is explained.
    pub fn prob(&self) -> f32 {
        self.prob_of(self.class)
    }

    pub fn prob_of(&self, class: usize) -> f32 {
        let prob = self.prediction.probs.get(class);
        prob.copied().unwrap_or_default()
    }

    /// From the least to the greatest value of the maps of both classes.
    pub fn shared_scale(&self) -> Scale {
        let own = Scale::of(self.explanation.values());
        match &self.against {
            Some(other) => own.joined(Scale::of(other.explanation.values())),
            None => own,
        }
    }

    /// What speaks for the class more than for the other one, and below 0 the other way round.
    pub fn difference(&self) -> Option<Explanation> {
        let other = self.against.as_ref()?;
        Some(self.explanation.minus(&other.explanation))
    }

    /// Shape and values of the map, row-major and unscaled; of two classes, one after the other.
    pub fn raw(&self) -> (Vec<usize>, Vec<f32>) {
        let mut shape = self.explanation.shape();
        let mut values = self.explanation.values().to_vec();
        if let Some(other) = &self.against {
            shape.insert(0, 2);
            values.extend(other.explanation.values());
        }
        (shape, values)
    }

    /// The explanation of the class with the image's aspect, no side over `max_side` pixels and none over the image's.
    pub fn colors(&self, max_side: u32) -> RgbaImage {
        self.colors_of(&self.explanation, max_side, &Style::default())
    }

    /// As [`Explained::colors`], of any explanation of the image in any style.
    pub fn colors_of(&self, explanation: &Explanation, max_side: u32, style: &Style) -> RgbaImage {
        let (width, height) = fit(self.image_size, max_side);
        explanation.colors(width, height, style)
    }
}

/// Width and height with the aspect of `size` and no side over `side`; never larger than `size`, never 0.
fn fit((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let scale = (f64::from(side) / f64::from(width.max(height).max(1))).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting_keeps_the_aspect_and_never_enlarges() {
        assert_eq!(fit((3200, 1600), 384), (384, 192));
        assert_eq!(fit((100, 50), 384), (100, 50));
        assert_eq!(fit((10_000, 1), 100), (100, 1));
    }
}
