//! How much the caches of a project may hold, what they hold now, and the button that empties them.

use eframe::egui;

use super::note_ui::note_ui;
use crate::project::cache::{CacheLimits, CacheUse};
use crate::settings::{Change, bytes, gb};
use crate::ui::action::Action;
use crate::ui::context::SettingsCtx;
use crate::ui::number;
use crate::ui::widgets::number_field::NumberField;

/// More than any disk for a cache.
const MOST_GB: f64 = 10_000.0;
/// What is held changes while jobs run.
const MEASURE_SECS: f64 = 10.0;

#[derive(Default)]
pub struct CacheForm {
    /// As dragged or typed; sent when the field is let go.
    draft: Option<[f64; 2]>,
    measured_secs: Option<f64>,
}

impl CacheForm {
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>) {
        let usage = self.usage(ui, ctx);
        let limits = ctx.file.settings().cache;
        let stored = [gb(limits.thumbnails_bytes), gb(limits.features_bytes)];
        let mut values = self.draft.unwrap_or(stored);
        let [thumbnails, features] = &mut values;
        egui::Grid::new("cache limits")
            .num_columns(3)
            .show(ui, |ui| {
                let held = usage.map(|usage| usage.thumbnails_bytes);
                limit_ui(ui, ("Thumbnails", thumbnails), held);
                let held = usage.map(|usage| usage.features_bytes);
                limit_ui(ui, ("Features", features), held);
            });
        let is_in_hand = ui.input(|input| input.pointer.any_down()) || ui.text_edit_focused();
        self.draft = (values != stored).then_some(values);
        if let Some([thumbnails, features]) = self.draft.filter(|_| !is_in_hand) {
            self.draft = None;
            let limits = CacheLimits {
                thumbnails_bytes: bytes(thumbnails),
                features_bytes: bytes(features),
            };
            ctx.actions.push(Action::Set(vec![Change::Cache(limits)]));
        }
        note_ui(
            ui,
            "Of each project. What was not used for the longest time goes first; thumbnails are looked after when a project is opened and when a limit changes.",
        );
        Self::clear_ui(ui, ctx, usage);
    }

    /// Of the open project; asked for anew from time to time.
    fn usage(&mut self, ui: &egui::Ui, ctx: &mut SettingsCtx<'_>) -> Option<CacheUse> {
        let session = ctx.session?;
        let now = ui.input(|input| input.time);
        if self.measured_secs.is_none_or(|at| now - at >= MEASURE_SECS) {
            self.measured_secs = Some(now);
            ctx.cache.measure(session, ctx.waker);
        }
        ui.request_repaint_after_secs(MEASURE_SECS as f32);
        ctx.cache.usage(session)
    }

    fn clear_ui(ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>, usage: Option<CacheUse>) {
        let is_empty =
            usage.is_some_and(|usage| usage.thumbnails_bytes + usage.features_bytes == 0);
        let obstacle = if ctx.session.is_none() {
            Some("Open the project whose caches are to be cleared")
        } else if ctx.cache.is_busy() {
            Some("The cache is being looked at")
        } else if is_empty {
            Some("There is nothing in them")
        } else {
            None
        };
        let button = ui
            .add_enabled(obstacle.is_none(), egui::Button::new("Clear caches"))
            .on_hover_text("They are made again when they are needed; what the features tell (likely mislabelled images, outliers) is found again by a scan in Cull. Thumbnails of images whose file is gone stay, and so do cross-validations and proposed crops")
            .on_disabled_hover_text(obstacle.unwrap_or_default());
        if button.clicked() {
            ctx.actions.push(Action::ClearCache);
        }
    }
}

fn limit_ui(ui: &mut egui::Ui, (name, value): (&str, &mut f64), held: Option<u64>) {
    let label = ui.label(name);
    NumberField::new(value, 0.0..=MOST_GB)
        .speed(0.1)
        .unit(" GB")
        .ui(ui, None)
        .labelled_by(label.id)
        .on_hover_text("At most; 0 keeps nothing");
    let text = held.map(|held| format!("{} in use", number::bytes(held)));
    ui.label(text.unwrap_or_default());
    ui.end_row();
}
