//! A few validation images and what the best epoch of a run says about each: its top class, and which regions speak for it.
//!
//! A worker explains them once for each best epoch. That is a handful of forward passes beside the hundreds of the
//! validation that found the epoch, so the run does not notice.

use std::collections::BTreeMap;
use std::time::Duration;

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};
use image::RgbaImage;

use crate::catalog::{ImageId, Snapshot, Unit};
use crate::dataset::{Sample, Split};
use crate::error::Result;
use crate::explain::method::Method;
use crate::explain::{Explainer, Question};
use crate::jobs::slot::{Latest, Rest};
use crate::predict::ImageFile;
use crate::progress::Progress;
use crate::run::RunLog;
use crate::ui::context::ViewCtx;

/// As many as fit side by side in the smallest window.
pub const PINS: usize = 6;
/// How an image is explained.
pub const METHOD: Method = Method::GradCam;
/// Long side of a colored map in pixels; it has about 7 x 7 values, and is stretched over the image.
const HEATMAP_SIDE: u32 = 96;
/// After the last epoch that was shown.
const NET_IS_KEPT: Duration = Duration::from_secs(30);

/// Images for a run's best weights as they are after `epoch`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    run_id: String,
    epoch: u32,
    images: Vec<(ImageId, ImageFile)>,
}

/// What the net says about one image.
struct PinResult {
    image: ImageId,
    /// Of the most probable class.
    class: String,
    prob: f32,
    heatmap: RgbaImage,
}

struct Response {
    request: Request,
    results: Result<Vec<PinResult>>,
}

/// As it is drawn.
pub struct Pin {
    pub image: ImageId,
    pub class: String,
    pub prob: f32,
    pub heatmap: TextureHandle,
}

#[derive(Default)]
pub struct Pins {
    version: Option<u64>,
    /// All that could be shown, classes in turn.
    candidates: Vec<(ImageId, ImageFile)>,
    /// Which [`PINS`] of them.
    set: usize,
    worker: Option<Latest<Request, Response>>,
    requested: Option<Request>,
    shown: Option<Request>,
    pub explained: Vec<Pin>,
    /// Why the newest request failed.
    pub failure: Option<String>,
}

