//! The left of the explain page: which run, and which image of which set.

use std::path::PathBuf;

use eframe::egui::{self, Role, Sense, Stroke, StrokeKind, WidgetInfo, vec2};

use crate::catalog::{Decision, ImageId, Snapshot, SourceId};
use crate::dataset::{Sample, Split};
use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::failure::window_words;
use crate::ui::widgets::image_ui::paint_thumbnail;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const MIN_CELL_WIDTH: f32 = 92.0;
/// Height over width; most films are wider than high.
const CELL_ASPECT: f32 = 0.5625;

/// Which images are leafed through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pool {
    #[default]
    Valid,
    Train,
    Test(SourceId),
}

#[derive(Default)]
pub struct Picker {
    pool: Pool,
    key: Option<(u64, Pool)>,
    images: Vec<ImageId>,
    /// Why there are none.
    problem: Option<String>,
    file: PathField,
    reveal: Option<ImageId>,
}

impl Picker {
    pub fn follow(&mut self, snapshot: &Snapshot) {
        let key = Some((snapshot.version, self.pool));
        if self.key == key {
            return;
        }
        self.key = key;
        self.problem = None;
        self.images = match self.pool {
            Pool::Valid => self.side(snapshot, |split| split.valid),
            Pool::Train => self.side(snapshot, |split| split.train),
            Pool::Test(source) => snapshot
                .images_of_source(source)
                .into_iter()
                .filter(|image| image.decision != Decision::Reject)
                .map(|image| image.id)
                .collect(),
        };
    }

    fn side(&mut self, snapshot: &Snapshot, side: fn(Split) -> Vec<Sample>) -> Vec<ImageId> {
        match Split::of(snapshot) {
            Ok(split) => side(split)
                .into_iter()
                .filter_map(|sample| sample.image)
                .collect(),
            Err(error) => {
                self.problem = Some(window_words(&error.to_string()));
                Vec::new()
            }
        }
    }

    pub fn images(&self) -> &[ImageId] {
        &self.images
    }

    /// The image `by` places from `from`; from nowhere the first one.
    pub fn neighbor(&self, from: Option<ImageId>, by: isize) -> Option<ImageId> {
        let at = from.and_then(|from| self.images.iter().position(|image| *image == from));
        let Some(at) = at else {
            return self.images.first().copied();
        };
        self.images.get(at.checked_add_signed(by)?).copied()
    }

    pub fn reveal(&mut self, image: ImageId) {
        self.reveal = Some(image);
    }

