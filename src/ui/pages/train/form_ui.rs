//! The form on the left: shared settings, then a card for each stage with its button, then a queue of
//! runs, then what experts change.

use eframe::egui;

use super::device_ui::device_ui;
use super::download_ui::Downloads;
use super::expert_ui::{expert_ui, weights_ui};
use super::form::TrainForm;
use super::queue_form_ui::{Planned, queue_form_ui};
use super::readiness::{Obstacle, Readiness};
use super::rows_ui::{Caption, edit_open, edit_optional, grid, number_ui};
use super::stages_ui::{fine_stage_ui, head_stage_ui};
use crate::model::Arch;
use crate::run::config::TrainConfig;
use crate::session::jobs::leaks::Look;
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::SIDES;
use crate::ui::widgets::gpus::Gpus;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::{number, theme};

/// What the form changes: its numbers, downloads, and what is known of GPUs and of a queue.
pub struct Inputs<'a> {
    pub form: &'a mut TrainForm,
    pub downloads: &'a mut Downloads,
    pub gpus: &'a mut Gpus,
    pub planned: &'a mut Planned,
}

/// What is to be looked for first, if that was asked for.
pub fn form_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    inputs: Inputs<'_>,
    readiness: &Readiness,
) -> Option<Look> {
    let Inputs {
        form,
        downloads,
        gpus,
        planned,
    } = inputs;
    let obstacle = readiness.obstacle(ctx.session);
    standing_ui(ui, ctx, readiness, obstacle.as_ref());
    leaks_ui(ui, form, readiness);
    shared_ui(ui, ctx, (form, downloads, gpus));
    let reason = obstacle.as_ref().map(|obstacle| obstacle.text.as_str());
    stage_card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        head_stage_ui(ui, ctx, form, reason);
    });
    stage_card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        fine_stage_ui(ui, ctx, form, (readiness, reason));
    });
    let extent = (readiness.train, reason);
    queue_form_ui(ui, ctx, (form, planned), extent);
    expert_ui(ui, ctx, form);
    uncompared_ui(ui, readiness)
}

/// Darker than a card elsewhere, so that the fields in it stand out.
fn stage_card(ui: &egui::Ui) -> egui::Frame {
    theme::card(ui).fill(theme::palette(ui).canvas)
}

/// What there is to train on, or what is in the way of that.
fn standing_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    readiness: &Readiness,
    obstacle: Option<&Obstacle>,
) {
    let weak = theme::palette(ui).text_weak;
    // What only has to be waited for takes this line's place, so that nothing moves when a run begins.
    if let Some(Obstacle { text, remedy: None }) = obstacle {
        ui.add(egui::Label::new(theme::small(text)).truncate())
            .on_hover_text("Two at once would only slow each other");
        return;
    }
    let text = format!(
        "{} train, {} valid, {}",
        number::count(readiness.train),
        number::count(readiness.valid),
        counted_classes(readiness.classes)
    );
    labelled_ui(ui, theme::small(text).color(weak), &SIDES);
    if let Some(Obstacle {
        text: reason,
        remedy: Some((text, page)),
    }) = obstacle
    {
        ui.label(reason);
        if ui.add(theme::primary_button(ui, *text)).clicked() {
            ctx.go(*page);
        }
    }
}

/// Where the split leaks: leave to train on it all the same.
fn leaks_ui(ui: &mut egui::Ui, form: &mut TrainForm, readiness: &Readiness) {
    if readiness.leakage().is_leaking() {
        ui.checkbox(&mut form.stage_1.allow_leaks, "Train on a leaking split")
            .on_hover_text(TrainConfig::help("allow_leaks"));
    }
}

/// What a run would not be refused for, because nobody has looked; below everything else, which it must not move.
fn uncompared_ui(ui: &mut egui::Ui, readiness: &Readiness) -> Option<Look> {
    if readiness.unscanned == 0 {
        return None;
    }
    let text = format!(
        "{} not compared yet: versions of one image on both sides would go unnoticed.",
        number::counted(readiness.unscanned, "image")
    );
    ui.label(theme::small(text).color(theme::palette(ui).text_weak));
    let button = ui.button("Compare them");
    let asked = button.on_hover_text("Reads every image once");
    asked.clicked().then_some(Look::Scan)
}

fn shared_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (form, downloads, gpus): (&mut TrainForm, &mut Downloads, &mut Gpus),
) {
    grid(ui, "shared", |ui| {
        let label = ui.label("Net");
        egui::ComboBox::from_id_salt("architecture")
            .selected_text(form.arch().title())
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for arch in Arch::ALL {
                    ui.selectable_value(&mut form.stage_1.arch, arch, arch.title());
                }
            })
            .response
            .labelled_by(label.id);
        ui.end_row();
        if !form.arch().has_embedded_weights() {
            weights_ui(ui, form);
            downloads.ui(ui, ctx, form);
        }
        let shown = form.shown_1().size;
        edit_open(&mut form.stage_1.size, shown, |sizes| {
            number_ui(
                ui,
                Caption {
                    name: "Size",
                    tooltip: TrainConfig::help("size"),
                },
                NumberField::new(&mut sizes.full, 64..=512).unit(" px"),
            );
        });
        edit_optional(&mut form.stage_1.batch, |batch| {
            number_ui(
                ui,
                Caption {
                    name: "Batch",
                    tooltip: TrainConfig::help("batch"),
                },
                NumberField::new(batch, 0..=256).or_word("auto", 0.0),
            );
        });
        device_ui(ui, ctx, gpus, form);
    });
}

fn counted_classes(count: usize) -> String {
    if count == 1 {
        "1 class".to_owned()
    } else {
        format!("{} classes", number::count(count))
    }
}
