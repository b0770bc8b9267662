//! One plot of the train page: its curves, the legend over it that also reads values, and its axes.

use eframe::egui::{self, Color32, FontId, Role, WidgetInfo, vec2};
use egui_plot::{AxisHints, GridInput, HoverPosition, Plot, log_grid_spacer, uniform_grid_spacer};

use super::curve::{Curve, Shape, draw_band};
use super::shelf::Shown;
use crate::report::is_uninformative;
use crate::run::RunStatus;
use crate::ui::help::Help;
use crate::ui::help::trained::{ACCURACY_PLOT, LOSS, RATE_PLOT};
use crate::ui::number;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::help_mark::labelled_ui;

pub const TITLE_HEIGHT: f32 = 28.0;
/// Where the legend of a plot has room on one line.
const LEGEND_WIDTH: f32 = 340.0;
/// "100 to 100 %"
const INTERVAL_WIDTH: f32 = 96.0;
/// Numbers on an axis appear from this distance on, in points, and then at once: half faded ones are not readable.
const X_LABEL_SPACING: std::ops::RangeInclusive<f32> = 36.0..=36.5;
/// The distance of labels in that of the closest lines.
const LABELS_PER_LINE: f64 = 5.0;
const Y_LABEL_SPACING: std::ops::RangeInclusive<f32> = 20.0..=20.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlotKind {
    Loss,
    Accuracy,
    LearningRate,
}

impl PlotKind {
    fn name(self) -> &'static str {
        match self {
            Self::Loss => "Loss",
            Self::Accuracy => "Accuracy",
            Self::LearningRate => "Learning rate",
        }
    }

    fn help(self) -> Help {
        match self {
            Self::Loss => LOSS,
            Self::Accuracy => ACCURACY_PLOT,
            Self::LearningRate => RATE_PLOT,
        }
    }

    fn value_text(self, value: f64) -> String {
        match self {
            Self::Loss => format!("{value:.3}"),
            Self::Accuracy => format!("{:.1} %", value * 100.0),
            Self::LearningRate => number::rate(value),
        }
    }
}

pub struct RunPlot<'a> {
    pub kind: PlotKind,
    pub shown: &'a [Shown<'a>],
    pub hovered_step: Option<f64>,
    pub height: f32,
}

