//! "Open the sample": unpacks and imports the sample project on a thread, then opens it.

use std::path::PathBuf;

use eframe::egui;

use super::action::Action;
use super::context::StartCtx;
use super::failure::Failure;
use super::status_bar::progress_text;
use super::theme;
use crate::jobs::Waker;
use crate::jobs::slot::Latest;
use crate::progress::Progress;
use crate::sample;

pub const BUTTON: &str = "Open the sample";
pub const WHAT_IT_IS: &str = "Three short films and some scraped images, ready to cull and train";

const FOLDER: &str = "cutting-room-sample";
/// The import reports about ten times a second; the window need not look more often.
const REPAINT_SECS: f32 = 0.2;

struct Making {
    worker: Latest<PathBuf, PathBuf>,
    progress: Progress,
}

#[derive(Default)]
pub struct SampleMaker(Option<Making>);

impl SampleMaker {
    /// Once a frame: opens the project when it is ready.
    pub fn take(&mut self, ctx: &mut StartCtx<'_>) {
        let Some(answer) = self.0.as_ref().and_then(|making| making.worker.take()) else {
            return;
        };
        self.0 = None;
        match answer {
            Ok(root) => ctx.actions.push(Action::OpenProject(root)),
            Err(error) if error.is_cancelled() => {}
            Err(error) => ctx.actions.push(Action::Fail(Failure::new(
                "The sample could not be made",
                error.to_string(),
            ))),
        }
    }

    /// `button` opens it; while it is made its progress stands there instead. `parent`: the folder in which the
    /// sample's folder is made.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        button: egui::Button<'_>,
        parent: Option<PathBuf>,
        ctx: &mut StartCtx<'_>,
    ) {
        if let Some(making) = &self.0 {
            making_ui(ui, &making.progress);
            return;
        }
        let root = parent.map(|parent| parent.join(FOLDER));
        let clicked = ui
            .add_enabled(root.is_some(), button)
            .on_hover_text(
                root.as_ref()
                    .map_or_else(String::new, |root| format!("Made in {}", root.display())),
            )
            .on_disabled_hover_text("Give a folder for the project above first")
            .clicked();
        if let Some(root) = root.filter(|_| clicked) {
            match start(root, ctx.waker) {
                Ok(making) => self.0 = Some(making),
                Err(error) => ctx.actions.push(Action::Fail(Failure::new(
                    "The sample could not be made",
                    error.to_string(),
                ))),
            }
        }
    }
}

fn start(root: PathBuf, waker: &Waker) -> crate::Result<Making> {
    let progress = Progress::silent();
    let theirs = progress.clone();
    let worker = Latest::new("sample", waker.clone(), move |root: PathBuf, _| {
        sample::prepare(&root, &theirs)?;
        Ok(root)
    })?;
    worker.request(root);
    Ok(Making { worker, progress })
}

fn making_ui(ui: &mut egui::Ui, progress: &Progress) {
    let state = progress.state();
    ui.horizontal(|ui| {
        ui.label(theme::small(&state.stage));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Cancel").clicked() {
                progress.cancel();
            }
            ui.label(theme::number(progress_text(&state)));
        });
    });
    let bar = egui::ProgressBar::new(state.fraction().unwrap_or(0.0))
        .desired_height(theme::GAP_TINY)
        .fill(theme::palette(ui).accent);
    ui.add(bar).accessible_name("Progress of the sample");
    ui.ctx().request_repaint_after_secs(REPAINT_SECS);
}

impl Drop for SampleMaker {
    /// Nobody wants the sample any more.
    fn drop(&mut self) {
        if let Some(making) = &self.0 {
            making.progress.cancel();
        }
    }
}
