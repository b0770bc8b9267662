//! Where a run looks in an image: the hottest connected part of the heatmap of what it takes the image for.

use super::grid::Grid;
use super::method::{Method, explain};
use super::seen::Seen;
use crate::error::Result;
use crate::media::mask::Mask;
use crate::predict::{ImageFile, Predictor};
use crate::progress::Progress;

/// Where the heat is.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// Over what the recipe leaves of the image.
    pub mask: Mask,
    /// As [`Mask::sureness`], of the heat.
    pub sureness: f64,
    /// Of what the image is taken for.
    pub probability: f32,
}

/// By Grad-CAM. `None` if nothing speaks for the predicted class.
///
/// # Errors
/// As [`Predictor::read`] and [`Predictor::inspect`].
pub fn located(predictor: &Predictor, file: &ImageFile) -> Result<Option<Located>> {
    let image = predictor.read(file)?.image;
    let inspection = predictor.inspect(&image)?;
    let ranking = inspection.prediction.ranking();
    let class = ranking.first().copied().unwrap_or_default();
    let probs = &inspection.prediction.probs;
    let probability = probs.get(class).copied().unwrap_or_default();
    let seen = Seen {
        predictor,
        image: &image,
        inspection: &inspection,
        stage: None,
    };
    let explanation = explain(&seen, class, Method::GradCam, &Progress::silent())?;
    let heatmap = explanation.heatmap();
    let piece = heatmap.and_then(|heatmap| Grid::of(heatmap, inspection.region).hot_piece());
    Ok(piece.map(|(mask, sureness)| Located {
        mask,
        sureness,
        probability,
    }))
}
