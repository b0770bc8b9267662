//! What training learns from: how many images of each source each class has, and how much of the loss they are, before and
//! after copies of upsampled sources and a balance.

use std::collections::BTreeMap;

use eframe::egui::{self, Rect, Sense, WidgetInfo, pos2, vec2};

use super::facets::class_index;
use crate::catalog::{ClassId, Snapshot, SourceId};
use crate::dataset::Split;
use crate::run::balance::Balance;
use crate::train::learned_from::{Part, learned_from};
use crate::ui::help::curated::LEARNED_SHARES;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

const NAME_WIDTH: f32 = 120.0;
/// A line for the count, one for the share, and the bars.
const CELL: egui::Vec2 = vec2(80.0, 46.0);
const BAR_HEIGHT: f32 = 4.0;
/// From one line of a cell to the next.
const LINE: f32 = 15.0;

/// Worked out for one version of the project and one balance.
#[derive(Default)]
pub struct LearnedTable {
    of: Option<(u64, Balance)>,
    balance: Balance,
    parts: BTreeMap<(SourceId, String), Part>,
    /// Why there is nothing to learn from.
    problem: Option<String>,
}

/// How a cell is shown.
#[derive(Clone, Copy)]
enum Shown {
    /// `most`: the share that fills the cell.
    Bars { color: egui::Color32, most: f64 },
    /// Of a row or a column.
    Sum,
}

/// A row, a column or all of them.
#[derive(Clone, Copy, Default)]
struct Sums {
    images: usize,
    copies: usize,
    before: f64,
    after: f64,
}

impl Sums {
    fn add(&mut self, part: &Part) {
        self.images += part.images;
        self.copies += part.copies;
        self.before += part.share_before;
        self.after += part.share;
    }

    fn hint(self, balance: Balance) -> String {
        let images = number::counted(self.images, "training image");
        let images = match self.copies {
            0 => images,
            copies => format!("{images} and {} of them", copies_text(copies)),
        };
        format!(
            "{images}\nBefore: {} of all images\nAfter: {} of what training learns from (balance: {})",
            number::percent(self.before),
            number::percent(self.after),
            balance.title()
        )
    }
}

fn copies_text(copies: usize) -> String {
    match copies {
        1 => "1 copy".to_owned(),
        several => format!("{} copies", number::count(several)),
    }
}

impl LearnedTable {
    fn follow(&mut self, snapshot: &Snapshot) {
        let of = (snapshot.version, self.balance);
        if self.of == Some(of) {
            return;
        }
        self.of = Some(of);
        self.parts.clear();
        self.problem = None;
        match Split::of(snapshot) {
            Ok(split) => {
                let parts = learned_from(&split, self.balance).into_iter();
                self.parts = parts
                    .map(|part| ((part.source, part.class.clone()), part))
                    .collect();
            }
            Err(error) => self.problem = Some(error.to_string()),
        }
    }

    /// The choice of a balance, for the line above the table.
    pub fn choice_ui(&mut self, ui: &mut egui::Ui) {
        let hint = "What counts the same in training, as the field Balance of Train has it. Here it only shows what it would do";
        let label = ui.label(theme::small("Balance")).on_hover_text(hint);
        egui::ComboBox::from_id_salt("balance shown")
            .selected_text(self.balance.title())
            .show_ui(ui, |ui| {
                for balance in Balance::ALL {
                    ui.selectable_value(&mut self.balance, balance, balance.title());
                }
            })
            .response
            .on_hover_text(hint)
            .labelled_by(label.id);
    }

    pub fn table_ui(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot) {
        self.follow(snapshot);
        if let Some(problem) = &self.problem {
            ui.label(theme::small(problem).color(theme::palette(ui).text_weak));
            return;
        }
        let weak = theme::palette(ui).text_weak;
        let text = "Upper bar: share of the training images. Lower bar: share of what training learns from.";
        labelled_ui(ui, theme::small(text).color(weak), &LEARNED_SHARES);
        ui.add_space(theme::GAP_SMALL);
        let is_there = |(class, name): &&(ClassId, String)| {
            let parts = self.parts.keys();
            !snapshot.excluded.contains(class) && parts.into_iter().any(|(_, of)| of == name)
        };
        let classes: Vec<&(ClassId, String)> = snapshot.classes.iter().filter(is_there).collect();
        let shares = self.parts.values();
        let most = shares
            .map(|part| part.share.max(part.share_before))
            .fold(f64::MIN_POSITIVE, f64::max);
        egui::ScrollArea::both()
            .id_salt("learned from")
            .auto_shrink(false)
            .show(ui, |ui| {
                egui::Grid::new("learned from")
                    .striped(true)
                    .min_col_width(CELL.x)
                    .spacing([theme::GAP_SMALL, theme::GAP_TINY])
                    .show(ui, |ui| self.rows_ui(ui, snapshot, &classes, most));
            });
    }

