//! The form for a folder of images: its name as a source, copied or in place, test set or not.

use std::path::Path;

use eframe::egui;

use super::probe::{Probed, Prober};
use crate::catalog::import::{ImportImages, Placement};
use crate::session::Command;
use crate::session::jobs::import_images::ImagesImport;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::{number, theme};

#[derive(Default)]
pub struct ImagesForm {
    field: PathField,
    source: String,
    placement: Placement,
    is_test: bool,
}

impl ImagesForm {
    pub fn set_folder(&mut self, folder: &Path) {
        self.field = PathField::with_text(folder.display().to_string());
        self.name_after_folder();
    }

    fn name_after_folder(&mut self) {
        if let Some(name) = self.field.path().as_deref().and_then(Path::file_name) {
            self.source = name.to_string_lossy().into_owned();
        }
    }

    /// True when the form is done and can be closed.
    pub fn ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &mut ViewCtx<'_>) -> bool {
        let palette = theme::palette(ui);
        ui.label(
            theme::small("A folder of images; its sub-folders become classes")
                .color(palette.text_weak),
        );
        let answer = self
            .field
            .ui(ui, "Path of a folder", Pick::Folder, ctx.waker);
        if answer.changed {
            self.name_after_folder();
        }
        let mut can_import = false;
        if let Some(folder) = self.field.path() {
            if answer.changed {
                prober.forget(&folder);
            }
            can_import = probed_ui(ui, prober.ask(&folder, ctx.waker));
        }
        ui.add_space(theme::GAP_SMALL);
        ui.label(theme::strong("Name of the source"));
        ui.add(
            egui::TextEdit::singleline(&mut self.source)
                .hint_text("such as: portraits")
                .desired_width(f32::INFINITY),
        )
        .accessible_name("Name of the source");
        ui.add_space(theme::GAP_SMALL);
        ui.label(theme::strong("Files"));
        ui.radio_value(
            &mut self.placement,
            Placement::Copy,
            "copy into the project",
        );
        ui.radio_value(
            &mut self.placement,
            Placement::InPlace,
            "leave where they are",
        )
        .on_hover_text("Only the path is remembered: the folder must stay where it is");
        ui.checkbox(&mut self.is_test, "use as a test set")
            .on_hover_text("Never trained on; only to measure what a model is worth");
        ui.add_space(theme::GAP_LARGE);
        self.import_ui(ui, can_import, ctx)
    }

    fn import_ui(&mut self, ui: &mut egui::Ui, can_import: bool, ctx: &mut ViewCtx<'_>) -> bool {
        let source = self.source.trim().to_owned();
        let button = theme::primary_button(ui, "Import the images");
        let response = ui
            .add_enabled(can_import && !source.is_empty(), button)
            .on_disabled_hover_text(if source.is_empty() {
                "Choose a folder and a name for it first"
            } else {
                "Choose a folder that can be read first"
            });
        let folder = self.field.path().filter(|_| response.clicked());
        let Some(folder) = folder else { return false };
        ctx.send(Command::start(ImagesImport::new(ImportImages {
            folder,
            source,
            placement: self.placement,
            is_test: self.is_test,
        })));
        *self = Self::default();
        true
    }
}

/// True if the folder can be imported.
fn probed_ui(ui: &mut egui::Ui, probed: Option<Result<Probed, String>>) -> bool {
    let palette = theme::palette(ui);
    let (text, color, is_good) = match probed {
        None => ("Looking into it…".to_owned(), palette.text_weak, false),
        Some(Ok(Probed::Folder { files: 0, .. })) => {
            ("The folder is empty".to_owned(), palette.error, false)
        }
        Some(Ok(Probed::Folder { files, classes })) => {
            let classes = match classes.as_slice() {
                [] => "no sub-folder, so no class yet".to_owned(),
                [only] => format!("class {only}"),
                several => format!("{} classes", several.len()),
            };
            let text = format!("≈ {} · {classes}", number::counted(files, "image"));
            (text, palette.text_weak, true)
        }
        Some(Ok(Probed::Film(_))) => (
            "This is a film; use Add films… for it".to_owned(),
            palette.error,
            false,
        ),
        Some(Err(error)) => (error, palette.error, false),
    };
    ui.label(theme::small(text).color(color));
    is_good
}
