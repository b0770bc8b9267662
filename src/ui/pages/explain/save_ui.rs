//! Saving what the explain page shows as a PNG in the project's folder `heatmaps`.

use std::sync::Arc;

use eframe::egui;

use super::overlay::Overlay;
use super::request::SavePng;
use super::subject::{Subject, file_part};
use super::workers::Workers;
use crate::ui::context::ViewCtx;
use crate::ui::theme;

/// The image in full size with the map over it, as a file named after source, path and class.
pub fn save_ui(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    workers: &mut Workers,
    (overlay, subject): (&Overlay, &Subject),
) {
    let Some(shown) = workers.shown() else {
        return;
    };
    let method = shown.request.method;
    let stem = format!(
        "{}-{}{}",
        subject.file_part(ctx.snapshot()),
        file_part(shown.explained.class_name()),
        method.file_suffix()
    );
    let heatmaps = ctx.session.project().root().join("heatmaps");
    let folder = heatmaps.join(&shown.request.run_id);
    ui.add_space(theme::GAP_MEDIUM);
    ui.label(theme::strong(method.title()));
    let out = folder.join(format!("{stem}.png"));
    let tooltip = format!("In full size, as {}", out.display());
    let is_clicked = ui.button("Save PNG").on_hover_text(tooltip).clicked();
    if workers.is_saving {
        ui.label("Saving…");
    } else if is_clicked {
        let request = SavePng {
            path: shown.request.file.path.clone(),
            explained: Arc::clone(&shown.explained),
            opacity: overlay.opacity(),
            folder,
            stem,
        };
        workers.save(ctx, request);
    }
}