    fn rows_ui(
        &self,
        ui: &mut egui::Ui,
        snapshot: &Snapshot,
        classes: &[&(ClassId, String)],
        most: f64,
    ) {
        let weak = theme::palette(ui).text_weak;
        ui.label("");
        for (class, name) in classes {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
                let (rect, _) =
                    ui.allocate_exact_size(egui::Vec2::splat(theme::SWATCH), Sense::hover());
                let color = theme::class_color(class_index(snapshot, *class));
                ui.painter().rect_filled(rect, 2.0, color);
                let font = egui::FontId::proportional(theme::TEXT_SMALL);
                let room = CELL.x - theme::SWATCH - theme::GAP_TINY;
                let shown = elided(ui.painter(), name, &font, room);
                ui.label(theme::small(shown)).on_hover_text(name);
            });
        }
        ui.label(theme::small("all").color(weak));
        ui.end_row();
        let mut of_classes = vec![Sums::default(); classes.len()];
        let mut all = Sums::default();
        for source in &snapshot.sources {
            let parts: Vec<Option<&Part>> = classes
                .iter()
                .map(|(_, class)| self.parts.get(&(source.id, class.clone())))
                .collect();
            if parts.iter().all(Option::is_none) {
                continue;
            }
            let font = egui::FontId::proportional(theme::TEXT_BODY);
            let shown = elided(ui.painter(), &source.name, &font, NAME_WIDTH);
            row_name_ui(ui, shown.into(), &source.name);
            let mut of_source = Sums::default();
            for ((part, (class, name)), of_class) in parts.iter().zip(classes).zip(&mut of_classes)
            {
                let mut cell = Sums::default();
                if let Some(part) = part {
                    for sums in [&mut cell, of_class, &mut of_source, &mut all] {
                        sums.add(part);
                    }
                }
                let color = theme::class_color(class_index(snapshot, *class));
                let label = format!("{} {name}", source.name);
                self.cell_ui(ui, cell, &label, Shown::Bars { color, most });
            }
            self.cell_ui(ui, of_source, &source.name, Shown::Sum);
            ui.end_row();
        }
        row_name_ui(ui, theme::small("all").color(weak), "All sources");
        for (sums, (_, name)) in of_classes.into_iter().zip(classes) {
            self.cell_ui(ui, sums, name, Shown::Sum);
        }
        self.cell_ui(ui, all, "All", Shown::Sum);
        ui.end_row();
    }

    fn cell_ui(&self, ui: &mut egui::Ui, sums: Sums, label: &str, shown: Shown) {
        let palette = theme::palette(ui);
        let (rect, response) = ui.allocate_exact_size(CELL, Sense::hover());
        let painter = ui.painter();
        let font = egui::FontId::monospace(theme::TEXT_SMALL);
        if sums.images == 0 {
            painter.text(
                rect.left_top(),
                egui::Align2::LEFT_TOP,
                "–",
                font,
                palette.text_weak,
            );
            return;
        }
        let text = match sums.copies {
            0 => number::count(sums.images),
            copies => format!("{}+{}", number::count(sums.images), number::count(copies)),
        };
        let share = number::percent(sums.after);
        let spoken = format!("{label}: {text}, {share} of what is learned from");
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
        let color = match shown {
            Shown::Bars { .. } => palette.text,
            Shown::Sum => palette.text_weak,
        };
        painter.text(
            rect.left_top(),
            egui::Align2::LEFT_TOP,
            text,
            font.clone(),
            color,
        );
        painter.text(
            rect.left_top() + vec2(0.0, LINE),
            egui::Align2::LEFT_TOP,
            share,
            font,
            palette.text_weak,
        );
        if let Shown::Bars { color, most } = shown {
            let bar = |bottom: f32, share: f64, color| {
                let width = rect.width() * (share / most) as f32;
                let min = pos2(rect.left(), bottom - BAR_HEIGHT);
                let bar = Rect::from_min_size(min, vec2(width.max(1.0), BAR_HEIGHT));
                painter.rect_filled(bar, 1.0, color);
            };
            let below = rect.bottom() - 2.0;
            bar(
                below - BAR_HEIGHT - 2.0,
                sums.before,
                palette.text_weak.gamma_multiply(0.6),
            );
            bar(below, sums.after, color);
        }
        response.on_hover_text(sums.hint(self.balance));
    }
}

/// On the line of the counts.
fn row_name_ui(ui: &mut egui::Ui, text: egui::RichText, hint: &str) {
    ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.label(text).on_hover_text(hint);
    });
}
