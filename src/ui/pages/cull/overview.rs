//! How many images of each class come from each source, before and after decisions: a table whose cells open what they
//! count.

use std::collections::BTreeMap;

use eframe::egui;

use super::balance_ui::LearnedTable;
use super::facets::class_index;
use super::filter::Filter;
use super::listing::Listing;
use crate::catalog::{ClassId, Decision, ImageRecord, Side, Snapshot, SourceId, SplitMode};
use crate::ui::widgets::elide::elided;
use crate::ui::{number, theme};

const NAME_WIDTH: f32 = 200.0;
const CELL_WIDTH: f32 = 72.0;

/// Which images are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    /// Those that are not rejected.
    #[default]
    After,
    /// All that came in.
    Before,
    Both,
    /// What training learns from them.
    Learned,
}

/// Images of a class from a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    all: usize,
    kept: usize,
    rejected: usize,
    /// Not rejected, on the validation side.
    valid: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.kept += other.kept;
        self.rejected += other.rejected;
        self.valid += other.valid;
    }

    fn left(self) -> usize {
        self.all - self.rejected
    }

    /// "120", or "120 → 98"; `None` for nothing.
    fn text(self, shown: Shown) -> Option<String> {
        let count = |count: usize| (count > 0).then(|| number::count(count));
        match shown {
            Shown::After | Shown::Learned => count(self.left()),
            Shown::Before => count(self.all),
            Shown::Both if self.rejected == 0 => count(self.all),
            Shown::Both => Some(format!(
                "{} → {}",
                number::count(self.all),
                number::count(self.left())
            )),
        }
    }

    fn explained(self) -> String {
        format!(
            "{} came in: {} kept, {} undecided, {} rejected",
            number::counted(self.all, "image"),
            number::count(self.kept),
            number::count(self.left() - self.kept),
            number::count(self.rejected)
        )
    }

    fn sides(self) -> String {
        format!(
            "{} on the training side, {} on that of validation",
            number::count(self.left() - self.valid),
            number::count(self.valid)
        )
    }
}

/// Counts of what one listing shows.
#[derive(Default)]
pub struct Overview {
    /// The listing that they are of.
    of: Option<u64>,
    counts: BTreeMap<(SourceId, Option<ClassId>), Counts>,
    classes: Vec<Option<ClassId>>,
    shown: Shown,
    learned: LearnedTable,
}

impl Overview {
    fn count(&mut self, snapshot: &Snapshot, listing: &Listing) {
        if self.of == Some(listing.version) {
            return;
        }
        self.of = Some(listing.version);
        self.counts.clear();
        let shown = listing.shown.positions.iter();
        for image in shown.filter_map(|at| snapshot.images.get(*at)) {
            let counts = self.counts.entry((image.source, image.class)).or_default();
            counts.add(counts_of(snapshot, image));
        }
        let has_unclassified = self.counts.keys().any(|(_, class)| class.is_none());
        let classes = snapshot.classes.iter().map(|(class, _)| Some(*class));
        self.classes = classes.chain(has_unclassified.then_some(None)).collect();
    }

    fn of(&self, source: SourceId, class: Option<ClassId>) -> Counts {
        let counts = self.counts.get(&(source, class));
        counts.copied().unwrap_or_default()
    }

