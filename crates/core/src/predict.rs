//! A trained run, loaded for inference.

pub mod live;
mod load;
mod parts;
mod read;
mod together;

pub use parts::Parts;
pub use read::ReadImage;
pub use together::Prepared;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::Tensor;
use image::RgbImage;

use crate::catalog::{Crop, ImageRecord, Snapshot};
use crate::dataset::Sample;
use crate::error::Result;
use crate::media::recipe::Recipe;
use crate::model::preprocess::{InputGroup, InputSize, Preprocess, group_by_size};
use crate::model::{Classifier, Mode, Net};
use crate::ops::act::Backward;
use crate::run::RunInfo;

/// Probabilities by class, in the order of [`Predictor::classes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    pub probs: Vec<f32>,
}

impl Prediction {
    /// Class indices, most probable first.
    ///
    /// ```
    /// use cutting_room_core::predict::Prediction;
    /// let probs = vec![0.1, 0.7, 0.2];
    /// assert_eq!(Prediction { probs }.ranking(), [1, 2, 0]);
    /// ```
    pub fn ranking(&self) -> Vec<usize> {
        let mut ranked: Vec<(usize, f32)> = self.probs.iter().copied().enumerate().collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranked.into_iter().map(|(class, _)| class).collect()
    }

    /// Softmax of one row of raw logits.
    pub fn from_logits(logits: &[f32]) -> Self {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weights: Vec<f64> = logits.iter().map(|x| f64::from(x - most).exp()).collect();
        let sum: f64 = weights.iter().sum();
        Self {
            probs: weights.iter().map(|weight| (weight / sum) as f32).collect(),
        }
    }
}

/// The prediction of one image: the last feature map is kept, so that a heatmap of any class costs a millisecond.
#[derive(Clone)]
pub struct Inspection {
    pub prediction: Prediction,
    /// `(1, C, h, w)`.
    pub features: Tensor,
    /// The part of the image the net saw, as fractions of its width and height: left, top, right, bottom.
    pub region: [f32; 4],
}

/// What a net is to see of an image.
#[derive(Clone, Debug)]
pub struct View {
    pub size: InputSize,
    /// Three planes (R, G, B) of values 0 to 1.
    pub planes: Vec<f32>,
}

/// A file to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFile {
    pub path: PathBuf,
    /// Of an image of the project; `None`: a file from elsewhere, which the run treats as it has learned to, see
    /// [`crate::dataset::Crops::outside`].
    pub recipe: Option<Recipe>,
}

impl ImageFile {
    pub fn outside(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            recipe: None,
        }
    }
}

/// The images of a project by path.
pub struct ProjectFiles<'a>(BTreeMap<&'a Path, &'a ImageRecord>);

impl<'a> ProjectFiles<'a> {
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let images = snapshot.images.iter();
        Self(images.map(|image| (image.path.as_path(), image)).collect())
    }

    /// The file at `path`, which may be one of the project's images.
    pub fn find(&self, path: &Path) -> ImageFile {
        let real = path.canonicalize();
        let own = self.0.get(real.as_deref().unwrap_or(path));
        ImageFile {
            path: path.to_path_buf(),
            recipe: own.map(|image| image.recipe()),
        }
    }
}

impl From<&ImageRecord> for ImageFile {
    fn from(image: &ImageRecord) -> Self {
        Self {
            path: image.path.clone(),
            recipe: Some(image.recipe()),
        }
    }
}

impl From<&Sample> for ImageFile {
    fn from(sample: &Sample) -> Self {
        Self {
            path: sample.path.clone(),
            recipe: sample.image.map(|_| sample.recipe),
        }
    }
}

/// Cheap to clone; may be used from any thread.
#[derive(Clone)]
pub struct Predictor {
    net: Arc<Net>,
    classes: Arc<[String]>,
    preprocess: Preprocess,
    /// What is cropped off files from elsewhere.
    outside: Option<Crop>,
    epoch: Option<u32>,
}

impl Predictor {
    /// Of a net that nothing changes any more, for the classes and as the images of `info`.
    pub fn of(net: Net, info: &RunInfo) -> Self {
        Self {
            net: Arc::new(net),
            classes: info.classes.as_slice().into(),
            preprocess: info.config.preprocess(),
            outside: info.crop.as_ref().and_then(|crops| crops.outside),
            epoch: None,
        }
    }

    /// 1-based epoch of the weights, if they are the best ones of a run: a training that goes on may have better ones by now.
    pub fn epoch(&self) -> Option<u32> {
        self.epoch
    }

    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// From an image to what the net sees.
    pub fn preprocess(&self) -> &Preprocess {
        &self.preprocess
    }

    pub fn classifier(&self) -> &dyn Classifier {
        &*self.net
    }

    /// # Errors
    /// [`Error::Invalid`] for an image without pixels; [`Error::Tensor`].
    pub fn inspect(&self, image: &RgbImage) -> Result<Inspection> {
        let images = self.preprocess.input(image)?;
        let features = self.net.features(&images, Mode::Eval)?;
        let logits = self.net.head(&features, None)?;
        let logits: Vec<f32> = logits.flatten_all()?.to_vec1()?;
        Ok(Inspection {
            prediction: Prediction::from_logits(&logits),
            features,
            region: self.region(image),
        })
    }

