//! Training images that are in validation or a test set too: how many, and the one action that settles it.

use eframe::egui;
use egui_material_icons::icons::ICON_WARNING;

use super::model::SplitModel;
use crate::catalog::{Decision, Edit};
use crate::dataset::split::{SplitProblem, measured_words};
use crate::session::jobs::twins::TwinSearch;
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::{number, theme};

/// Has pixels compared that nobody has looked at yet, once for each version of the catalog.
#[derive(Default)]
pub struct TwinWatch {
    searched: Option<u64>,
}

impl TwinWatch {
    pub fn follow(&mut self, ctx: &mut ViewCtx<'_>, model: &SplitModel) {
        if model.knows_twins || self.searched == model.version() {
            return;
        }
        let mut jobs = ctx.session.jobs().into_iter();
        if jobs.any(|view| view.is_running() && matches!(*view.job, Job::FindTwins(_))) {
            return;
        }
        self.searched = model.version();
        ctx.send(Command::start(TwinSearch::default()));
    }
}

pub fn twins_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, model: &SplitModel) {
    for problem in &model.problems {
        let SplitProblem::Twins {
            images,
            in_valid,
            in_tests,
        } = problem
        else {
            continue;
        };
        ui.horizontal_wrapped(|ui| {
            let palette = theme::palette(ui);
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            ui.label(theme::icon(ICON_WARNING, theme::ICON_BUTTON).color(palette.warning));
            ui.label(theme::strong(format!(
                "{} also in {}",
                number::counted(images.len(), "training image"),
                measured_words(*in_valid, *in_tests)
            )));
            let text = "— the same file or the same pixels, so training leaves them out";
            ui.label(theme::small(text).color(palette.text_weak));
            let button = ui.button("Reject twins").on_hover_text(format!(
                "Rejects the training images; those they are the same as stay. {} takes it back",
                keys::name(ui, Shortcut::Undo)
            ));
            if button.clicked() {
                ctx.edit(Edit::SetDecision {
                    images: images.clone(),
                    decision: Decision::Reject,
                });
            }
        });
    }
}
