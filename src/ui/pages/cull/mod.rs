//! The Cull page: thousands of images, each kept or rejected with one key.
//!
//! Facets say which images are shown, the grid or the loupe shows them, the selection says what an edit goes to. All
//! edits of one key press are one [`crate::catalog::Edit`], so one undo.

mod cell;
mod edits;
mod facets;
mod filter;
mod grid;
mod inspector;
mod keys;
mod loupe;
mod selection;
mod toolbar;

use std::collections::BTreeSet;

use eframe::egui;
use egui_material_icons::icons;

use self::filter::{Filter, Shown};
use self::grid::{GridEvent, GridView};
use self::inspector::Wish;
use self::keys::{Intent, Layout};
use self::loupe::Loupe;
use self::selection::Selection;
use crate::catalog::{ImageId, Snapshot};
use crate::ui::context::ViewCtx;
use crate::ui::page::Page;
use crate::ui::theme;
use crate::ui::widgets::empty::{Empty, empty_ui};

const DEFAULT_CELL_SIZE: f32 = 160.0;

/// What is shown, worked out when the catalogue or the filter changed.
#[derive(Default)]
struct Listing {
    of: Option<(u64, Filter)>,
    shown: Shown,
    ids: Vec<ImageId>,
    /// Height by width of most images, so that cells waste no room.
    aspect: f32,
}

/// The median's, within what still looks like a grid.
fn typical_aspect(snapshot: &Snapshot, positions: &[usize]) -> f32 {
    let mut aspects: Vec<f32> = positions
        .iter()
        .filter_map(|at| snapshot.images.get(*at))
        .map(|image| image.height as f32 / image.width.max(1) as f32)
        .collect();
    let middle = aspects.len() / 2;
    if aspects.is_empty() {
        return 1.0;
    }
    let (_, median, _) = aspects.select_nth_unstable_by(middle, f32::total_cmp);
    median.clamp(0.5, 1.25)
}

pub struct CullPage {
    filter: Filter,
    listing: Listing,
    selection: Selection,
    /// Selected before the rubber band began.
    before_band: Option<BTreeSet<ImageId>>,
    cell_size: f32,
    is_loupe_open: bool,
    loupe: Loupe,
    layout: Layout,
    follow_cursor: bool,
    new_class: String,
}

impl CullPage {
    pub fn new(cell_size: Option<f32>) -> Self {
        Self {
            filter: Filter::default(),
            listing: Listing::default(),
            selection: Selection::default(),
            before_band: None,
            cell_size: cell_size
                .unwrap_or(DEFAULT_CELL_SIZE)
                .clamp(*toolbar::CELL_SIZES.start(), *toolbar::CELL_SIZES.end()),
            is_loupe_open: false,
            loupe: Loupe::default(),
            layout: Layout {
                columns: 1,
                rows_in_view: 1,
            },
            follow_cursor: false,
            new_class: String::new(),
        }
    }

