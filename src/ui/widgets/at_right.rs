//! Controls at the right end of a row, in the order in which they are read.
//!
//! egui's layout from right to left puts the last one first, and Tab goes through a row as it was laid out. So the width
//! that the controls had in the last frame is remembered and left free before them.

use std::hash::Hash;

use eframe::egui::{self, Id, IdSalt, RichText, TextStyle, TextWrapMode, WidgetText};

/// In a horizontal row; `salt` tells it from others of the same list.
pub fn at_right_ui<R>(
    ui: &mut egui::Ui,
    salt: impl Hash + std::fmt::Debug,
    content: impl FnOnce(&mut egui::Ui) -> R,
) -> R {
    let id = id(ui, salt);
    let known = known_width(ui, id);
    ui.add_space((ui.available_width() - known).max(0.0));
    let shown = ui.horizontal(content);
    let width = shown.response.rect.width();
    if (width - known).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.request_discard("controls at the right have another width");
    }
    shown.inner
}

/// What is left of the row for words before the controls that [`at_right_ui`] shows by this `salt`, in points.
pub fn room_before(ui: &egui::Ui, salt: impl Hash + std::fmt::Debug) -> f32 {
    let taken = known_width(ui, id(ui, salt)) + ui.spacing().item_spacing.x;
    (ui.available_width() - taken).max(0.0)
}

fn id(ui: &egui::Ui, salt: impl Hash + std::fmt::Debug) -> Id {
    ui.scope_id().with_salt(IdSalt::new(("at right", salt)))
}

fn known_width(ui: &egui::Ui, id: Id) -> f32 {
    ui.data(|data| data.get_temp(id)).unwrap_or_default()
}

/// A line of text at the right end of a row; false if there is no room for it, and then nothing is shown.
pub fn text_at_right_ui(ui: &mut egui::Ui, text: RichText) -> bool {
    let wrap = Some(TextWrapMode::Extend);
    let galley = WidgetText::from(text).into_galley(ui, wrap, f32::INFINITY, TextStyle::Body);
    let free = ui.available_width() - galley.size().x;
    if free < 0.0 {
        return false;
    }
    ui.add_space(free);
    ui.label(galley);
    true
}
