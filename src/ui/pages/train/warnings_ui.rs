//! What went wrong with single items while the shown run was trained or measured, folded.

use eframe::egui;

use crate::run::{RunLog, RunWarning};
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

/// More lines than this scroll.
const MAX_HEIGHT: f32 = 96.0;

pub fn warnings_ui(ui: &mut egui::Ui, log: &RunLog) {
    if log.warnings.is_empty() {
        return;
    }
    let palette = theme::palette(ui);
    let title = theme::small(number::counted(log.warnings.len(), "warning")).color(palette.warning);
    egui::CollapsingHeader::new(title)
        .id_salt(("run warnings", &log.info.id))
        .show(ui, |ui| {
            let area = egui::ScrollArea::vertical()
                .id_salt(("run warnings", &log.info.id))
                .max_height(MAX_HEIGHT)
                .auto_shrink([false, true]);
            scrolled_ui(ui, area, |ui, _| {
                for warning in &log.warnings {
                    ui.label(theme::small(text(warning)).color(palette.text_weak));
                }
            });
        });
}

fn text(warning: &RunWarning) -> String {
    let RunWarning {
        set,
        subject,
        message,
    } = warning;
    match set {
        Some(set) => format!("{subject}: {message} (measured on {set})"),
        None => format!("{subject}: {message}"),
    }
}
