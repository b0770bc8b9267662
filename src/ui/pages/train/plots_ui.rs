//! Loss, accuracy and learning rate over steps, one under the pointer of the other.

use eframe::egui::{self, Color32, Role, WidgetInfo, vec2};
use egui_plot::{
    AxisHints, HoverPosition, Line, LineStyle, MarkerShape, Plot, PlotPoints, Points,
    log_grid_spacer, uniform_grid_spacer,
};

use super::form::rate_text;
use super::series::thin;
use super::shelf::{Shelf, Shown};
use crate::ui::context::ViewCtx;
use crate::ui::theme::{self, Palette};

const RAW_WIDTH: f32 = 1.0;
const SMOOTH_WIDTH: f32 = 2.5;
const DOT_RADIUS: f32 = 4.0;
/// Of a curve's piece in the legend.
const LEGEND_WIDTH: f32 = theme::GAP_LARGE;
/// Of the height, for the loss.
const LOSS_PART: f32 = 0.58;
const TITLE_HEIGHT: f32 = 28.0;
const MIN_PLOT_HEIGHT: f32 = 96.0;
/// Numbers on the axis of steps appear from the first on and are fully seen from the second, in points between them.
const X_LABEL_SPACING: std::ops::RangeInclusive<f32> = 32.0..=40.0;

pub fn plots_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, shelf: &mut Shelf) {
    let runs = ctx.session.runs();
    let shown = shelf.shown(runs);
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlotKind {
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

    fn value_text(self, value: f64) -> String {
        match self {
            Self::Loss => format!("{value:.3}"),
            Self::Accuracy => format!("{:.1} %", value * 100.0),
            Self::LearningRate => rate_text(value),
        }
    }
}

struct RunPlot<'a> {
    kind: PlotKind,
    shown: &'a [Shown<'a>],
    hovered_step: Option<f64>,
    height: f32,
}

/// One line or row of dots of one run.
struct Curve<'a> {
    name: &'static str,
    points: &'a [[f64; 2]],
    color: Color32,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Thin,
    Thick,
    Dots,
    Dashed,
}

