//! The confusion matrix: rows are what images show, columns what they were taken for. A cell opens its images.

use eframe::egui::{self, Align2, Color32, FontId, Rect, Role, Sense, WidgetInfo, pos2, vec2};

use super::listing::{Cell, Part};
use crate::report::Evaluation;
use crate::ui::help::measured::CONFUSION;
use crate::ui::theme;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme::Palette};

const MAX_CELL: f32 = 44.0;
const MIN_CELL: f32 = 20.0;
/// Of the names of rows, and of the upright ones of columns.
const NAME_WIDTH: f32 = 80.0;
const HEAD_HEIGHT: f32 = 72.0;

/// What the cells say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Counts,
    /// Of the row.
    Shares,
}

/// Returns what was clicked.
pub fn confusion_ui(
    ui: &mut egui::Ui,
    evaluation: &Evaluation,
    unit: &mut Unit,
    chosen: &Part,
) -> Option<Part> {
    ui.horizontal(|ui| {
        labelled_ui(ui, theme::strong("Confusion"), &CONFUSION);
        ui.selectable_value(unit, Unit::Counts, "Counts");
        ui.selectable_value(unit, Unit::Shares, "Shares");
    });
    // A class without an image in the set, that nothing was taken for, would be an empty row and column.
    let used: Vec<usize> = evaluation
        .per_class
        .iter()
        .enumerate()
        .filter(|(_, class)| class.n + class.predicted > 0)
        .map(|(index, _)| index)
        .collect();
    let mut clicked = None;
    egui::ScrollArea::both()
        .id_salt("confusion")
        .auto_shrink([false, true])
        .max_height(ui.available_height() * 0.62)
        .show(ui, |ui| {
            let room = ui.available_width() - NAME_WIDTH;
            let side = (room / used.len().max(1) as f32)
                .floor()
                .clamp(MIN_CELL, MAX_CELL);
            let size = vec2(
                NAME_WIDTH + side * used.len() as f32,
                HEAD_HEIGHT + side * used.len() as f32,
            );
            let (area, _) = ui.allocate_exact_size(size, Sense::hover());
            let matrix = Matrix {
                evaluation,
                used: &used,
                unit: *unit,
                chosen,
                area,
                scrolled: (ui.clip_rect().min - area.min).max(egui::Vec2::ZERO),
                side,
            };
            let of_cells = matrix.cells_ui(ui);
            clicked = matrix.row_heads_ui(ui).or(of_cells);
            matrix.heads_ui(ui);
        });
    let weak = theme::palette(ui).text_weak;
    ui.label(theme::small("Rows: what they are. Columns: what they were taken for.").color(weak));
    clicked
}

struct Matrix<'a> {
    evaluation: &'a Evaluation,
    /// Classes with something to show.
    used: &'a [usize],
    unit: Unit,
    chosen: &'a Part,
    area: Rect,
    /// How far the area's corner is out of view: the heads stay at the edges.
    scrolled: egui::Vec2,
    side: f32,
}

