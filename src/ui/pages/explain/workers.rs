//! Requests to the workers and the newest responses from them, as textures.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};

use super::request::{Request, Response, SavePng, respond};
use crate::explain::{Explained, Explainer};
use crate::jobs::slot::{Latest, Rest};
use crate::ui::context::ViewCtx;
use crate::ui::failure::Failure;

/// After the last request; loading it again takes a tenth of a second.
const NET_IS_KEPT: Duration = Duration::from_secs(30);

/// One explains, the other saves; each starts with its first request and ends with the page.
#[derive(Default)]
pub struct Workers {
    explainer: Option<Latest<Request, Response>>,
    saver: Option<Latest<SavePng, PathBuf>>,
    requested: Option<Request>,
    shown: Option<Shown>,
    texture: Option<TextureHandle>,
    /// Why the newest request failed.
    pub failure: Option<Failure>,
    pub is_saving: bool,
}

/// The newest result, with its request.
pub struct Shown {
    pub request: Request,
    pub explained: Arc<Explained>,
}

impl Workers {
    /// Does nothing if this was the last request, too.
    pub fn request(&mut self, ctx: &ViewCtx<'_>, request: Request) {
        if self.requested.as_ref() == Some(&request) {
            return;
        }
        if self.explainer.is_none() {
            let started = Latest::with(
                "explain",
                ctx.waker.clone(),
                Explainer::new(ctx.session.project().clone()),
                |explainer, request, _| Ok(respond(explainer, request)),
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
                let size = [drawn.colors.width(), drawn.colors.height()].map(|side| side as usize);
                let pixels = ColorImage::from_rgba_unmultiplied(size, drawn.colors.as_raw());
                if let Some(texture) = &mut self.texture {
                    texture.set(pixels, TextureOptions::LINEAR);
                } else {
                    let texture = ui.load_texture("heatmap", pixels, TextureOptions::LINEAR);
                    self.texture = Some(texture);
                }
                self.shown = Some(Shown {
                    request,
                    explained: drawn.explained,
                });
            }
            Err(error) if self.requested.as_ref() == Some(&request) => {
                self.shown = None;
                let what = format!("Explaining {} failed", file_name(&request.file.path));
                self.failure = Some(Failure::new(what, error.to_string()));
            }
            Err(_) => {}
        }
    }

    /// The newest result, if it is about the requested image and run (maybe still of another class).
    pub fn shown(&self) -> Option<&Shown> {
        let requested = self.requested.as_ref()?;
        self.shown.as_ref().filter(|shown| {
            shown.request.file == requested.file && shown.request.run_id == requested.run_id
        })
    }

    /// The colors of [`Workers::shown`].
    pub fn texture(&self) -> Option<&TextureHandle> {
        self.texture.as_ref()
    }

    pub fn is_busy(&self) -> bool {
        self.explainer.as_ref().is_some_and(Latest::is_busy)
    }

    pub fn save(&mut self, ctx: &ViewCtx<'_>, request: SavePng) {
        if self.saver.is_none() {
            self.saver = Latest::new("save heatmap", ctx.waker.clone(), |request: SavePng, _| {
                request.run()
            })
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

pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
