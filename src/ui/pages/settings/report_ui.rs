//! What to say in a report, and where the files are.

use std::path::Path;

use eframe::egui;

use super::note_ui::note_ui;
use crate::logging;
use crate::ui::action::Action;
use crate::ui::context::SettingsCtx;
use crate::ui::theme;

pub fn report_ui(ui: &mut egui::Ui, ctx: &mut SettingsCtx<'_>) {
    let button = ui
        .add_enabled(!ctx.is_diagnosing, egui::Button::new("Copy diagnostics"))
        .on_hover_text("Version, system, what the doctor finds, changed settings and the last lines of the log; your home folder is left out")
        .on_disabled_hover_text("They are being gathered");
    if button.clicked() {
        ctx.actions.push(Action::CopyDiagnostics(None));
    }
    for fault in ctx.file.faults() {
        let color = theme::palette(ui).warning;
        ui.add(egui::Label::new(theme::small(fault).color(color)).wrap());
    }
    let path = |path: Option<&Path>| {
        path.map_or_else(|| "none".to_owned(), |path| path.display().to_string())
    };
    note_ui(ui, format!("Settings: {}", path(ctx.file.path())));
    note_ui(
        ui,
        format!("Log: {}", path(logging::window_log().as_deref())),
    );
}
