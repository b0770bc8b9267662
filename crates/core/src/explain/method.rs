//! The ways to explain.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::cam::{grad_cam, mean_cam};
use super::check_class;
use super::eigen_cam::eigen_cam;
use super::explanation::Explanation;
use super::grad_cam_plus_plus::grad_cam_plus_plus;
use super::gradient::gradient;
use super::guided::{guided_backprop, within};
use super::guided_times_map::guided_times_map;
use super::layer_cam::layer_cam;
use super::score_cam::score_cam;
use super::seen::Seen;
use super::style::Veil;
use crate::error::Result;
use crate::progress::Progress;

/// What to show of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Which regions speak for it
    #[default]
    GradCam,
    /// Grad-CAM as a mean without ReLU: what speaks against it stays, at the dark end
    GradCamMean,
    /// Regions, several of one kind counted alike
    #[value(alias = "grad-cam++")]
    GradCamPlusPlus,
    /// Regions, each cell by its own gradient: for finer layers
    LayerCam,
    /// What varies most over the image, whatever the class
    EigenCam,
    /// Regions by hiding all others, without gradients; takes seconds
    ScoreCam,
    /// Which pixels would change the answer, for or against it
    Gradient,
    /// Which edges and colors speak for it (guided backpropagation)
    Guided,
    /// Both: the edges and colors of those regions
    GuidedGradCam,
    /// The guided gradient from 0 to 1 times the mean map enlarged by splines
    GuidedTimesMap,
}

impl Method {
    pub const ALL: [Self; 10] = [
        Self::GradCam,
        Self::GradCamMean,
        Self::GradCamPlusPlus,
        Self::LayerCam,
        Self::EigenCam,
        Self::ScoreCam,
        Self::Gradient,
        Self::Guided,
        Self::GuidedGradCam,
        Self::GuidedTimesMap,
    ];

    /// The one after it in [`Method::ALL`], in a circle.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// As its paper calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::GradCam => "Grad-CAM",
            Self::GradCamMean => "Grad-CAM, signed mean",
            Self::GradCamPlusPlus => "Grad-CAM++",
            Self::LayerCam => "Layer-CAM",
            Self::EigenCam => "Eigen-CAM",
            Self::ScoreCam => "Score-CAM",
            Self::Gradient => "Gradient",
            Self::Guided => "Guided backprop",
            Self::GuidedGradCam => "Guided Grad-CAM",
            Self::GuidedTimesMap => "Guided × map",
        }
    }

    /// What it shows of a class in an image, as a line for people.
    pub fn description(self) -> &'static str {
        match self {
            Self::GradCam => "Which regions speak for the class",
            Self::GradCamMean => {
                "The mean over the channels without ReLU: what speaks against the class stays, at the dark end"
            }
            Self::GradCamPlusPlus => {
                "Which regions speak for it, several of one kind counted alike"
            }
            Self::LayerCam => "Each cell by its own gradient, for the finer maps of earlier layers",
            Self::EigenCam => "What varies most over the image in the layer, whatever the class",
            Self::ScoreCam => {
                "Which regions keep the class when all others are hidden; one pass of the net a channel, so it takes seconds"
            }
            Self::Gradient => "Which pixels would change the answer, for or against the class",
            Self::Guided => "Which edges and colors speak for it",
            Self::GuidedGradCam => "The edges and colors of those regions",
            Self::GuidedTimesMap => {
                "The guided gradient scaled from 0 to 1, times the signed mean map enlarged by splines"
            }
        }
    }

    /// Whether it finds a coarse map of regions; the others find details of all pixels.
    pub fn is_map(self) -> bool {
        match self {
            Self::GradCam
            | Self::GradCamMean
            | Self::GradCamPlusPlus
            | Self::LayerCam
            | Self::EigenCam
            | Self::ScoreCam => true,
            Self::Gradient | Self::Guided | Self::GuidedGradCam | Self::GuidedTimesMap => false,
        }
    }

    /// Whether its result depends on the layer whose map is read.
    pub fn takes_layer(self) -> bool {
        self.is_map() || matches!(self, Self::GuidedGradCam | Self::GuidedTimesMap)
    }

    /// Whether its result depends on the class.
    pub fn takes_class(self) -> bool {
        self != Self::EigenCam
    }

    /// Whether it takes seconds, so that it is better stopped when something else is asked for.
    pub fn is_slow(self) -> bool {
        self == Self::ScoreCam
    }

    /// How strongly its result lies over the image unless a person says otherwise, 0 to 1.
    ///
    /// A heatmap lets the image through, as much as fastai's lessons do (`imshow(heatmap, alpha=0.6)`), the signed mean as
    /// much as the picture that it is known from (0.8); edges and colors are an image of their own.
    pub fn default_opacity(self) -> f32 {
        match self {
            Self::GradCamMean => 0.8,
            other if other.is_map() => 0.6,
            _details => 1.0,
        }
    }

    /// How much of the image shows through its map.
    pub fn veil(self) -> Veil {
        // Its cold end is what speaks against the class, not nothing.
        if self == Self::GradCamMean {
            Veil::Even
        } else {
            Veil::FollowsHeat
        }
    }

    /// What is said of a result that [`Explanation::is_blank`].
    pub fn blank_words(self, class: &str) -> String {
        if self.is_map() {
            format!("No region speaks for {class}")
        } else {
            format!("No edge or color speaks for {class}")
        }
    }

    /// What it adds to the name of a saved image, so that the methods do not overwrite one another.
    pub fn file_suffix(self) -> &'static str {
        match self {
            Self::GradCam => "",
            Self::GradCamMean => "-grad-cam-mean",
            Self::GradCamPlusPlus => "-grad-cam-plus-plus",
            Self::LayerCam => "-layer-cam",
            Self::EigenCam => "-eigen-cam",
            Self::ScoreCam => "-score-cam",
            Self::Gradient => "-gradient",
            Self::Guided => "-guided",
            Self::GuidedGradCam => "-guided-grad-cam",
            Self::GuidedTimesMap => "-guided-times-map",
        }
    }
}

