//! One curve of a plot: a line or a row of dots, and the short piece of it that stands in the legend.

use eframe::egui::{self, Color32, vec2};
use egui_plot::{FilledArea, Line, LineStyle, MarkerShape, PlotPoints, PlotUi, Points};

use super::series::{Band, thin};
use crate::ui::theme;

const RAW_WIDTH: f32 = 1.0;
const SMOOTH_WIDTH: f32 = 2.5;
const DOT_RADIUS: f32 = 4.0;
const LEGEND_WIDTH: f32 = theme::GAP_LARGE;
/// What is raw lies behind what is smoothed.
const FAINT: f32 = 0.35;
/// An interval lies behind all curves.
const BAND: f32 = 0.18;

pub struct Curve<'a> {
    pub name: &'static str,
    /// Sorted by x.
    pub points: &'a [[f64; 2]],
    pub color: Color32,
    pub shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Shape {
    /// As it was measured, faint.
    Thin,
    Thick,
    Dots,
    Dashed,
}

impl<'a> Curve<'a> {
    pub fn new(name: &'static str, points: &'a [[f64; 2]], color: Color32, shape: Shape) -> Self {
        let color = match shape {
            Shape::Thin => color.gamma_multiply(FAINT),
            Shape::Thick | Shape::Dots | Shape::Dashed => color,
        };
        Self {
            name,
            points,
            color,
            shape,
        }
    }

    /// A short piece of the curve as the plot draws it: color, width and mark.
    pub fn legend_ui(&self, ui: &mut egui::Ui) {
        let size = vec2(LEGEND_WIDTH, theme::SWATCH);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        let painter = ui.painter();
        let ends = [rect.left_center(), rect.right_center()];
        let stroke = |width| egui::Stroke::new(width, self.color);
        match self.shape {
            Shape::Thin => {
                painter.line_segment(ends, stroke(RAW_WIDTH));
            }
            Shape::Thick => {
                painter.line_segment(ends, stroke(SMOOTH_WIDTH));
            }
            Shape::Dots => {
                painter.line_segment(ends, stroke(RAW_WIDTH));
                painter.circle_filled(rect.center(), DOT_RADIUS, self.color);
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
                painter.rect_filled(square, 0, self.color);
            }
        }
    }

    /// `columns`: points the plot is wide.
    pub fn draw(&self, plot: &mut PlotUi<'_>, name: String, columns: usize) {
        if self.points.is_empty() {
            return;
        }
        let points = || PlotPoints::from(thin(self.points, columns));
        let line = Line::new(name.clone(), points()).color(self.color);
        match self.shape {
            Shape::Thin => plot.line(line.width(RAW_WIDTH)),
            Shape::Thick => plot.line(line.width(SMOOTH_WIDTH)),
            Shape::Dashed | Shape::Dots => {
                let is_valid = self.shape == Shape::Dots;
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
                        .color(self.color),
                );
            }
        }
    }
}

/// The interval of a curve of `color`: an area, and at each measurement its two ends, for one epoch alone has no area.
pub fn draw_band(plot: &mut PlotUi<'_>, name: &str, band: &Band, color: Color32) {
    if band.steps.is_empty() {
        return;
    }
    let faint = color.gamma_multiply(BAND);
    let area = FilledArea::new(name, &band.steps, &band.low, &band.high);
    plot.add(area.fill_color(faint).allow_hover(false));
    let ends = band.steps.iter().zip(band.low.iter().zip(&band.high));
    for (&step, (&low, &high)) in ends {
        let line = Line::new(name, vec![[step, low], [step, high]]);
        let stroke = color.gamma_multiply(FAINT);
        plot.line(line.color(stroke).width(RAW_WIDTH).allow_hover(false));
    }
}
