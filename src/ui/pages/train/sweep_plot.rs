//! The plot of a sweep: loss over the logarithm of the rate, and a line on it that picks one.

use eframe::egui::{
    self, Align2, CursorIcon, EventFilter, FontId, Key, Pos2, Rect, Stroke, WidgetInfo, pos2, vec2,
};
use egui_plot::{AxisHints, GridMark, Plot, PlotBounds, PlotTransform};

use super::curve::{Curve, Shape};
use super::form::RATES;
use crate::train::schedule::lr_curve::{LrCurve, SWEEP_BATCHES, rate_at};
use crate::ui::{number, theme};

/// Part of a decade that an arrow key moves the line by; with Shift the smaller one.
const KEY_STEP: f64 = 0.05;
const SMALL_KEY_STEP: f64 = 0.01;
/// The loss is drawn up to so many times what it was before anything was learned: above, the net only falls apart.
const TOP: f64 = 1.25;
/// Rates that have taught nothing yet, whose loss is that of the net as it was.
const FIRST_POINTS: usize = 10;
/// Empty space around the curve, of the width and of the height.
const MARGIN: f64 = 0.03;
const HANDLE_RADIUS: f32 = 6.0;

pub struct SweepPlot<'a> {
    pub curve: &'a LrCurve,
    /// Where the line stands; without one there is nothing to pick yet.
    pub picked: Option<f64>,
    pub height: f32,
}

/// The curve as it is drawn.
struct Lines {
    raw: Vec<[f64; 2]>,
    smooth: Vec<[f64; 2]>,
}

