//! The virtual grid: only rows in view are laid out, so that 20,000 images scroll like 200.
//!
//! Painting goes images, then outlines, then glyphs: each change of texture is a draw call, and in this order a page
//! of 250 cells needs half as many (measured in Xvfb: 446 to 220).

use eframe::egui::{self, Id, Rect, Sense, Vec2, WidgetInfo};

use super::cell::{cell_label, paint_glyph, paint_name, paint_outline, split_edge};
use super::keys::Layout;
use super::selection::Selection;
use crate::catalog::{ImageId, ImageRecord, Snapshot};
use crate::ui::textures::Textures;
use crate::ui::theme;
use crate::ui::widgets::image_ui;
use crate::ui::widgets::scrolled::scrolled_ui;

const GAP: f32 = theme::GAP_TINY;
/// What the grid is drawn from.
pub struct GridView<'a> {
    pub snapshot: &'a Snapshot,
    /// Positions in `snapshot.images`.
    pub positions: &'a [usize],
    pub selection: &'a Selection,
    /// Width of a cell in points.
    pub cell_size: f32,
    /// Height by width of a cell's image.
    pub aspect: f32,
    /// Bring the cursor into view.
    pub follow_cursor: bool,
}

/// What the mouse did.
#[derive(Clone, Debug, PartialEq)]
pub enum GridEvent {
    Click(ImageId),
    CtrlClick(ImageId),
    ShiftClick(ImageId),
    Open(ImageId),
    /// The rubber band covers these now; `true`: in addition to what was selected before.
    Band(Vec<ImageId>, bool),
    ClickedNothing,
}

/// Where cells lie, relative to the top left corner of the content.
#[derive(Clone, Copy)]
struct Cells {
    columns: usize,
    size: Vec2,
    count: usize,
}

impl Cells {
    fn new(width: f32, (cell_size, aspect): (f32, f32), count: usize) -> Self {
        let columns = (((width + GAP) / (cell_size + GAP)).floor() as usize).max(1);
        // The last bit of width is shared out, so that the grid ends at the panel's edge.
        let cell = (width + GAP) / columns as f32 - GAP;
        Self {
            columns,
            size: egui::vec2(cell, cell * aspect + theme::EDGE),
            count,
        }
    }

    fn row_height(&self) -> f32 {
        self.size.y + GAP
    }

    fn rows(&self) -> usize {
        self.count.div_ceil(self.columns)
    }

    fn rect(&self, place: usize) -> Rect {
        let (row, column) = (place / self.columns, place % self.columns);
        let min = egui::pos2(
            column as f32 * (self.size.x + GAP),
            row as f32 * self.row_height(),
        );
        Rect::from_min_size(min, self.size)
    }

    /// Places of the cells that touch `area`.
    fn touching(&self, area: Rect) -> Vec<usize> {
        self.places_in_rows(area.min.y, area.max.y)
            .filter(|place| self.rect(*place).intersects(area))
            .collect()
    }

    fn places_in_rows(&self, top: f32, bottom: f32) -> std::ops::Range<usize> {
        let first = (top / self.row_height()).floor().max(0.0) as usize;
        let last = (bottom / self.row_height()).ceil().max(0.0) as usize;
        (first * self.columns).min(self.count)..(last * self.columns).min(self.count)
    }
}

/// Draws the grid into all of `ui`; returns its layout for the keys.
pub fn grid_ui(
    ui: &mut egui::Ui,
    view: &GridView<'_>,
    textures: &mut Textures,
    events: &mut Vec<GridEvent>,
) -> Layout {
    let mut layout = Layout {
        columns: 1,
        rows_in_view: 1,
    };
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("grid")
            .auto_shrink(false),
        |ui, viewport| {
            let cells = Cells::new(
                ui.available_width(),
                (view.cell_size, view.aspect),
                view.positions.len(),
            );
            let height = cells.rows() as f32 * cells.row_height();
            ui.set_height(height.max(viewport.height()));
            layout = Layout {
                columns: cells.columns,
                rows_in_view: (viewport.height() / cells.row_height()).floor() as usize,
            };
            let origin = ui.max_rect().min;
            follow_cursor(ui, view, cells, origin);
            let background = ui.interact(
                ui.max_rect().intersect(ui.clip_rect()),
                ui.scope_id().with("background"),
                Sense::DRAG | Sense::CLICK,
            );
            let visible = cells.places_in_rows(viewport.min.y, viewport.max.y);
            cells_ui(ui, view, (cells, origin, visible), textures, events);
            band_ui(ui, view, (cells, origin), &background, events);
            if background.clicked() {
                events.push(GridEvent::ClickedNothing);
            }
        },
    );
    layout
}