/// Explains `class` (index into [`crate::predict::Predictor::classes`]). `progress`: of a method that takes seconds.
///
/// # Errors
/// [`crate::error::Error::Invalid`] if there is no such class, or nothing depends on the image;
/// [`crate::error::Error::Cancelled`].
pub fn explain(
    seen: &Seen<'_>,
    class: usize,
    method: Method,
    progress: &Progress,
) -> Result<Explanation> {
    check_class(class, seen.predictor.classes().len())?;
    let maps = seen.maps()?;
    let gradients = || seen.gradients(class);
    let values = match method {
        Method::GradCam => grad_cam(&maps, &gradients()?),
        Method::GradCamMean => mean_cam(&maps, &gradients()?),
        Method::GradCamPlusPlus => grad_cam_plus_plus(&maps, &gradients()?),
        Method::LayerCam => layer_cam(&maps, &gradients()?),
        Method::EigenCam => eigen_cam(&maps),
        Method::ScoreCam => {
            let input = seen.predictor.input(seen.image)?;
            let score = |images: &_| seen.predictor.logits_of(images, class);
            score_cam(&maps, &input, score, progress)?
        }
        Method::Gradient => return Ok(Explanation::Details(gradient(seen, class)?)),
        Method::Guided => return Ok(Explanation::Details(guided_backprop(seen, class)?)),
        Method::GuidedGradCam => {
            let heatmap = maps.heatmap(grad_cam(&maps, &gradients()?));
            let saliency = guided_backprop(seen, class)?;
            return Ok(Explanation::Details(within(saliency, &heatmap)));
        }
        Method::GuidedTimesMap => {
            let heatmap = maps.heatmap(mean_cam(&maps, &gradients()?));
            let saliency = guided_backprop(seen, class)?;
            return Ok(Explanation::Details(guided_times_map(saliency, &heatmap)));
        }
    };
    Ok(Explanation::Regions {
        heatmap: maps.heatmap(values),
        region: seen.inspection.region,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_own_name_and_file() {
        let mut names: Vec<&str> = Method::ALL.map(Method::title).into();
        let mut suffixes: Vec<&str> = Method::ALL.map(Method::file_suffix).into();
        for list in [&mut names, &mut suffixes] {
            list.sort_unstable();
            list.dedup();
            assert_eq!(list.len(), Method::ALL.len());
        }
        for (at, method) in Method::ALL.into_iter().enumerate() {
            assert_eq!(method as usize, at);
            assert_eq!(Method::ALL.len(), Method::value_variants().len());
        }
    }
}
