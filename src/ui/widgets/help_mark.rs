//! A small question mark beside a number: what the number means and how to act on it, under the pointer, by a click, or by Tab.

use eframe::egui::{
    self, Align2, FontId, Role, Sense, Stroke, StrokeKind, Tooltip, Vec2, WidgetInfo,
};
use egui_material_icons::icons::ICON_HELP;

use crate::ui::help::Help;
use crate::ui::theme;

/// In a row, after the number or its heading.
pub fn help_ui(ui: &mut egui::Ui, help: &Help) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::HELP_MARK), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, help.question()));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(format!("{} {}", help.meaning, help.advice));
    });
    if response.clicked() {
        response.request_focus();
    }
    let palette = theme::palette(ui);
    let is_at_hand = response.hovered() || response.has_focus();
    let color = if is_at_hand {
        palette.accent
    } else {
        palette.text_weak
    };
    let font = FontId::new(theme::ICON_HELP, ICON_HELP.font_family());
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        ICON_HELP.codepoint,
        font,
        color,
    );
    let tooltip = if response.has_focus() {
        let stroke = Stroke::new(1.0, palette.accent);
        ui.painter()
            .rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Outside);
        Tooltip::for_widget(&response)
    } else {
        Tooltip::for_enabled(&response)
    };
    tooltip.width(theme::HELP_WIDTH).show(|ui| {
        ui.set_max_width(theme::HELP_WIDTH);
        ui.label(theme::strong(help.question()));
        ui.label(help.meaning);
        ui.label(egui::RichText::new(help.advice).color(palette.text_weak));
    });
}

/// A text with its mark: one thing in a grid or a row, two where the row wraps.
pub fn labelled_ui(
    ui: &mut egui::Ui,
    text: impl Into<egui::WidgetText>,
    help: &Help,
) -> egui::Response {
    let both = |ui: &mut egui::Ui| {
        let label = ui.label(text);
        help_ui(ui, help);
        label
    };
    if ui.layout().main_wrap() {
        return both(ui);
    }
    // No higher than the text would be alone: forms that just fit shall still fit.
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, theme::HELP_MARK);
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        both(ui)
    });
    ui.spacing_mut().interact_size.y = height;
    row.inner
}