impl SweepPlot<'_> {
    /// Returns the rate that the line was moved to.
    pub fn ui(&self, ui: &mut egui::Ui) -> Option<f64> {
        let palette = theme::palette(ui);
        let lines = self.lines();
        let curves = [
            Curve::new("batch", &lines.raw, palette.train, Shape::Thin),
            Curve::new("smoothed", &lines.smooth, palette.train, Shape::Thick),
        ];
        let columns = ui.available_width() as usize;
        let bounds = self.bounds();
        let plot = Plot::new("learning rate sweep")
            .height(self.height)
            .allow_scroll(false)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_boxed_zoom(false)
            .allow_double_click_reset(false)
            .show_crosshair(false)
            .y_axis_min_width(44.0)
            .custom_x_axes(vec![
                AxisHints::new_x()
                    .label(theme::small("learning rate"))
                    .formatter(|mark, _| decade_text(mark)),
            ])
            .x_grid_spacer(|_| log_marks())
            .grid_color(palette.line)
            .grid_fade(0.5)
            .label_formatter(|_| None);
        let shown = plot.show(ui, |plot| {
            plot.set_plot_bounds(bounds);
            for curve in &curves {
                curve.draw(plot, curve.name.to_owned(), columns);
            }
        });
        self.marks_ui(ui, &shown.transform);
        let moved = self.moved(ui, &shown.response, &shown.transform);
        self.line_ui(ui, &shown.response, &shown.transform);
        moved
    }

    fn lines(&self) -> Lines {
        let points = self.curve.points.iter();
        let along = |loss: f64, lr: f64| [lr.log10(), loss];
        Lines {
            raw: points
                .clone()
                .map(|point| along(point.batch_loss, point.lr))
                .collect(),
            smooth: points.map(|point| along(point.loss, point.lr)).collect(),
        }
    }

    /// All rates of a whole sweep, so that what is drawn does not move while it runs.
    fn bounds(&self) -> PlotBounds {
        let [left, right] = [rate_at(0).log10(), rate_at(SWEEP_BATCHES).log10()];
        let points = &self.curve.points;
        let smoothed = points.iter().map(|point| point.loss);
        let all = points
            .iter()
            .flat_map(|point| [point.loss, point.batch_loss]);
        let low = all.min_by(f64::total_cmp).unwrap_or(0.0);
        let high = smoothed.max_by(f64::total_cmp).unwrap_or(1.0);
        let untaught = points
            .get(..FIRST_POINTS.min(points.len()))
            .and_then(<[_]>::last)
            .map_or(1.0, |point| point.loss);
        let high = high.min(untaught * TOP).max(low + 0.1);
        let (wide, tall) = ((right - left) * MARGIN, (high - low) * MARGIN);
        PlotBounds::from_min_max([left - wide, low - tall], [right + wide, high + tall])
    }

    /// A dashed line at each suggestion, named at its foot.
    fn marks_ui(&self, ui: &egui::Ui, transform: &PlotTransform) {
        let palette = theme::palette(ui);
        let painter = ui.painter().with_clip_rect(*transform.frame());
        for (row, (name, rate)) in suggestions(self.curve).into_iter().enumerate() {
            let x = transform.position_from_point_x(rate.log10());
            let frame = transform.frame();
            painter.extend(egui::Shape::dashed_line(
                &[pos2(x, frame.top()), pos2(x, frame.bottom())],
                Stroke::new(1.0, palette.text_weak),
                theme::GAP_TINY,
                theme::GAP_TINY,
            ));
            if let Some(point) = self.curve.points.iter().find(|point| point.lr >= rate) {
                let y = transform.position_from_point_y(point.loss);
                painter.circle_filled(pos2(x, y), theme::GAP_TINY, palette.text);
            }
            // One above the other, because the two may be the same rate.
            let text = format!("{} {}", name.to_lowercase(), number::rate(rate));
            let up = (row as f32 + 0.5) * (theme::TEXT_SMALL + theme::GAP_SMALL);
            let at = pos2(x + theme::GAP_TINY, frame.bottom() - theme::GAP_SMALL - up);
            let font = FontId::proportional(theme::TEXT_SMALL);
            let galley = painter.layout_no_wrap(text, font, palette.text);
            let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size());
            painter.rect_filled(rect.expand2(vec2(2.0, 1.0)), 2.0, palette.canvas);
            painter.galley(rect.min, galley, palette.text);
        }
    }

    /// By dragging or clicking anywhere in the plot, by arrow keys, or by an assistive device.
    fn moved(
        &self,
        ui: &egui::Ui,
        response: &egui::Response,
        transform: &PlotTransform,
    ) -> Option<f64> {
        let picked = self.picked?;
        response.widget_info(|| WidgetInfo::slider(true, picked, "Picked learning rate"));
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let response = response
            .clone()
            .on_hover_cursor(CursorIcon::ResizeHorizontal);
        if (response.clicked() || response.dragged())
            && let Some(at) = response.interact_pointer_pos()
        {
            return Some(within(10f64.powf(transform.value_from_position(at).x)));
        }
        let steps = asked_steps(ui, &response)?;
        Some(within(10f64.powf(picked.log10() + steps)))
    }

    /// The line with its handle and its rate.
    fn line_ui(&self, ui: &egui::Ui, response: &egui::Response, transform: &PlotTransform) {
        let Some(picked) = self.picked else { return };
        let palette = theme::palette(ui);
        let frame = *transform.frame();
        let x = transform.position_from_point_x(picked.log10());
        let painter = ui.painter().with_clip_rect(frame);
        let is_held = response.hovered() || response.dragged() || response.has_focus();
        let width = if is_held { 3.0 } else { theme::OUTLINE };
        painter.vline(x, frame.y_range(), Stroke::new(width, palette.accent));
        let font = FontId::monospace(theme::TEXT_SMALL);
        let galley = painter.layout_no_wrap(number::rate(picked), font, palette.on_accent);
        let size = galley.size() + vec2(theme::GAP_LARGE, theme::GAP_SMALL);
        let pill = Rect::from_center_size(handle(frame, x, size), size);
        painter.rect_filled(pill, HANDLE_RADIUS, palette.accent);
        painter.galley(
            pill.center() - galley.size() / 2.0,
            galley,
            palette.on_accent,
        );
        if response.has_focus() {
            let stroke = Stroke::new(theme::OUTLINE, palette.accent);
            painter.rect_stroke(frame, 2.0, stroke, egui::StrokeKind::Inside);
        }
    }
}

