//! Small heatmaps over thumbnails: a worker explains a handful at a time, those in view first.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{self, ColorImage, TextureHandle, TextureId, TextureOptions};
use image::RgbaImage;

use crate::error::Result;
use crate::explain::{Explainer, Question};
use crate::jobs::beside::work_beside;
use crate::jobs::slot::{Latest, Rest};
use crate::media::recipe::Recipe;
use crate::predict::ImageFile;
use crate::progress::Progress;
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::failure::Failure;
use crate::ui::widgets::weights::Weights;

/// Explained between two looks at what is in view.
const AT_ONCE: usize = 4;
/// Long side in pixels of a map of about 10 x 10 values that is stretched over the image.
const SIDE: u32 = 96;
/// More are not kept.
const MOST: usize = 400;
/// After the last request.
const NET_IS_KEPT: Duration = Duration::from_secs(30);

/// An image, and the class that regions of it speak for, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub file: ImageFile,
    pub class: String,
}

/// File, recipe and class.
type Key = (PathBuf, Option<Recipe>, String);

impl Asked {
    fn key(&self) -> Key {
        let ImageFile { path, recipe } = &self.file;
        (path.clone(), *recipe, self.class.clone())
    }
}

struct Request {
    weights: Weights,
    images: Vec<Asked>,
}

struct Answer {
    weights: Weights,
    /// `None` for an image that could not be explained.
    maps: Vec<(Key, Option<RgbaImage>)>,
}

#[derive(Default)]
pub struct Heatmaps {
    pub are_shown: bool,
    worker: Option<Latest<Request, Answer>>,
    weights: Option<Weights>,
    /// `None` where there can be none.
    maps: BTreeMap<Key, Option<TextureHandle>>,
    wanted: Vec<Asked>,
    is_waiting: bool,
}

impl Heatmaps {
    /// The map of an image in view; asks for it if it is not there yet.
    pub fn of(&mut self, asked: Asked) -> Option<TextureId> {
        if !self.are_shown {
            return None;
        }
        if let Some(map) = self.maps.get(&asked.key()) {
            return map.as_ref().map(TextureHandle::id);
        }
        if self.wanted.len() < AT_ONCE {
            self.wanted.push(asked);
        }
        None
    }

    /// Once a frame, after the images were drawn.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>, weights: Weights) {
        let wanted = std::mem::take(&mut self.wanted);
        if self.weights.as_ref() != Some(&weights) {
            self.maps.clear();
            self.weights = Some(weights.clone());
        }
        if let Some(answer) = self.worker.as_ref().and_then(Latest::take) {
            self.is_waiting = false;
            match answer {
                Ok(answer) if answer.weights == weights => self.take_in(ui, answer),
                Ok(_) => {}
                Err(error) => {
                    self.are_shown = false;
                    let failure = Failure::new("Explaining failed", error.to_string());
                    ctx.actions.push(Action::Fail(failure));
                }
            }
        }
        if wanted.is_empty() || self.is_waiting {
            return;
        }
        if self.worker.is_none() {
            self.worker = worker(ctx);
        }
        if let Some(worker) = &self.worker {
            self.is_waiting = true;
            worker.request(Request {
                weights,
                images: wanted,
            });
        }
    }

    fn take_in(&mut self, ui: &egui::Ui, answer: Answer) {
        if self.maps.len() > MOST {
            self.maps.clear();
        }
        for (key, map) in answer.maps {
            let texture = map.map(|map| {
                let size = [map.width(), map.height()].map(|side| side as usize);
                let pixels = ColorImage::from_rgba_unmultiplied(size, map.as_raw());
                ui.load_texture("small heatmap", pixels, TextureOptions::LINEAR)
            });
            self.maps.insert(key, texture);
        }
    }
}

fn worker(ctx: &ViewCtx<'_>) -> Option<Latest<Request, Answer>> {
    Latest::with(
        "small heatmaps",
        ctx.waker.clone(),
        Explainer::new(ctx.session.project().clone()),
        |explainer, request, progress| work_beside(|| explain(explainer, request, progress)),
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
fn explain(explainer: &mut Explainer, request: Request, progress: &Progress) -> Result<Answer> {
    request.weights.lead(explainer);
    let mut maps = Vec::new();
    let mut failure = None;
    for asked in &request.images {
        let run = &request.weights.run;
        let question = Question {
            class: Some(&asked.class),
            ..Question::default()
        };
        let explained = explainer.explain(run, &asked.file, &question, progress);
        let map = match explained {
            Ok(explained) => Some(explained.colors(SIDE)),
            Err(error) => {
                failure = failure.or(Some(error));
                None
            }
        };
        maps.push((asked.key(), map));
    }
    match failure {
        Some(error) if maps.iter().all(|(_, map)| map.is_none()) => Err(error),
        _some => Ok(Answer {
            weights: request.weights,
            maps,
        }),
    }
}