impl Pins {
    /// Requests `log`'s best epoch if that is news, and takes the response; once a frame.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &ViewCtx<'_>, log: &RunLog) {
        let snapshot = ctx.session.snapshot();
        if self.version != Some(snapshot.version) {
            self.version = Some(snapshot.version);
            self.candidates = candidates(snapshot);
        }
        if let Some(epoch) = log.best_epoch()
            && !self.candidates.is_empty()
        {
            self.request(
                ctx,
                Request {
                    run_id: log.info.id.clone(),
                    epoch,
                    images: self.chosen(),
                },
            );
        }
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(response)) => self.take_in(ui, response),
            Some(Err(error)) => self.failure = Some(error.to_string()),
            None => {}
        }
    }

    /// The epoch that is shown, if it is one of `log`.
    pub fn epoch_of(&self, log: &RunLog) -> Option<u32> {
        let shown = self.shown.as_ref()?;
        (shown.run_id == log.info.id).then_some(shown.epoch)
    }

    pub fn has_others(&self) -> bool {
        self.candidates.len() > PINS
    }

    pub fn show_others(&mut self) {
        self.set += 1;
    }

    fn chosen(&self) -> Vec<(ImageId, ImageFile)> {
        let sets = self.candidates.len().div_ceil(PINS).max(1);
        let first = self.set % sets * PINS;
        let chosen = self.candidates.iter().skip(first).take(PINS);
        chosen.cloned().collect()
    }

    fn request(&mut self, ctx: &ViewCtx<'_>, request: Request) {
        if self.requested.as_ref() == Some(&request) {
            return;
        }
        if self.worker.is_none() {
            let started = Latest::with(
                "pins",
                ctx.waker.clone(),
                Explainer::new(ctx.session.project().clone()),
                |explainer, request, progress| {
                    let results = respond(explainer, &request, progress);
                    Ok(Response { request, results })
                },
                &Rest {
                    after: NET_IS_KEPT,
                    let_go: Explainer::release,
                },
            );
            match started {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        if let Some(worker) = &self.worker {
            worker.request(request.clone());
        }
        self.requested = Some(request);
    }

    fn take_in(&mut self, ui: &egui::Ui, response: Response) {
        match response.results {
            Ok(results) => {
                self.failure = None;
                self.explained = results.into_iter().map(|result| pin(ui, result)).collect();
                self.shown = Some(response.request);
            }
            Err(error) if self.requested.as_ref() == Some(&response.request) => {
                self.failure = Some(error.to_string());
            }
            Err(_) => {}
        }
    }
}

fn pin(ui: &egui::Ui, result: PinResult) -> Pin {
    let size = [
        result.heatmap.width() as usize,
        result.heatmap.height() as usize,
    ];
    let pixels = ColorImage::from_rgba_unmultiplied(size, result.heatmap.as_raw());
    Pin {
        image: result.image,
        class: result.class,
        prob: result.prob,
        heatmap: ui.load_texture("pin", pixels, TextureOptions::LINEAR),
    }
}

/// Runs on the worker's thread. An image that cannot be read any more is left out.
///
/// # Errors
/// The first one, if not one image can be explained.
fn respond(
    explainer: &mut Explainer,
    request: &Request,
    progress: &Progress,
) -> Result<Vec<PinResult>> {
    let question = Question {
        method: METHOD,
        ..Question::default()
    };
    let mut results = Vec::with_capacity(request.images.len());
    let mut failure = None;
    for (image, file) in &request.images {
        match explainer.explain(&request.run_id, file, &question, progress) {
            Ok(explained) => results.push(PinResult {
                image: *image,
                class: explained.class_name().to_owned(),
                prob: explained.prob(),
                heatmap: explained.colors(HEATMAP_SIDE),
            }),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if results.is_empty() => Err(error),
        _ => Ok(results),
    }
}

/// The middle image of each validation scene, one of each class in turn.
fn candidates(snapshot: &Snapshot) -> Vec<(ImageId, ImageFile)> {
    let Ok(split) = Split::of(snapshot) else {
        return Vec::new();
    };
    in_turn(&middles(&split.valid))
}

fn middles(samples: &[Sample]) -> BTreeMap<u32, Vec<&Sample>> {
    let mut scenes: BTreeMap<(u32, Unit), Vec<&Sample>> = BTreeMap::new();
    let mut classes: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        if let Some(unit) = sample.unit.filter(|unit| unit.is_cluster()) {
            let key = (sample.target, unit);
            scenes.entry(key).or_default().push(sample);
        } else {
            classes.entry(sample.target).or_default().push(sample);
        }
    }
    for ((class, _), frames) in scenes {
        let middle = frames.get(frames.len() / 2).copied();
        classes.entry(class).or_default().extend(middle);
    }
    classes
}

fn in_turn(classes: &BTreeMap<u32, Vec<&Sample>>) -> Vec<(ImageId, ImageFile)> {
    let longest = classes.values().map(Vec::len).max().unwrap_or_default();
    let mut chosen = Vec::new();
    for rank in 0..longest {
        for samples in classes.values() {
            let sample = samples.get(rank);
            chosen.extend(sample.and_then(|&sample| Some((sample.image?, sample.into()))));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::catalog::SceneId;
    use crate::media::recipe::Recipe;

    #[test]
    fn scenes_show_their_middle_and_classes_take_turns() {
        let sample = |image, scene: Option<i64>, target| Sample {
            image: Some(ImageId(image)),
            unit: scene.map(|scene| Unit::Scene(SceneId(scene))),
            path: PathBuf::from(format!("{image}.jpg")),
            recipe: Recipe::default(),
            source: None,
            weight: 1.0,
            target,
        };
        let samples = [
            sample(1, Some(1), 0),
            sample(2, Some(1), 0),
            sample(3, Some(1), 0),
            sample(4, Some(2), 0),
            sample(5, None, 1),
        ];
        let ids: Vec<i64> = in_turn(&middles(&samples))
            .into_iter()
            .map(|(image, _)| image.0)
            .collect();
        assert_eq!(ids, [2, 5, 4]);
    }
}
