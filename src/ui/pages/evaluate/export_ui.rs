//! Export…: what of a run for other programs, and the new folder that it goes to; and cards of exports under way and done.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Id};

use crate::catalog::Snapshot;
use crate::export::{Request, Target};
use crate::run::RunLog;
use crate::session::jobs::export::Exporting;
use crate::session::{Command, Job, JobState, JobView};
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::status_bar::progress_text;
use crate::ui::theme;
use crate::ui::widgets::path_field::{PathField, Pick};

#[derive(Default)]
pub struct ExportForm {
    /// Of the run with this id.
    open_for: Option<String>,
    to: Option<Target>,
    /// Where the new folder is made.
    parent: PathField,
    name: String,
    /// Somebody has typed it, so it stays when something else is chosen.
    is_own_name: bool,
    copies: bool,
    /// With the files of ONNX Runtime Web, for those who have no network.
    runtime: PathField,
    checked: Option<Checked>,
}

/// What was found about a place, which costs a look at the disk.
struct Checked {
    out: PathBuf,
    obstacle: Option<String>,
}

impl ExportForm {
    pub fn open(&mut self, run: &RunLog, snapshot: &Snapshot) {
        self.open_for = Some(run.info.id.clone());
        self.is_own_name = false;
        self.checked = None;
        if self.parent.path().is_none() {
            self.parent = PathField::with_text(snapshot.root.display().to_string());
        }
    }

    /// As [`Self::open`], for this.
    pub fn open_to(&mut self, to: Target, run: &RunLog, snapshot: &Snapshot) {
        self.open(run, snapshot);
        self.to = Some(to);
    }

    /// The form, if it is open; Escape or a click beside it closes it.
    pub fn ui(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>) {
        let Some(run) = self.open_for.clone() else {
            return;
        };
        let frame = egui::Frame::window(&ui.ctx().global_style());
        let modal = egui::Modal::new(Id::unique("export")).frame(frame);
        let modal = modal.show(ui.ctx(), |ui| {
            ui.set_width(theme::DIALOG_WIDTH);
            ui.label(theme::title("Export for other programs"));
            ui.label(theme::small(&run).color(theme::palette(ui).text_weak));
            ui.add_space(theme::GAP_SMALL);
            self.target_ui(ui);
            if self.target() == Target::Site {
                ui.label(theme::strong("ONNX Runtime Web"));
                self.runtime.ui(
                    ui,
                    "Folder with onnxruntime-web; downloaded once if this is empty",
                    Pick::Folder,
                    ctx.waker,
                );
            }
            ui.add_space(theme::GAP_SMALL);
            self.place_ui(ui, ctx, &run);
            ui.add_space(theme::GAP_MEDIUM);
            self.buttons_ui(ui, ctx, &run)
        });
        if modal.inner || modal.should_close() {
            self.open_for = None;
        }
    }

    fn target(&self) -> Target {
        self.to.unwrap_or(Target::Bundle)
    }

    fn target_ui(&mut self, ui: &mut egui::Ui) {
        let weak = theme::palette(ui).text_weak;
        let mut chosen = self.target();
        for to in Target::ALL {
            let (name, text) = words(to);
            ui.radio_value(&mut chosen, to, name);
            ui.indent(name, |ui| {
                ui.label(theme::small(text).color(weak));
            });
        }
        self.to = Some(chosen);
        if chosen.holds_images() {
            ui.checkbox(&mut self.copies, "Copy the files").on_hover_text(
                "Otherwise they are links to the project's files, which take no room and only work on this computer",
            );
        }
    }

