//! The form for films: which ones, every how many frames, how wide, which class.

use std::path::{Path, PathBuf};

use eframe::egui;
use egui_material_icons::icons;

use super::probe::{Probed, Prober, estimated_frames};
use crate::catalog::import::ImportFilm;
use crate::media::video::{Every, ExtractOptions};
use crate::session::Command;
use crate::session::jobs::import_film::FilmImport;
use crate::ui::context::ViewCtx;
use crate::ui::top_bar::icon_button;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::{number, theme};

/// One film of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Film {
    path: PathBuf,
    class: String,
}

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
    pub fn add(&mut self, path: PathBuf) {
        if self.films.iter().any(|film| film.path == path) {
            return;
        }
        let class = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        self.films.push(Film { path, class });
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
            theme::small("Films: choose, type a path and press Enter, or drop them").color(weak),
        );
        let answer = self.field.ui(ui, "Path of a film", Pick::Films, ctx.waker);
        for path in answer.chosen {
            self.add(path);
            self.field.text.clear();
        }
        if answer.entered
            && let Some(path) = self.field.path()
        {
            prober.forget(&path);
            self.add(path);
            self.field.text.clear();
        }
        ui.add_space(theme::GAP_SMALL);
        self.films_ui(ui, prober, ctx);
        ui.add_space(theme::GAP_SMALL);
        self.options_ui(ui);
        ui.add_space(theme::GAP_LARGE);
        self.import_ui(ui, prober, ctx)
    }

    fn films_ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &mut ViewCtx<'_>) {
        let palette = theme::palette(ui);
        let every = self.options().every;
        let mut removed = None;
        for (index, film) in self.films.iter_mut().enumerate() {
            let name = name_of(&film.path);
            theme::card(ui).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let tooltip = format!("Take {name} off the list");
                        if icon_button(ui, icons::ICON_CLOSE, &tooltip, &tooltip) {
                            removed = Some(index);
                        }
                        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                            ui.add(egui::Label::new(theme::strong(&name)).truncate())
                                .on_hover_text(film.path.display().to_string());
                        });
                    });
                });
                ui.horizontal(|ui| {
                    ui.label(theme::small("Class").color(palette.text_weak));
                    ui.add(
                        egui::TextEdit::singleline(&mut film.class).desired_width(f32::INFINITY),
                    )
                    .accessible_name(format!("Class of {name}"));
                });
                match prober.ask(&film.path, ctx.waker) {
                    None => {
                        ui.label(theme::small("Looking at the film…").color(palette.text_weak));
                    }
                    Some(Ok(Probed::Film(info))) => {
                        let text = format!(
                            "≈ {} · {} × {} · {}",
                            number::counted(estimated_frames(&info, every), "image"),
                            info.width,
                            info.height,
                            number::duration(info.duration_secs),
                        );
                        ui.label(theme::small(text).color(palette.text_weak));
                    }
                    Some(Ok(Probed::Folder { .. })) => {
                        let text = "This is a folder; use Add images… for it";
                        ui.label(theme::small(text).color(palette.error));
                    }
                    Some(Err(error)) => {
                        ui.label(theme::small(error).color(palette.error));
                    }
                }
            });
        }
        if let Some(index) = removed {
            let film = self.films.remove(index);
            prober.forget(&film.path);
        }
    }

    fn options_ui(&mut self, ui: &mut egui::Ui) {
        ui.label(theme::strong("Take an image"));
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.unit, Unit::Frames, "every");
            ui.add_enabled(
                self.unit == Unit::Frames,
                egui::DragValue::new(&mut self.frames).range(1..=100_000),
            )
            .accessible_name("Frames between images");
            ui.label("frames");
        });
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.unit, Unit::Secs, "every");
            ui.add_enabled(
                self.unit == Unit::Secs,
                egui::DragValue::new(&mut self.secs)
                    .range(0.01..=3_600.0)
                    .speed(0.1)
                    .max_decimals(2),
            )
            .accessible_name("Seconds between images");
            ui.label("seconds");
        });
        ui.horizontal(|ui| {
            ui.checkbox(&mut self.is_scaled, "scale to a width of")
                .on_hover_text("The height follows, so that people keep their shape");
            ui.add_enabled(
                self.is_scaled,
                egui::DragValue::new(&mut self.width).range(32..=8_192),
            )
            .accessible_name("Width in pixels");
            ui.label("pixels");
        });
    }

    fn import_ui(&mut self, ui: &mut egui::Ui, prober: &mut Prober, ctx: &mut ViewCtx<'_>) -> bool {
        let every = self.options().every;
        let mut frames = 0;
        let mut can_import = !self.films.is_empty();
        for film in &self.films {
            match prober.ask(&film.path, ctx.waker) {
                Some(Ok(Probed::Film(info))) => frames += estimated_frames(&info, every),
                Some(_) => can_import = false,
                None => {}
            }
        }
        let text = if self.films.len() > 1 {
            format!("Import {}", number::counted(self.films.len(), "film"))
        } else {
            "Import the film".to_owned()
        };
        let mut is_done = false;
        ui.horizontal(|ui| {
            let button = theme::primary_button(ui, text);
            let response = ui.add_enabled(can_import, button).on_disabled_hover_text(
                if self.films.is_empty() {
                    "Choose a film first"
                } else {
                    "Take the films off the list that cannot be read"
                },
            );
            if response.clicked() {
                self.send(ctx);
                is_done = true;
            }
            if frames > 0 {
                ui.label(format!("≈ {}", number::counted(frames, "image")));
            }
        });
        is_done
    }

    fn send(&mut self, ctx: &mut ViewCtx<'_>) {
        let extract = self.options();
        for film in self.films.drain(..) {
            let class = film.class.trim();
            ctx.send(Command::start(FilmImport::new(ImportFilm {
                class: (!class.is_empty()).then(|| class.to_owned()),
                film: film.path,
                extract: extract.clone(),
            })));
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
