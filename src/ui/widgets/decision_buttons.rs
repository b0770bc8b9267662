//! Keep, reject, clear: the same three buttons wherever an image is looked at.

use eframe::egui;

use crate::catalog::Decision;
use crate::ui::theme;

/// `tooltips`: of keep, reject and clear. Returns what was pressed; the decision that holds is filled, and where there is
/// none, no button is.
pub fn decision_buttons_ui(
    ui: &mut egui::Ui,
    current: Decision,
    tooltips: [&str; 3],
) -> Option<Decision> {
    let palette = theme::palette(ui);
    let mut pressed = None;
    let choices = [
        (Decision::Keep, "Keep"),
        (Decision::Reject, "Reject"),
        (Decision::Undecided, "Clear"),
    ];
    ui.scope(|ui| {
        // A narrow panel has room for three words, not for three buttons' usual margins.
        ui.spacing_mut().button_padding.x = theme::GAP_TINY;
        ui.columns(choices.len(), |columns| {
            for (ui, ((decision, name), tooltip)) in
                columns.iter_mut().zip(choices.into_iter().zip(tooltips))
            {
                let button = if current == decision && current != Decision::Undecided {
                    egui::Button::new(theme::small(name).color(palette.canvas))
                        .fill(palette.decision(decision))
                } else {
                    egui::Button::new(theme::small(name))
                };
                let size = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
                // Sized, not only at least so wide: this centers the word.
                let response = ui.add_sized(size, button.wrap_mode(egui::TextWrapMode::Extend));
                if response.on_hover_text(tooltip).clicked() {
                    pressed = Some(decision);
                }
            }
        });
    });
    pressed
}
