//! The left of the explain page: which image of which set, or of the files that were dropped.

use std::path::PathBuf;

use eframe::egui::{self, Role, Sense, Stroke, StrokeKind, WidgetInfo, vec2};

use super::files_ui::Files;
use super::subject::Subject;
use crate::catalog::{Decision, ImageId, Snapshot, SourceId};
use crate::dataset::{Sample, Split};
use crate::ui::context::ViewCtx;
use crate::ui::failure::window_words;
use crate::ui::widgets::image_ui::paint_thumbnail;
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
    /// Dropped or chosen, of any folder.
    Files,
}

#[derive(Default)]
pub struct Picker {
    pool: Pool,
    key: Option<(u64, Pool)>,
    images: Vec<ImageId>,
    /// Why there are none.
    problem: Option<String>,
    files: Files,
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
            Pool::Files => Vec::new(),
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

    /// What lies `by` places from `from`; from nowhere the first one.
    pub fn neighbor(&self, from: Option<&Subject>, by: isize) -> Option<Subject> {
        let files = self.files.paths.iter().cloned().map(Subject::File);
        let images = self.images.iter().copied().map(Subject::Image);
        let all: Vec<Subject> = match self.pool {
            Pool::Files => files.collect(),
            Pool::Valid | Pool::Train | Pool::Test(_) => images.collect(),
        };
        let at = from.and_then(|from| all.iter().position(|other| other == from));
        match at {
            Some(at) => all.get(at.checked_add_signed(by)?).cloned(),
            None => all.first().cloned(),
        }
    }

    /// What is listed from `from` on, up to `count`.
    pub fn following(&self, from: &Subject, count: usize) -> Vec<Subject> {
        let mut found = vec![from.clone()];
        while found.len() < count {
            let Some(next) = self.neighbor(found.last(), 1) else {
                break;
            };
            if found.contains(&next) {
                break;
            }
            found.push(next);
        }
        found
    }

    /// Files to look at: one is a question between others, several are a list to step through. Returns the first.
    pub fn offer(&mut self, paths: Vec<PathBuf>) -> Option<Subject> {
        let first = paths.first().cloned().map(Subject::File);
        if paths.len() > 1 {
            self.files.paths = paths;
            self.pool = Pool::Files;
        }
        first
    }

    pub fn reveal(&mut self, image: ImageId) {
        self.reveal = Some(image);
    }

    /// Files of the disk, typed or chosen. Returns them once that is confirmed.
    pub fn file_ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>) -> Vec<PathBuf> {
        self.files.field_ui(ui, ctx)
    }

    /// Returns the image or file that was clicked.
    pub fn list_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        current: Option<&Subject>,
    ) -> Option<Subject> {
        self.pool_ui(ui, ctx);
        if self.pool == Pool::Files {
            return self.files.list_ui(ui, current).map(Subject::File);
        }
        let image = current.and_then(Subject::image);
        self.grid_ui(ui, ctx, image).map(Subject::Image)
    }

    /// Returns the image that was clicked.
    fn grid_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        current: Option<ImageId>,
    ) -> Option<ImageId> {
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
            Pool::Files => "Files".to_owned(),
        };
        let files = Some(Pool::Files).filter(|_| !self.files.paths.is_empty());
        ui.horizontal(|ui| {
            egui::ComboBox::from_id_salt("image set")
                .selected_text(name(self.pool))
                .truncate()
                .show_ui(ui, |ui| {
                    let tests = snapshot.sources.iter().filter(|source| source.is_test);
                    let tests = tests.map(|source| Pool::Test(source.id));
                    let sides = [Pool::Valid, Pool::Train].into_iter();
                    for pool in sides.chain(tests).chain(files) {
                        ui.selectable_value(&mut self.pool, pool, name(pool));
                    }
                })
                .response
                .accessible_name("Image set");
            let amount = match self.pool {
                Pool::Files => self.files.paths.len(),
                Pool::Valid | Pool::Train | Pool::Test(_) => self.images.len(),
            };
            let count = number::counted(amount, "image");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ClassId, ImageRecord};
    use crate::media::border::Insets;
    use crate::media::upsampling::Copies;

    fn image(id: i64, decision: Decision) -> ImageRecord {
        ImageRecord {
            id: ImageId(id),
            source: SourceId(7),
            class: Some(ClassId(1)),
            scene: None,
            path: PathBuf::from(format!("{id}.jpg")),
            origin: format!("{id}.jpg"),
            hash: String::new(),
            width: 4,
            height: 3,
            crop: Insets::NONE,
            character: None,
            copies: Copies::default(),
            frame: None,
            time_secs: None,
            side: None,
            decision,
            decided: crate::catalog::Decided::default(),
        }
    }

    #[test]
    fn rejects_of_a_test_set_are_hidden_as_those_of_validation_are() {
        let snapshot = Snapshot {
            version: 1,
            images: vec![
                image(1, Decision::Undecided),
                image(2, Decision::Reject),
                image(3, Decision::Keep),
            ],
            ..Snapshot::default()
        };
        let mut picker = Picker {
            pool: Pool::Test(SourceId(7)),
            ..Picker::default()
        };
        picker.follow(&snapshot);
        assert_eq!(picker.images(), [ImageId(1), ImageId(3)]);
    }
}
