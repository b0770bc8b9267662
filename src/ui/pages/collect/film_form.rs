//! The form for films: which ones, every how many frames, how wide, which class.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::film_list::{Film, films_ui};
use super::probe::{Probed, Prober, estimated_frames};
use crate::catalog::import::ImportFilm;
use crate::catalog::{Snapshot, SourceKind};
use crate::media::video::{Every, ExtractOptions};
use crate::session::Command;
use crate::session::jobs::import_film::FilmImport;
use crate::ui::context::ViewCtx;
use crate::ui::help::shared::ESTIMATE;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::{number, theme};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Frames,
    Secs,
}

pub struct FilmForm {
    field: PathField,
    films: Vec<Film>,
    unit: Unit,
    frames: u32,
    secs: f64,
    is_scaled: bool,
    width: u32,
}

/// Of the film of that path or name in the project, whose class a person may have renamed or merged.
fn class_of_film(path: &Path, name: &str, snapshot: &Snapshot) -> Option<String> {
    let mut films = (snapshot.sources.iter()).filter(|source| source.kind == SourceKind::Film);
    let film = films.find(|source| source.origin == path || source.name == name)?;
    let mut images = snapshot.images.iter();
    let image = images.find(|image| image.source == film.id && image.class.is_some())?;
    snapshot.class_name(image.class?).map(str::to_owned)
}

impl Default for FilmForm {
    fn default() -> Self {
        Self {
            field: PathField::default(),
            films: Vec::new(),
            unit: Unit::Frames,
            frames: 12,
            secs: 1.0,
            is_scaled: false,
            width: 640,
        }
    }
}

impl FilmForm {
    /// Its class is the one that the same film has in the project already, otherwise its name.
    pub fn add(&mut self, path: PathBuf, snapshot: &Snapshot) {
        if self.films.iter().any(|film| film.path == path) {
            return;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let class = class_of_film(&path, &stem, snapshot).unwrap_or_else(|| stem.into_owned());
        self.films.push(Film { path, class });
    }

    /// A folder makes room for the films in it.
    fn open_folders(&mut self, prober: &mut Prober, ctx: &ViewCtx<'_>) {
        let mut found = Vec::new();
        self.films
            .retain(|film| match prober.ask(&film.path, ctx.waker) {
                Some(Ok(Probed::Folder { films, .. })) if !films.is_empty() => {
                    found.extend(films);
                    false
                }
                _film_or_not_known => true,
            });
        for film in found {
            self.add(film, ctx.snapshot());
        }
    }

    fn options(&self) -> ExtractOptions {
        ExtractOptions {
            every: match self.unit {
                Unit::Frames => Every::Frames(self.frames.max(1)),
                Unit::Secs => Every::Secs(self.secs),
            },
            width: self.is_scaled.then_some(self.width),
            height: None,
        }
    }

    /// True when the form is done and can be closed.
    pub fn ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &mut ViewCtx<'_>) -> bool {
        let weak = theme::palette(ui).text_weak;
        ui.label(
            theme::small("Films: choose, type a path and press Enter, or drop them. A folder brings all its films").color(weak),
        );
        let answer = self.field.ui(ui, "Path of a film", Pick::Films, ctx.waker);
        for path in answer.chosen {
            self.add(path, ctx.snapshot());
            self.field.text.clear();
        }
        if answer.entered
            && let Some(path) = self.field.path()
        {
            prober.forget(&path);
            self.add(path, ctx.snapshot());
            self.field.text.clear();
        }
        ui.add_space(theme::GAP_SMALL);
        self.open_folders(prober, ctx);
        let every = self.options().every;
        films_ui(ui, &mut self.films, every, prober, ctx);
        ui.add_space(theme::GAP_SMALL);
        self.options_ui(ui);
        ui.add_space(theme::GAP_LARGE);
        self.import_ui(ui, prober, ctx)
    }

    fn options_ui(&mut self, ui: &mut egui::Ui) {
        ui.label(theme::strong("Take an image"));
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.unit, Unit::Frames, "every");
            let frames = NumberField::new(&mut self.frames, 1..=100_000);
            ui.add_enabled_ui(self.unit == Unit::Frames, |ui| frames.ui(ui, None))
                .inner
                .accessible_name("Frames between images");
            ui.label("frames");
        });
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.unit, Unit::Secs, "every");
            let secs = NumberField::new(&mut self.secs, 0.01..=3_600.0).speed(0.1);
            ui.add_enabled_ui(self.unit == Unit::Secs, |ui| secs.ui(ui, None))
                .inner
                .accessible_name("Seconds between images");
            ui.label("seconds");
        });
        ui.horizontal(|ui| {
            ui.checkbox(&mut self.is_scaled, "scale to a width of")
                .on_hover_text("The height follows, so that people keep their shape");
            let width = NumberField::new(&mut self.width, 32..=8_192);
            ui.add_enabled_ui(self.is_scaled, |ui| width.ui(ui, None))
                .inner
                .accessible_name("Width in pixels");
            ui.label("pixels");
        });
    }

    fn import_ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &mut ViewCtx<'_>) -> bool {
        let every = self.options().every;
        let (mut frames, mut good) = (0, 0);
        for film in &self.films {
            match prober.ask(&film.path, ctx.waker) {
                Some(Ok(Probed::Film(info))) => {
                    frames += estimated_frames(&info, every);
                    good += 1;
                }
                Some(_) => {}
                // It is asked again when its turn comes.
                None => good += 1,
            }
        }
        let all = self.films.len();
        let text = match (good, all) {
            (good, all) if good < all && good > 0 => {
                format!(
                    "Import {} of {}",
                    number::count(good),
                    number::counted(all, "film")
                )
            }
            (0 | 1, _) => "Import the film".to_owned(),
            (several, _) => format!("Import {}", number::counted(several, "film")),
        };
        let mut is_done = false;
        ui.horizontal(|ui| {
            let button = theme::primary_button_if(ui, good > 0, text);
            let response =
                ui.add_enabled(good > 0, button)
                    .on_disabled_hover_text(if self.films.is_empty() {
                        "Choose a film first"
                    } else {
                        "None of these can be read"
                    });
            if response.clicked() {
                self.send(prober, ctx);
                is_done = self.films.is_empty();
            }
            if frames > 0 {
                let text = format!("≈ {}", number::counted(frames, "image"));
                labelled_ui(ui, text, &ESTIMATE);
            }
        });
        is_done
    }

    /// Those that cannot be read stay on the list with their reasons.
    fn send(&mut self, prober: &mut Prober, ctx: &mut ViewCtx<'_>) {
        let extract = self.options();
        let (good, bad): (Vec<Film>, Vec<Film>) = std::mem::take(&mut self.films)
            .into_iter()
            .partition(|film: &Film| {
                matches!(
                    prober.ask(&film.path, ctx.waker),
                    None | Some(Ok(Probed::Film(_)))
                )
            });
        self.films = bad;
        for film in good {
            let class = film.class.trim();
            ctx.send(Command::start(FilmImport::new(ImportFilm {
                class: (!class.is_empty()).then(|| class.to_owned()),
                film: film.path,
                extract: extract.clone(),
            })));
        }
    }
}
