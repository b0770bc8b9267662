//! The worker's side of the explain page: picture and class in, probabilities and heatmap out.
//!
//! What is slow is kept between questions: the run's net until another run is chosen, the picture's last feature map
//! until another picture is chosen. So another class costs one Grad-CAM (or one way back through the net), and opacity costs nothing at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{RgbImage, RgbaImage};

use crate::error::{Error, Result};
use crate::explain::method::{self, Explanation, Method};
use crate::media::decode::decode_file;
use crate::predict::{Inspection, Prediction, Predictor};
use crate::project::{Project, write_atomic};

/// Long side of what is drawn. A heatmap has about 7 x 7 values and a gradient about 224 x 224, so more pixels show nothing more.
const HEAT_SIDE: u32 = 384;

/// Which picture and which class of which run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub run_id: String,
    pub path: PathBuf,
    /// By name; `None` is the most probable one.
    pub class: Option<String>,
    pub method: Method,
}

/// What the page draws.
pub struct Answer {
    pub question: Question,
    pub classes: Arc<[String]>,
    pub prediction: Prediction,
    /// Index of the class the map is about.
    pub class: usize,
    /// Colored, opaque where the net looked.
    pub heat: RgbaImage,
    pub explanation: Arc<Explanation>,
}

/// Lives on the worker's thread.
pub struct Looker {
    project: Project,
    net: Option<Net>,
    seen: Option<Seen>,
}

struct Net {
    run_id: String,
    predictor: Predictor,
    classes: Arc<[String]>,
}

struct Seen {
    path: PathBuf,
    picture: RgbImage,
    inspection: Inspection,
}

impl Looker {
    pub fn new(project: Project) -> Self {
        Self {
            project,
            net: None,
            seen: None,
        }
    }

    /// # Errors
    /// What [`Predictor::load`], [`Predictor::read`] and [`method::explain`] say.
    pub fn answer(&mut self, question: &Question) -> Result<Answer> {
        if self
            .net
            .as_ref()
            .is_none_or(|net| net.run_id != question.run_id)
        {
            self.seen = None;
            self.net = None;
            let predictor = Predictor::load(&self.project, &question.run_id)?;
            self.net = Some(Net {
                run_id: question.run_id.clone(),
                classes: predictor.classes().into(),
                predictor,
            });
        }
        let net = self.net.as_ref().ok_or(Error::Cancelled)?;
        if self
            .seen
            .as_ref()
            .is_none_or(|seen| seen.path != question.path)
        {
            self.seen = None;
            self.seen = Some(see(&net.predictor, &question.path)?);
        }
        let seen = self.seen.as_ref().ok_or(Error::Cancelled)?;
        explain(net, seen, question)
    }
}

fn see(predictor: &Predictor, path: &Path) -> Result<Seen> {
    let picture = predictor.read(path)?;
    let inspection = predictor.inspect(&picture)?;
    Ok(Seen {
        path: path.to_path_buf(),
        picture,
        inspection,
    })
}

fn explain(net: &Net, seen: &Seen, question: &Question) -> Result<Answer> {
    let prediction = seen.inspection.prediction.clone();
    let class = question
        .class
        .as_ref()
        // A class that this run does not know (it came from another run) falls back to the top one.
        .and_then(|name| net.classes.iter().position(|class| class == name))
        .or_else(|| prediction.ranking().first().copied())
        .unwrap_or(0);
    let looked = (&seen.picture, &seen.inspection);
    let explanation = method::explain(&net.predictor, looked, class, question.method)?;
    let (width, height) = fit(seen.picture.dimensions(), HEAT_SIDE);
    Ok(Answer {
        question: question.clone(),
        classes: Arc::clone(&net.classes),
        prediction,
        class,
        heat: explanation.colors(width, height),
        explanation: Arc::new(explanation),
    })
}

/// Width and height with the aspect of `size` and no side over `side`; never larger than `size`, never 0.
fn fit((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let scale = (f64::from(side) / f64::from(width.max(height).max(1))).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    (scaled(width), scaled(height))
}

/// A PNG of the picture in full size with what was found over it.
#[derive(Clone, Debug)]
pub struct SavePng {
    pub path: PathBuf,
    pub explanation: Arc<Explanation>,
    pub opacity: f32,
    pub out: PathBuf,
}

impl SavePng {
    /// # Errors
    /// [`Error::Io`] where the folder cannot be written; what [`decode_file`] says.
    pub fn run(self) -> Result<PathBuf> {
        let picture = decode_file(&self.path)?;
        let drawn = self.explanation.over(&picture, self.opacity);
        let mut png = std::io::Cursor::new(Vec::new());
        drawn
            .write_to(&mut png, image::ImageFormat::Png)
            .map_err(|error| Error::Picture {
                reason: format!("cannot be written as PNG: {error}"),
                path: self.out.clone(),
            })?;
        if let Some(folder) = self.out.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        }
        write_atomic(&self.out, &png.into_inner())?;
        Ok(self.out)
    }
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
