//! The left rail: the job in its order, with what is left to do there, and the settings at its foot.

use eframe::egui::{self, Align2, FontId, Sense, WidgetInfo};

use super::action::Action;
use super::keys;
use super::page::Page;
use super::theme;

/// What is left on a page: a short text on the item and the whole of it in the tooltip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badge {
    pub text: String,
    pub tooltip: String,
}

pub fn rail_ui(
    ui: &mut egui::Ui,
    current: Page,
    badges: &[(Page, Badge)],
    actions: &mut Vec<Action>,
) {
    egui::Panel::left("rail")
        .resizable(false)
        .exact_size(theme::RAIL_WIDTH)
        .frame(egui::Frame::new().fill(theme::palette(ui).panel))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
            // All stay in sight in an enlarged or low window.
            let all = Page::RAIL.len() as f32 + 2.0;
            let height = theme::RAIL_ITEM_HEIGHT.min((ui.available_height() / all).floor());
            let start = (Page::Start, current == Page::Start, None);
            if item_ui(ui, height, start).clicked() {
                actions.push(Action::Go(Page::Start));
            }
            for page in Page::RAIL {
                let badge = badges
                    .iter()
                    .find(|(owner, _)| *owner == page)
                    .map(|(_, badge)| badge);
                if item_ui(ui, height, (page, current == page, badge)).clicked() {
                    actions.push(Action::Go(page));
                }
            }
            ui.add_space((ui.available_height() - height).max(0.0));
            let settings = (Page::Settings, current == Page::Settings, None);
            if item_ui(ui, height, settings).clicked() {
                actions.push(Action::ToggleSettings);
            }
        });
}

fn item_ui(
    ui: &mut egui::Ui,
    height: f32,
    (page, is_current, badge): (Page, bool, Option<&Badge>),
) -> egui::Response {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(egui::Role::Button, ui.is_enabled(), is_current, page.name())
    });
    let painter = ui.painter();
    if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 0.0, palette.hovered);
    }
    if is_current {
        painter.rect_filled(rect, 0.0, palette.raised);
        let mark = egui::Rect::from_min_size(rect.min, egui::vec2(theme::EDGE, rect.height()));
        painter.rect_filled(mark, 0.0, palette.accent);
    }
    let color = if is_current {
        palette.text
    } else {
        palette.text_weak
    };
    let icon = page.icon();
    painter.text(
        rect.center_top() + egui::vec2(0.0, theme::GAP_SMALL),
        Align2::CENTER_TOP,
        icon.codepoint,
        FontId::new(theme::ICON_RAIL, icon.font_family()),
        color,
    );
    painter.text(
        rect.center_top() + egui::vec2(0.0, theme::GAP_SMALL + theme::ICON_RAIL + 2.0),
        Align2::CENTER_TOP,
        page.name(),
        FontId::proportional(theme::TEXT_SMALL),
        color,
    );
    let mut tooltip = page.tooltip().to_owned();
    if let Some(shortcut) = page.shortcut() {
        tooltip = keys::hint(ui, &tooltip, shortcut);
    }
    if let Some(badge) = badge {
        tooltip = format!("{tooltip}\n{}", badge.tooltip);
    }
    if let Some(badge) = badge {
        painter.text(
            rect.center_top() + egui::vec2(0.0, theme::GAP_SMALL + theme::ICON_RAIL + 16.0),
            Align2::CENTER_TOP,
            &badge.text,
            FontId::proportional(10.0),
            palette.accent,
        );
    }
    response.on_hover_text(tooltip)
}
