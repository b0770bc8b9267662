//! One bar a class for both sides, to one scale, with its numbers in columns.

use eframe::egui::{
    self, Align2, Color32, FontId, Pos2, Rect, Role, Sense, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::view::View;
use crate::catalog::Snapshot;
use crate::dataset::split::ClassCounts;
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::SIDES;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const ROW_HEIGHT: f32 = 20.0;
/// Below this a row has no room for its bar beside the numbers.
const MIN_COLUMN_WIDTH: f32 = 480.0;
/// Of a name; a wide row gives it more.
const NAME_WIDTH: f32 = 128.0;
const MAX_NAME_WIDTH: f32 = 256.0;
const NAME_PART: f32 = 0.2;
/// Right edges of the columns of numbers, from the end of the row: images and scenes in training, then in validation.
const COLUMNS: [f32; 4] = [200.0, 144.0, 64.0, 8.0];
const NUMBERS_WIDTH: f32 = 264.0;
const BAR_HEIGHT: f32 = 8.0;
/// More classes than fit here scroll; in a low window fewer do, so that the films stay in view.
const MAX_BARS_HEIGHT: f32 = 128.0;
const MIN_BARS_HEIGHT: f32 = 56.0;
/// Of half a window, what the rest of the panel needs.
const BESIDE_BARS: f32 = 225.0;

/// Where the columns of classes lie.
#[derive(Clone, Copy)]
struct Grid {
    columns: usize,
    rows: usize,
    column_width: f32,
}

impl Grid {
    /// As few columns as keep all classes in view: the fewer, the longer the bars.
    fn of(classes: usize, width: f32) -> Self {
        let fitting = (MAX_BARS_HEIGHT / ROW_HEIGHT) as usize;
        let wanted = classes.div_ceil(fitting).max(1);
        let columns = ((width / MIN_COLUMN_WIDTH) as usize).clamp(1, wanted);
        Self {
            columns,
            rows: classes.div_ceil(columns),
            column_width: (width - theme::GAP_HUGE * (columns - 1) as f32) / columns as f32,
        }
    }

    fn left(self, column: usize) -> f32 {
        column as f32 * (self.column_width + theme::GAP_HUGE)
    }

    /// Down the first column, then down the next: sorted names stay together.
    fn corner(self, index: usize) -> egui::Vec2 {
        let rows = self.rows.max(1);
        vec2(self.left(index / rows), (index % rows) as f32 * ROW_HEIGHT)
    }
}

/// Returns the class that was clicked, to jump to.
pub fn class_bars_ui<'a>(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    counts: &'a [ClassCounts],
    view: &mut View,
) -> Option<&'a str> {
    let shown: Vec<&ClassCounts> = counts
        .iter()
        .filter(|class| view.shows_class(&class.class))
        .collect();
    // Of all classes, so that a search changes no bar.
    let most = counts.iter().map(|class| class.train + class.valid).max();
    let mut clicked = None;
    let head_grid = Grid::of(shown.len(), ui.available_width());
    let spare = ui.ctx().content_rect().height() / 2.0 - BESIDE_BARS;
    let max_height = spare.clamp(MIN_BARS_HEIGHT, MAX_BARS_HEIGHT);
    heads_ui(ui, head_grid);
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("class bars")
            .max_height(max_height)
            // The panel takes its height from here; without this it would keep the first frame's.
            .min_scrolled_height((head_grid.rows as f32 * ROW_HEIGHT).min(max_height))
            .auto_shrink([false, true]),
        |ui, _| {
            let grid = Grid::of(shown.len(), ui.available_width());
            let size = vec2(ui.available_width(), grid.rows as f32 * ROW_HEIGHT);
            let (area, _) = ui.allocate_exact_size(size, Sense::hover());
            for (index, class) in shown.into_iter().enumerate() {
                let corner = area.min + grid.corner(index);
                let rect = Rect::from_min_size(corner, vec2(grid.column_width, ROW_HEIGHT));
                let row = ClassRow {
                    class,
                    color: class_color(ctx.snapshot(), &class.class),
                    most: most.unwrap_or(1).max(1),
                };
                let response = row.ui(ui, rect);
                if response.clicked() {
                    if ui.input(|input| input.modifiers.alt) {
                        view.toggle_only(&class.class);
                    } else {
                        clicked = Some(class.class.as_str());
                    }
                }
            }
        },
    );
    clicked
}

fn class_color(snapshot: &Snapshot, name: &str) -> Color32 {
    let class = snapshot.class_named(name);
    let place = class.and_then(|class| snapshot.class_place(class));
    theme::class_color(place.unwrap_or_default())
}

