//! What a person has set: taken over when the window opens, applied at once when it changes; and the diagnostics that tell of it.

use eframe::egui::{self, ThemePreference};

use super::App;
use crate::settings::{Change, Theme};
use crate::ui::failure::{Failure, add_failure};
use crate::ui::keys::Bindings;
use crate::ui::number;
use crate::ui::page::Page;

/// How the titles of cards about the file end.
const NOT_COUNTING: &str = " of the settings without effect";
/// Between two looks at the file.
const LOOK_SECS: f64 = 1.0;

impl App {
    /// Once, before a project is opened. Returns what of the file does not count.
    pub(super) fn begin_settings(&mut self, ctx: &egui::Context) -> Vec<Failure> {
        let old_theme = self.remembered.old_theme();
        if let Some(theme) = old_theme.filter(|_| !self.settings.has_theme())
            && let Err(error) = self.settings.change(&Change::Theme(theme))
        {
            tracing::warn!("the theme was not taken over: {error}");
        }
        self.hold_settings(ctx)
    }

    /// Takes over what the file says, if somebody has changed it; looked at from time to time, and when the window is gone back to.
    pub(super) fn follow_settings_file(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        if now - self.settings_looked_secs < LOOK_SECS {
            return;
        }
        self.settings_looked_secs = now;
        if !self.settings.is_stale() {
            return;
        }
        self.settings.reload();
        // What was wrong with the file before may be mended.
        self.failures
            .retain(|failure| !failure.what.ends_with(NOT_COUNTING));
        let faults = self.hold_settings(ctx);
        let news = if faults.is_empty() {
            "The settings file was changed, and holds now"
        } else {
            "The settings file was changed, but not all of it can be used"
        };
        self.failures.extend(faults);
        if let Some(session) = &self.session {
            self.cache.trim(session, &self.waker);
        }
        self.toasts.news(news);
    }

    /// Returns what of the file does not count.
    fn hold_settings(&self, ctx: &egui::Context) -> Vec<Failure> {
        let faults = self.apply_settings(ctx);
        let faults: Vec<String> = self
            .settings
            .faults()
            .iter()
            .cloned()
            .chain(faults)
            .collect();
        match faults.len() {
            0 => Vec::new(),
            1 => vec![Failure::new(
                format!("An entry{NOT_COUNTING}"),
                faults.concat(),
            )],
            // A card for each would cover the page.
            count => vec![Failure::new(
                format!("{count} entries{NOT_COUNTING}"),
                faults.join("\n"),
            )],
        }
    }

    pub(super) fn set(&mut self, ctx: &egui::Context, changes: Vec<Change>) {
        for change in changes {
            if let Err(error) = self.settings.change(&change) {
                let failure = Failure::new("The settings were not written", error.to_string());
                add_failure(&mut self.failures, failure);
            }
        }
        self.apply_settings(ctx);
        if let Some(session) = &self.session {
            self.cache.trim(session, &self.waker);
        }
    }

    /// Returns which keys cannot be bound as the file says.
    fn apply_settings(&self, ctx: &egui::Context) -> Vec<String> {
        let settings = self.settings.settings();
        ctx.set_theme(preference(settings.theme));
        settings.cache.apply();
        let (bindings, faults) = Bindings::of_settings(&settings.keys);
        bindings.install(ctx);
        let path = self.settings.path();
        let file = path.map_or_else(String::new, |path| format!("; file {}", path.display()));
        faults
            .into_iter()
            .map(|fault| format!("{fault}{file}"))
            .collect()
    }

    /// To the settings, or back to where one was.
    pub(super) fn toggle_settings(&mut self) {
        if self.page == Page::Settings {
            let is_possible = self.session.is_some() || !self.page_before.needs_project();
            self.page = if is_possible {
                self.page_before
            } else {
                Page::Start
            };
        } else {
            self.page_before = self.page;
            self.page = Page::Settings;
        }
    }

    /// While a key is waited for, no key means anything else.
    pub(super) fn is_binding_a_key(&self) -> bool {
        self.page == Page::Settings && self.pages.settings.is_binding_a_key()
    }

    pub(super) fn clear_cache(&mut self) {
        if let Some(session) = &self.session {
            self.cache.clear(session, &self.waker);
        }
    }

    pub(super) fn diagnose(&mut self, error: Option<String>) {
        self.diagnoser
            .ask(self.settings.clone(), error, &self.waker);
    }

    /// Once a frame.
    pub(super) fn follow_workers(&mut self, ctx: &egui::Context) {
        if let Some(freed) = self.cache.follow() {
            let text = format!("Caches cleared: {} freed", number::bytes(freed));
            self.toasts.news(text);
        }
        if let Some(answer) = self.diagnoser.take() {
            match answer {
                Ok(text) => {
                    ctx.copy_text(text);
                    self.toasts.news("Diagnostics copied");
                }
                Err(error) => {
                    let failure = Failure::new("There are no diagnostics", error.to_string());
                    add_failure(&mut self.failures, failure);
                }
            }
        }
    }
}

fn preference(theme: Theme) -> ThemePreference {
    match theme {
        Theme::Dark => ThemePreference::Dark,
        Theme::Light => ThemePreference::Light,
        Theme::System => ThemePreference::System,
    }
}
