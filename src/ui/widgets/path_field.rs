//! A field for a path with a Browse… button.
//!
//! The system's dialog blocks, so it runs on a thread. Where there is neither a desktop portal nor zenity it answers at
//! once as if cancelled, and nobody can tell the difference: hence the field, which always works.

use std::path::{Path, PathBuf};

use eframe::egui;

use crate::error::Result;
use crate::jobs::Waker;
use crate::jobs::slot::Latest;
use crate::ui::theme;

const FILM_ENDINGS: &[&str] = &[
    "mp4", "mkv", "avi", "mov", "m4v", "mpg", "mpeg", "ts", "m2ts", "vob", "webm", "wmv", "flv",
    "ogv", "3gp",
];

/// By its ending; what a file really is only a look into it tells.
pub fn is_named_like_a_film(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    let mut films = FILM_ENDINGS.iter();
    films.any(|film| ending.eq_ignore_ascii_case(film))
}

const BROWSE: &str = "Browse…";

/// What may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Folder,
    Films,
    Images,
}

#[derive(Default)]
pub struct PathField {
    pub text: String,
    dialog: Option<Latest<Pick, Vec<PathBuf>>>,
    /// A dialog ended without a choice: perhaps there is none on this machine.
    found_none: bool,
}

/// What happened to the field in this frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathAnswer {
    pub changed: bool,
    /// Enter was pressed in it.
    pub entered: bool,
    /// From the dialog; the first one also stands in the field.
    pub chosen: Vec<PathBuf>,
}

impl PathField {
    pub fn with_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            dialog: None,
            found_none: false,
        }
    }

    /// `None` while nothing is typed.
    pub fn path(&self) -> Option<PathBuf> {
        let text = self.text.trim();
        if text.is_empty() {
            return None;
        }
        let home = text
            .strip_prefix("~/")
            .zip(directories::BaseDirs::new())
            .map(|(rest, dirs)| dirs.home_dir().join(rest));
        Some(home.unwrap_or_else(|| PathBuf::from(text)))
    }

    /// `name`: for screen readers, and the hint in the empty field.
    pub fn ui(&mut self, ui: &mut egui::Ui, name: &str, pick: Pick, waker: &Waker) -> PathAnswer {
        let mut answer = PathAnswer::default();
        ui.horizontal(|ui| {
            let room = ui.available_width() - browse_width(ui) - ui.spacing().item_spacing.x;
            let field = egui::TextEdit::singleline(&mut self.text)
                .hint_text(name)
                .desired_width(room);
            let response = ui.add(field).accessible_name(name);
            answer.changed = response.changed();
            answer.entered =
                response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if answer.entered {
                // For the next path.
                response.request_focus();
            }
            let is_open = self.dialog.as_ref().is_some_and(Latest::is_busy);
            ui.add_enabled_ui(!is_open, |ui| {
                let browse = ui
                    .button(BROWSE)
                    .on_hover_text("Choose in the system's dialog")
                    .on_disabled_hover_text("The dialog is open");
                if browse.clicked() {
                    self.browse(pick, waker);
                }
            });
        });
        if let Some(chosen) = self.take_choice() {
            self.found_none = chosen.is_empty();
            if let Some(first) = chosen.first() {
                self.text = first.display().to_string();
                answer.changed = true;
            }
            answer.chosen = chosen;
        }
        if self.found_none {
            let color = theme::palette(ui).text_weak;
            ui.label(theme::small("If no dialog opens here, type or paste the path").color(color));
        }
        answer
    }

    fn browse(&mut self, pick: Pick, waker: &Waker) {
        if self.dialog.is_none() {
            let dialog = Latest::new("file-dialog", waker.clone(), |pick, _| Ok(choose(pick)));
            self.dialog = dialog
                .map_err(|error| tracing::error!("no file dialog: {error}"))
                .ok();
        }
        self.found_none = self.dialog.is_none();
        if let Some(dialog) = &self.dialog {
            dialog.request(pick);
        }
    }

    fn take_choice(&mut self) -> Option<Vec<PathBuf>> {
        self.dialog.as_ref()?.take().and_then(Result::ok)
    }
}

fn browse_width(ui: &egui::Ui) -> f32 {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let color = theme::palette(ui).text;
    let text = ui.painter().layout_no_wrap(BROWSE.to_owned(), font, color);
    text.size().x + 2.0 * ui.spacing().button_padding.x
}

impl Drop for PathField {
    /// An open dialog cannot be closed from here, and waiting for it would keep the window from closing: its thread is
    /// left to end with the program.
    fn drop(&mut self) {
        if let Some(dialog) = self.dialog.take()
            && dialog.is_busy()
        {
            std::mem::forget(dialog);
        }
    }
}

fn choose(pick: Pick) -> Vec<PathBuf> {
    match pick {
        Pick::Folder => rfd::FileDialog::new().pick_folder().into_iter().collect(),
        Pick::Films => rfd::FileDialog::new()
            .add_filter("Films", FILM_ENDINGS)
            .add_filter("All files", &["*"])
            .pick_files()
            .unwrap_or_default(),
        // Images are known by their content, so no ending is asked for.
        Pick::Images => rfd::FileDialog::new().pick_files().unwrap_or_default(),
    }
}
