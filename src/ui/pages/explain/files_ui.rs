//! Files of the disk that were dropped or chosen to be explained: a list to step through.

use std::path::PathBuf;

use eframe::egui;

use super::subject::Subject;
use crate::explain::names::file_name;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::widgets::scrolled::scrolled_ui;

#[derive(Default)]
pub struct Files {
    pub paths: Vec<PathBuf>,
    field: PathField,
}

impl Files {
    /// A path typed or images chosen in the dialog, once confirmed.
    pub fn field_ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>) -> Vec<PathBuf> {
        let answer = self.field.ui(ui, "Image file", Pick::Images, ctx.waker);
        if answer.entered {
            return self.field.path().into_iter().collect();
        }
        answer.chosen
    }

    /// Returns the file that was clicked.
    pub fn list_ui(&self, ui: &mut egui::Ui, current: Option<&Subject>) -> Option<PathBuf> {
        let mut clicked = None;
        scrolled_ui(
            ui,
            egui::ScrollArea::vertical()
                .id_salt("explain files")
                .auto_shrink(false),
            |ui, _| {
                for path in &self.paths {
                    let is_current =
                        matches!(current, Some(Subject::File(current)) if current == path);
                    let name = file_name(path);
                    let room = ui.available_width() - theme::GAP_HUGE;
                    let font = egui::FontId::proportional(theme::TEXT_SMALL);
                    let shown = theme::small(elided(ui.painter(), &name, &font, room));
                    let row = ui
                        .selectable_label(is_current, shown)
                        .accessible_name(&name)
                        .on_hover_text(path.display().to_string());
                    if row.clicked() {
                        clicked = Some(path.clone());
                    }
                }
            },
        );
        clicked
    }
}
