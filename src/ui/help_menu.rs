//! The menu of the top bar that brings back what was dismissed: the guide, what is new, and the keys.

use eframe::egui::{self, Button, containers::menu::MenuButton};
use egui_material_icons::icons::ICON_HELP;

use super::action::Action;
use super::guide::choice::GuideChoice;
use super::theme;

pub fn help_menu_ui(ui: &mut egui::Ui, actions: &mut Vec<Action>) {
    let icon = theme::icon(ICON_HELP, theme::ICON_BUTTON);
    let button = Button::new(icon).frame_when_inactive(false);
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        if ui.button("Guide to a first project").clicked() {
            actions.push(Action::SetGuide(GuideChoice::Everywhere));
        }
        if ui.button("What's new").clicked() {
            actions.push(Action::ShowNews);
        }
        if ui.button("All keys").clicked() {
            actions.push(Action::ToggleKeySheet);
        }
    });
    response
        .accessible_name("Help")
        .on_hover_text("The guide, what is new, and the keys");
}
