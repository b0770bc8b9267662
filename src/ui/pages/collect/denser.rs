//! Denser sampling of a film that is in the project: how dense it is now, and which steps add frames between those that are
//! there.

use eframe::egui;

use crate::catalog::import::ImportFilm;
use crate::catalog::{Snapshot, Source};
use crate::media::video::{Every, ExtractOptions};
use crate::session::Command;
use crate::session::jobs::import_film::FilmImport;
use crate::ui::context::ViewCtx;
use crate::ui::number;

/// Into how many parts a distance may be divided.
const DIVISORS: [u64; 6] = [2, 3, 4, 6, 8, 12];
const MOST_CHOICES: usize = 3;

/// Frames between two images, if that is the same all over the film. Frames that were rejected still count.
pub fn distance(snapshot: &Snapshot, source: &Source) -> Option<u64> {
    let images = snapshot.images_of_source(source.id);
    let mut frames: Vec<u64> = images.iter().filter_map(|image| image.frame).collect();
    frames.dedup();
    let (first, second) = (frames.first()?, frames.get(1)?);
    let distance = second - first;
    let is_even = frames
        .windows(2)
        .all(|pair| matches!(pair, [one, next] if next - one == distance));
    (*first == 0 && is_even && distance > 1).then_some(distance)
}

/// Smaller distances that keep every frame that is there.
fn choices(distance: u64) -> Vec<u64> {
    // At last every frame, for a distance that nothing else divides.
    let divisors = DIVISORS.into_iter().chain([distance]);
    let mut found: Vec<u64> = divisors
        .filter(|by| distance.is_multiple_of(*by))
        .map(|by| distance / by)
        .collect();
    found.dedup();
    found.truncate(MOST_CHOICES);
    found
}

/// Part of a source's menu.
pub fn denser_ui(ui: &mut egui::Ui, source: &Source, distance: Option<u64>, ctx: &mut ViewCtx<'_>) {
    let Some(distance) = distance else {
        let hint = "Its images are not the same number of frames apart; import the film again with a smaller distance";
        let button = egui::Button::new("Denser…");
        ui.add_enabled(false, button).on_disabled_hover_text(hint);
        return;
    };
    ui.menu_button("Denser…", |ui| {
        let frames = source.film.as_ref().map_or(0, |film| film.frame_count);
        for every in choices(distance) {
            let more = (frames / every).saturating_sub(frames / distance) as usize;
            let text = format!(
                "Every {} (≈ {} more)",
                number::counted(every as usize, "frame"),
                number::counted(more, "image")
            );
            let hint =
                "Only the missing frames are added; decisions, classes, scenes and the split stay";
            if ui.button(text).on_hover_text(hint).clicked() {
                ctx.send(Command::start(FilmImport::new(ImportFilm {
                    film: source.origin.clone(),
                    class: None,
                    extract: ExtractOptions {
                        every: Every::Frames(every as u32),
                        ..ExtractOptions::default()
                    },
                })));
                ui.close();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_keeps_the_frames_that_are_there() {
        let of = |distance| choices(distance);
        assert_eq!(of(48), [24, 16, 12]);
        assert_eq!(of(25), [1]);
        assert_eq!(of(9), [3, 1]);
        assert_eq!(of(2), [1]);
    }
}
