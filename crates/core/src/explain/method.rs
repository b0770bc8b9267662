//! The ways to explain, and what each of them found, drawn alike wherever it is shown.

use std::io::Cursor;
use std::path::Path;

use clap::ValueEnum;
use image::{ImageFormat, RgbImage, RgbaImage};
use serde::{Deserialize, Serialize};

use super::Heatmap;
use super::cam::grad_cam;
use super::guided::{Saliency, guided_backprop};
use super::overlay::{blend, colorize};
use crate::error::{Error, Result};
use crate::media::recipe::Recipe;
use crate::predict::{Inspection, Predictor};
use crate::project::write_atomic;

/// What to show of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Which regions speak for it
    #[default]
    GradCam,
    /// Which edges and colors speak for it (guided backpropagation)
    Guided,
    /// Both: the edges and colors of those regions
    GuidedGradCam,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::GradCam, Self::Guided, Self::GuidedGradCam];

    /// The one after it in [`Method::ALL`], in a circle.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// As its paper calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::GradCam => "Grad-CAM",
            Self::Guided => "Guided backprop",
            Self::GuidedGradCam => "Guided Grad-CAM",
        }
    }

    /// What it shows of a class in an image, as a line for people.
    pub fn description(self) -> &'static str {
        match self {
            Self::GradCam => "Which regions speak for the class",
            Self::Guided => "Which edges and colors speak for it",
            Self::GuidedGradCam => "The edges and colors of those regions",
        }
    }

    /// How strongly its result lies over the image unless a person says otherwise, 0 to 1.
    ///
    /// A heatmap lets the image through, as much as fastai's lessons do (`imshow(heatmap, alpha=0.6)`); the edges and
    /// colors of guided backpropagation are an image of their own.
    pub fn default_opacity(self) -> f32 {
        match self {
            Self::GradCam => 0.6,
            Self::Guided | Self::GuidedGradCam => 1.0,
        }
    }

    /// What is said of a result that [`Explanation::is_blank`].
    pub fn blank_words(self, class: &str) -> String {
        match self {
            Self::GradCam => format!("No region speaks for {class}"),
            Self::Guided | Self::GuidedGradCam => format!("No edge or color speaks for {class}"),
        }
    }

    /// What it adds to the name of a saved image, so that the methods do not overwrite one another.
    pub fn file_suffix(self) -> &'static str {
        match self {
            Self::GradCam => "",
            Self::Guided => "-guided",
            Self::GuidedGradCam => "-guided-grad-cam",
        }
    }
}

/// What a method found in an image.
#[derive(Clone, Debug)]
pub enum Explanation {
    Regions {
        heatmap: Heatmap,
        /// The part of the image the net saw, as fractions of its width and height: left, top, right, bottom.
        region: [f32; 4],
    },
    Details(Saliency),
}

/// Explains `class` (index into [`Predictor::classes`]). `seen`: the image of `inspection`.
///
/// # Errors
/// As [`grad_cam`] and [`guided_backprop`].
pub fn explain(
    predictor: &Predictor,
    (seen, inspection): (&RgbImage, &Inspection),
    class: usize,
    method: Method,
) -> Result<Explanation> {
    let heatmap = || grad_cam(predictor, inspection, class);
    let saliency = || guided_backprop(predictor, seen, class);
    Ok(match method {
        Method::GradCam => Explanation::Regions {
            heatmap: heatmap()?,
            region: inspection.region,
        },
        Method::Guided => Explanation::Details(saliency()?),
        Method::GuidedGradCam => Explanation::Details(saliency()?.within(&heatmap()?)),
    })
}

impl Explanation {
    /// `(height, width)` of a heatmap, `(3, height, width)` of the others.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Regions { heatmap, .. } => vec![heatmap.height, heatmap.width],
            Self::Details(saliency) => vec![3, saliency.height, saliency.width],
        }
    }

    /// Row-major, unscaled.
    pub fn values(&self) -> &[f32] {
        match self {
            Self::Regions { heatmap, .. } => &heatmap.values,
            Self::Details(saliency) => &saliency.values,
        }
    }

    /// True if nothing in the image speaks for the class: a heatmap of zeros, or the details of one.
    pub fn is_blank(&self) -> bool {
        self.values().iter().all(|value| *value == 0.0)
    }

    /// As an image of `width` x `height`, transparent where the net saw nothing.
    pub fn colors(&self, width: u32, height: u32) -> RgbaImage {
        match self {
            Self::Regions { heatmap, region } => colorize(heatmap, *region, width, height),
            Self::Details(saliency) => saliency.colors(width, height),
        }
    }

    /// Over `image`; `opacity` 0 to 1.
    pub fn over(&self, image: &RgbImage, opacity: f32) -> RgbImage {
        blend(image, &self.colors(image.width(), image.height()), opacity)
    }

    /// Writes a PNG of what `recipe` makes of the file at `path`, in full size, with the explanation over it; `opacity` 0
    /// to 1.
    ///
    /// # Errors
    /// As [`Recipe::decode`]; [`Error::Io`] where `out` cannot be written.
    pub fn save_png(
        &self,
        (path, recipe): (&Path, Recipe),
        opacity: f32,
        out: &Path,
    ) -> Result<()> {
        let image = recipe.decode(path)?;
        let drawn = self.over(&image, opacity);
        drop(image);
        let mut png = Cursor::new(Vec::new());
        drawn
            .write_to(&mut png, ImageFormat::Png)
            .map_err(|error| Error::Image {
                reason: format!("cannot be written as PNG: {error}"),
                path: out.to_path_buf(),
            })?;
        write_atomic(out, png.get_ref())
    }
}
