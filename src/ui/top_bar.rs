//! The top bar: where one is, what just happened, undo and redo, theme, help.

use eframe::egui::{self, ThemePreference};
use egui_material_icons::{MaterialIcon, icons};

use super::action::Action;
use super::help_menu::help_menu_ui;
use super::keys::{self, Shortcut};
use super::page::Page;
use super::theme;
use super::toast::Toasts;
use super::widgets::at_right::at_right_ui;
use super::widgets::name::name_ui;
use crate::session::{Command, Session};
use crate::settings::{Change, Theme};

/// Of the bar: the page's name, news and the buttons.
const BESIDE_NAME: f32 = 0.65;
const BUTTONS_WIDTH: f32 = 240.0;

/// What the bar shows and where it puts what was asked for.
pub struct TopBar<'a> {
    pub page: Page,
    pub session: Option<&'a Session>,
    pub toasts: &'a mut Toasts,
    pub actions: &'a mut Vec<Action>,
    pub commands: &'a mut Vec<Command>,
}

pub fn top_bar_ui(ui: &mut egui::Ui, bar: TopBar<'_>) {
    let TopBar {
        page,
        session,
        toasts,
        actions,
        commands,
    } = bar;
    let frame = egui::Frame::new()
        .fill(theme::palette(ui).panel)
        .inner_margin(egui::Margin::symmetric(12, 4));
    egui::Panel::top("top-bar")
        .resizable(false)
        .exact_size(theme::TOP_BAR_HEIGHT)
        .frame(frame)
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                if let Some(session) = session.filter(|_| page.needs_project()) {
                    let rest = ui.available_width() * BESIDE_NAME;
                    let name = theme::strong(session.project().name());
                    name_ui(ui, name, rest)
                        .on_hover_text(session.project().root().display().to_string());
                    ui.label(theme::icon(icons::ICON_CHEVRON_RIGHT, theme::ICON_BUTTON));
                    ui.label(page.name());
                } else {
                    ui.label(theme::strong("Cutting Room"));
                    if page == Page::Settings {
                        ui.label(theme::icon(icons::ICON_CHEVRON_RIGHT, theme::ICON_BUTTON));
                        ui.label(page.name());
                    }
                }
                let room = egui::vec2(ui.available_width() - BUTTONS_WIDTH, ui.available_height());
                let middle = egui::Layout::left_to_right(egui::Align::Center);
                ui.allocate_ui_with_layout(room.max(egui::Vec2::ZERO), middle, |ui| {
                    if toasts.ui(ui) {
                        commands.push(Command::Undo);
                    }
                });
                at_right_ui(ui, "top bar", |ui| {
                    if let Some(session) = session {
                        undo_buttons(ui, session, commands);
                    }
                    theme_button(ui, actions);
                    let tooltip = keys::hint(ui, "Show all keys: ?", Shortcut::ShowKeys);
                    if icon_button(ui, icons::ICON_KEYBOARD, "Keys", &tooltip) {
                        actions.push(Action::ToggleKeySheet);
                    }
                    help_menu_ui(ui, actions);
                });
            });
        });
}

fn undo_buttons(ui: &mut egui::Ui, session: &Session, commands: &mut Vec<Command>) {
    let undo = session.undo_text();
    ui.add_enabled_ui(undo.is_some(), |ui| {
        let tooltip = undo.map_or_else(
            || "Nothing to undo".to_owned(),
            |text| format!("Undo: {text}"),
        );
        let tooltip = keys::hint(ui, &tooltip, Shortcut::Undo);
        if icon_button(ui, icons::ICON_UNDO, "Undo", &tooltip) {
            commands.push(Command::Undo);
        }
    });
    let redo = session.redo_text();
    ui.add_enabled_ui(redo.is_some(), |ui| {
        let tooltip = redo.map_or_else(
            || "Nothing to redo".to_owned(),
            |text| format!("Redo: {text}"),
        );
        let tooltip = keys::hint(ui, &tooltip, Shortcut::Redo);
        if icon_button(ui, icons::ICON_REDO, "Redo", &tooltip) {
            commands.push(Command::Redo);
        }
    });
}

fn theme_button(ui: &mut egui::Ui, actions: &mut Vec<Action>) {
    let current = ui.options(|options| options.theme_preference);
    let (icon, name, next) = match current {
        ThemePreference::Dark => (icons::ICON_DARK_MODE, "dark", Theme::Light),
        ThemePreference::Light => (icons::ICON_LIGHT_MODE, "light", Theme::System),
        ThemePreference::System => (icons::ICON_BRIGHTNESS_AUTO, "as the system", Theme::Dark),
    };
    let tooltip = format!("Theme: {name}; press for the next");
    if icon_button(ui, icon, "Theme", &tooltip) {
        actions.push(Action::Set(vec![Change::Theme(next)]));
    }
}

/// A button that is only an icon; `name` is what a screen reader and a test call it.
pub fn icon_button(ui: &mut egui::Ui, icon: MaterialIcon, name: &str, tooltip: &str) -> bool {
    ui.add(egui::Button::new(theme::icon(icon, theme::ICON_BUTTON)).frame_when_inactive(false))
        .accessible_name(name)
        .on_hover_text(tooltip)
        .on_disabled_hover_text(tooltip)
        .clicked()
}
