//! The right of the explain page: every class with its probability, and what to do with the image.

use eframe::egui::{
    self, Align2, FontId, Rect, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2,
};

use super::workers::Workers;
use crate::catalog::{Edit, ImageId};
use crate::explain::Explained;
use crate::ui::context::ViewCtx;
use crate::ui::help::explained::PROBABILITY;
use crate::ui::keys::{self, Shortcut};
use crate::ui::widgets::decision_buttons::decision_buttons_ui;
use crate::ui::widgets::elide::elided_within;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::pin_button::pin_ui;
use crate::ui::{number, theme};

const ROW_HEIGHT: f32 = 36.0;
const BAR_HEIGHT: f32 = 6.0;

/// `actual`: what the image is, as far as the catalog says; `is_seen`: whether the run was trained on it. Returns the class
/// that was clicked.
pub fn classes_ui(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    workers: &Workers,
    (actual, is_seen): (Option<&str>, bool),
) -> Option<String> {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        labelled_ui(ui, theme::strong("Classes"), &PROBABILITY);
        ui.label(theme::small("click one for its heatmap").color(palette.text_weak));
    });
    let Some(shown) = workers.shown() else {
        let words = if workers.is_busy() {
            "Looking…"
        } else {
            "No answer for this image"
        };
        ui.label(egui::RichText::new(words).color(palette.text_weak));
        return None;
    };
    let explained = &*shown.explained;
    verdict_ui(ui, explained, actual);
    if is_seen {
        let text = "The run was trained on this image, so its answer says little about others.";
        ui.label(theme::small(text).color(palette.warning));
    }
    let mut clicked = None;
    for index in explained.prediction.ranking() {
        let (Some(class), Some(prob)) = (
            explained.classes.get(index),
            explained.prediction.probs.get(index).copied(),
        ) else {
            continue;
        };
        let row = ClassRow {
            class,
            prob,
            color_index: ctx
                .snapshot()
                .class_named(class)
                .and_then(|id| ctx.snapshot().class_place(id))
                .unwrap_or(index),
            is_explained: index == explained.class,
            is_actual: actual == Some(class.as_str()),
        };
        if class_row_ui(ui, &row).clicked() {
            clicked = Some(class.clone());
        }
    }
    clicked
}

fn verdict_ui(ui: &mut egui::Ui, explained: &Explained, actual: Option<&str>) {
    let palette = theme::palette(ui);
    let top = explained
        .prediction
        .ranking()
        .first()
        .and_then(|index| explained.classes.get(*index));
    let (Some(top), Some(actual)) = (top, actual) else {
        return;
    };
    let (words, color) = if top == actual {
        (format!("Right: it is {actual}"), palette.keep)
    } else {
        (format!("Wrong: it is {actual}, not {top}"), palette.reject)
    };
    ui.label(theme::strong(words).color(color));
}

struct ClassRow<'a> {
    class: &'a str,
    prob: f32,
    color_index: usize,
    is_explained: bool,
    is_actual: bool,
}

fn class_row_ui(ui: &mut egui::Ui, row: &ClassRow<'_>) -> egui::Response {
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let percent = number::percent(f64::from(row.prob));
    let spoken = format!("{} {percent}", row.class);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, row.is_explained, &spoken));
    if row.is_explained || response.hovered() {
        let fill = if row.is_explained {
            palette.raised
        } else {
            palette.hovered
        };
        ui.painter().rect_filled(rect, theme::RADIUS, fill);
    }
    if response.has_focus() {
        let stroke = Stroke::new(theme::OUTLINE, palette.accent);
        ui.painter()
            .rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Inside);
    }
    let inner = rect.shrink2(vec2(theme::GAP_SMALL, theme::GAP_TINY));
    let body = FontId::proportional(theme::TEXT_BODY);
    let mono = FontId::monospace(theme::TEXT_SMALL);
    let text_middle = inner.top() + theme::TEXT_BODY / 2.0 + 2.0;
    let after = if row.is_actual { " (actual)" } else { "" };
    let number_rect = ui.painter().text(
        pos2(inner.right(), text_middle),
        Align2::RIGHT_CENTER,
        percent,
        mono,
        palette.text,
    );
    let room = number_rect.left() - theme::GAP_SMALL - inner.left();
    ui.painter().text(
        pos2(inner.left(), text_middle),
        Align2::LEFT_CENTER,
        elided_within(ui.painter(), ["", row.class, after], &body, room),
        body,
        palette.text,
    );
    let bar = Rect::from_min_max(
        pos2(inner.left(), inner.bottom() - BAR_HEIGHT),
        inner.right_bottom(),
    );
    ui.painter().rect_filled(bar, 2, palette.line);
    let filled = bar.with_max_x(bar.left() + bar.width() * row.prob.clamp(0.0, 1.0));
    ui.painter()
        .rect_filled(filled, 2, theme::class_color(row.color_index));
    response.on_hover_text(format!("Show the heatmap of {}", row.class))
}

/// Keep or reject what is looked at, as on the Cull page.
pub fn actions_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, image: ImageId) {
    let Some(decision) = ctx.snapshot().image(image).map(|image| image.decision) else {
        return;
    };
    ui.add_space(theme::GAP_MEDIUM);
    ui.label(theme::strong("This image"));
    let reject = keys::hint(ui, "Never train on it", Shortcut::ExplainReject);
    let tooltips = ["Reviewed and good", &reject, "Neither"];
    let pressed = decision_buttons_ui(ui, decision, tooltips);
    if let Some(choice) = pressed.filter(|choice| *choice != decision) {
        ctx.edit(Edit::SetDecision {
            images: vec![image],
            decision: choice,
        });
    }
    pin_ui(ui, ctx, (image, Shortcut::ExplainPin));
}
