//! Images that are prepared on one thread and asked about on another, several at once.

use candle_core::Tensor;
use image::RgbImage;

use super::{Inspection, Prediction, Predictor};
use crate::error::Result;
use crate::model::preprocess::{InputSize, group_by_size};
use crate::model::{Classifier as _, Mode};

/// What the net takes of one image.
#[derive(Clone)]
pub struct Prepared {
    /// `(1, 3, height, width)`, normalized.
    input: Tensor,
    size: InputSize,
    region: [f32; 4],
}

impl Prepared {
    /// Those of one size go through the net together.
    pub fn size(&self) -> InputSize {
        self.size
    }
}

impl Predictor {
    /// The part of [`Predictor::inspect`] that needs no net.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] for an image without pixels; [`crate::error::Error::Tensor`].
    pub fn prepare(&self, image: &RgbImage) -> Result<Prepared> {
        Ok(Prepared {
            input: self.preprocess.input(image)?,
            size: self.preprocess.input_size(image.width(), image.height()),
            region: self.region(image),
        })
    }

    /// What [`Predictor::inspect`] says of each image, to the last bit: the body does not mix the images of a batch, and the
    /// head, whose products might be summed in another order, is asked one by one.
    ///
    /// # Errors
    /// [`crate::error::Error::Tensor`].
    pub fn inspect_together(&self, images: &[Prepared]) -> Result<Vec<Inspection>> {
        let mut inspections: Vec<Option<Inspection>> = vec![None; images.len()];
        for (_, positions) in group_by_size(images.iter().map(Prepared::size)) {
            let group: Vec<&Prepared> = positions.iter().filter_map(|&at| images.get(at)).collect();
            let inputs: Vec<&Tensor> = group.iter().map(|image| &image.input).collect();
            let features = self.net.features(&Tensor::cat(&inputs, 0)?, Mode::Eval)?;
            for (row, (position, image)) in positions.iter().zip(&group).enumerate() {
                // A copy: the map of one image must not keep those of the others in memory.
                let features = features.narrow(0, row, 1)?.force_contiguous()?;
                let logits = self.net.head(&features, None)?;
                let logits: Vec<f32> = logits.flatten_all()?.to_vec1()?;
                if let Some(place) = inspections.get_mut(*position) {
                    *place = Some(Inspection {
                        prediction: Prediction::from_logits(&logits),
                        features,
                        region: image.region,
                    });
                }
            }
        }
        Ok(inspections.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use crate::model::preprocess::{Fit, Preprocess};
    use crate::model::{Arch, HeadKind, Normalization, build};
    use crate::predict::{Parts, Predictor};

    use super::*;

    #[test]
    fn an_image_among_others_is_predicted_as_it_is_alone() {
        let net = build(Arch::default(), HeadKind::Fastai, 3, 5).unwrap();
        let parts = Parts {
            classes: ["a", "b", "c"].map(str::to_owned).to_vec(),
            preprocess: Preprocess {
                size: 64,
                fit: Fit::Keep,
                normalization: Normalization::IMAGENET,
            },
            outside: None,
        };
        let predictor = Predictor::from_parts(net, parts);
        // Of three sizes, as the net sees them.
        let images: Vec<RgbImage> = (0..7u32)
            .map(|seed| {
                let width = [90, 180, 60][seed as usize % 3];
                RgbImage::from_fn(width, 90, |x, y| {
                    Rgb([
                        (x * 2 + seed * 9) as u8,
                        (y * 3) as u8,
                        (x * y + seed) as u8,
                    ])
                })
            })
            .collect();
        let prepared: Vec<Prepared> = images
            .iter()
            .map(|image| predictor.prepare(image).unwrap())
            .collect();
        let together = predictor.inspect_together(&prepared).unwrap();
        assert_eq!(together.len(), images.len());
        for (image, together) in images.iter().zip(&together) {
            let alone = predictor.inspect(image).unwrap();
            assert_eq!(together.prediction, alone.prediction);
            assert_eq!(together.region, alone.region);
            let values = |map: &Tensor| map.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(values(&together.features), values(&alone.features));
        }
    }
}