    fn sum(counts: impl Iterator<Item = Counts>) -> Counts {
        let mut sum = Counts::default();
        counts.for_each(|counts| sum.add(counts));
        sum
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
            for (shown, text, hint) in [
                (Shown::After, "After decisions", "Without rejected images"),
                (Shown::Before, "Before", "All that came in"),
                (
                    Shown::Both,
                    "Before → after",
                    "All that came in, and what is left of them",
                ),
                (
                    Shown::Learned,
                    "Learned from",
                    "How much each source counts in training, with copies and a balance",
                ),
            ] {
                ui.selectable_value(&mut self.shown, shown, text)
                    .on_hover_text(hint);
            }
            if self.shown == Shown::Learned {
                ui.separator();
                self.learned.choice_ui(ui);
            }
        });
        ui.add_space(theme::GAP_SMALL);
        if self.shown == Shown::Learned {
            self.learned.table_ui(ui, snapshot);
            return None;
        }
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
                                let counts = self.of(source.id, class);
                                let name = class_name(snapshot, class);
                                let label = format!("{} {name}", source.name);
                                // A test set is on neither side, and a random split has no sides to count.
                                let has_sides =
                                    !source.is_test && snapshot.split_mode == SplitMode::Scenes;
                                let mut hint = counts.explained();
                                if has_sides {
                                    hint = format!("{hint}\n{}", counts.sides());
                                }
                                if cell_ui(ui, counts.text(self.shown), &label, &hint) {
                                    let mut filter = Filter::default();
                                    filter.toggle_source(source.id);
                                    filter.toggle_class(class);
                                    wish = Some(filter);
                                }
                            }
                            let all = self.classes.iter();
                            let all = all.map(|class| self.of(source.id, *class));
                            total_ui(ui, Self::sum(all), self.shown);
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
        let mut all = Counts::default();
        for class in &self.classes {
            let sources = snapshot.sources.iter();
            let counts = Self::sum(sources.map(|source| self.of(source.id, *class)));
            all.add(counts);
            total_ui(ui, counts, self.shown);
        }
        total_ui(ui, all, self.shown);
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

fn counts_of(snapshot: &Snapshot, image: &ImageRecord) -> Counts {
    let is_rejected = image.decision == Decision::Reject;
    let scene = image.scene.and_then(|scene| snapshot.scene(scene));
    let side = scene.map(|scene| scene.side).or(image.side);
    Counts {
        all: 1,
        kept: usize::from(image.decision == Decision::Keep),
        rejected: usize::from(is_rejected),
        valid: usize::from(!is_rejected && side == Some(Side::Valid)),
    }
}

/// True if it was clicked. Nothing is no button. `label`: source and class.
fn cell_ui(ui: &mut egui::Ui, text: Option<String>, label: &str, hint: &str) -> bool {
    let mut is_clicked = false;
    at_right(ui, |ui| {
        let Some(text) = text else {
            ui.label(theme::number("–").color(theme::palette(ui).text_weak));
            return;
        };
        ui.spacing_mut().button_padding.x = 0.0;
        let label = format!("{label}: {text}");
        let button = egui::Button::new(theme::number(text)).frame_when_inactive(false);
        let response = ui.add(button).accessible_name(label);
        let hint = format!("{hint}\nClick to show these images");
        is_clicked = response.on_hover_text(hint).clicked();
    });
    is_clicked
}

fn total_ui(ui: &mut egui::Ui, counts: Counts, shown: Shown) {
    at_right(ui, |ui| {
        let weak = theme::palette(ui).text_weak;
        let text = counts.text(shown).unwrap_or_else(|| number::count(0));
        ui.label(theme::number(text).color(weak))
            .on_hover_text(counts.explained());
    });
}

fn at_right(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui)) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shown_before_and_after_decisions() {
        let counts = Counts {
            all: 1200,
            kept: 3,
            rejected: 200,
            valid: 100,
        };
        let text = |shown| counts.text(shown).unwrap();
        assert_eq!(text(Shown::Before), number::count(1200));
        assert_eq!(text(Shown::After), number::count(1000));
        assert_eq!(
            text(Shown::Both),
            format!("{} → {}", number::count(1200), number::count(1000))
        );
        assert!(counts.sides().contains("900 on the training side, 100"));
        assert_eq!(Counts::default().text(Shown::Both), None);
        let all_rejected = Counts {
            all: 2,
            rejected: 2,
            ..Counts::default()
        };
        assert_eq!(all_rejected.text(Shown::After), None);
        assert_eq!(all_rejected.text(Shown::Both).as_deref(), Some("2 → 0"));
    }
}
