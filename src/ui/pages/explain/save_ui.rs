//! Saving what the explain page shows in the project's folder `heatmaps`: a picture, the raw values, or a contact sheet.

use std::sync::Arc;

use eframe::egui;

use super::overlay::Overlay;
use super::save::{Save, Saved};
use super::subject::Subject;
use super::workers::Workers;
use crate::explain::names::file_part;
use crate::predict::ImageFile;
use crate::ui::context::ViewCtx;
use crate::ui::{number, theme};

/// Images of a contact sheet.
pub const SHEET_IMAGES: usize = 24;

/// `listed`: images of the set from the one at hand on.
pub fn save_ui(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    workers: &mut Workers,
    (overlay, subject): (&Overlay, &Subject),
    listed: impl FnOnce() -> Vec<ImageFile>,
) {
    let Some(shown) = workers.shown() else {
        return;
    };
    let explained = Arc::clone(&shown.explained);
    let request = shown.request.clone();
    let method = explained.method;
    let against = explained
        .against
        .as_ref()
        .map_or_else(String::new, |other| {
            format!("-against-{}", file_part(explained.name_of(other.class)))
        });
    let class = file_part(explained.class_name());
    let suffix = format!("{class}{against}{}", method.file_suffix());
    let stem = format!("{}-{suffix}", subject.file_part(ctx.snapshot()));
    let heatmaps = ctx.session.project().root().join("heatmaps");
    let folder = heatmaps.join(&request.weights.run);
    ui.add_space(theme::GAP_MEDIUM);
    ui.label(theme::strong("Save"));
    let mut chosen = None;
    // One at a time: a click that came to nothing would look like a saved file.
    let is_free = !workers.is_saving;
    let button = |ui: &mut egui::Ui, text: &str, hint: String| {
        ui.add_enabled(is_free, egui::Button::new(text))
            .on_hover_text(hint)
            .clicked()
    };
    ui.horizontal_wrapped(|ui| {
        let at = |ending: &str| folder.join(format!("{stem}.{ending}")).display().to_string();
        let picture = format!("In full size, as {}", at("png"));
        if button(ui, "Save PNG", picture) {
            let path = request.file.path.clone();
            chosen = Some((Saved::Picture { path, explained: Arc::clone(&explained) }, stem.clone()));
        }
        let raw = format!("The raw values for NumPy, as {}", at("npy"));
        if button(ui, "Save NPY", raw) {
            chosen = Some((Saved::Raw(Arc::clone(&explained)), stem.clone()));
        }
        let sheet = format!(
            "This image and those after it in the set, {SHEET_IMAGES} at most, on one picture with their classes"
        );
        if button(ui, "Save sheet", sheet) {
            let files = listed();
            let name = format!("sheet-{}{}", number::count(files.len()), method.file_suffix());
            let saved = Saved::Sheet {
                project: ctx.session.project().clone(),
                weights: request.weights.clone(),
                files,
                asked: request.asked.clone(),
            };
            chosen = Some((saved, name));
        }
    });
    if workers.is_saving {
        let text = match workers.saved() {
            Some((done, total)) => format!("Saving, {done} of {total}…"),
            None => "Saving…".to_owned(),
        };
        ui.label(text);
        ui.ctx().request_repaint();
    } else if let Some((what, stem)) = chosen {
        let save = Save {
            what,
            looks: request.looks,
            opacity: overlay.opacity(),
            folder,
            stem,
        };
        workers.save(ctx, save);
    }
}
