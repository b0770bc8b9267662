//! The settings page: looks, device, caches, every key, and what to say in a report. Each change holds at once and is written.

mod cache_ui;
mod device_ui;
mod keys_ui;
mod note_ui;
mod report_ui;

use eframe::egui;

use crate::settings::{Change, Theme};
use crate::ui::action::Action;
use crate::ui::context::SettingsCtx;
use crate::ui::theme;
use crate::ui::widgets::gpus::Gpus;
use crate::ui::widgets::scrolled::scrolled_ui;
use cache_ui::CacheForm;
use keys_ui::KeyBinder;

#[derive(Default)]
pub struct SettingsPage {
    gpus: Gpus,
    cache: CacheForm,
    binder: KeyBinder,
}

impl SettingsPage {
    /// Whether the next key is to be bound.
    pub fn is_binding_a_key(&self) -> bool {
        self.binder.is_waiting()
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>) {
        egui::Panel::left("settings form")
            .frame(theme::panel_frame(ui))
            .default_size(theme::FORM_PANEL_WIDTH)
            .size_range(theme::FORM_PANEL_WIDTH..=theme::FORM_PANEL_WIDTH * 1.5)
            .show(ui, |ui| {
                let area = egui::ScrollArea::vertical()
                    .id_salt("settings")
                    .auto_shrink(false);
                scrolled_ui(ui, area, |ui, _| {
                    self.form_ui(ui, ctx);
                });
            });
        egui::CentralPanel::default()
            .frame(theme::canvas_frame(ui))
            .show(ui, |ui| self.binder.ui(ui, ctx));
    }

    fn form_ui(&mut self, ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>) {
        section_ui(ui, "Theme", |ui| theme_ui(ui, ctx));
        section_ui(ui, "Device", |ui| {
            device_ui::device_ui(ui, ctx, &mut self.gpus);
        });
        section_ui(ui, "Caches", |ui| self.cache.ui(ui, ctx));
        section_ui(ui, "Reports and files", |ui| report_ui::report_ui(ui, ctx));
    }
}

fn section_ui(ui: &mut egui::Ui, title: &str, content: impl FnOnce(&mut egui::Ui)) {
    ui.label(theme::strong(title));
    content(ui);
    ui.add_space(theme::GAP_LARGE);
}

fn theme_ui(ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>) {
    let mut chosen = ctx.file.settings().theme;
    ui.horizontal(|ui| {
        for each in Theme::ALL {
            let name = match each {
                Theme::Dark => "Dark",
                Theme::Light => "Light",
                Theme::System => "As the system",
            };
            if ui.radio_value(&mut chosen, each, name).clicked() {
                ctx.actions.push(Action::Set(vec![Change::Theme(each)]));
            }
        }
    });
}
