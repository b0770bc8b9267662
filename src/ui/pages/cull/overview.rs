//! How many images of each class come from each source: a table whose cells open what they count.

use std::collections::BTreeMap;

use eframe::egui;

use super::facets::class_index;
use super::filter::Filter;
use super::listing::Listing;
use crate::catalog::{ClassId, Decision, Snapshot, SourceId};
use crate::ui::widgets::elide::elided;
use crate::ui::{number, theme};

const NAME_WIDTH: f32 = 200.0;
const CELL_WIDTH: f32 = 72.0;

/// Counts of what one listing shows.
#[derive(Default)]
pub struct Overview {
    /// Of the listing, and with rejected ones or without.
    of: Option<(u64, bool)>,
    counts: BTreeMap<(SourceId, Option<ClassId>), usize>,
    classes: Vec<Option<ClassId>>,
    /// Rejected images are counted, too.
    with_rejected: bool,
}

impl Overview {
    fn count(&mut self, snapshot: &Snapshot, listing: &Listing) {
        let key = (listing.version, self.with_rejected);
        if self.of == Some(key) {
            return;
        }
        self.of = Some(key);
        self.counts.clear();
        let shown = listing.shown.positions.iter();
        for image in shown.filter_map(|at| snapshot.images.get(*at)) {
            if self.with_rejected || image.decision != Decision::Reject {
                *self.counts.entry((image.source, image.class)).or_default() += 1;
            }
        }
        let has_unclassified = self.counts.keys().any(|(_, class)| class.is_none());
        let classes = snapshot.classes.iter().map(|(class, _)| Some(*class));
        self.classes = classes.chain(has_unclassified.then_some(None)).collect();
    }

    fn of(&self, source: SourceId, class: Option<ClassId>) -> usize {
        let count = self.counts.get(&(source, class));
        count.copied().unwrap_or_default()
    }

    /// Returns the filter of a cell that was clicked.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        snapshot: &Snapshot,
        listing: &Listing,
    ) -> Option<Filter> {
        self.count(snapshot, listing);
        let mut wish = None;
        ui.horizontal(|ui| {
            ui.label(theme::strong("Images of each class by source"));
            ui.checkbox(&mut self.with_rejected, "With rejected ones");
        });
        ui.add_space(theme::GAP_SMALL);
        egui::ScrollArea::both()
            .id_salt("overview")
            .auto_shrink(false)
            .show(ui, |ui| {
                egui::Grid::new("class by source")
                    .striped(true)
                    .min_col_width(CELL_WIDTH)
                    .spacing([theme::GAP_MEDIUM, theme::GAP_TINY])
                    .show(ui, |ui| {
                        self.heads_ui(ui, snapshot);
                        for source in &snapshot.sources {
                            name_ui(ui, &source.name);
                            for class in self.classes.clone() {
                                let count = self.of(source.id, class);
                                let name = class_name(snapshot, class);
                                let label = format!("{} {name}: {count}", source.name);
                                if cell_ui(ui, count, &label) {
                                    let mut filter = Filter::default();
                                    filter.toggle_source(source.id);
                                    filter.toggle_class(class);
                                    wish = Some(filter);
                                }
                            }
                            let all = self.classes.iter();
                            total_ui(ui, all.map(|class| self.of(source.id, *class)).sum());
                            ui.end_row();
                        }
                        self.totals_ui(ui, snapshot);
                    });
            });
        wish
    }

    fn heads_ui(&self, ui: &mut egui::Ui, snapshot: &Snapshot) {
        ui.label("");
        for class in &self.classes {
            at_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
                let name = class_name(snapshot, *class);
                let font = egui::FontId::proportional(theme::TEXT_SMALL);
                let room = CELL_WIDTH - theme::SWATCH - theme::GAP_TINY;
                let shown = elided(ui.painter(), name, &font, room);
                ui.label(theme::small(shown)).on_hover_text(name);
                if let Some(class) = class {
                    let size = egui::Vec2::splat(theme::SWATCH);
                    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                    let color = theme::class_color(class_index(snapshot, *class));
                    ui.painter().rect_filled(rect, 2.0, color);
                }
            });
        }
        at_right(ui, |ui| {
            ui.label(theme::small("all").color(theme::palette(ui).text_weak));
        });
        ui.end_row();
    }

    fn totals_ui(&self, ui: &mut egui::Ui, snapshot: &Snapshot) {
        let weak = theme::palette(ui).text_weak;
        ui.label(theme::small("all").color(weak));
        let mut all = 0;
        for class in &self.classes {
            let sources = snapshot.sources.iter();
            let count = sources.map(|source| self.of(source.id, *class)).sum();
            all += count;
            total_ui(ui, count);
        }
        total_ui(ui, all);
        ui.end_row();
    }
}

fn class_name(snapshot: &Snapshot, class: Option<ClassId>) -> &str {
    let name = class.and_then(|class| snapshot.class_name(class));
    name.unwrap_or("no class")
}

fn name_ui(ui: &mut egui::Ui, name: &str) {
    let font = egui::FontId::proportional(theme::TEXT_BODY);
    let shown = elided(ui.painter(), name, &font, NAME_WIDTH);
    ui.label(shown).on_hover_text(name);
}

/// True if it was clicked. Nothing is no button.
fn cell_ui(ui: &mut egui::Ui, count: usize, label: &str) -> bool {
    let mut is_clicked = false;
    at_right(ui, |ui| {
        if count == 0 {
            ui.label(theme::number("–").color(theme::palette(ui).text_weak));
            return;
        }
        ui.spacing_mut().button_padding.x = 0.0;
        let button =
            egui::Button::new(theme::number(number::count(count))).frame_when_inactive(false);
        let response = ui.add(button).accessible_name(label);
        is_clicked = response.on_hover_text("Show these images").clicked();
    });
    is_clicked
}

fn total_ui(ui: &mut egui::Ui, count: usize) {
    at_right(ui, |ui| {
        let weak = theme::palette(ui).text_weak;
        ui.label(theme::number(number::count(count)).color(weak));
    });
}

fn at_right(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui)) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), content);
}