    /// The part of `image` the net sees, as fractions of its width and height: left, top, right, bottom.
    pub fn region(&self, image: &RgbImage) -> [f32; 4] {
        self.preprocess.fit.region(image.width(), image.height())
    }

    /// Many images at once: several times as quick as one by one, without a feature map to explain.
    ///
    /// # Errors
    /// As [`Predictor::inspect`].
    pub fn predict(&self, images: &[RgbImage]) -> Result<Vec<Prediction>> {
        self.predict_groups(images.len(), self.preprocess.inputs(images)?)
    }

    /// What the net says of views that somebody else made.
    ///
    /// # Errors
    /// [`Error::Tensor`] for planes of another size than they say.
    pub fn predict_views(&self, views: &[View]) -> Result<Vec<Prediction>> {
        let count = views.len();
        let groups = group_by_size(views.iter().map(|view| view.size)).into_iter();
        let groups = groups.map(|(size, positions)| {
            let views = positions.iter().filter_map(|&at| views.get(at));
            let planes: Vec<f32> = views.flat_map(|view| &view.planes).copied().collect();
            let shape = (
                positions.len(),
                3,
                size.height as usize,
                size.width as usize,
            );
            let tensor = Tensor::from_vec(planes, shape, &candle_core::Device::Cpu)?;
            Ok(InputGroup {
                tensor: self.preprocess.normalization.apply(&tensor)?,
                positions,
            })
        });
        self.predict_groups(count, groups.collect::<Result<Vec<InputGroup>>>()?)
    }

    fn predict_groups(&self, count: usize, groups: Vec<InputGroup>) -> Result<Vec<Prediction>> {
        let mut predictions = vec![None; count];
        for InputGroup { tensor, positions } in groups {
            let features = self.net.features(&tensor, Mode::Eval)?;
            let logits: Vec<Vec<f32>> = self.net.head(&features, None)?.to_vec2()?;
            for (position, logits) in positions.into_iter().zip(logits) {
                if let Some(place) = predictions.get_mut(position) {
                    *place = Some(Prediction::from_logits(&logits));
                }
            }
        }
        Ok(predictions.into_iter().flatten().collect())
    }

    /// Gives the memory back that is kept for the next image.
    pub fn release_memory(&self) {
        self.net.release_memory();
    }

    /// The gradient of the raw logit of `class` with respect to what the net sees of `image`: `(3, H, W)`, in normalised units.
    ///
    /// # Errors
    /// As [`Predictor::inspect`].
    pub fn input_gradient(&self, image: &RgbImage, class: usize, rule: Backward) -> Result<Tensor> {
        let images = self.preprocess.input(image)?;
        Ok(self.net.input_gradient(&images, class, rule)?.squeeze(0)?)
    }

    /// What the net takes of `image`: `(1, 3, H, W)`, normalised.
    ///
    /// # Errors
    /// As [`Predictor::inspect`].
    pub fn input(&self, image: &RgbImage) -> Result<Tensor> {
        self.preprocess.input(image)
    }

    /// The probabilities of `images`, `(N, 3, H, W)`, normalised.
    ///
    /// # Errors
    /// [`Error::Tensor`].
    pub fn predict_inputs(&self, images: &Tensor) -> Result<Vec<Prediction>> {
        let logits: Vec<Vec<f32>> = self.logits(images)?.to_vec2()?;
        Ok(logits
            .iter()
            .map(|logits| Prediction::from_logits(logits))
            .collect())
    }

    /// The raw logits of `class` for each of `images`, `(N, 3, H, W)`, normalised.
    ///
    /// # Errors
    /// [`Error::Tensor`], also if there is no such class.
    pub fn logits_of(&self, images: &Tensor, class: usize) -> Result<Vec<f32>> {
        let logits = self.logits(images)?.narrow(1, class, 1)?;
        Ok(logits.flatten_all()?.to_vec1()?)
    }

    fn logits(&self, images: &Tensor) -> Result<Tensor> {
        let features = self.net.features(images, Mode::Eval)?;
        self.net.head(&features, None)
    }

    /// Names of the layers whose maps can be read, first to last; the last is that of [`Inspection::features`].
    pub fn stages(&self) -> Vec<&str> {
        self.net.stages().collect()
    }

    /// As [`Net::stage_map`], of what the net sees of `image`.
    ///
    /// # Errors
    /// As [`Net::stage_map`] and [`Predictor::inspect`].
    pub fn stage_map(&self, image: &RgbImage, stage: &str) -> Result<Tensor> {
        self.net.stage_map(&self.preprocess.input(image)?, stage)
    }

    /// As [`Net::stage_gradient`].
    ///
    /// # Errors
    /// As [`Net::stage_gradient`].
    pub fn stage_gradient(&self, map: &Tensor, class: usize, stage: &str) -> Result<Tensor> {
        self.net.stage_gradient(map, class, stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_for_large_logits_too() {
        let prediction = Prediction::from_logits(&[1000.0, 1000.0, -1000.0]);
        assert_eq!(prediction.probs, [0.5, 0.5, 0.0]);
        assert_eq!(prediction.ranking(), [0, 1, 2]);
    }
}
