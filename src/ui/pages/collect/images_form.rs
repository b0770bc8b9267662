//! The form for a folder of images, or some of its files: its name as a source, copied or in place, test set or not.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use eframe::egui;

use super::probe::{Probed, Prober};
use crate::catalog::Snapshot;
use crate::catalog::import::{ImportImages, Layout, Placement, SplitFolders};
use crate::session::Command;
use crate::session::jobs::import_images::ImagesImport;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::{number, theme};

/// Names of single files that are listed.
const LISTED_FILES: usize = 6;

/// A folder to import, or some images in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub folder: PathBuf,
    /// `None`: all of it.
    pub files: Option<Vec<PathBuf>>,
}

#[derive(Default)]
pub struct ImagesForm {
    field: PathField,
    /// The form is about these instead of the folder in the field.
    files: Option<Wanted>,
    /// The form is filled with these after it.
    next: VecDeque<Wanted>,
    source: String,
    placement: Placement,
    is_test: bool,
    /// Found in the folder, and wanted too.
    films: Vec<PathBuf>,
    /// Take the sides of a split for classes, although the folder seems to hold one.
    ignores_split: bool,
}

impl ImagesForm {
    /// Films that belong in the other form.
    pub fn take_films(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.films)
    }

    /// Fills the form, or lines up behind what is in it.
    pub fn offer(&mut self, wanted: Wanted, snapshot: &Snapshot) {
        if self.field.path().is_some() || self.files.is_some() {
            self.next.push_back(wanted);
        } else {
            self.fill(wanted, snapshot);
        }
    }

    fn fill(&mut self, wanted: Wanted, snapshot: &Snapshot) {
        self.name_after(&wanted.folder, snapshot);
        if wanted.files.is_some() {
            self.field = PathField::default();
            self.files = Some(wanted);
        } else {
            self.field = PathField::with_text(wanted.folder.display().to_string());
            self.files = None;
        }
    }

    fn name_after(&mut self, folder: &Path, snapshot: &Snapshot) {
        if let Some(name) = folder.file_name() {
            self.source = free_name(&name.to_string_lossy(), folder, snapshot);
        }
    }

    /// True when the form is done and can be closed.
    pub fn ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &mut ViewCtx<'_>) -> bool {
        let can_import = if self.files.is_some() {
            self.files_ui(ui)
        } else {
            self.folder_ui(ui, prober, ctx)
        };
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

    /// True if there is a folder that can be imported.
    fn folder_ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &ViewCtx<'_>) -> bool {
        let weak = theme::palette(ui).text_weak;
        let hint = "A folder of images; its sub-folders become classes";
        ui.label(theme::small(hint).color(weak));
        let answer = self
            .field
            .ui(ui, "Path of a folder", Pick::Folder, ctx.waker);
        let Some(folder) = self.field.path() else {
            return false;
        };
        if answer.changed {
            self.name_after(&folder, ctx.snapshot());
            prober.forget(&folder);
        }
        let probed = prober.ask(&folder, ctx.waker);
        if let Some(Ok(Probed::Folder {
            split: Some(split), ..
        })) = &probed
        {
            self.split_ui(ui, split);
        }
        if let Some(Ok(Probed::Folder { films, .. })) = &probed
            && !films.is_empty()
        {
            let text = format!("Add its {}", number::counted(films.len(), "film"));
            let hint = "They are imported by Add films…";
            if ui.button(text).on_hover_text(hint).clicked() {
                self.films.clone_from(films);
            }
        }
        probed_ui(ui, probed)
    }

    /// True if one is left.
    fn files_ui(&mut self, ui: &mut egui::Ui) -> bool {
        let weak = theme::palette(ui).text_weak;
        let Some(Wanted {
            folder,
            files: Some(files),
        }) = &self.files
        else {
            return false;
        };
        let count = files.len();
        ui.label(theme::strong(number::counted(count, "image")));
        let from = theme::small(format!("from {}", folder.display())).color(weak);
        ui.add(egui::Label::new(from).truncate());
        for file in files.iter().take(LISTED_FILES) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            ui.add(egui::Label::new(theme::small(name)).truncate());
        }
        if count > LISTED_FILES {
            let more = format!("and {} more", number::count(count - LISTED_FILES));
            ui.label(theme::small(more).color(weak));
        }
        let is_dropped = ui.button("Choose a folder instead").clicked();
        if is_dropped {
            self.files = None;
            self.source.clear();
        }
        !is_dropped
    }

    fn split_ui(&mut self, ui: &mut egui::Ui, split: &SplitFolders) {
        let names = split.names();
        ui.add_space(theme::GAP_SMALL);
        ui.label(theme::strong(format!("{names} hold a split")));
        ui.radio_value(
            &mut self.ignores_split,
            false,
            "take over the split; classes are the folders below",
        )
        .on_hover_text("Training and validation images stay on their sides, tests become a test set of their own");
        ui.radio_value(&mut self.ignores_split, true, "they are classes");
    }

    fn import_ui(&mut self, ui: &mut egui::Ui, can_import: bool, ctx: &mut ViewCtx<'_>) -> bool {
        let source = self.source.trim().to_owned();
        let is_ready = can_import && !source.is_empty();
        let button = theme::primary_button_if(ui, is_ready, "Import the images");
        let response =
            ui.add_enabled(is_ready, button)
                .on_disabled_hover_text(if source.is_empty() {
                    "Choose a folder and a name for it first"
                } else {
                    "Choose a folder that can be read first"
                });
        if !self.next.is_empty() {
            let weak = theme::palette(ui).text_weak;
            let text = format!("{} after this", number::count(self.next.len()));
            ui.label(theme::small(text).color(weak));
        }
        if !response.clicked() {
            return false;
        }
        let wanted = match self.files.take() {
            Some(wanted) => Some(wanted),
            None => self.field.path().map(|folder| Wanted {
                folder,
                files: None,
            }),
        };
        let Some(Wanted { folder, files }) = wanted else {
            return false;
        };
        let request = ImportImages {
            folder,
            source,
            placement: self.placement,
            is_test: self.is_test,
            layout: if self.ignores_split || files.is_some() {
                Layout::Classes
            } else {
                Layout::Auto
            },
        };
        match (files, request.parts()) {
            (Some(files), _) => ctx.send(Command::start(ImagesImport::of_files(request, files))),
            (None, Ok(parts)) => {
                for part in parts.imports {
                    ctx.send(Command::start(ImagesImport::new(part)));
                }
            }
            // It could be read when it was looked into.
            (None, Err(error)) => {
                ctx.toast(error.to_string());
                return false;
            }
        }
        *self = Self {
            next: std::mem::take(&mut self.next),
            ..Self::default()
        };
        match self.next.pop_front() {
            Some(next) => {
                self.fill(next, ctx.snapshot());
                false
            }
            None => true,
        }
    }
}

