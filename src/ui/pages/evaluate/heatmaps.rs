//! Small heatmaps of the images in view, for the class that each was taken for: a worker explains a handful at a time, those
//! in view first, and forgets what was scrolled away.

use std::collections::BTreeMap;
use std::time::Duration;

use eframe::egui::{self, ColorImage, TextureHandle, TextureId, TextureOptions};
use image::RgbaImage;

use super::measured::Measured;
use crate::catalog::Snapshot;
use crate::error::Result;
use crate::explain::Explainer;
use crate::explain::method::Method;
use crate::jobs::slot::{Latest, Rest};
use crate::predict::ImageFile;
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::failure::Failure;

/// Explained between two looks at what is in view.
const AT_ONCE: usize = 4;
/// Long side in pixels of a map of about 10 x 10 values that is stretched over the image.
const SIDE: u32 = 96;
/// More are not kept.
const MOST: usize = 400;
/// After the last request.
const NET_IS_KEPT: Duration = Duration::from_secs(30);

/// Images to explain, each with its place in the predictions and the name of a class.
struct Request {
    run: String,
    epoch: Option<u32>,
    images: Vec<(usize, ImageFile, String)>,
}

struct Answer {
    run: String,
    epoch: Option<u32>,
    /// `None` for an image that could not be explained.
    maps: Vec<(usize, Option<RgbaImage>)>,
}

/// Of one run's weights on one set.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    run: String,
    epoch: Option<u32>,
    /// Of what was measured.
    version: u64,
}

#[derive(Default)]
pub struct Heatmaps {
    pub are_shown: bool,
    worker: Option<Latest<Request, Answer>>,
    of: Option<Subject>,
    /// By place; `None` where there can be none.
    maps: BTreeMap<usize, Option<TextureHandle>>,
    wanted: Vec<(usize, ImageFile, String)>,
    is_waiting: bool,
}

impl Heatmaps {
    pub fn of(&self, place: usize) -> Option<TextureId> {
        let map = self.maps.get(&place).filter(|_| self.are_shown)?;
        map.as_ref().map(TextureHandle::id)
    }

    /// `visible`: places in view.
    pub fn want(&mut self, snapshot: &Snapshot, measured: &Measured, visible: &[usize]) {
        self.wanted.clear();
        if !self.are_shown {
            return;
        }
        let classes = &measured.predictions.info.classes;
        for place in visible
            .iter()
            .filter(|place| !self.maps.contains_key(place))
        {
            let image = measured.predictions.images.get(*place);
            if let Some(image) = image
                && let Some(class) = classes.get(image.predicted)
            {
                let record = image.image.and_then(|id| snapshot.image(id));
                let file = record.map_or_else(|| ImageFile::outside(&image.path), ImageFile::from);
                self.wanted.push((*place, file, class.clone()));
            }
        }
        self.wanted.truncate(AT_ONCE);
    }

    /// Once a frame, after the images were drawn. `version`: of `measured`.
    pub fn follow(
        &mut self,
        ui: &egui::Ui,
        ctx: &mut ViewCtx<'_>,
        measured: &Measured,
        version: u64,
    ) {
        let info = &measured.predictions.info;
        let subject = Subject {
            run: info.run.clone(),
            epoch: info.best_epoch,
            version,
        };
        if self.of.as_ref() != Some(&subject) {
            self.maps.clear();
            self.of = Some(subject.clone());
        }
        if let Some(answer) = self.worker.as_ref().and_then(Latest::take) {
            self.is_waiting = false;
            match answer {
                Ok(answer) if (&answer.run, answer.epoch) == (&subject.run, subject.epoch) => {
                    self.take_in(ui, answer);
                }
                Ok(_) => {}
                Err(error) => {
                    self.are_shown = false;
                    let failure = Failure::new("Explaining failed", error.to_string());
                    ctx.actions.push(Action::Fail(failure));
                }
            }
        }
        if self.wanted.is_empty() || self.is_waiting {
            return;
        }
        if self.worker.is_none() {
            self.worker = worker(ctx);
        }
        if let Some(worker) = &self.worker {
            self.is_waiting = true;
            worker.request(Request {
                run: subject.run,
                epoch: subject.epoch,
                images: std::mem::take(&mut self.wanted),
            });
        }
    }

    fn take_in(&mut self, ui: &egui::Ui, answer: Answer) {
        if self.maps.len() > MOST {
            self.maps.clear();
        }
        for (place, map) in answer.maps {
            let texture = map.map(|map| {
                let size = [map.width(), map.height()].map(|side| side as usize);
                let pixels = ColorImage::from_rgba_unmultiplied(size, map.as_raw());
                ui.load_texture("small heatmap", pixels, TextureOptions::LINEAR)
            });
            self.maps.insert(place, texture);
        }
    }
}

fn worker(ctx: &ViewCtx<'_>) -> Option<Latest<Request, Answer>> {
    Latest::with(
        "small heatmaps",
        ctx.waker.clone(),
        Explainer::new(ctx.session.project().clone()),
        |explainer, request, _| explain(explainer, request),
        &Rest {
            after: NET_IS_KEPT,
            let_go: Explainer::release,
        },
    )
    .map_err(|error| tracing::error!("no heatmaps: {error}"))
    .ok()
}

/// Runs on the worker's thread. An image that cannot be read any more has no map.
///
/// # Errors
/// The first one, if not one image can be explained.
fn explain(explainer: &mut Explainer, request: Request) -> Result<Answer> {
    let mut maps = Vec::new();
    let mut failure = None;
    for (place, file, class) in &request.images {
        let explained = explainer.explain(&request.run, file, Some(class), Method::GradCam);
        let map = match explained {
            Ok(explained) => Some(explained.colors(SIDE)),
            Err(error) => {
                failure = failure.or(Some(error));
                None
            }
        };
        maps.push((*place, map));
    }
    match failure {
        Some(error) if maps.iter().all(|(_, map)| map.is_none()) => Err(error),
        _some => Ok(Answer {
            run: request.run,
            epoch: request.epoch,
            maps,
        }),
    }
}