impl Matrix<'_> {
    fn name(&self, class: usize) -> &str {
        let report = self.evaluation.per_class.get(class);
        report.map_or("", |report| report.class.as_str())
    }

    fn count(&self, cell: Cell) -> usize {
        let row = self.evaluation.confusion.get(cell.actual);
        row.and_then(|row| row.get(cell.predicted))
            .copied()
            .unwrap_or_default()
    }

    fn rect(&self, row: usize, column: usize) -> Rect {
        let corner = vec2(
            NAME_WIDTH + column as f32 * self.side,
            HEAD_HEIGHT + row as f32 * self.side,
        );
        Rect::from_min_size(self.area.min + corner, vec2(self.side, self.side))
    }

    /// Upright, so that long names take height and no width.
    fn heads_ui(&self, ui: &egui::Ui) {
        let palette = theme::palette(ui);
        let band = Rect::from_min_size(
            self.area.min + vec2(0.0, self.scrolled.y),
            vec2(self.area.width(), HEAD_HEIGHT),
        );
        self.cover(ui, band, "confusion heads");
        let font = FontId::proportional(theme::TEXT_SMALL);
        for (column, &class) in self.used.iter().enumerate() {
            let name = elided(
                ui.painter(),
                self.name(class),
                &font,
                HEAD_HEIGHT - theme::GAP_TINY,
            );
            let galley = ui
                .painter()
                .layout_no_wrap(name, font.clone(), palette.text_weak);
            let foot = pos2(
                self.rect(0, column).center().x - galley.size().y / 2.0,
                band.max.y - theme::GAP_TINY,
            );
            let text = egui::epaint::TextShape::new(foot, galley, palette.text_weak)
                .with_angle(-std::f32::consts::FRAC_PI_2);
            ui.painter().add(text);
        }
    }

    fn row_heads_ui(&self, ui: &egui::Ui) -> Option<Part> {
        let palette = theme::palette(ui);
        let font = FontId::proportional(theme::TEXT_SMALL);
        let mut clicked = None;
        let left = self.area.min.x + self.scrolled.x;
        let band = Rect::from_min_max(
            pos2(left, self.area.min.y),
            pos2(left + NAME_WIDTH, self.area.max.y),
        );
        self.cover(ui, band, "confusion names");
        for (row, &actual) in self.used.iter().enumerate() {
            let head = Rect::from_x_y_ranges(band.x_range(), self.rect(row, 0).y_range());
            let is_chosen = *self.chosen == Part::Class(actual);
            let spoken = format!("Images of {}", self.name(actual));
            if is_clicked(ui, head, ("confusion row", actual, 0), (&spoken, is_chosen)) {
                clicked = Some(Part::Class(actual));
            }
            let name = elided(
                ui.painter(),
                self.name(actual),
                &font,
                NAME_WIDTH - theme::GAP_SMALL,
            );
            let color = if is_chosen {
                palette.accent
            } else {
                palette.text_weak
            };
            let end = head.right_center() - vec2(theme::GAP_TINY, 0.0);
            ui.painter()
                .text(end, Align2::RIGHT_CENTER, name, font.clone(), color);
        }
        clicked
    }

    /// Hides what was scrolled under a head, from the pointer too.
    fn cover(&self, ui: &egui::Ui, band: Rect, name: &str) {
        if self.scrolled != egui::Vec2::ZERO {
            ui.painter()
                .rect_filled(band, 0.0, theme::palette(ui).panel);
            ui.interact(band, ui.scope_id().with(name), Sense::click());
        }
    }

    fn cells_ui(&self, ui: &egui::Ui) -> Option<Part> {
        let palette = theme::palette(ui);
        let mut clicked = None;
        for (row, &actual) in self.used.iter().enumerate() {
            for (column, &predicted) in self.used.iter().enumerate() {
                let cell = Cell { actual, predicted };
                if self.cell_ui(ui, palette, self.rect(row, column), cell) {
                    clicked = Some(Part::Cell(cell));
                }
            }
        }
        clicked
    }

    /// True if it was clicked.
    fn cell_ui(&self, ui: &egui::Ui, palette: &Palette, rect: Rect, cell: Cell) -> bool {
        let count = self.count(cell);
        let of_row = self
            .evaluation
            .per_class
            .get(cell.actual)
            .map_or(0, |class| class.n);
        let share = count as f32 / of_row.max(1) as f32;
        let inner = rect.shrink(1.0);
        let color = if cell.actual == cell.predicted {
            palette.keep
        } else {
            palette.reject
        };
        ui.painter().rect_filled(inner, 2.0, palette.raised);
        // Faint, so that the number keeps its contrast; the square root lets rare mistakes be seen.
        ui.painter()
            .rect_filled(inner, 2.0, color.gamma_multiply(0.45 * share.sqrt()));
        if count > 0 {
            let text = match self.unit {
                Unit::Counts => number::count(count),
                Unit::Shares => format!("{:.0}", share * 100.0),
            };
            let font = FontId::proportional(theme::TEXT_SMALL);
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                text,
                font,
                palette.text,
            );
        }
        let is_chosen = *self.chosen == Part::Cell(cell);
        if is_chosen {
            outline(ui, inner, palette.accent);
        }
        let what = format!(
            "{} of {} taken for {}",
            number::count(count),
            self.name(cell.actual),
            self.name(cell.predicted)
        );
        let key = ("confusion cell", cell.actual, cell.predicted);
        is_clicked(ui, rect, key, (&what, is_chosen)) && count > 0
    }
}

/// Whether the place with this key was clicked; it is outlined under the pointer.
fn is_clicked(
    ui: &egui::Ui,
    rect: Rect,
    key: (&'static str, usize, usize),
    (spoken, is_chosen): (&str, bool),
) -> bool {
    let response = ui.interact(rect, ui.scope_id().with(key), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, spoken));
    if response.hovered() || response.has_focus() {
        outline(ui, rect.shrink(1.0), theme::palette(ui).text_weak);
    }
    let is_clicked = response.clicked();
    response.on_hover_text(spoken);
    is_clicked
}

fn outline(ui: &egui::Ui, rect: Rect, color: Color32) {
    let stroke = egui::Stroke::new(theme::OUTLINE, color);
    ui.painter()
        .rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
}
