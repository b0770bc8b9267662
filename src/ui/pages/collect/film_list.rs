//! The films that a form is about: each with its class and how many images it will give, or why it gives none.

use std::path::{Path, PathBuf};

use eframe::egui;
use egui_material_icons::icons;

use super::probe::{Probed, Prober, estimated_frames};
use crate::media::video::Every;
use crate::ui::context::ViewCtx;
use crate::ui::top_bar::icon_button;
use crate::ui::{number, theme};

/// One film of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Film {
    pub path: PathBuf,
    pub class: String,
}

pub fn films_ui(
    ui: &mut egui::Ui,
    films: &mut Vec<Film>,
    every: Every,
    prober: &mut Prober,
    ctx: &ViewCtx<'_>,
) {
    let mut removed = None;
    for (index, film) in films.iter_mut().enumerate() {
        theme::card(ui).show(ui, |ui| {
            if film_ui(ui, film, every, prober, ctx) {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        let film = films.remove(index);
        prober.forget(&film.path);
    }
}

/// True when it is to be taken off the list.
fn film_ui(
    ui: &mut egui::Ui,
    film: &mut Film,
    every: Every,
    prober: &mut Prober,
    ctx: &ViewCtx<'_>,
) -> bool {
    let palette = theme::palette(ui);
    let name = name_of(&film.path);
    let mut is_removed = false;
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let tooltip = format!("Take {name} off the list");
            is_removed = icon_button(ui, icons::ICON_CLOSE, &tooltip, &tooltip);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(theme::strong(&name)).truncate())
                    .on_hover_text(film.path.display().to_string());
            });
        });
    });
    ui.horizontal(|ui| {
        ui.label(theme::small("Class").color(palette.text_weak));
        ui.add(egui::TextEdit::singleline(&mut film.class).desired_width(f32::INFINITY))
            .accessible_name(format!("Class of {name}"));
    });
    let (text, color) = match prober.ask(&film.path, ctx.waker) {
        None => ("Looking at the film…".to_owned(), palette.text_weak),
        Some(Ok(Probed::Film(info))) => {
            let text = format!(
                "≈ {} · {} × {} · {}",
                number::counted(estimated_frames(&info, every), "image"),
                info.width,
                info.height,
                number::duration(info.duration_secs),
            );
            (text, palette.text_weak)
        }
        Some(Ok(Probed::Folder { .. })) => {
            let text = "This is a folder without films; use Add images… for it";
            (text.to_owned(), palette.error)
        }
        Some(Ok(Probed::Image)) => {
            let text = "This is an image; use Add images… for it";
            (text.to_owned(), palette.error)
        }
        Some(Err(error)) => (error, palette.error),
    };
    ui.label(theme::small(text).color(color));
    is_removed
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
