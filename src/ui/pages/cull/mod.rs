//! The Cull page: thousands of images, each kept or rejected with one key.
//!
//! Facets say which images are shown, the grid or the loupe shows them, the selection says what an edit goes to. All
//! edits of one key press are one [`crate::catalog::Edit`], so one undo.

mod balance_ui;
mod band;
mod cell;
mod checks;
mod copies_ui;
mod crop_box_ui;
mod crop_words;
mod crops;
mod edits;
mod facet_value;
mod facets;
mod filmstrip;
mod filter;
mod found;
mod grid;
mod grid_view;
mod inspector;
mod inspector_findings;
mod intents;
mod keys;
mod lasso;
mod listing;
mod live_ui;
mod loupe;
mod map;
mod middle;
mod mode;
mod order;
mod overview;
mod proposed;
mod provenance_ui;
mod review;
mod review_mode;
mod rows;
mod said;
mod said_ui;
mod scan_ui;
mod search;
mod selection;
mod tally;
mod toolbar;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui;
use egui_material_icons::icons;

use self::checks::Checks;
use self::facets::Facets;
use self::filter::Filter;
use self::grid::Grid;
use self::inspector::{Inspected, Wish};
use self::inspector_findings::FindingWish;
use self::listing::{Listing, Wanted};
use self::live_ui::InTraining;
use self::loupe::Loupe;
use self::map::{FeatureMap, MapWish};
use self::mode::{Mode, mode_ui};
use self::order::Order;
use self::overview::Overview;
use self::proposed::Proposed;
use self::review::Review;
use self::said::SaidReader;
use self::selection::Selection;
use crate::catalog::{ImageId, Snapshot};
use crate::curate::{Kind, dismiss};
use crate::ui::context::ViewCtx;
use crate::ui::page::Page;
use crate::ui::theme;
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::heatmaps::Heatmaps;
use crate::ui::widgets::right_panel::{RightPanel, side_widths};

const DEFAULT_CELL_SIZE: f32 = 160.0;

pub struct CullPage {
    mode: Mode,
    /// The kind that another page asked to have reviewed.
    asked_review: Option<Kind>,
    checks: Checks,
    review: Review,
    overview: Overview,
    map: FeatureMap,
    filter: Filter,
    facets: Facets,
    order: Order,
    said: SaidReader,
    proposed: Proposed,
    heatmaps: Heatmaps,
    in_training: InTraining,
    listing: Listing,
    grid: Grid,
    selection: Selection,
    /// Selected before the rubber band began.
    before_band: Option<BTreeSet<ImageId>>,
    cell_size: f32,
    is_loupe_open: bool,
    loupe: Loupe,
    follow_cursor: bool,
    going_to: Vec<ImageId>,
    new_class: String,
}

impl CullPage {
    pub fn new(cell_size: Option<f32>) -> Self {
        Self {
            mode: Mode::default(),
            asked_review: None,
            checks: Checks::default(),
            review: Review::default(),
            overview: Overview::default(),
            map: FeatureMap::default(),
            filter: Filter::default(),
            facets: Facets::default(),
            order: Order::default(),
            said: SaidReader::default(),
            proposed: Proposed::default(),
            heatmaps: Heatmaps::default(),
            in_training: InTraining::default(),
            listing: Listing::default(),
            grid: Grid::default(),
            selection: Selection::default(),
            before_band: None,
            cell_size: cell_size
                .unwrap_or(DEFAULT_CELL_SIZE)
                .clamp(*toolbar::CELL_SIZES.start(), *toolbar::CELL_SIZES.end()),
            is_loupe_open: false,
            loupe: Loupe::default(),
            follow_cursor: false,
            going_to: Vec::new(),
            new_class: String::new(),
        }
    }

    /// To be remembered by the settings.
    pub fn cell_size(&self) -> f32 {
        self.cell_size
    }

    /// To be remembered, too.
    pub fn cursor(&self) -> Option<ImageId> {
        self.selection.cursor
    }

