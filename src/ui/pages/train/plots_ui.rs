//! Loss, accuracy and learning rate over steps, one under the pointer of the other.

use eframe::egui;

use super::run_plot::{PlotKind, RunPlot, TITLE_HEIGHT};
use super::shelf::Shelf;
use crate::ui::context::ViewCtx;
use crate::ui::theme;

/// Of the height, for the loss.
const LOSS_PART: f32 = 0.58;
const MIN_PLOT_HEIGHT: f32 = 96.0;

/// Two plots with their legends side by side; in less they stand below one another, to be scrolled to.
const TWO_COLUMNS_WIDTH: f32 = 480.0;
const STACKED_HEIGHT: f32 = 168.0;

pub fn has_two_columns(width: f32) -> bool {
    width >= TWO_COLUMNS_WIDTH
}

pub fn plots_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, shelf: &mut Shelf) {
    let runs = ctx.session.runs();
    let shown = shelf.shown(runs);
    let is_narrow = !has_two_columns(ui.available_width());
    let room = ui.available_height() - 2.0 * TITLE_HEIGHT - 2.0 * ui.spacing().item_spacing.y;
    let loss_height = (room * LOSS_PART).max(MIN_PLOT_HEIGHT);
    let small_height = (room - loss_height).max(MIN_PLOT_HEIGHT);
    let hovered_step = shelf.hovered_step;
    let mut hovered_now = None;
    let mut draw = |ui: &mut egui::Ui, kind: PlotKind, height: f32| {
        let plot = RunPlot {
            kind,
            shown: &shown,
            hovered_step,
            height,
        };
        hovered_now = hovered_now.or(plot.ui(ui));
    };
    if is_narrow {
        for kind in [PlotKind::Loss, PlotKind::Accuracy, PlotKind::LearningRate] {
            draw(ui, kind, STACKED_HEIGHT);
        }
        shelf.hovered_step = hovered_now;
        return;
    }
    draw(ui, PlotKind::Loss, loss_height);
    ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
    ui.columns(2, |columns| {
        for (ui, kind) in columns
            .iter_mut()
            .zip([PlotKind::Accuracy, PlotKind::LearningRate])
        {
            draw(ui, kind, small_height);
        }
    });
    shelf.hovered_step = hovered_now;
}