impl RunPlot<'_> {
    /// Returns the step under the pointer.
    pub fn ui(&self, ui: &mut egui::Ui) -> Option<f64> {
        self.title_ui(ui);
        let palette = theme::palette(ui);
        let columns = ui.available_width() as usize;
        let kind = self.kind;
        let group = ui.ctx().data_mut(|_| egui::Id::unique("train plots"));
        let mut plot = Plot::new(("train plot", kind.name()))
            .height(self.height)
            .allow_scroll(false)
            .link_axis(group, [true, false])
            .link_cursor(group, [true, false])
            .include_x(0.0)
            .include_y(0.0)
            .custom_x_axes(vec![
                AxisHints::new_x()
                    .label(theme::small("step"))
                    // The small plots have narrow steps; the default leaves them nothing but "0".
                    .label_spacing(X_LABEL_SPACING)
                    .formatter(|mark, _| step_text(mark.value)),
            ])
            .custom_y_axes(vec![
                AxisHints::new_y()
                    .min_thickness(44.0)
                    .label_spacing(Y_LABEL_SPACING)
                    .formatter(move |mark, _| match kind {
                        PlotKind::Loss => loss_text(mark.value),
                        PlotKind::Accuracy => accuracy_text(mark.value),
                        PlotKind::LearningRate => number::rate(mark.value),
                    }),
            ])
            .x_grid_spacer(uniform_grid_spacer(|input| step_marks(&input)))
            .grid_color(palette.line)
            .grid_fade(0.5)
            .label_formatter(move |hover| {
                let HoverPosition::NearDataPoint {
                    plot_name,
                    position,
                    ..
                } = hover
                else {
                    return None;
                };
                let value = kind.value_text(position.y);
                Some(format!("{plot_name}\nstep {:.0}\n{value}", position.x))
            });
        // Ten parts, the default, leave a low plot with nothing between 0 and 1.
        plot = match kind {
            PlotKind::Accuracy => plot
                .include_y(1.0)
                .y_grid_spacer(uniform_grid_spacer(|_| [0.05, 0.25, 1.0])),
            PlotKind::Loss => plot.y_grid_spacer(log_grid_spacer(5)),
            PlotKind::LearningRate => plot,
        };
        for run in self.shown {
            plot = plot.include_x(run.series.now.steps as f64);
            if kind == PlotKind::LearningRate {
                // The highest rate to come, so that the axis stands still.
                plot = plot.include_y(run.log.info.config.lr_bounds()[1]);
            }
        }
        let is_single = self.shown.len() == 1;
        let response = plot.show(ui, |plot| {
            for run in self.shown {
                if kind == PlotKind::Accuracy && run.is_focused {
                    let (_, valid) = colors(palette, run, is_single);
                    draw_band(plot, "95 %", &run.series.interval, valid);
                }
                for curve in self.curves(palette, run, is_single) {
                    let name = if is_single {
                        curve.name.to_owned()
                    } else {
                        format!("{} {}", run.log.info.id, curve.name)
                    };
                    curve.draw(plot, name, columns);
                }
            }
            plot.pointer_coordinate().map(|at| at.x)
        });
        let mut spoken = format!("{} plot", kind.name());
        if let Some(text) = self.nothing_text(palette) {
            let font = FontId::proportional(theme::TEXT_SMALL);
            let room = response.response.rect.width() - 2.0 * theme::GAP_LARGE;
            let galley = ui
                .painter()
                .layout(text.clone(), font, palette.text_weak, room.max(0.0));
            let at = response.response.rect.center() - galley.size() / 2.0;
            ui.painter().galley(at, galley, palette.text_weak);
            spoken = format!("{spoken}: {text}");
        }
        response
            .response
            .widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
        response.inner.filter(|_| response.response.hovered())
    }

    /// Why there is no curve, if there is none.
    fn nothing_text(&self, palette: &Palette) -> Option<String> {
        let mut curves = (self.shown.iter()).flat_map(|run| self.curves(palette, run, true));
        if curves.any(|curve| !curve.points.is_empty()) {
            return None;
        }
        let run = self.shown.iter().find(|run| run.is_focused)?;
        let (what, first) = match self.kind {
            PlotKind::Accuracy => ("accuracy", "epoch"),
            PlotKind::Loss => ("loss", "step"),
            PlotKind::LearningRate => ("learning rate", "step"),
        };
        let how = match run.log.status {
            RunStatus::Running => return Some(format!("The {what} comes with the first {first}")),
            RunStatus::Cancelled => "was cancelled",
            RunStatus::Interrupted => "was interrupted",
            RunStatus::Failed => "failed",
            RunStatus::Finished => "ended",
        };
        Some(format!(
            "No {what}: the run {how} before its first {first} was over"
        ))
    }

    /// The plot's name, then its legend, which also tells the values under the pointer or the newest ones. It stands
    /// above the plot because inside there is no corner that a curve never enters.
    fn title_ui(&self, ui: &mut egui::Ui) {
        let palette = theme::palette(ui);
        let is_narrow = ui.available_width() < LEGEND_WIDTH;
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), TITLE_HEIGHT),
            egui::Layout::left_to_right(egui::Align::Center).with_main_wrap(is_narrow),
            |ui| {
                ui.spacing_mut().item_spacing.x = if is_narrow {
                    theme::GAP_TINY
                } else {
                    theme::GAP_SMALL
                };
                labelled_ui(ui, theme::strong(self.kind.name()), &self.kind.help());
                let Some(run) = self.shown.iter().find(|run| run.is_focused) else {
                    return;
                };
                for curve in self.curves(palette, run, self.shown.len() == 1) {
                    if curve.points.is_empty() {
                        continue;
                    }
                    curve.legend_ui(ui);
                    ui.label(theme::small(curve.name).color(palette.text_weak));
                    let value = value_at(curve.points, self.hovered_step);
                    let text = value.map_or_else(|| "–".to_owned(), |at| self.kind.value_text(at));
                    ui.label(theme::number(text).color(palette.text));
                    if !is_narrow {
                        ui.add_space(theme::GAP_TINY);
                    }
                }
                // A narrow window has no room for it here; the band shows it, and the list tells that of the best.
                let has_room = !is_narrow && ui.available_width() >= INTERVAL_WIDTH;
                if let Some(text) = self.interval_text(run).filter(|_| has_room) {
                    ui.label(theme::number(text).color(palette.text_weak));
                }
                // Once is enough, and the small plots have no room for it.
                let step = self.hovered_step.filter(|step| *step >= 0.0);
                let last = run.series.now.steps as f64;
                if let (PlotKind::Loss, Some(step)) = (self.kind, step.map(|step| step.min(last))) {
                    ui.label(theme::number(format!("at step {step:.0}")).color(palette.text_weak));
                }
            },
        );
    }

    /// Of the epoch under the pointer, or of the newest.
    fn interval_text(&self, run: &Shown<'_>) -> Option<String> {
        if self.kind != PlotKind::Accuracy {
            return None;
        }
        let band = &run.series.interval;
        let at = match self.hovered_step {
            None => band.steps.len(),
            Some(step) => band.steps.partition_point(|epoch| *epoch <= step),
        };
        let at = at.checked_sub(1)?;
        let (low, high) = (band.low.get(at)?, band.high.get(at)?);
        if is_uninformative([*low, *high]) {
            return Some("too few scenes".to_owned());
        }
        Some(format!("{:.0} to {:.0} %", low * 100.0, high * 100.0))
    }

    fn curves<'b>(&self, palette: &Palette, run: &'b Shown<'_>, is_single: bool) -> Vec<Curve<'b>> {
        let series = run.series;
        let own = theme::run_color(run.index);
        let (train, valid) = colors(palette, run, is_single);
        let curve = Curve::new;
        match self.kind {
            PlotKind::Loss => {
                let mut curves = Vec::new();
                if run.is_focused {
                    curves.push(curve("batch", &series.loss, train, Shape::Thin));
                }
                curves.push(curve("smoothed", &series.smooth_loss, train, Shape::Thick));
                curves.push(curve("valid", &series.valid_loss, valid, Shape::Dots));
                curves
            }
            PlotKind::Accuracy => vec![
                curve("train", &series.train_accuracy, train, Shape::Dashed),
                curve("valid", &series.accuracy, valid, Shape::Dots),
            ],
            PlotKind::LearningRate => {
                let color = if is_single { palette.text_weak } else { own };
                vec![curve("rate", &series.lr, color, Shape::Thick)]
            }
        }
    }
}