    /// To be remembered by the settings.
    pub fn cell_size(&self) -> f32 {
        self.cell_size
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let session = ctx.session;
        let snapshot = session.snapshot();
        if snapshot.images.is_empty() {
            no_images_ui(ui, ctx);
            return;
        }
        self.list(snapshot);
        if ctx.keys_are_free(ui) {
            let navigation = ui.memory(|memory| memory.focused().is_none());
            for intent in keys::take(ui, navigation) {
                self.act(intent, snapshot, ctx);
            }
        }
        egui::Panel::left("facets")
            .default_size(theme::SIDE_PANEL_WIDTH)
            .size_range(160.0..=360.0)
            .frame(theme::panel_frame(ui))
            .show(ui, |ui| {
                facets::facets_ui(ui, &mut self.filter, &self.listing.shown, snapshot);
            });
        egui::Panel::right("inspector")
            .default_size(theme::INSPECTOR_WIDTH)
            .size_range(200.0..=480.0)
            .frame(theme::panel_frame(ui))
            .show(ui, |ui| {
                let wish = inspector::inspector_ui(ui, &self.selection, &mut self.new_class, ctx);
                match wish {
                    Some(Wish::Do(intent)) => self.act(intent, snapshot, ctx),
                    Some(Wish::SetClass(class)) => self.set_class(class, false, snapshot, ctx),
                    None => {}
                }
            });
        let frame = egui::Frame::new()
            .fill(theme::palette(ui).canvas)
            .inner_margin(egui::Margin::same(8));
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            self.middle_ui(ui, snapshot, ctx);
        });
    }

    fn middle_ui(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        toolbar::toolbar_ui(
            ui,
            &mut self.filter,
            &mut self.cell_size,
            toolbar::Counts {
                shown: self.listing.ids.len(),
                selected: self.selection.selected.len(),
            },
            snapshot,
        );
        ui.add_space(theme::GAP_TINY);
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
        if let Some(clicked) = self.loupe.ui(ui, image, next, ctx) {
            self.selection.move_to(clicked);
        }
    }

    fn grid_ui(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        let mut events = Vec::new();
        let view = GridView {
            snapshot,
            positions: &self.listing.shown.positions,
            selection: &self.selection,
            cell_size: self.cell_size,
            aspect: self.listing.aspect,
            follow_cursor: std::mem::take(&mut self.follow_cursor),
        };
        self.layout = grid::grid_ui(ui, &view, ctx.textures, &mut events);
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
            GridEvent::ClickedNothing => self.selection.clear(),
        }
    }

    /// Brings the list up to date with the catalogue and the filter.
    fn list(&mut self, snapshot: &Snapshot) {
        let is_current = self.listing.of.as_ref().is_some_and(|(version, filter)| {
            *version == snapshot.version && *filter == self.filter
        });
        if is_current {
            return;
        }
        let place = self.place();
        // A key acts on the image under the cursor, so another filter must not leave it out of view.
        let is_refiltered = self
            .listing
            .of
            .as_ref()
            .is_some_and(|(_, filter)| *filter != self.filter);
        self.follow_cursor |= is_refiltered;
        let shown = self.filter.shown(snapshot);
        let ids = shown
            .positions
            .iter()
            .filter_map(|at| Some(snapshot.images.get(*at)?.id))
            .collect();
        self.listing = Listing {
            of: Some((snapshot.version, self.filter.clone())),
            aspect: typical_aspect(snapshot, &shown.positions),
            shown,
            ids,
        };
        self.selection.keep_to(&self.listing.ids, place);
    }

    /// Of the cursor among the shown images.
    fn place(&self) -> usize {
        let cursor = self.selection.cursor;
        self.listing
            .ids
            .iter()
            .position(|id| Some(*id) == cursor)
            .unwrap_or_default()
    }

    fn act(&mut self, intent: Intent, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        match intent {
            Intent::Move(step) => {
                if let Some(id) = self.stepped(step) {
                    self.selection.move_to(id);
                }
            }
            Intent::Extend(step) => {
                if let Some(id) = self.stepped(step) {
                    self.selection.extend_to(id, &self.listing.ids);
                }
            }
            Intent::Decide {
                decision,
                whole_scene,
            } => self.decide(decision, whole_scene, snapshot, ctx),
            Intent::SetClass { index, whole_scene } => match snapshot.classes_by_place().get(index)
            {
                Some((_, name)) => self.set_class(name.clone(), whole_scene, snapshot, ctx),
                None => ctx.toast(format!(
                    "There is no class {}: add one in the inspector",
                    index + 1
                )),
            },
            Intent::ToggleSelected => {
                if let Some(cursor) = self.selection.cursor {
                    self.selection.toggle(cursor);
                }
            }
            Intent::SelectAll => {
                self.selection.selected = self.listing.ids.iter().copied().collect();
            }
            Intent::ToggleLoupe => {
                self.is_loupe_open = !self.is_loupe_open;
                self.follow_cursor = true;
            }
            Intent::ToggleOneToOne => {
                if self.is_loupe_open {
                    self.loupe.toggle_one_to_one();
                } else {
                    self.is_loupe_open = true;
                    self.loupe.is_one_to_one = true;
                }
            }
            Intent::Escape => {
                if self.is_loupe_open {
                    self.is_loupe_open = false;
                    self.follow_cursor = true;
                } else {
                    self.selection.clear();
                }
            }
            Intent::Explain => {
                if let Some(cursor) = self.selection.cursor {
                    ctx.explain(cursor);
                }
            }
        }
    }

    fn stepped(&mut self, step: keys::Step) -> Option<ImageId> {
        // In the loupe up and down are the previous and next image.
        let layout = if self.is_loupe_open {
            Layout {
                columns: 1,
                ..self.layout
            }
        } else {
            self.layout
        };
        self.follow_cursor = true;
        let place = keys::moved(self.place(), self.listing.ids.len(), step, layout);
        self.listing.ids.get(place).copied()
    }
}

fn no_images_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    egui::CentralPanel::default()
        .frame(theme::canvas_frame(ui))
        .show(ui, |ui| {
            let empty = Empty {
                icon: icons::ICON_PHOTO_LIBRARY,
                title: "No images yet",
                text: "Bring in a film or a folder of images first",
                button: Some("Go to Collect"),
            };
            if empty_ui(ui, &empty) {
                ctx.go(Page::Collect);
            }
        });
}
