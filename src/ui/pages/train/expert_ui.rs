//! The folded end of the form: what experts change.

use eframe::egui;

use super::augment_ui::augment_ui;
use super::fit_ui::fit_ui;
use super::form::{PRESETS, TrainForm, preset_name};
use super::rows_ui::{Caption, Origin, edit_open, edit_optional, grid, number_ui, origin_ui};
use crate::model::HeadKind;
use crate::run::RunLog;
use crate::run::config::TrainConfig;
use crate::run::preset::HeadInit;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::number_field::NumberField;

pub fn expert_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, form: &mut TrainForm) {
    let folded = egui::CollapsingHeader::new("Expert")
        .id_salt("expert settings")
        .show(ui, |ui| {
            grid(ui, "expert", |ui| {
                number_ui(
                    ui,
                    Caption {
                        name: "Seed",
                        tooltip: TrainConfig::help("seed"),
                    },
                    NumberField::new(&mut form.stage_1.seed, 0..=u64::MAX).speed(0.1),
                );
                preset_ui(ui, form);
                head_init_ui(ui, form);
                if form.arch().has_embedded_weights() {
                    weights_ui(ui, form);
                }
                let candidates: Vec<&RunLog> = form.candidates(ctx.session.runs()).collect();
                origin_ui(
                    ui,
                    Origin {
                        name: "Stage 1 from",
                        otherwise: "a new head",
                    },
                    &candidates,
                    &mut form.stage_1.from,
                );
                extras_ui(ui, form);
                augment_ui(ui, form);
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

/// The file of the backbone's weights.
pub fn weights_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let hint = if form.arch().has_embedded_weights() {
        "built in"
    } else {
        "path of a file"
    };
    let tooltip = TrainConfig::help("weights");
    let label = ui.label("Weights").on_hover_text(tooltip);
    let path = form.stage_1.weights.as_ref();
    let mut text = path.map_or_else(String::new, |path| path.display().to_string());
    let field = egui::TextEdit::singleline(&mut text)
        .hint_text(hint)
        .desired_width(ui.available_width());
    if ui.add(field).labelled_by(label.id).changed() {
        form.stage_1.weights = (!text.is_empty()).then(|| text.into());
    }
    ui.end_row();
}

fn preset_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let tooltip = "modern: images in their own shape, a linear head from its closed form, smoothed labels and, in stage 2, TrivialAugment, erasing and averaged weights; the better one on held-out scenes. fastai: the defaults of fastai v1. It sets the learning rates; stage 2 uses the preset of the run it starts from";
    let label = ui.label("Preset").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("preset")
        .selected_text(preset_name(form.preset()))
        .width(ui.available_width())
        .truncate()
        .show_ui(ui, |ui| {
            for preset in PRESETS {
                let is_chosen = form.preset() == preset;
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

/// What a new head starts from; only a linear one has a closed form.
fn head_init_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    if form.preset().head() != HeadKind::Linear || form.stage_1.from.is_some() {
        return;
    }
    let shown = form.shown_1();
    let Some(shown) = shown.head_init else {
        return;
    };
    let name = |init: HeadInit| match init {
        HeadInit::Random => "random",
        HeadInit::Lda => "closed form",
    };
    let label = ui
        .label("Head starts")
        .on_hover_text(TrainConfig::help("head_init"));
    egui::ComboBox::from_id_salt("head init")
        .selected_text(name(shown))
        .width(ui.available_width())
        .truncate()
        .show_ui(ui, |ui| {
            for init in [HeadInit::Lda, HeadInit::Random] {
                if ui.selectable_label(init == shown, name(init)).clicked() {
                    form.stage_1.head_init = Some(init);
                    // The usual rate depends on it.
                    form.stage_1.lr = None;
                }
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
}

fn extras_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let shown = form.shown_2();
    let help = TrainConfig::help;
    let value = NumberField::new(&mut form.stage_1.patience, 0..=200);
    number_ui(
        ui,
        Caption {
            name: "Patience",
            tooltip: help("patience"),
        },
        value.speed(0.1).or_word("off", 0.0).unit(" epochs"),
    );
    edit_optional(&mut form.stage_1.time_budget, |minutes| {
        let value = NumberField::new(minutes, 0.0..=100_000.0);
        number_ui(
            ui,
            Caption {
                name: "Time budget",
                tooltip: help("time_budget"),
            },
            value.or_word("off", 0.0).unit(" min"),
        );
    });
    let value = NumberField::new(&mut form.stage_1.accumulate, 1..=256);
    number_ui(
        ui,
        Caption {
            name: "Accumulate",
            tooltip: help("accumulate"),
        },
        value.speed(0.1).or_word("off", 1.0).unit(" batches"),
    );
    edit_open(&mut form.stage_2.ema, shown.ema, |decay| {
        let value = NumberField::new(decay, 0.0..=0.9999);
        number_ui(
            ui,
            Caption {
                name: "Averaging",
                tooltip: help("ema"),
            },
            value.speed(0.001).or_word("off", 0.0),
        );
    });
}
