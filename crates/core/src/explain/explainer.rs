//! Explanations of images by the runs of a project, with what is slow kept from one to the next.
//!
//! The run's net is kept until another run is asked for, the image's last feature map and what was found on it until
//! another image is. So another class costs one Grad-CAM, or one backward pass for guided backpropagation, and what was shown
//! before costs nothing. Both are loaded again when their file was replaced on disk: a run that is still training replaces its
//! best weights.

use std::sync::Arc;

use super::explained::{Against, Explained};
use super::faithfulness::{Faithfulness, Plan, check};
use super::inspected::{Asked, InspectedImage};
use super::loaded_run::{FileVersion, LoadedRun};
use super::method::Method;
use crate::error::{Error, Result};
use crate::predict::ImageFile;
use crate::predict::live::LiveNet;
use crate::progress::Progress;
use crate::project::Project;
use crate::spare::give_back;

/// Belongs to one worker at a time; holds one net and one image.
pub struct Explainer {
    project: Project,
    /// Asked in place of its run's best weights.
    live: Option<Arc<LiveNet>>,
    run: Option<LoadedRun>,
    image: Option<ShownImage>,
}

/// What is asked about an image.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// `None`: the most probable one.
    pub class: Option<&'a str>,
    /// Another class, to be explained beside it: why that one and not this?
    pub against: Option<&'a str>,
    pub method: Method,
    /// Whose map is read, one of [`crate::predict::Predictor::stages`]; `None`: the last one.
    pub layer: Option<&'a str>,
}

struct ShownImage {
    asked: ImageFile,
    file: Option<FileVersion>,
    inspected: InspectedImage,
}

impl Explainer {
    pub fn new(project: Project) -> Self {
        Self {
            project,
            live: None,
            run: None,
            image: None,
        }
    }

    /// From now on this net answers for its run, which is still training; without one, the best weights on disk.
    pub fn follow(&mut self, live: Option<Arc<LiveNet>>) {
        self.live = live;
    }

    /// Explains why the best weights of a run, or the net that [`Explainer::follow`] named, see a class in an image.
    /// `progress`: of a method that takes seconds.
    ///
    /// # Errors
    /// As [`crate::predict::Predictor::load`] and [`crate::predict::Predictor::read`]; [`Error::Unknown`] if the run has no
    /// such class or layer; as [`super::method::explain`].
    pub fn explain(
        &mut self,
        run_id: &str,
        file: &ImageFile,
        question: &Question<'_>,
        progress: &Progress,
    ) -> Result<Explained> {
        let (run, shown) = self.look_at(run_id, file)?;
        let inspected = &mut shown.inspected;
        let prediction = inspected.inspection.prediction.clone();
        let class = match question.class {
            Some(name) => class_index(&run.classes, name)?,
            None => prediction.ranking().first().copied().unwrap_or_default(),
        };
        let layer = layer_index(&run.layers, question.layer)?;
        let mut ask = |class: usize| {
            let asked = Asked {
                class,
                method: question.method,
                layer: (layer + 1 < run.layers.len()).then_some(run.layers[layer].as_str()),
            };
            inspected.explain(&run.predictor, &asked, progress)
        };
        let explanation = ask(class)?;
        let against = match question.against {
            Some(name) => {
                let class = class_index(&run.classes, name)?;
                Some(Against {
                    class,
                    explanation: ask(class)?,
                })
            }
            None => None,
        };
        Ok(Explained {
            classes: Arc::clone(&run.classes),
            layers: Arc::clone(&run.layers),
            prediction,
            class,
            method: question.method,
            layer,
            image_size: inspected.read.image.dimensions(),
            recipe: inspected.read.recipe,
            explanation,
            against,
        })
    }

    /// Whether the heatmap of the question's class is true; some seventy passes of the net.
    ///
    /// # Errors
    /// As [`Explainer::explain`]; [`Error::Invalid`] for a method that finds no regions.
    pub fn faithfulness(
        &mut self,
        (run_id, file): (&str, &ImageFile),
        question: &Question<'_>,
        plan: &Plan,
        progress: &Progress,
    ) -> Result<Faithfulness> {
        let explained = self.explain(run_id, file, question, progress)?;
        let Some(heatmap) = explained.explanation.heatmap() else {
            return Err(Error::Invalid(format!(
                "{} finds no regions that could be hidden; choose a method that does, such as Grad-CAM",
                question.method.title()
            )));
        };
        let (run, shown) = self.look_at(run_id, file)?;
        let image = &shown.inspected.read.image;
        check(
            &run.predictor,
            (image, explained.class),
            heatmap,
            plan,
            progress,
        )
    }

    /// The run and the image, loaded where they are not those of the last request.
    fn look_at(
        &mut self,
        run_id: &str,
        asked: &ImageFile,
    ) -> Result<(&LoadedRun, &mut ShownImage)> {
        let live = self.live.as_ref().filter(|live| live.run_id == run_id);
        let is_current = self
            .run
            .as_mut()
            .is_some_and(|run| run.is_current(run_id, live));
        if !is_current {
            // First, so that two nets are never in memory together.
            self.unload();
        }
        let run = if let Some(run) = self.run.take() {
            self.run.insert(run)
        } else {
            let loaded = match self.live.as_ref().filter(|live| live.run_id == run_id) {
                Some(live) => LoadedRun::live(live),
                None => LoadedRun::load(&self.project, run_id)?,
            };
            let loaded = self.run.insert(loaded);
            // The file and its tensors, which the net has taken over.
            give_back();
            loaded
        };
        let file = FileVersion::of(&asked.path);
        let shown = match self.image.take() {
            Some(image) if image.asked == *asked && file.is_some() && image.file == file => {
                self.image.insert(image)
            }
            other => {
                drop(other);
                self.image.insert(ShownImage {
                    asked: asked.clone(),
                    file,
                    inspected: InspectedImage::read(&run.predictor, asked)?,
                })
            }
        };
        Ok((run, shown))
    }

    /// Lets go of the net and the image; the next request loads them again.
    pub fn release(&mut self) {
        self.live = None;
        self.unload();
    }

    fn unload(&mut self) {
        self.image = None;
        self.run = None;
        give_back();
    }
}

fn class_index(classes: &[String], name: &str) -> Result<usize> {
    classes
        .iter()
        .position(|class| class == name)
        .ok_or_else(|| Error::Unknown {
            what: "class",
            name: name.to_owned(),
            remedy: format!("the run knows: {}", classes.join(", ")),
        })
}

/// The last one if none is asked for.
fn layer_index(layers: &[String], name: Option<&str>) -> Result<usize> {
    let Some(name) = name else {
        return Ok(layers.len().saturating_sub(1));
    };
    let found = layers.iter().position(|layer| layer == name);
    found.ok_or_else(|| Error::Unknown {
        what: "layer",
        name: name.to_owned(),
        remedy: format!("the net has: {}", layers.join(", ")),
    })
}

#[cfg(test)]
mod tests;