/// What the columns of numbers are, over each of them.
fn heads_ui(ui: &mut egui::Ui, grid: Grid) {
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    let heads = [
        ("train", palette.train),
        ("scenes", palette.text_weak),
        ("valid", palette.valid),
        ("scenes", palette.text_weak),
    ];
    let mut first = rect;
    for column in 0..grid.columns {
        let right = rect.left() + grid.left(column) + grid.column_width;
        for ((head, color), from_end) in heads.into_iter().zip(COLUMNS) {
            let drawn = ui.painter().text(
                pos2(right - from_end, rect.center().y),
                Align2::RIGHT_CENTER,
                head,
                FontId::proportional(theme::TEXT_SMALL),
                color,
            );
            if first == rect {
                first = drawn;
            }
        }
    }
    let end = first.left_center() - vec2(theme::GAP_TINY, 0.0);
    let mark = Align2::RIGHT_CENTER.anchor_size(end, egui::Vec2::splat(theme::HELP_MARK));
    help_ui(&mut ui.new_child(UiBuilder::new().max_rect(mark)), &SIDES);
}

struct ClassRow<'a> {
    class: &'a ClassCounts,
    color: Color32,
    /// Images of the largest class: the length of the longest bar.
    most: usize,
}

impl ClassRow<'_> {
    fn ui(&self, ui: &egui::Ui, rect: Rect) -> egui::Response {
        let id = ui.scope_id().with(("class bar", &self.class.class));
        let response = ui.interact(rect, id, Sense::click());
        let palette = theme::palette(ui);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        if response.hovered() || response.has_focus() {
            painter.rect_filled(rect, theme::RADIUS, palette.raised);
        }
        let swatch = Rect::from_center_size(
            rect.left_center() + vec2(theme::SWATCH / 2.0, 0.0),
            egui::Vec2::splat(theme::SWATCH),
        );
        painter.rect_filled(swatch, theme::RADIUS, self.color);
        let name_width = (rect.width() * NAME_PART).clamp(NAME_WIDTH, MAX_NAME_WIDTH);
        let name = Rect::from_min_max(
            pos2(swatch.right() + theme::GAP_SMALL, rect.top()),
            pos2(
                swatch.right() + theme::GAP_SMALL + name_width,
                rect.bottom(),
            ),
        );
        name_ui(ui, &painter, name, &self.class.class);
        let bar = Rect::from_min_max(
            pos2(
                name.right() + theme::GAP_SMALL,
                rect.center().y - BAR_HEIGHT / 2.0,
            ),
            pos2(
                rect.right() - NUMBERS_WIDTH,
                rect.center().y + BAR_HEIGHT / 2.0,
            ),
        );
        self.bar_ui(&painter, palette, bar);
        self.numbers_ui(&painter, palette, rect.right_center());
        let ClassCounts {
            class,
            train,
            valid,
            train_scenes,
            valid_scenes,
            copies,
        } = self.class;
        let copies = match copies {
            0 => String::new(),
            1 => " and 1 copy".to_owned(),
            n => format!(" and {} copies", number::count(*n)),
        };
        let spoken = format!(
            "{class}, train {}{copies} in {}, valid {} in {}",
            number::counted(*train, "image"),
            number::counted(*train_scenes, "scene"),
            number::counted(*valid, "image"),
            number::counted(*valid_scenes, "scene"),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
        response.on_hover_text(spoken)
    }

    fn bar_ui(&self, painter: &egui::Painter, palette: &theme::Palette, bar: Rect) {
        if bar.width() <= 0.0 {
            return;
        }
        let width = |images: usize| bar.width() * images as f32 / self.most as f32;
        let train = bar.with_max_x(bar.left() + width(self.class.train));
        painter.rect_filled(train, 2, palette.train);
        if self.class.copies > 0 {
            // Behind the images, as long as the row has room.
            let copies = train
                .with_min_x(train.right())
                .with_max_x((train.right() + width(self.class.copies)).min(bar.right()));
            painter.rect_filled(copies, 2, palette.train.gamma_multiply(0.4));
        }
        if self.class.valid > 0 {
            // However few they are, they are seen.
            let left = train.right() + 2.0;
            let right = left + width(self.class.valid).max(2.0);
            let valid = bar
                .with_min_x(left)
                .with_max_x(right.min(bar.right() + 2.0));
            painter.rect_filled(valid, 2, palette.valid);
        }
    }

    fn numbers_ui(&self, painter: &egui::Painter, palette: &theme::Palette, end: Pos2) {
        let ClassCounts {
            train,
            valid,
            train_scenes,
            valid_scenes,
            ..
        } = *self.class;
        let numbers = [
            (train, palette.train),
            (train_scenes, palette.text_weak),
            (valid, palette.valid),
            (valid_scenes, palette.text_weak),
        ];
        for ((value, color), from_end) in numbers.into_iter().zip(COLUMNS) {
            painter.text(
                end - vec2(from_end, 0.0),
                Align2::RIGHT_CENTER,
                number::count(value),
                FontId::monospace(theme::TEXT_SMALL),
                color,
            );
        }
    }
}

/// Shortened to its column.
fn name_ui(ui: &egui::Ui, painter: &egui::Painter, rect: Rect, name: &str) {
    let color = theme::palette(ui).text;
    let font = FontId::proportional(theme::TEXT_SMALL);
    let shown = elided(painter, name, &font, rect.width());
    painter.text(rect.left_center(), Align2::LEFT_CENTER, shown, font, color);
}
