//! Requests to the workers and the newest responses from them, as textures.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};

use super::request::{Request, Response, respond};
use super::save::Save;
use crate::explain::explanation::Explanation;
use crate::explain::faithfulness::Faithfulness;
use crate::explain::{Explained, Explainer, names};
use crate::jobs::beside::work_beside;
use crate::jobs::slot::{Latest, Rest};
use crate::ui::context::ViewCtx;
use crate::ui::failure::Failure;

/// After the last request; loading it again takes a tenth of a second.
const NET_IS_KEPT: Duration = Duration::from_secs(30);

/// One explains, the other saves; each starts with its first request and ends with the page.
#[derive(Default)]
pub struct Workers {
    explainer: Option<Latest<Request, Response>>,
    saver: Option<Latest<Save, PathBuf>>,
    requested: Option<Request>,
    shown: Option<Shown>,
    /// By the place of the map.
    textures: Vec<TextureHandle>,
    /// Why the newest request failed.
    pub failure: Option<Failure>,
    pub is_saving: bool,
}

/// The newest result, with its request.
pub struct Shown {
    pub request: Request,
    pub explained: Arc<Explained>,
    /// Of the class; where there is another one, its map and the difference too.
    pub maps: Vec<Arc<Explanation>>,
    /// If it was asked for.
    pub faithfulness: Option<Faithfulness>,
}

impl Workers {
    /// Does nothing if this was the last request, too.
    pub fn request(&mut self, ctx: &ViewCtx<'_>, request: Request) {
        let before = self.requested.as_ref();
        // What takes seconds would never end if every newer net began it anew.
        let is_under_way =
            |before: &Request| *before == request || request.is_slow() && request.is_later(before);
        if before.is_some_and(is_under_way) {
            return;
        }
        if self.explainer.is_none() {
            let started = Latest::with(
                "explain",
                ctx.waker.clone(),
                Explainer::new(ctx.session.project().clone()),
                |explainer, request, progress| {
                    Ok(work_beside(|| respond(explainer, request, progress)))
                },
                &Rest {
                    after: NET_IS_KEPT,
                    let_go: Explainer::release,
                },
            );
            match started {
                Ok(latest) => self.explainer = Some(latest),
                Err(error) => {
                    self.failure = Some(Failure::new("Explaining failed", error.to_string()));
                }
            }
        }
        if let Some(explainer) = &self.explainer {
            self.failure = None;
            explainer.request(request.clone());
            let slow = self.requested.as_ref();
            if slow.is_some_and(Request::is_slow) {
                explainer.interrupt();
            }
        }
        self.requested = Some(request);
    }

    /// Once a frame: what came since.
    pub fn receive(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>) {
        match self.explainer.as_ref().and_then(Latest::take) {
            Some(Ok(response)) => self.show(ui, response),
            Some(Err(error)) => {
                self.failure = Some(Failure::new("Explaining failed", error.to_string()));
            }
            None => {}
        }
        match self.saver.as_ref().and_then(Latest::take) {
            Some(Ok(out)) => {
                self.is_saving = false;
                ctx.toast(format!("Saved {}", out.display()));
            }
            Some(Err(error)) => {
                self.is_saving = false;
                self.failure = Some(Failure::new("Saving the heatmap failed", error.to_string()));
            }
            None => {}
        }
    }

    fn show(&mut self, ui: &egui::Ui, response: Response) {
        let Response { request, result } = response;
        match result {
            Ok(drawn) => {
                let mut maps = Vec::with_capacity(drawn.maps.len());
                for (place, map) in drawn.maps.into_iter().enumerate() {
                    let size = [map.colors.width(), map.colors.height()].map(|side| side as usize);
                    let pixels = ColorImage::from_rgba_unmultiplied(size, map.colors.as_raw());
                    if let Some(texture) = self.textures.get_mut(place) {
                        texture.set(pixels, TextureOptions::LINEAR);
                    } else {
                        let texture = ui.load_texture("heatmap", pixels, TextureOptions::LINEAR);
                        self.textures.push(texture);
                    }
                    maps.push(map.explanation);
                }
                self.textures.truncate(maps.len());
                self.shown = Some(Shown {
                    request,
                    explained: drawn.explained,
                    maps,
                    faithfulness: drawn.faithfulness,
                });
            }
            Err(error) if self.requested.as_ref() == Some(&request) => {
                self.shown = None;
                let what = format!("Explaining {} failed", names::file_name(&request.file.path));
                self.failure = Some(Failure::new(what, error.to_string()));
            }
            Err(_) => {}
        }
    }

    /// The newest result, if it is about the requested image and run (maybe still of another class).
    pub fn shown(&self) -> Option<&Shown> {
        let requested = self.requested.as_ref()?;
        self.shown.as_ref().filter(|shown| {
            let (shown, of) = (&shown.request, &requested.weights);
            shown.file == requested.file && shown.weights.run == of.run
        })
    }

    /// The colors of a map of [`Workers::shown`].
    pub fn texture(&self, place: usize) -> Option<&TextureHandle> {
        self.textures.get(place)
    }

    /// How far a method is that takes seconds, 0 to 1.
    pub fn fraction(&self) -> Option<f32> {
        let slow = self.requested.as_ref()?.is_slow();
        let progress = self.explainer.as_ref().filter(|_| slow)?.progress()?;
        progress.fraction()
    }

    /// How far a contact sheet is: done and total.
    pub fn saved(&self) -> Option<(u64, u64)> {
        let progress = self.saver.as_ref()?.progress()?;
        Some((progress.done, progress.total?))
    }

    pub fn is_busy(&self) -> bool {
        self.explainer.as_ref().is_some_and(Latest::is_busy)
    }

    pub fn save(&mut self, ctx: &ViewCtx<'_>, request: Save) {
        if self.saver.is_none() {
            self.saver = Latest::new(
                "save heatmap",
                ctx.waker.clone(),
                |request: Save, progress| work_beside(|| request.run(progress)),
            )
            .map_err(|error| {
                self.failure = Some(Failure::new("Saving the heatmap failed", error.to_string()));
            })
            .ok();
        }
        if let Some(saver) = &self.saver {
            self.is_saving = true;
            saver.request(request);
        }
    }
}