    /// Any file of the disk, typed or chosen. Returns its path once that is confirmed.
    pub fn file_ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>) -> Option<PathBuf> {
        let answer = self.file.ui(ui, "Image file", Pick::Image, ctx.waker);
        if answer.entered {
            return self.file.path();
        }
        answer.chosen.into_iter().next()
    }

    /// Returns the image that was clicked.
    pub fn grid_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        current: Option<ImageId>,
    ) -> Option<ImageId> {
        self.pool_ui(ui, ctx);
        if let Some(problem) = &self.problem {
            ui.label(egui::RichText::new(problem).color(theme::palette(ui).warning));
            return None;
        }
        if self.images.is_empty() {
            ui.label("No images in this set. Choose another set, or open a file.");
            return None;
        }
        let gap = theme::GAP_TINY;
        let width = ui.available_width() - ui.spacing().scroll.allocated_width();
        let columns = (((width + gap) / (MIN_CELL_WIDTH + gap)) as usize).max(1);
        let cell_width = (width + gap) / columns as f32 - gap;
        let cell = vec2(cell_width, (cell_width * CELL_ASPECT).round());
        let pitch = cell.y + gap;
        let reveal = self
            .reveal
            .take()
            .and_then(|image| self.images.iter().position(|other| *other == image));
        let mut clicked = None;
        scrolled_ui(
            ui,
            egui::ScrollArea::vertical()
                .id_salt("explain images")
                .auto_shrink(false),
            |ui, viewport| {
                let rows = self.images.len().div_ceil(columns);
                ui.set_height(rows as f32 * pitch);
                let origin = ui.min_rect().min;
                let cell_rect = |index: usize| {
                    let (row, column) = (index / columns, index % columns);
                    let corner = vec2(column as f32 * (cell.x + gap), row as f32 * pitch);
                    egui::Rect::from_min_size(origin + corner, cell)
                };
                if let Some(index) = reveal {
                    let none = egui::style::ScrollAnimation::none();
                    ui.scroll_to_rect_animation(cell_rect(index), None, none);
                }
                let first = (viewport.top() / pitch).max(0.0) as usize * columns;
                let count = ((viewport.height() / pitch) as usize + 2) * columns;
                for (index, image) in self.images.iter().enumerate().skip(first).take(count) {
                    if cell_ui(ui, ctx, cell_rect(index), *image, current == Some(*image)) {
                        clicked = Some(*image);
                    }
                }
            },
        );
        clicked
    }

    fn pool_ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>) {
        let snapshot = ctx.snapshot();
        let name = |pool: Pool| match pool {
            Pool::Valid => "Validation".to_owned(),
            Pool::Train => "Training".to_owned(),
            Pool::Test(source) => snapshot
                .source(source)
                .map_or_else(|| "Test".to_owned(), |source| source.name.clone()),
        };
        ui.horizontal(|ui| {
            egui::ComboBox::from_id_salt("image set")
                .selected_text(name(self.pool))
                .show_ui(ui, |ui| {
                    let tests = snapshot.sources.iter().filter(|source| source.is_test);
                    let tests = tests.map(|source| Pool::Test(source.id));
                    for pool in [Pool::Valid, Pool::Train].into_iter().chain(tests) {
                        ui.selectable_value(&mut self.pool, pool, name(pool));
                    }
                })
                .response
                .accessible_name("Image set");
            let count = number::counted(self.images.len(), "image");
            ui.label(theme::small(count).color(theme::palette(ui).text_weak));
        });
    }
}

fn cell_ui(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    rect: egui::Rect,
    image: ImageId,
    is_current: bool,
) -> bool {
    let Some(record) = ctx.session.snapshot().image(image) else {
        return false;
    };
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(image), Sense::click());
    let class = record
        .class
        .and_then(|class| ctx.session.snapshot().class_name(class))
        .unwrap_or("no class");
    let spoken = format!("{class} {}", record.origin);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_current, &spoken));
    ui.painter().rect_filled(rect, 0, palette.raised);
    paint_thumbnail(ui.painter(), palette, rect, record, ctx.textures);
    let outline = if is_current {
        palette.accent
    } else if response.hovered() || response.has_focus() {
        palette.text_weak
    } else {
        egui::Color32::TRANSPARENT
    };
    let stroke = Stroke::new(theme::OUTLINE, outline);
    ui.painter()
        .rect_stroke(rect, 0, stroke, StrokeKind::Inside);
    let is_clicked = response.clicked();
    response.on_hover_text(spoken);
    is_clicked
}

/// Runs with weights to load.
pub fn usable(runs: &[RunLog]) -> impl Iterator<Item = &RunLog> {
    runs.iter().filter(|run| run.best_accuracy().is_some())
}

/// `chosen`: `None` is the best one, which is `run` then.
pub fn run_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, chosen: &mut Option<String>, run: &RunLog) {
    let text = |run: &RunLog| {
        let accuracy = number::percent(run.best_accuracy().unwrap_or_default());
        run.with_caveats(format!("Stage {}, {accuracy}", run.info.config.stage))
    };
    let label = ui.label(theme::strong("Run"));
    egui::ComboBox::from_id_salt("explained run")
        .selected_text(text(run))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, "The best one");
            for run in usable(ctx.session.runs())
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
            {
                let name = format!("{}  {}", run.info.id, text(run));
                ui.selectable_value(chosen, Some(run.info.id.clone()), name);
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text(&run.info.id);
}
