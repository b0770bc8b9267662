//! Questions to the workers and the newest answers from them, as textures.

use std::path::PathBuf;

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};

use super::request::{Answer, Looker, Question, SavePng};
use crate::error::Result;
use crate::jobs::slot::Latest;
use crate::ui::context::ViewCtx;
use crate::ui::failure::Failure;

/// The workers start with the first question and end with the page.
#[derive(Default)]
pub struct Desk {
    looker: Option<Latest<Question, Told>>,
    saver: Option<Latest<SavePng, PathBuf>>,
    asked: Option<Question>,
    pub answer: Option<Answer>,
    pub heat: Option<TextureHandle>,
    /// Why the newest question has no answer.
    pub failure: Option<Failure>,
    pub is_saving: bool,
}

/// An answer with its question, also when it failed: a failure of the last picture must not lie over this one.
struct Told {
    question: Question,
    answer: Result<Answer>,
}

impl Desk {
    pub fn ask(&mut self, ctx: &ViewCtx<'_>, question: Question) {
        if self.asked.as_ref() == Some(&question) {
            return;
        }
        if self.looker.is_none() {
            let mut looker = Looker::new(ctx.session.project().clone());
            let started = Latest::new(
                "explain",
                ctx.waker.clone(),
                move |question: Question, _| {
                    let answer = looker.answer(&question);
                    Ok(Told { question, answer })
                },
            );
            match started {
                Ok(latest) => self.looker = Some(latest),
                Err(error) => {
                    self.failure = Some(Failure::new("Explaining failed", error.to_string()));
                }
            }
        }
        if let Some(looker) = &self.looker {
            self.failure = None;
            looker.request(question.clone());
        }
        self.asked = Some(question);
    }

    /// Once a frame: what came since.
    pub fn receive(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>) {
        match self.looker.as_ref().and_then(Latest::take) {
            Some(Ok(told)) => self.take_in(ui, told),
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

    fn take_in(&mut self, ui: &egui::Ui, told: Told) {
        match told.answer {
            Ok(answer) => {
                let size = [answer.heat.width() as usize, answer.heat.height() as usize];
                let pixels = ColorImage::from_rgba_unmultiplied(size, answer.heat.as_raw());
                if let Some(texture) = &mut self.heat {
                    texture.set(pixels, TextureOptions::LINEAR);
                } else {
                    let texture = ui.load_texture("heatmap", pixels, TextureOptions::LINEAR);
                    self.heat = Some(texture);
                }
                self.answer = Some(answer);
            }
            Err(error) if self.asked.as_ref() == Some(&told.question) => {
                self.answer = None;
                let what = format!("Explaining {} failed", file_name(&told.question.path));
                self.failure = Some(Failure::new(what, error.to_string()));
            }
            Err(_) => {}
        }
    }

    /// The answer, if it is about the picture and the run in question (maybe still of another class).
    pub fn current(&self) -> Option<&Answer> {
        let asked = self.asked.as_ref()?;
        self.answer.as_ref().filter(|answer| {
            answer.question.path == asked.path && answer.question.run_id == asked.run_id
        })
    }

    pub fn is_busy(&self) -> bool {
        self.looker.as_ref().is_some_and(Latest::is_busy)
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

pub fn file_name(path: &std::path::Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
