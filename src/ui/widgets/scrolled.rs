//! A vertical scroll area whose bar lies beside what it scrolls, in the margin of the panel around it.
//!
//! egui's floating bar lies over the right end of the content, over fields and numbers; a bar with a place of its own
//! makes everything narrower the moment it appears. So the area reaches into the margin, and its content does not.

use eframe::egui::{self, Margin, Rect, ScrollArea, UiBuilder};

use crate::ui::theme;

/// `content` gets the part of itself that is seen, as [`ScrollArea::show_viewport`] gives it.
pub fn scrolled_ui<R>(
    ui: &mut egui::Ui,
    area: ScrollArea,
    content: impl FnOnce(&mut egui::Ui, Rect) -> R,
) -> R {
    let room = ui.available_rect_before_wrap();
    let with_bar = room.with_max_x(room.max.x + f32::from(theme::SCROLL_BAR_ROOM));
    let mut child = ui.new_child(UiBuilder::new().max_rect(with_bar));
    let margin = Margin {
        right: theme::SCROLL_BAR_ROOM,
        ..Margin::ZERO
    };
    let shown = area
        .content_margin(margin)
        .show_viewport(&mut child, content);
    let used = child.min_rect();
    ui.advance_cursor_after_rect(used.with_max_x(used.max.x.min(room.max.x)));
    shown.inner
}
