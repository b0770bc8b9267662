//! One line of a facet: swatch, name, count.

use eframe::egui::{self, Align2, Color32, FontId, Sense, TextStyle, WidgetInfo};

use crate::ui::widgets::elide::elided;
use crate::ui::{number, theme};

pub const ROW_HEIGHT: f32 = 24.0;

pub struct Value<'a> {
    /// Read out and found by tests: "class elves".
    pub label: String,
    pub text: &'a str,
    /// What it means, for the tooltip.
    pub help: Option<&'a str>,
    pub count: usize,
    pub color: Option<Color32>,
    pub is_on: bool,
}

/// What a click on a value asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Click {
    Toggle,
    /// With Alt: this value and no other of its facet.
    Only,
}

pub fn value_ui(ui: &mut egui::Ui, value: &Value<'_>) -> Option<Click> {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(egui::Role::CheckBox, true, value.is_on, &value.label)
    });
    let click = response.clicked().then(|| {
        if ui.input(|input| input.modifiers.alt) {
            Click::Only
        } else {
            Click::Toggle
        }
    });
    if !ui.is_rect_visible(rect) {
        return click;
    }
    let painter = ui.painter();
    if value.is_on {
        painter.rect_filled(rect, theme::RADIUS, palette.accent.gamma_multiply(0.3));
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, theme::RADIUS, palette.hovered);
    }
    let mut left = rect.min.x + theme::GAP_TINY;
    if let Some(color) = value.color {
        let swatch = egui::Rect::from_center_size(
            egui::pos2(left + theme::SWATCH / 2.0, rect.center().y),
            egui::Vec2::splat(theme::SWATCH),
        );
        painter.rect_filled(swatch, 2.0, color);
        left += theme::SWATCH + theme::GAP_SMALL;
    }
    let number = painter.text(
        egui::pos2(rect.max.x - theme::GAP_TINY, rect.center().y),
        Align2::RIGHT_CENTER,
        number::count(value.count),
        TextStyle::Monospace.resolve(ui.style()),
        palette.text_weak,
    );
    let room = (number.min.x - left - theme::GAP_SMALL).max(0.0);
    let font = FontId::proportional(theme::TEXT_BODY);
    painter.text(
        egui::pos2(left, rect.center().y),
        Align2::LEFT_CENTER,
        elided(painter, value.text, &font, room),
        font,
        palette.text,
    );
    response.on_hover_ui(|ui| {
        ui.label(value.text);
        if let Some(help) = value.help {
            ui.label(help);
        }
        ui.label(theme::small("Alt+click: only this one").color(palette.text_weak));
    });
    click
}
