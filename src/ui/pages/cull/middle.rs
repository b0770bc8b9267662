//! The middle of the page: the bar above, and below it the grid or the loupe.

use eframe::egui;
use egui_material_icons::icons;

use super::CullPage;
use super::filter::Filter;
use super::grid_view::{GridEvent, GridView};
use super::order::Order;
use super::toolbar;
use crate::catalog::Snapshot;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::empty::{Empty, empty_ui};

impl CullPage {
    pub(super) fn middle_ui(
        &mut self,
        ui: &mut egui::Ui,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        toolbar::toolbar_ui(
            ui,
            toolbar::Controls {
                filter: &mut self.filter,
                order: &mut self.order,
                cell_size: &mut self.cell_size,
                has_losses: !self.said.said().is_empty(),
                kinds: self.checks.found().sortable().collect(),
            },
            toolbar::Counts {
                shown: self.listing.ids.len(),
                selected: self.selection.selected.len(),
            },
            snapshot,
        );
        ui.add_space(theme::GAP_TINY);
        self.crops_ui(ui, ctx);
        if self.listing.ids.is_empty() {
            let empty = Empty {
                icon: icons::ICON_FILTER_ALT_OFF,
                title: "No image passes the filter",
                text: "Everything here is decided, or the filter is too narrow",
                button: Some("Show all images"),
            };
            if empty_ui(ui, &empty) {
                self.filter = Filter::default();
            }
            return;
        }
        if self.is_loupe_open {
            self.loupe_ui(ui, snapshot, ctx);
        } else {
            self.grid_ui(ui, snapshot, ctx);
        }
    }

    fn loupe_ui(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        let Some(image) = self.selection.cursor.and_then(|id| snapshot.image(id)) else {
            return;
        };
        let next = self
            .listing
            .ids
            .get(self.place() + 1)
            .and_then(|id| snapshot.image(*id));
        let proposal = self.proposed.of(image.id);
        if let Some(clicked) = self.loupe.ui(ui, (image, proposal), next, ctx) {
            self.selection.move_to(clicked);
        }
    }

    fn grid_ui(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        let mut events = Vec::new();
        let view = GridView {
            snapshot,
            listing: &self.listing,
            selection: &self.selection,
            proposed: &self.proposed,
            cell_size: self.cell_size,
            shows_scenes: self.order == Order::Source,
            follow_cursor: std::mem::take(&mut self.follow_cursor),
        };
        self.grid.ui(ui, &view, ctx.textures, &mut events);
        let is_banding = events
            .iter()
            .any(|event| matches!(event, GridEvent::Band(..)));
        if !is_banding {
            self.before_band = None;
        }
        for event in events {
            self.on_grid(event);
        }
    }

    fn on_grid(&mut self, event: GridEvent) {
        match event {
            GridEvent::Click(image) => self.selection.click(image),
            GridEvent::CtrlClick(image) => self.selection.ctrl_click(image),
            GridEvent::ShiftClick(image) => self.selection.extend_to(image, &self.listing.ids),
            GridEvent::Open(image) => {
                self.selection.click(image);
                self.is_loupe_open = true;
            }
            GridEvent::Band(covered, adds) => {
                let before = self
                    .before_band
                    .get_or_insert_with(|| self.selection.selected.clone());
                self.selection.selected = if adds {
                    before.iter().copied().chain(covered).collect()
                } else {
                    covered.into_iter().collect()
                };
            }
            GridEvent::Zoom(factor) => {
                let (least, most) = toolbar::CELL_SIZES.into_inner();
                self.cell_size = (self.cell_size * factor).clamp(least, most);
                self.follow_cursor = true;
            }
            GridEvent::ClickedNothing => self.selection.clear(),
        }
    }
}