/// Of train and valid: one run alone has theirs, several have a color each.
fn colors(palette: &Palette, run: &Shown<'_>, is_single: bool) -> (Color32, Color32) {
    let own = theme::run_color(run.index);
    if is_single {
        (palette.train, palette.valid)
    } else {
        (own, own)
    }
}

/// The value that stood at `step`: the last one not after it; without a step the newest.
fn value_at(points: &[[f64; 2]], step: Option<f64>) -> Option<f64> {
    let Some(step) = step else {
        return points.last().map(|point| point[1]);
    };
    let after = points.partition_point(|point| point[0] <= step);
    points.get(after.checked_sub(1)?).map(|point| point[1])
}

/// Distances of the lines at which steps are written: as close as there is room for their numbers, in 1, 2 or 5 of a
/// power of ten.
fn step_marks(input: &GridInput) -> [f64; 3] {
    // egui_plot draws no lines that are closer than this.
    let least = (input.base_step_size * LABELS_PER_LINE).max(1.0);
    let power = 10_f64.powf(least.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|part| part * power);
    let step = nice.into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * power);
    [step, 10.0 * step, 100.0 * step]
}

/// Steps are counted: nothing below 0 and nothing between two of them.
fn step_text(value: f64) -> String {
    if value < 0.0 || (value - value.round()).abs() > 1e-6 {
        return String::new();
    }
    format!("{value:.0}")
}

/// A high plot has grid lines outside of what an accuracy can be.
fn accuracy_text(value: f64) -> String {
    let percent = (value * 100.0).round();
    if !(0.0..=100.0).contains(&percent) {
        return String::new();
    }
    format!("{percent:.0} %")
}

/// As is the loss's below 0.
fn loss_text(value: f64) -> String {
    if value < 0.0 {
        return String::new();
    }
    short_number(value)
}

/// Three digits are enough beside an axis: `0.25`, `2`.
fn short_number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_under_the_pointer_is_the_last_one_not_after_it() {
        let points = [[10.0, 1.0], [20.0, 2.0], [30.0, 3.0]];
        assert_eq!(value_at(&points, Some(25.0)), Some(2.0));
        assert_eq!(value_at(&points, Some(20.0)), Some(2.0));
        assert_eq!(value_at(&points, Some(5.0)), None);
        assert_eq!(value_at(&points, None), Some(3.0));
        assert_eq!(value_at(&[], None), None);
    }

    #[test]
    fn the_axis_of_steps_has_whole_numbers_only() {
        assert_eq!([-1.0, 0.5, 0.0, 20.0].map(step_text), ["", "", "0", "20"]);
    }

    #[test]
    fn steps_are_written_at_round_numbers() {
        let marks = |base_step_size| {
            step_marks(&GridInput {
                bounds: (0.0, 1000.0),
                base_step_size,
            })
        };
        assert_eq!(marks(0.01)[0], 1.0, "no half steps");
        assert_eq!(marks(0.9)[0], 5.0);
        assert_eq!(marks(5.0), [50.0, 500.0, 5000.0]);
        assert_eq!(marks(11.0)[0], 100.0);
    }

    #[test]
    fn an_accuracy_axis_ends_at_its_ends() {
        assert_eq!(
            [-0.05, 0.0, 0.25, 1.0, 1.05].map(accuracy_text),
            ["", "0 %", "25 %", "100 %", ""]
        );
    }

    #[test]
    fn axis_numbers_are_short() {
        assert_eq!(
            [0.25, 2.0, 0.0, 10.0].map(short_number),
            ["0.25", "2", "0", "10"]
        );
    }
}
