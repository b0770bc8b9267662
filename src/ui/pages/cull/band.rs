//! The rubber band: a drag over the grid selects what it touches.

use eframe::egui::{self, Rect};

use super::grid_view::{GridEvent, GridView};
use super::rows::Rows;
use crate::ui::theme;

/// `origin`: of the content on the screen.
pub fn band_ui(
    ui: &egui::Ui,
    view: &GridView<'_>,
    (rows, origin): (&Rows, egui::Pos2),
    background: &egui::Response,
    events: &mut Vec<GridEvent>,
) {
    // In content coordinates, so that the band keeps its first corner while the wheel turns.
    let id = background.id.with("band-start");
    let Some(pointer) = background.interact_pointer_pos() else {
        return;
    };
    let here = pointer - origin.to_vec2();
    if background.drag_started() {
        let pressed = ui
            .input(|input| input.pointer.press_origin())
            .unwrap_or(pointer);
        ui.data_mut(|data| data.insert_temp(id, pressed - origin.to_vec2()));
    }
    if !background.dragged() {
        return;
    }
    let Some(start) = ui.data(|data| data.get_temp::<egui::Pos2>(id)) else {
        return;
    };
    let band = Rect::from_two_pos(start, here);
    let covered = rows
        .touching(band)
        .into_iter()
        .filter_map(|place| Some(view.image(place)?.id))
        .collect();
    let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
    events.push(GridEvent::Band(covered, adds));
    let palette = theme::palette(ui);
    ui.painter().rect(
        band.translate(origin.to_vec2()),
        0.0,
        palette.accent.gamma_multiply(0.15),
        egui::Stroke::new(1.0, palette.accent),
        egui::StrokeKind::Inside,
    );
}