/// The name, with `-2`, `-3`… if another film or folder of the project has it.
fn free_name(name: &str, folder: &Path, snapshot: &Snapshot) -> String {
    let is_free = |name: &str| match snapshot.source_named(name) {
        Some(source) => source.origin == folder,
        None => true,
    };
    if is_free(name) {
        return name.to_owned();
    }
    let mut numbered = (2_u64..).map(|number| format!("{name}-{number}"));
    numbered
        .find(|name| is_free(name))
        .unwrap_or_else(|| name.to_owned())
}

/// True if the folder can be imported.
fn probed_ui(ui: &mut egui::Ui, probed: Option<Result<Probed, String>>) -> bool {
    let palette = theme::palette(ui);
    let (text, color, is_good) = match probed {
        None => ("Looking into it…".to_owned(), palette.text_weak, false),
        Some(Ok(Probed::Folder {
            files: 0, films, ..
        })) => {
            let text = if films.is_empty() {
                "The folder is empty"
            } else {
                "There are only films in it"
            };
            (text.to_owned(), palette.error, false)
        }
        Some(Ok(Probed::Folder { files, classes, .. })) => {
            let classes = match classes.as_slice() {
                [] => "no sub-folder, so no class yet".to_owned(),
                [only] => format!("class {only}"),
                several => format!("{} classes", several.len()),
            };
            let text = format!("≈ {} · {classes}", number::counted(files, "image"));
            (text, palette.text_weak, true)
        }
        Some(Ok(Probed::Image)) => (
            "This is an image; choose its folder, or drop the image on the window".to_owned(),
            palette.error,
            false,
        ),
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