impl RunPlot<'_> {
    /// Returns the step under the pointer.
    fn ui(&self, ui: &mut egui::Ui) -> Option<f64> {
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
            .y_axis_min_width(44.0)
            .custom_x_axes(vec![
                AxisHints::new_x()
                    .label(theme::small("step"))
                    // The small plots have narrow steps; the default leaves them nothing but "0".
                    .label_spacing(X_LABEL_SPACING)
                    .formatter(|mark, _| step_text(mark.value)),
            ])
            .grid_color(palette.line)
            .grid_fade(0.5)
            .y_axis_formatter(move |mark, _| match kind {
                PlotKind::Loss => short_number(mark.value),
                PlotKind::Accuracy => format!("{:.0} %", mark.value * 100.0),
                PlotKind::LearningRate => rate_text(mark.value),
            })
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
        }
        let is_single = self.shown.len() == 1;
        let response = plot.show(ui, |plot| {
            for run in self.shown {
                for curve in self.curves(palette, run, is_single) {
                    let name = if is_single {
                        curve.name.to_owned()
                    } else {
                        format!("{} {}", run.log.info.id, curve.name)
                    };
                    draw_curve(plot, name, &curve, columns);
                }
            }
            plot.pointer_coordinate().map(|at| at.x)
        });
        let spoken = format!("{} plot", kind.name());
        response
            .response
            .widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
        response.inner.filter(|_| response.response.hovered())
    }

    /// The plot's name, then its legend, which also tells the values under the pointer or the newest ones. It stands
    /// above the plot because inside there is no corner that a curve never enters.
    fn title_ui(&self, ui: &mut egui::Ui) {
        let palette = theme::palette(ui);
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), TITLE_HEIGHT),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
                ui.label(theme::strong(self.kind.name()));
                let Some(run) = self.shown.iter().find(|run| run.is_focused) else {
                    return;
                };
                for curve in self.curves(palette, run, self.shown.len() == 1) {
                    if curve.points.is_empty() {
                        continue;
                    }
                    legend_line_ui(ui, &curve);
                    ui.label(theme::small(curve.name).color(palette.text_weak));
                    let value = value_at(curve.points, self.hovered_step);
                    let text = value.map_or_else(|| "–".to_owned(), |at| self.kind.value_text(at));
                    ui.label(theme::number(text).color(palette.text));
                    ui.add_space(theme::GAP_TINY);
                }
                // Once is enough, and the small plots have no room for it.
                let step = self.hovered_step.filter(|step| *step >= 0.0);
                if let (PlotKind::Loss, Some(step)) = (self.kind, step) {
                    ui.label(theme::number(format!("at step {step:.0}")).color(palette.text_weak));
                }
            },
        );
    }

    /// One run alone has the colors of train and valid; several have a color each.
    fn curves<'b>(&self, palette: &Palette, run: &'b Shown<'_>, is_single: bool) -> Vec<Curve<'b>> {
        let series = run.series;
        let own = theme::class_color(run.index);
        let (train, valid) = if is_single {
            (palette.train, palette.valid)
        } else {
            (own, own)
        };
        let curve = |name, points: &'b [[f64; 2]], color, shape| Curve {
            name,
            points,
            color,
            shape,
        };
        match self.kind {
            PlotKind::Loss => {
                let mut curves = Vec::new();
                if run.is_focused {
                    let faint = train.gamma_multiply(0.35);
                    curves.push(curve("batch", &series.loss, faint, Shape::Thin));
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

/// A short piece of the curve as the plot draws it: color, width and mark.
fn legend_line_ui(ui: &mut egui::Ui, curve: &Curve<'_>) {
    let size = vec2(LEGEND_WIDTH, theme::SWATCH);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    let painter = ui.painter();
    let ends = [rect.left_center(), rect.right_center()];
    let stroke = |width| egui::Stroke::new(width, curve.color);
    match curve.shape {
        Shape::Thin => {
            painter.line_segment(ends, stroke(RAW_WIDTH));
        }
        Shape::Thick => {
            painter.line_segment(ends, stroke(SMOOTH_WIDTH));
        }
        Shape::Dots => {
            painter.line_segment(ends, stroke(RAW_WIDTH));
            painter.circle_filled(rect.center(), DOT_RADIUS, curve.color);
        }
        Shape::Dashed => {
            let dash = theme::GAP_TINY;
            painter.extend(egui::Shape::dashed_line(
                &ends,
                stroke(RAW_WIDTH),
                dash,
                dash,
            ));
            let square = egui::Rect::from_center_size(
                rect.center(),
                egui::Vec2::splat(DOT_RADIUS * std::f32::consts::SQRT_2),
            );
            painter.rect_filled(square, 0, curve.color);
        }
    }
}

fn draw_curve(plot: &mut egui_plot::PlotUi<'_>, name: String, curve: &Curve<'_>, columns: usize) {
    if curve.points.is_empty() {
        return;
    }
    let points = || PlotPoints::from(thin(curve.points, columns));
    let line = Line::new(name.clone(), points()).color(curve.color);
    match curve.shape {
        Shape::Thin => plot.line(line.width(RAW_WIDTH)),
        Shape::Thick => plot.line(line.width(SMOOTH_WIDTH)),
        Shape::Dashed | Shape::Dots => {
            let is_valid = curve.shape == Shape::Dots;
            let style = if is_valid {
                LineStyle::Solid
            } else {
                LineStyle::dashed_loose()
            };
            plot.line(line.width(RAW_WIDTH).style(style));
            // Validation and training also differ by shape.
            let marker = if is_valid {
                MarkerShape::Circle
            } else {
                MarkerShape::Square
            };
            plot.points(
                Points::new(name, points())
                    .radius(DOT_RADIUS)
                    .shape(marker)
                    .color(curve.color),
            );
        }
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

/// Steps are counted: nothing below 0 and nothing between two of them.
fn step_text(value: f64) -> String {
    if value < 0.0 || (value - value.round()).abs() > 1e-6 {
        return String::new();
    }
    format!("{value:.0}")
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
    fn axis_numbers_are_short() {
        assert_eq!(
            [0.25, 2.0, 0.0, 10.0].map(short_number),
            ["0.25", "2", "0", "10"]
        );
    }
}
