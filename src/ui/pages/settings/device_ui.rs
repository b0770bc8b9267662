//! Where trainings compute that are not told otherwise: what there is, and why something else is not.

use eframe::egui;

use super::note_ui::note_ui;
use crate::ops::compute::{self, Compute};
use crate::settings::Change;
use crate::ui::action::Action;
use crate::ui::context::SettingsCtx;
use crate::ui::widgets::gpus::{Gpus, choice_text, choices};

pub fn device_ui(ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>, gpus: &mut Gpus) {
    gpus.follow(ctx.waker);
    let chosen = ctx.file.settings().device;
    let mut all = choices(gpus.found());
    if !all.contains(&chosen) {
        // Written for another computer, or before a card was taken out.
        all.push(chosen);
    }
    for choice in all {
        let text = match choice {
            None => format!("Automatic: {}", choice_text(None, gpus.found())),
            Some(Compute::Cpu | Compute::Cuda(_)) => choice_text(choice, gpus.found()),
        };
        if ui.radio(chosen == choice, text).clicked() && chosen != choice {
            ctx.actions.push(Action::Set(vec![Change::Device(choice)]));
        }
    }
    if let Some(Err(why)) = gpus.found() {
        let why = crate::ui::failure::capitalized(why);
        note_ui(ui, format!("{why}. {}", remedy()));
    }
    note_ui(
        ui,
        "For trainings whose form or command says nothing else. Evaluating and explaining use the CPU.",
    );
}

fn remedy() -> &'static str {
    if compute::is_built_for_cuda() {
        "The driver of an NVIDIA GPU would change that."
    } else {
        "README.md, “With an NVIDIA GPU”, says how to build one that can use a GPU."
    }
}
