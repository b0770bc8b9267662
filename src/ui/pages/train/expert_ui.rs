//! The folded end of the form: what experts change.

use eframe::egui;

use super::fit_ui::fit_ui;
use super::form::{Extras, PRESETS, TrainForm, preset_name};
use super::rows_ui::{grid, number_ui, or_word, origin_ui};
use super::variety::variety_ui;
use crate::run::RunLog;
use crate::ui::context::ViewCtx;

pub fn expert_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, form: &mut TrainForm) {
    let folded = egui::CollapsingHeader::new("Expert")
        .id_salt("expert settings")
        .show(ui, |ui| {
            grid(ui, "expert", |ui| {
                number_ui(
                    ui,
                    ("Seed", "The same seed gives the same numbers"),
                    egui::DragValue::new(&mut form.seed).speed(0.1),
                );
                preset_ui(ui, form);
                if form.arch.has_embedded_weights() {
                    weights_ui(ui, form);
                }
                let candidates: Vec<&RunLog> = form.candidates(ctx.session.runs()).collect();
                origin_ui(
                    ui,
                    ("Stage 1 from", "a new head"),
                    &candidates,
                    &mut form.head.from,
                );
                extras_ui(ui, &mut form.extras);
                variety_ui(ui, &mut form.variety);
            });
            fit_ui(ui, ctx, form);
            if ui
                .button("Back to defaults")
                .on_hover_text("Every number of this form")
                .clicked()
            {
                *form = TrainForm::default();
            }
        });
    // On a small screen it unfolds below the end of the panel.
    if folded.body_returned.is_some() && folded.openness < 1.0 {
        folded.header_response.scroll_to_me(Some(egui::Align::TOP));
    }
}

/// The file of the body's weights.
pub fn weights_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let hint = if form.arch.has_embedded_weights() {
        "built in"
    } else {
        "path of a file"
    };
    let label = ui.label("Weights").on_hover_text(
        "ImageNet weights for the body in stage 1: torchvision's or timm's, as .safetensors or .pth",
    );
    ui.add(
        egui::TextEdit::singleline(&mut form.weights)
            .hint_text(hint)
            .desired_width(ui.available_width()),
    )
    .labelled_by(label.id);
    ui.end_row();
}

fn preset_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let tooltip = "modern: a linear head, smoothed labels and, in stage 2, TrivialAugment, erasing and averaged weights; the better one on held-out scenes. fastai-2018: the post's head of two layers. It sets the learning rates; stage 2 goes on with its run's preset";
    let label = ui.label("Preset").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("preset")
        .selected_text(preset_name(form.preset))
        .width(ui.available_width())
        .truncate()
        .show_ui(ui, |ui| {
            for preset in PRESETS {
                let is_chosen = form.preset == preset;
                if ui
                    .selectable_label(is_chosen, preset_name(preset))
                    .clicked()
                {
                    form.choose_preset(preset);
                }
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
}

fn extras_ui(ui: &mut egui::Ui, extras: &mut Extras) {
    let value = egui::DragValue::new(&mut extras.patience).range(0..=200);
    number_ui(
        ui,
        ("Patience", "Ends after so many epochs without a better one"),
        or_word(value.speed(0.1), ("off", 0.0), " epochs"),
    );
    let value = egui::DragValue::new(&mut extras.time_budget).range(0.0..=100_000.0);
    number_ui(
        ui,
        (
            "Time budget",
            "Ends when so many minutes of work are over; Resume then gives it as many more",
        ),
        or_word(value, ("off", 0.0), " min"),
    );
    let value = egui::DragValue::new(&mut extras.accumulate).range(1..=256);
    number_ui(
        ui,
        (
            "Accumulate",
            "Batches that one step learns from: as a larger batch, in the memory of a small one",
        ),
        or_word(value.speed(0.1), ("off", 1.0), " batches"),
    );
    let value = egui::DragValue::new(&mut extras.ema).range(0.0..=0.9999);
    number_ui(
        ui,
        (
            "Averaging",
            "Decay of a moving average of the weights in stage 2, which is then measured and kept; 0.99 for short runs, 0.999 for long ones",
        ),
        or_word(value.speed(0.001), ("off", 0.0), ""),
    );
}
