//! The rows of the form that say what computes and how exactly; only in a program that was built for CUDA.

use eframe::egui;

use super::form::TrainForm;
use crate::ops::compute::{self, Precision};
use crate::run::config::TrainConfig;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::gpus::{Gpus, choice_text, choices, computes_on_a_gpu};

pub fn device_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, gpus: &mut Gpus, form: &mut TrainForm) {
    if !compute::is_built_for_cuda() {
        // The numbers of a run from another machine may have been taken over.
        (form.stage_1.device, form.stage_1.precision) = (None, Precision::F32);
        return;
    }
    gpus.follow(ctx.waker);
    // Where nothing is chosen for this project, the settings say.
    let chosen = form.stage_1.device.or(ctx.settings.device);
    let label = ui
        .label("Device")
        .on_hover_text(TrainConfig::help("device"));
    let combo = egui::ComboBox::from_id_salt("device")
        .selected_text(choice_text(chosen, gpus.found()))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for choice in choices(gpus.found()) {
                let text = choice_text(choice.or(ctx.settings.device), gpus.found());
                ui.selectable_value(&mut form.stage_1.device, choice, text);
            }
        });
    if combo.response.clicked() {
        gpus.ask_again();
    }
    let combo = combo.response.labelled_by(label.id);
    if let Some(Err(why)) = gpus.found() {
        combo.on_hover_text(why);
    }
    ui.end_row();
    if !computes_on_a_gpu(chosen, gpus.found()) {
        if gpus.found().is_some() {
            form.stage_1.precision = Precision::F32;
        }
        return;
    }
    let tooltip = TrainConfig::help("precision");
    let label = ui.label("Precision").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("precision")
        .selected_text(form.stage_1.precision.to_string())
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for precision in Precision::ALL {
                ui.selectable_value(
                    &mut form.stage_1.precision,
                    precision,
                    precision.to_string(),
                );
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
}
