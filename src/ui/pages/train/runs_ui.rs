//! The list of runs: every one of the project, newest on top, to look at or to lay over one another.

use eframe::egui::{self, Align, Layout, Role, Sense, UiBuilder, Vec2, WidgetInfo};

use super::shelf::Shelf;
use crate::train::run_log::{RunLog, RunStatus};
use crate::ui::context::ViewCtx;
use crate::ui::theme::Palette;
use crate::ui::{number, theme};

pub fn runs_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, shelf: &mut Shelf) {
    let runs = ctx.session.runs();
    ui.horizontal(|ui| {
        ui.label(theme::strong("Runs"));
        let hint = "tick to lay over one another";
        ui.label(theme::small(hint).color(theme::palette(ui).text_weak));
    });
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for (index, log) in runs.iter().enumerate().rev() {
                run_ui(ui, shelf, log, index);
            }
        });
}

fn run_ui(ui: &mut egui::Ui, shelf: &mut Shelf, log: &RunLog, index: usize) {
    let palette = theme::palette(ui);
    let id = &log.info.id;
    let is_focused = shelf.is_focused(id);
    let row = ui
        .scope_builder(
            UiBuilder::new().id_salt(("run", id)).sense(Sense::click()),
            |ui| {
                let fill = if is_focused {
                    palette.raised
                } else if ui.response().hovered() {
                    palette.hovered
                } else {
                    palette.panel
                };
                let frame = theme::card(ui)
                    .fill(fill)
                    .inner_margin(egui::Margin::same(8));
                frame.show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    row_ui(ui, shelf, log, index);
                });
            },
        )
        .response;
    let spoken = format!("run {id}, {}", status_name(log.status));
    row.widget_info(|| WidgetInfo::selected(Role::Button, true, is_focused, &spoken));
    if row.clicked() {
        shelf.focus(id);
    }
}

fn row_ui(ui: &mut egui::Ui, shelf: &mut Shelf, log: &RunLog, index: usize) {
    let palette = theme::palette(ui);
    let id = &log.info.id;
    ui.spacing_mut().item_spacing.y = theme::GAP_TINY;
    ui.horizontal(|ui| {
        let mut is_ticked = shelf.is_ticked(id);
        let tick = ui.checkbox(&mut is_ticked, "");
        if tick
            .accessible_name(format!("overlay {id}"))
            .on_hover_text("Draw it in the plots")
            .changed()
        {
            shelf.set_ticked(id, is_ticked);
        }
        swatch_ui(ui, index);
        ui.label(theme::strong(format!("Stage {}", log.info.config.stage)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            match log.best_accuracy() {
                Some(accuracy) => {
                    ui.label(
                        theme::small(format!("of {}", number::count(log.info.valid_n)))
                            .color(palette.text_weak),
                    );
                    ui.label(theme::number(number::percent(accuracy)).color(palette.text));
                }
                None => {
                    ui.label(theme::small("no accuracy yet").color(palette.text_weak));
                }
            }
        });
    });
    ui.horizontal(|ui| {
        ui.label(theme::small(log.info.config.arch.title()).color(palette.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            status_label_ui(ui, palette, log.status);
        });
    });
    ui.horizontal(|ui| {
        ui.label(theme::number(id).color(palette.text_weak));
        if log.info.is_random_split {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(theme::small("random split").color(palette.warning))
                    .on_hover_text("Neighbors of its training pictures were in validation: the accuracy flatters");
            });
        }
    });
}

/// Name, stage and marks of a run, as the line over the plots begins.
pub fn heading_ui(ui: &mut egui::Ui, log: &RunLog, index: usize) {
    let palette = theme::palette(ui);
    swatch_ui(ui, index);
    ui.label(theme::strong(format!("Stage {}", log.info.config.stage)));
    ui.label(theme::number(&log.info.id));
    status_label_ui(ui, palette, log.status);
    if log.info.is_random_split {
        ui.label(theme::small("random split").color(palette.warning));
    }
}

fn swatch_ui(ui: &mut egui::Ui, index: usize) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme::SWATCH), Sense::hover());
    ui.painter().circle_filled(
        rect.center(),
        theme::SWATCH / 2.0,
        theme::class_color(index),
    );
}

fn status_label_ui(ui: &mut egui::Ui, palette: &Palette, status: RunStatus) {
    let color = match status {
        RunStatus::Running => palette.accent,
        RunStatus::Finished => palette.text_weak,
        RunStatus::Failed => palette.error,
        RunStatus::Cancelled | RunStatus::Interrupted => palette.warning,
    };
    ui.label(theme::small(status_name(status)).color(color));
}

fn status_name(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Finished => "finished",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Failed => "failed",
        RunStatus::Interrupted => "interrupted",
    }
}