    fn place_ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>, run: &str) {
        if !self.is_own_name {
            self.name = match self.target() {
                Target::Imagefolder => "images".to_owned(),
                to => format!("{run}-{}", to.name()),
            };
        }
        ui.label(theme::strong("In the folder"));
        self.parent
            .ui(ui, "Folder to export into", Pick::Folder, ctx.waker);
        ui.label(theme::strong("New folder"));
        let field = egui::TextEdit::singleline(&mut self.name).desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name("Name of the new folder");
        self.is_own_name |= response.changed();
    }

    /// True if the form is done.
    fn buttons_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &str) -> bool {
        let out = self.out();
        let obstacle = self.obstacle(ctx.snapshot(), out.as_deref());
        if let Some(text) = obstacle.as_ref().filter(|_| out.is_some()) {
            let color = theme::palette(ui).warning;
            ui.label(egui::RichText::new(capitalized(text)).color(color));
            ui.add_space(theme::GAP_SMALL);
        }
        ui.horizontal(|ui| {
            let button = theme::primary_button_if(ui, obstacle.is_none(), "Export");
            let export = ui
                .add_enabled(obstacle.is_none(), button)
                .on_disabled_hover_text(obstacle.as_deref().unwrap_or_default());
            let is_cancelled = ui.button("Cancel").clicked();
            if let Some(out) = out.filter(|_| export.clicked()) {
                let request = Request {
                    to: self.target(),
                    run: Some(run.to_owned()),
                    out,
                    copies: self.copies,
                    runtime: self.runtime.path(),
                };
                ctx.send(Command::start(Exporting::new(request)));
                return true;
            }
            is_cancelled
        })
        .inner
    }

    fn out(&self) -> Option<PathBuf> {
        let name = self.name.trim();
        let is_name = !name.is_empty() && Path::new(name).components().count() == 1;
        Some(self.parent.path()?.join(Some(name).filter(|_| is_name)?))
    }

    /// Why nothing can be exported to `out`.
    fn obstacle(&mut self, snapshot: &Snapshot, out: Option<&Path>) -> Option<String> {
        let Some(out) = out else {
            return Some("name a folder, and a new one in it".to_owned());
        };
        let known = self.checked.take().filter(|checked| checked.out == out);
        let checked = known.unwrap_or_else(|| Checked {
            out: out.to_path_buf(),
            obstacle: snapshot
                .check_output_folder(out)
                .err()
                .map(|error| error.to_string()),
        });
        self.checked.insert(checked).obstacle.clone()
    }
}

/// What is chosen, and for what.
pub fn words(to: Target) -> (&'static str, &'static str) {
    match to {
        Target::Bundle => (
            "Bundle",
            "To pass on: weights, model card, credits, and images that every reader checks itself by",
        ),
        Target::Site => (
            "Web page",
            "A page for any host of static files that predicts in the visitor's browser, with heatmaps",
        ),
        Target::Onnx => (
            "ONNX model",
            "For ONNX Runtime and other programs: logits and the last feature map",
        ),
        Target::Safetensors => (
            "Weights",
            "safetensors, named as in torchvision or timm, to train on with in Python",
        ),
        Target::Imagefolder => (
            "Image folders",
            "The project's images as train/CLASS and valid/CLASS, with their scenes and decisions",
        ),
        Target::Tensorboard => (
            "TensorBoard",
            "The course of the run as event files: losses, accuracies, learning rate",
        ),
        Target::Job => (
            "Training job",
            "Recipe and images, to train again on another computer, with the program or in PyTorch",
        ),
    }
}

/// Exports under way, and those that are done, with what is to be known of them.
pub fn cards_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    for view in ctx.session.jobs() {
        if let Job::Export(_) = *view.job {
            card_ui(ui, ctx, &view);
        }
    }
}

fn card_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, view: &JobView) {
    let (text, button, command) = match &view.state {
        JobState::Running => (&view.title, "Cancel", Command::Cancel(view.id)),
        JobState::Done { summary } => (summary, "Dismiss", Command::Dismiss(view.id)),
        // Cancelled ones leave nothing, and failed ones have cards on every page.
        JobState::Cancelled | JobState::Failed { .. } => return,
    };
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::strong(capitalized(text)));
        if view.state == JobState::Running {
            let fraction = view.progress.fraction().unwrap_or_default();
            let bar = egui::ProgressBar::new(fraction)
                .desired_width(theme::SIDE_PANEL_WIDTH / 2.0)
                .desired_height(theme::GAP_TINY)
                .fill(palette.accent);
            ui.add(bar)
                .accessible_name(format!("Progress of {}", view.title));
            let stage = format!("{} {}", view.progress.stage, progress_text(&view.progress));
            ui.label(theme::small(stage).color(palette.text_weak));
        }
        let name = format!("{button} {}", view.title);
        if ui.button(button).accessible_name(name).clicked() {
            ctx.send(command);
        }
    });
    for warning in &view.warnings {
        let text = format!("{}: {}", capitalized(&warning.subject), warning.message);
        ui.label(theme::small(text).color(palette.warning));
    }
}
