//! Every key, and binding another one by pressing it.

use eframe::egui;
use egui_material_icons::icons;

use super::note_ui::note_ui;
use crate::settings::Change;
use crate::ui::action::Action;
use crate::ui::context::SettingsCtx;
use crate::ui::keys::{Bindings, Chord, Scope, Shortcut};
use crate::ui::theme;
use crate::ui::top_bar::icon_button;
use crate::ui::widgets::scrolled::scrolled_ui;

/// Side by side if there is room for them.
const COLUMN_WIDTH: f32 = 340.0;
const KEY_WIDTH: f32 = 144.0;
/// Of the button that brings the default back.
const RESET_WIDTH: f32 = 40.0;
const ROW_HEIGHT: f32 = 24.0;

#[derive(Default)]
pub struct KeyBinder {
    /// Waits for its new key.
    waiting: Option<Shortcut>,
    /// Why the last key was not taken.
    refused: Option<(Shortcut, String)>,
}

impl KeyBinder {
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>) {
        let bindings = Bindings::of(ui.ctx());
        self.take_key(ui, ctx, &bindings);
        ui.horizontal(|ui| {
            ui.label(theme::strong("Keys"));
            let changed: Vec<Shortcut> = Shortcut::ALL
                .iter()
                .copied()
                .filter(|shortcut| !bindings.is_default(*shortcut))
                .collect();
            let button = ui
                .add_enabled(!changed.is_empty(), egui::Button::new("Reset all keys"))
                .on_hover_text("Every key as it was at first")
                .on_disabled_hover_text("All keys are as they were at first");
            if button.clicked() {
                let defaults = changed.into_iter();
                let defaults = defaults.map(|shortcut| change(shortcut, shortcut.entry().default));
                ctx.actions.push(Action::Set(defaults.collect()));
                self.refused = None;
            }
        });
        note_ui(
            ui,
            "Click a key and press another one; Escape leaves it as it is. Arrows, Home, End, Page up and down, Enter, Space, Tab, Escape, ? and 1 to 9 mean what the sheet of keys says and stay.",
        );
        ui.add_space(theme::GAP_SMALL);
        let area = egui::ScrollArea::vertical()
            .id_salt("keys")
            .auto_shrink(false);
        scrolled_ui(ui, area, |ui, _| {
            let count = if ui.available_width() >= 2.0 * COLUMN_WIDTH + theme::GAP_HUGE {
                2
            } else {
                1
            };
            let columns = columns(count);
            ui.spacing_mut().item_spacing.x = theme::GAP_HUGE;
            ui.columns(count, |uis| {
                for (ui, scopes) in uis.iter_mut().zip(columns) {
                    ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
                    for scope in scopes {
                        self.scope_ui(ui, ctx, (scope, &bindings));
                    }
                }
            });
        });
    }

    fn scope_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut SettingsCtx<'_>,
        (scope, bindings): (Scope, &Bindings),
    ) {
        ui.label(theme::strong(scope.title()));
        let all = Shortcut::ALL.iter().copied();
        for shortcut in all.filter(|shortcut| shortcut.entry().scope == scope) {
            self.row_ui(ui, ctx, (shortcut, bindings));
        }
        ui.add_space(theme::GAP_MEDIUM);
    }

    fn row_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut SettingsCtx<'_>,
        (shortcut, bindings): (Shortcut, &Bindings),
    ) {
        let entry = shortcut.entry();
        let scope = entry.scope.title();
        ui.horizontal(|ui| {
            let title_width = ui.available_width() - KEY_WIDTH - RESET_WIDTH - theme::GAP_LARGE;
            let size = egui::vec2(title_width.max(0.0), ROW_HEIGHT);
            let left = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(size, left, |ui| {
                ui.set_min_width(size.x);
                ui.add(egui::Label::new(entry.title).truncate())
                    .on_hover_text(format!("keys.{} in the settings file", entry.name));
            });
            let is_waiting = self.waiting == Some(shortcut);
            let chord = bindings.chord(shortcut).to_string();
            let text = if is_waiting { "Press a key…" } else { &chord };
            let button =
                egui::Button::selectable(is_waiting, theme::number(text)).frame_when_inactive(true);
            let response = ui
                .add_sized(egui::vec2(KEY_WIDTH, ROW_HEIGHT), button)
                .accessible_name(format!("{} ({scope}): {chord}", entry.title));
            if response.clicked() {
                self.waiting = (!is_waiting).then_some(shortcut);
                self.refused = None;
                // Enter and Space would press it again instead of being refused.
                response.surrender_focus();
            } else if is_waiting && response.clicked_elsewhere() {
                self.waiting = None;
            }
            if !bindings.is_default(shortcut) {
                let name = format!("Reset {} ({scope})", entry.title);
                let tooltip = format!("{} again", entry.default);
                if icon_button(ui, icons::ICON_UNDO, &name, &tooltip) {
                    self.bind(ctx, bindings, (shortcut, entry.default));
                }
            }
        });
        if let Some((_, reason)) = self.refused.as_ref().filter(|(at, _)| *at == shortcut) {
            let color = theme::palette(ui).error;
            ui.add(egui::Label::new(theme::small(reason).color(color)).wrap());
        }
    }

    /// The next key goes to the shortcut that waits, whatever else it means.
    fn take_key(&mut self, ui: &egui::Ui, ctx: &mut SettingsCtx<'_>, bindings: &Bindings) {
        let Some(shortcut) = self.waiting else { return };
        let pressed = ui.input_mut(|input| {
            let pressed = input.events.iter().find_map(pressed);
            input
                .events
                .retain(|event| !matches!(event, egui::Event::Key { .. } | egui::Event::Text(_)));
            pressed
        });
        let Some(chord) = pressed else { return };
        self.waiting = None;
        if chord != Chord::new(egui::Modifiers::NONE, egui::Key::Escape) {
            self.bind(ctx, bindings, (shortcut, chord));
        }
    }

    fn bind(
        &mut self,
        ctx: &mut SettingsCtx<'_>,
        bindings: &Bindings,
        (shortcut, chord): (Shortcut, Chord),
    ) {
        let fault = bindings.fault(shortcut, chord);
        if fault.is_none() {
            ctx.actions.push(Action::Set(vec![change(shortcut, chord)]));
        }
        self.refused = fault.map(|reason| (shortcut, reason));
    }
}

/// Copy, cut and paste come as what they mean; they stay what they are.
fn pressed(event: &egui::Event) -> Option<Chord> {
    let key = match event {
        egui::Event::Copy => egui::Key::C,
        egui::Event::Cut => egui::Key::X,
        egui::Event::Paste(_) => egui::Key::V,
        other => return Chord::of(other),
    };
    Some(Chord::new(egui::Modifiers::COMMAND, key))
}

fn change(shortcut: Shortcut, chord: Chord) -> Change {
    Change::Key {
        name: shortcut.entry().name.to_owned(),
        chord: chord.to_string(),
    }
}

/// Of about the same height.
fn columns(count: usize) -> Vec<Vec<Scope>> {
    let rows = |scope: &Scope| {
        let all = Shortcut::ALL.iter();
        let own = all.filter(|shortcut| shortcut.entry().scope == *scope);
        own.count() + 2
    };
    let total: usize = Scope::ALL.iter().map(rows).sum();
    let mut columns = vec![Vec::new(); count];
    let mut filled = 0;
    for scope in Scope::ALL {
        let at = (filled * count / total).min(count - 1);
        if let Some(column) = columns.get_mut(at) {
            column.push(scope);
        }
        filled += rows(&scope);
    }
    columns
}