    /// Moves the cursor to the first of `images` that is shown: where the last session ended, or where an undo worked.
    /// What the filter hides stays hidden.
    pub fn go_to(&mut self, images: Vec<ImageId>) {
        self.going_to = images;
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let session = ctx.session;
        let snapshot = session.snapshot();
        if snapshot.images.is_empty() {
            no_images_ui(ui, ctx);
            return;
        }
        self.checks.follow(ui, ctx);
        self.proposed.follow(ui, ctx);
        self.said.follow(ctx, ui.input(|input| input.time));
        self.begin_asked_review(snapshot);
        self.list(snapshot);
        self.arrive();
        let open = self.open_findings(snapshot);
        if self.mode == Mode::Images && ctx.keys_are_free(ui) {
            let navigation = ui.memory(|memory| memory.focused().is_none());
            for intent in keys::take(ui, navigation) {
                self.act(intent, snapshot, ctx);
            }
        }
        egui::Panel::left("facets")
            .default_size(theme::SIDE_PANEL_WIDTH)
            .size_range(side_widths(ui, 160.0..=360.0))
            .frame(theme::panel_frame(ui))
            .show(ui, |ui| {
                mode_ui(ui, &mut self.mode, open);
                match self.mode {
                    Mode::Images | Mode::Overview | Mode::Map => {
                        let Self { facets, filter, .. } = self;
                        let scan = |ui: &mut egui::Ui| scan_ui::scan_line_ui(ui, &self.checks, ctx);
                        facets.ui(ui, filter, &self.listing.shown, (snapshot, scan));
                    }
                    Mode::Review => self.kinds_ui(ui, snapshot, ctx),
                }
            });
        let frame = egui::Frame::new()
            .fill(theme::palette(ui).canvas)
            .inner_margin(egui::Margin::same(8));
        let inspector = RightPanel {
            name: "inspector",
            default_width: theme::INSPECTOR_WIDTH,
            widths: side_widths(ui, 200.0..=480.0),
        };
        match self.mode {
            Mode::Images => {}
            Mode::Review => {
                egui::CentralPanel::default()
                    .frame(frame)
                    .show(ui, |ui| self.stage_ui(ui, snapshot, ctx));
                return;
            }
            Mode::Overview => {
                egui::CentralPanel::default().frame(frame).show(ui, |ui| {
                    let Self {
                        overview, listing, ..
                    } = self;
                    if let Some(filter) = overview.ui(ui, snapshot, listing) {
                        self.filter = filter;
                        self.mode = Mode::Images;
                    }
                });
                return;
            }
            Mode::Map => {
                let serial = self.checks.serial();
                let wish = egui::CentralPanel::default()
                    .frame(frame)
                    .show(ui, |ui| {
                        let shown = &self.listing.shown.positions;
                        let said = Arc::clone(self.said.said());
                        self.map.ui(ui, (serial, &said), (snapshot, shown), ctx)
                    })
                    .inner;
                self.on_map(wish, ctx);
                return;
            }
        }
        inspector.middle_ui(ui, frame, |ui| self.middle_ui(ui, snapshot, ctx));
        inspector.ui(ui, |ui| {
            let found = std::sync::Arc::clone(self.checks.found());
            let mut shown = Inspected {
                selection: &self.selection,
                found: &found,
                said: self.said.said(),
                proposed: &self.proposed,
                heatmaps: &mut self.heatmaps,
                in_training: &mut self.in_training,
            };
            let wish = inspector::inspector_ui(ui, &mut shown, &mut self.new_class, ctx);
            if let Some(weights) = self.said.weights() {
                self.heatmaps.follow(ui, ctx, weights.clone());
            }
            match wish {
                Some(Wish::Do(intent)) => self.act(intent, snapshot, ctx),
                Some(Wish::SetClass(class)) => self.set_class(class, false, snapshot, ctx),
                Some(Wish::Finding(wish)) => self.on_finding(wish, snapshot, ctx),
                None => {}
            }
        });
    }

    fn on_map(&mut self, wish: Option<MapWish>, ctx: &mut ViewCtx<'_>) {
        match wish {
            Some(MapWish::Take(images)) => {
                self.filter = Filter {
                    only: Some(images),
                    ..Filter::default()
                };
                self.mode = Mode::Images;
            }
            Some(MapWish::Open(image)) => {
                self.mode = Mode::Images;
                self.filter = Filter::default();
                self.go_to(vec![image]);
                self.is_loupe_open = true;
            }
            Some(MapWish::Scan) => Checks::start_scan(ctx),
            None => {}
        }
    }

    fn on_finding(&mut self, wish: FindingWish, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        match wish {
            FindingWish::Show(image) => self.go_to(vec![image]),
            FindingWish::Review(kind) => {
                let image = self.selection.cursor;
                self.review(kind, snapshot);
                if let Some(image) = image {
                    self.review.queue.go_to(image);
                }
            }
            FindingWish::Dismiss(finding) => {
                if let Some(edit) = dismiss(snapshot, [&finding], true) {
                    ctx.edit(edit);
                }
            }
        }
    }

    /// Brings the list up to date with the catalog, the filter and the order.
    fn list(&mut self, snapshot: &Snapshot) {
        let wanted = Wanted {
            filter: self.filter.clone(),
            order: self.order,
            losses_version: match self.order {
                Order::Loss => self.said.version(),
                Order::Source | Order::Name | Order::Time | Order::Class | Order::Kind(_) => 0,
            },
            findings_serial: self.checks.serial(),
        };
        if self.listing.is_of(snapshot, &wanted) {
            return;
        }
        let place = self.place();
        // A key acts on the image under the cursor, so another filter must not leave it out of view.
        self.follow_cursor |= self.listing.is_arranged_unlike(&wanted);
        let by = (self.said.said(), &**self.checks.found());
        self.listing.update(snapshot, wanted, by);
        self.selection.keep_to(&self.listing.ids, place);
    }

    fn arrive(&mut self) {
        let images = std::mem::take(&mut self.going_to);
        if images.is_empty() {
            return;
        }
        let mut shown = self.listing.ids.iter();
        if let Some(image) = shown.find(|id| images.contains(id)) {
            self.selection.click(*image);
            self.follow_cursor = true;
        }
    }

    /// Of the cursor among the shown images.
    fn place(&self) -> usize {
        self.listing.place(self.selection.cursor)
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
