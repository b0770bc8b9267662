//! The middle of a page and the panel on its right, in the order in which they are read.
//!
//! egui wants panels before the middle they leave room for, and Tab goes through a page as it was laid out: from the
//! left panel to the right one and only then to the middle. So the middle comes first, beside the width that the panel
//! had in the last frame.

use std::ops::RangeInclusive;

use eframe::egui::{self, IdSalt, PanelState, UiBuilder};

use crate::ui::theme;

/// The largest part of a page that one side panel may take: both and the middle always fit into the window.
const MAX_PART: f32 = 0.35;

pub struct RightPanel {
    pub name: &'static str,
    pub default_width: f32,
    pub widths: RangeInclusive<f32>,
}

/// `widths` of a side panel, as far as the page has room.
pub fn side_widths(ui: &egui::Ui, widths: RangeInclusive<f32>) -> RangeInclusive<f32> {
    let (least, most) = widths.into_inner();
    // The page's whole width: the left panel may have taken its part.
    let page = ui.content_rect().width() - theme::RAIL_WIDTH;
    least..=most.min(page * MAX_PART).max(least)
}

impl RightPanel {
    /// What stands left of the panel; before [`RightPanel::ui`].
    pub fn middle_ui(
        &self,
        ui: &mut egui::Ui,
        frame: egui::Frame,
        content: impl FnOnce(&mut egui::Ui),
    ) {
        let id = ui.scope_id().with_salt(IdSalt::new(self.name));
        let stored = PanelState::load(ui, id).map(|state| state.size().x);
        let width = stored.unwrap_or(self.default_width);
        let width = width.clamp(*self.widths.start(), *self.widths.end());
        let mut room = ui.available_rect_before_wrap();
        room.max.x -= width;
        let mut middle = ui.new_child(UiBuilder::new().id_salt("middle").max_rect(room));
        middle.set_clip_rect(room.intersect(ui.clip_rect()));
        egui::CentralPanel::default()
            .frame(frame)
            .show(&mut middle, content);
    }

    pub fn ui(&self, ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui)) {
        egui::Panel::right(self.name)
            .default_size(self.default_width)
            .size_range(self.widths.clone())
            .frame(theme::panel_frame(ui))
            .show(ui, content);
    }
}