/// Center of the line's handle: on the line, but never cut off at the side.
fn handle(frame: Rect, x: f32, size: egui::Vec2) -> Pos2 {
    let half = size.x / 2.0;
    let x = x.clamp(
        frame.left() + half,
        (frame.right() - half).max(frame.left() + half),
    );
    pos2(x, frame.top() + theme::GAP_SMALL + size.y / 2.0)
}

/// Decades that keys and assistive devices ask for.
fn asked_steps(ui: &egui::Ui, response: &egui::Response) -> Option<f64> {
    let mut steps = ui.input(|input| {
        use egui::accesskit::Action;
        let asked = |action| input.num_accesskit_action_requests(response.id, action) as f64;
        (asked(Action::Increment) - asked(Action::Decrement)) * KEY_STEP
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.add_action(egui::accesskit::Action::Increment);
        node.add_action(egui::accesskit::Action::Decrement);
    });
    if response.has_focus() {
        let arrows = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        steps += ui.input(|input| {
            let step = if input.modifiers.shift {
                SMALL_KEY_STEP
            } else {
                KEY_STEP
            };
            let pressed = |key| input.num_presses(key) as f64;
            (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)) * step
        });
    }
    (steps != 0.0).then_some(steps)
}

/// What the sweep suggests, the steadier one first.
pub fn suggestions(curve: &LrCurve) -> Vec<(&'static str, f64)> {
    let named = [("Valley", curve.valley()), ("Steepest", curve.steepest())];
    named
        .into_iter()
        .filter_map(|(name, rate)| Some((name, rate?)))
        .collect()
}

/// To what the form takes, and to the digits it shows.
fn within(rate: f64) -> f64 {
    let rate = rate.clamp(*RATES.start(), *RATES.end());
    let shown = format!("{rate:.1e}");
    shown.parse().unwrap_or(rate)
}

/// Grid lines at each decade and, fainter, at 2 to 9 times it.
fn log_marks() -> Vec<GridMark> {
    let decades = rate_at(0).log10().round() as i32..=rate_at(SWEEP_BATCHES).log10().round() as i32;
    decades
        .flat_map(|decade| {
            (1..10).map(move |times| GridMark {
                value: f64::from(decade) + f64::from(times).log10(),
                step_size: if times == 1 { 1.0 } else { 0.1 },
            })
        })
        .collect()
}

fn decade_text(mark: GridMark) -> String {
    if mark.step_size < 1.0 {
        return String::new();
    }
    number::rate(10f64.powf(mark.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picked_rate_is_one_that_the_form_can_show() {
        assert_eq!(within(1.234e-3), 1.2e-3);
        assert_eq!(within(50.0), 1.0);
        assert_eq!(within(1e-12), 1e-7);
    }

    #[test]
    fn decades_are_named_and_what_is_between_is_not() {
        let names: Vec<String> = log_marks().into_iter().map(decade_text).collect();
        assert_eq!(names[..10].join("|"), "1e-7|||||||||1e-6");
    }

    #[test]
    fn the_explosion_leaves_through_the_top() {
        let mut curve = LrCurve::default();
        for batch in 0..60 {
            curve.push(rate_at(batch), if batch < 50 { 1.0 } else { 500.0 });
        }
        let plot = SweepPlot {
            curve: &curve,
            picked: None,
            height: 100.0,
        };
        let bounds = plot.bounds();
        assert!(bounds.max()[1] < 1.5, "{:?}", bounds.max());
        assert!(bounds.min()[0] < -7.0 && bounds.max()[0] > 1.0);
    }
}