fn follow_cursor(ui: &egui::Ui, view: &GridView<'_>, cells: Cells, origin: egui::Pos2) {
    if !view.follow_cursor {
        return;
    }
    let place = view
        .positions
        .iter()
        .position(|at| view.image(*at).map(|image| image.id) == view.selection.cursor);
    if let Some(place) = place {
        let rect = cells.rect(place).translate(origin.to_vec2()).expand(GAP);
        ui.scroll_to_rect_animation(rect, None, egui::style::ScrollAnimation::none());
    }
}

impl GridView<'_> {
    fn image(&self, position: usize) -> Option<&ImageRecord> {
        self.snapshot.images.get(position)
    }
}

fn cells_ui(
    ui: &egui::Ui,
    view: &GridView<'_>,
    (cells, origin, visible): (Cells, egui::Pos2, std::ops::Range<usize>),
    textures: &mut Textures,
    events: &mut Vec<GridEvent>,
) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let drawn: Vec<(Rect, &ImageRecord)> = visible
        .filter_map(|place| {
            let image = view.image(*view.positions.get(place)?)?;
            Some((cells.rect(place).translate(origin.to_vec2()), image))
        })
        .collect();
    let mut hovered = None;
    for (rect, image) in &drawn {
        if cell_response_ui(ui, view, *rect, image, events) {
            hovered = Some(image.id);
        }
        let (mut top, _) = split_edge(*rect);
        top = top.shrink(theme::OUTLINE);
        image_ui::paint_thumbnail(painter, palette, top, image, textures);
    }
    for (rect, image) in &drawn {
        paint_outline(painter, palette, *rect, image, view.selection, hovered);
    }
    for (rect, image) in &drawn {
        paint_glyph(painter, palette, *rect, image.decision);
    }
    if let Some((rect, image)) = drawn.iter().find(|(_, image)| Some(image.id) == hovered) {
        paint_name(painter, palette, *rect, view.snapshot, image);
    }
}

/// True if hovered.
fn cell_response_ui(
    ui: &egui::Ui,
    view: &GridView<'_>,
    rect: Rect,
    image: &ImageRecord,
    events: &mut Vec<GridEvent>,
) -> bool {
    // Clicks only: a drag is the rubber band's, and Tab need not visit thousands of cells.
    let response = ui.interact(rect, Id::unique(("cell", image.id)), Sense::CLICK);
    let is_selected = view.selection.selected.contains(&image.id);
    response.widget_info(|| {
        WidgetInfo::selected(
            egui::Role::Button,
            true,
            is_selected,
            cell_label(view.snapshot, image),
        )
    });
    if response.double_clicked() {
        events.push(GridEvent::Open(image.id));
    } else if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        events.push(if modifiers.command {
            GridEvent::CtrlClick(image.id)
        } else if modifiers.shift {
            GridEvent::ShiftClick(image.id)
        } else {
            GridEvent::Click(image.id)
        });
    }
    response.hovered()
}

fn band_ui(
    ui: &egui::Ui,
    view: &GridView<'_>,
    (cells, origin): (Cells, egui::Pos2),
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
    let covered = cells
        .touching(band)
        .into_iter()
        .filter_map(|place| Some(view.image(*view.positions.get(place)?)?.id))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_in_view_are_visited() {
        let cells = Cells::new(800.0, (100.0, 0.75), 20_000);
        assert_eq!(cells.columns, 7);
        let visible = cells.places_in_rows(10_000.0, 10_600.0);
        assert!(visible.len() < 7 * 10, "{visible:?}");
        assert!(visible.start > 0 && visible.end < 20_000);
    }

    #[test]
    fn a_band_takes_what_it_touches() {
        let cells = Cells::new(320.0, (100.0, 0.75), 9);
        assert_eq!(cells.columns, 3);
        let band = Rect::from_two_pos(cells.rect(1).center(), cells.rect(5).center());
        assert_eq!(cells.touching(band), [1, 2, 4, 5]);
    }
}
