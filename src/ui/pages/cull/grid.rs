//! The virtual grid: only rows in view are laid out, so that 20,000 images scroll like 200.
//!
//! Painting goes images, then outlines, then glyphs: each change of texture is a draw call, and in this order a page
//! of 250 cells needs half as many (measured in Xvfb: 446 to 220).

use eframe::egui::{self, Id, Rect, Sense, WidgetInfo};

use super::band::band_ui;
use super::cell::{self, cell_label, split_edge};
use super::crop_box_ui;
use super::grid_view::{GridEvent, GridView};
use super::keys::Step;
use super::order::begins_scene;
use super::rows::{GAP, Rows};
use crate::catalog::ImageRecord;
use crate::ui::textures::Textures;
use crate::ui::theme;
use crate::ui::widgets::image_ui;
use crate::ui::widgets::scrolled::scrolled_ui;

/// What the rows were laid out from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct RowsKey {
    listing: u64,
    width: f32,
    cell_size: f32,
}

/// The layout, kept between frames.
#[derive(Default)]
pub struct Grid {
    of: Option<RowsKey>,
    rows: Rows,
    /// Of the part that is seen, in points.
    view_height: f32,
}

impl Grid {
    /// Where `step` leads from `place`.
    pub fn moved(&self, place: usize, step: Step) -> usize {
        self.rows.moved(place, step, self.view_height)
    }

    fn lay_out(&mut self, view: &GridView<'_>, width: f32) {
        let key = RowsKey {
            listing: view.listing.version,
            width,
            cell_size: view.cell_size,
        };
        if self.of == Some(key) {
            return;
        }
        let positions = view.listing.shown.positions.iter();
        let images = positions.filter_map(|at| view.snapshot.images.get(*at));
        let ratios = images.map(image_ui::aspect_of);
        self.rows = Rows::new(ratios, view.cell_size * view.listing.aspect, width);
        self.of = Some(key);
    }

    /// Draws the grid into all of `ui`.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        view: &GridView<'_>,
        textures: &mut Textures,
        events: &mut Vec<GridEvent>,
    ) {
        scrolled_ui(
            ui,
            egui::ScrollArea::vertical()
                .id_salt("grid")
                .auto_shrink(false),
            |ui, viewport| {
                self.lay_out(view, ui.available_width());
                ui.set_height(self.rows.height().max(viewport.height()));
                self.view_height = viewport.height();
                let origin = ui.max_rect().min;
                if view.follow_cursor {
                    self.reveal_cursor(ui, view, origin);
                }
                let background = ui.interact(
                    ui.max_rect().intersect(ui.clip_rect()),
                    ui.scope_id().with("background"),
                    Sense::DRAG | Sense::CLICK,
                );
                let visible = self.rows.visible(viewport.min.y, viewport.max.y);
                let cells: Vec<Cell<'_>> = visible
                    .filter_map(|place| self.cell(view, place, origin))
                    .collect();
                cells_ui(ui, view, &cells, textures, events);
                band_ui(ui, view, (&self.rows, origin), &background, events);
                if background.clicked() {
                    events.push(GridEvent::ClickedNothing);
                }
                // Ctrl+wheel over the grid.
                let zoom = ui.input(egui::InputState::zoom_delta);
                if zoom != 1.0 && ui.rect_contains_pointer(ui.clip_rect()) {
                    events.push(GridEvent::Zoom(zoom));
                }
            },
        );
    }

    fn reveal_cursor(&self, ui: &egui::Ui, view: &GridView<'_>, origin: egui::Pos2) {
        let cursor = view.selection.cursor;
        let place = view.listing.ids.iter().position(|id| Some(*id) == cursor);
        if let Some(place) = place {
            let rect = self.rows.rect(place).translate(origin.to_vec2());
            let none = egui::style::ScrollAnimation::none();
            ui.scroll_to_rect_animation(rect.expand(GAP), None, none);
        }
    }

    fn cell<'a>(&self, view: &GridView<'a>, place: usize, origin: egui::Pos2) -> Option<Cell<'a>> {
        let image = view.image(place)?;
        let before = place.checked_sub(1).and_then(|before| view.image(before));
        Some(Cell {
            rect: self.rows.rect(place).translate(origin.to_vec2()),
            image,
            begins_scene: view.shows_scenes && begins_scene(before, image),
        })
    }
}

/// One that is drawn.
struct Cell<'a> {
    rect: Rect,
    image: &'a ImageRecord,
    begins_scene: bool,
}

fn cells_ui(
    ui: &egui::Ui,
    view: &GridView<'_>,
    cells: &[Cell<'_>],
    textures: &mut Textures,
    events: &mut Vec<GridEvent>,
) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let mut hovered = None;
    for Cell { rect, image, .. } in cells {
        let (mut top, _) = split_edge(*rect);
        top = top.shrink(theme::OUTLINE);
        let shown = image_ui::paint_thumbnail(painter, palette, top, image, textures);
        if let Some(proposal) = view.proposed.of(image.id) {
            let part = proposal.crop.part;
            crop_box_ui::paint_proposal(painter, palette, (shown.rect, image), part);
        }
        if cell_response_ui(ui, view, *rect, (image, shown.is_missing), events) {
            hovered = Some(image.id);
        }
    }
    for cell in cells {
        if cell.begins_scene {
            cell::paint_scene_border(painter, palette, cell.rect);
        }
        cell::paint_outline(
            painter,
            palette,
            cell.rect,
            cell.image,
            view.selection,
            hovered,
        );
    }
    for Cell { rect, image, .. } in cells {
        cell::paint_decision(painter, palette, *rect, image.decision);
        if view.selection.selected.contains(&image.id) {
            cell::paint_tick(painter, palette, *rect);
        }
    }
    if let Some(Cell { rect, image, .. }) = cells.iter().find(|cell| Some(cell.image.id) == hovered)
    {
        cell::paint_name(painter, palette, *rect, view.snapshot, image);
    }
}

/// True if hovered.
fn cell_response_ui(
    ui: &egui::Ui,
    view: &GridView<'_>,
    rect: Rect,
    (image, is_missing): (&ImageRecord, bool),
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
            cell_label(view, image, is_missing),
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
