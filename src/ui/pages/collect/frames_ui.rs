//! In the menu of a folder: whether its images are frames of films or single images.

use eframe::egui;

use crate::catalog::{Edit, Source};
use crate::ui::context::ViewCtx;
use crate::ui::theme;

const HINT: &str = "Names and looks suggest it, and you may know better. Frames of one shot are one scene: a split never has some of them in training and others in validation";

/// `scenes`: how many the folder has now.
pub fn frames_menu_ui(ui: &mut egui::Ui, source: &Source, scenes: usize, ctx: &mut ViewCtx<'_>) {
    ui.label(theme::small("Its images are")).on_hover_text(HINT);
    for (are_frames, text, hint) in [
        (
            true,
            "Frames of films",
            "Scenes are found by the numbers in the names and by how alike neighbors are",
        ),
        (
            false,
            "Single images",
            "Each is in training or validation by itself",
        ),
    ] {
        let is_so = are_frames == (scenes > 0);
        let button = egui::Button::selectable(is_so, text);
        if ui.add(button).on_hover_text(hint).clicked() {
            ctx.edit(Edit::SetFrames {
                sources: vec![source.id],
                are_frames,
            });
            ui.close();
        }
    }
    ui.separator();
}
