//! The images behind the numbers: each with what it is, what it was taken for, and how surely.

use eframe::egui::{self, Align2, FontId, Rect, Role, Sense, Stroke, StrokeKind, WidgetInfo, vec2};
use egui_material_icons::icons;

use super::listing::{Filter, Listing, Order, Part};
use super::measured::Measured;
use crate::evaluate::ImagePrediction;
use crate::predict::ImageFile;
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::CONFIDENCE;
use crate::ui::keys::{self, Shortcut};
use crate::ui::textures::Texture;
use crate::ui::widgets::elide::{elided, elided_within};
use crate::ui::widgets::heatmaps::{Asked, Heatmaps};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::widgets::image_ui::{fitted, paint_badge, paint_texture, size_of};
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const MIN_CELL_WIDTH: f32 = 148.0;
/// Height over width of the image's part.
const ASPECT: f32 = 0.5625;
const CAPTION_HEIGHT: f32 = 36.0;
const GAP: f32 = theme::GAP_SMALL;

/// The measured images and which of them are looked at.
pub struct Images<'a> {
    pub measured: &'a Measured,
    pub listing: &'a Listing,
    pub heatmaps: &'a mut Heatmaps,
    /// A place in the predictions.
    pub selected: Option<usize>,
    /// Scroll to the selected one.
    pub reveals: bool,
}

/// What was done with an image, by its place in the predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Click {
    Select(usize),
    Open(usize),
}

/// The line over the images: what they have in common, and in which order they are.
pub fn filter_ui(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    filter: &mut Filter,
    (measured, shown): (&Measured, usize),
    heatmaps: &mut Heatmaps,
) {
    ui.horizontal_wrapped(|ui| {
        // All of it stands in one line of the smallest window.
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        let text = filter
            .part
            .text(&measured.predictions.info.classes, ctx.snapshot());
        let font = FontId::proportional(theme::TEXT_BODY);
        let text = elided(ui.painter(), &text, &font, ui.available_width() * 0.4);
        ui.label(theme::strong(text));
        let count = theme::small(number::count(shown)).color(theme::palette(ui).text_weak);
        let spoken = number::counted(shown, "image");
        ui.label(count)
            .accessible_name(&spoken)
            .on_hover_text(&spoken);
        if filter.part != Part::All
            && ui
                .button("Show all")
                .on_hover_text("All images of the set (Esc)")
                .clicked()
        {
            filter.part = Part::All;
        }
        ui.checkbox(&mut filter.only_wrong, "Only wrong ones");
        egui::ComboBox::from_id_salt("evaluation order")
            .selected_text(filter.order.name())
            .show_ui(ui, |ui| {
                for order in Order::ALL {
                    ui.selectable_value(&mut filter.order, order, order.name());
                }
            })
            .response
            .accessible_name("Order of the images");
        help_ui(ui, &CONFIDENCE);
        ui.checkbox(&mut heatmaps.are_shown, "Heatmaps")
            .on_hover_text(keys::hint(
                ui,
                "Which regions speak for the class that each image was taken for",
                Shortcut::EvaluateHeatmaps,
            ));
    });
}

/// Returns what was clicked, and how many columns there are, for the arrow keys.
pub fn images_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    images: &mut Images<'_>,
) -> (Option<Click>, usize) {
    let width = ui.available_width();
    let columns = (((width + GAP) / (MIN_CELL_WIDTH + GAP)) as usize).max(1);
    let cell_width = ((width + GAP) / columns as f32 - GAP).floor();
    let cell = vec2(cell_width, (cell_width * ASPECT).round() + CAPTION_HEIGHT);
    let pitch = cell.y + GAP;
    let places = &images.listing.places;
    let reveal = images
        .selected
        .filter(|_| images.reveals)
        .and_then(|place| places.iter().position(|other| *other == place));
    let mut click = None;
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("evaluated images")
            .auto_shrink(false),
        |ui, viewport| {
            ui.set_height(places.len().div_ceil(columns) as f32 * pitch);
            let origin = ui.min_rect().min;
            let rect_of = |index: usize| {
                let (row, column) = (index / columns, index % columns);
                let corner = vec2(column as f32 * (cell.x + GAP), row as f32 * pitch);
                Rect::from_min_size(origin + corner, cell)
            };
            if let Some(index) = reveal {
                let none = egui::style::ScrollAnimation::none();
                ui.scroll_to_rect_animation(rect_of(index), None, none);
            }
            let first = (viewport.top() / pitch).max(0.0) as usize * columns;
            let count = ((viewport.height() / pitch) as usize + 2) * columns;
            for (index, &place) in places.iter().enumerate().skip(first).take(count) {
                let done = cell_ui(ui, ctx, images, rect_of(index), place);
                click = click.or(done);
            }
        },
    );
    (click, columns)
}

fn cell_ui(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    images: &mut Images<'_>,
    rect: Rect,
    place: usize,
) -> Option<Click> {
    let measured = images.measured;
    let image = measured.predictions.images.get(place)?;
    let palette = theme::palette(ui);
    let is_selected = images.selected == Some(place);
    let caption = Caption::new(image, &measured.predictions.info.classes);
    let response = ui.interact(rect, ui.scope_id().with(("evaluated", place)), Sense::CLICK);
    let spoken = format!("{} {}", file_stem(image), caption.spoken());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &spoken));
    let (top, foot) = rect.split_top_bottom_at_y(rect.max.y - CAPTION_HEIGHT);
    ui.painter()
        .rect_filled(rect, theme::RADIUS, palette.raised);
    let shown = paint_image(ui, ctx, images, top, place);
    let record = image.image.and_then(|id| ctx.session.snapshot().image(id));
    let asked = Asked {
        file: record.map_or_else(|| ImageFile::outside(&image.path), ImageFile::from),
        class: caption.predicted.clone(),
    };
    if let Some(heatmap) = images.heatmaps.of(asked) {
        let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
        ui.painter()
            .image(heatmap, shown, whole, egui::Color32::WHITE);
    }
    let (icon, color) = if image.is_correct() {
        (icons::ICON_CHECK, palette.keep)
    } else {
        (icons::ICON_CLOSE, palette.reject)
    };
    paint_badge(ui.painter(), rect.min, icon, (color, palette.canvas));
    caption.paint(ui, foot.shrink2(vec2(theme::GAP_TINY, 2.0)), color);
    let outline = if is_selected {
        palette.accent
    } else if response.hovered() || response.has_focus() {
        palette.text_weak
    } else {
        egui::Color32::TRANSPARENT
    };
    let stroke = Stroke::new(theme::OUTLINE, outline);
    ui.painter()
        .rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Inside);
    let click = if response.double_clicked() {
        Some(Click::Open(place))
    } else {
        response.clicked().then_some(Click::Select(place))
    };
    response.on_hover_text(image.path.display().to_string());
    click
}

/// Returns where the image lies.
fn paint_image(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    images: &Images<'_>,
    bounds: Rect,
    place: usize,
) -> Rect {
    let Some(image) = images.measured.predictions.images.get(place) else {
        return bounds;
    };
    let record = image.image.and_then(|id| ctx.session.snapshot().image(id));
    let (texture, size) = if let Some(record) = record {
        (ctx.textures.thumbnail_of(record), size_of(record))
    } else {
        let key = images
            .measured
            .file_keys
            .get(place)
            .map_or("", String::as_str);
        let texture = ctx.textures.thumbnail(&image.path, key);
        let size = match &texture {
            Texture::Ready { size, .. } => *size,
            Texture::Loading | Texture::Failed { .. } => bounds.size(),
        };
        (texture, size)
    };
    let rect = fitted(bounds, size);
    paint_texture(ui.painter(), theme::palette(ui), rect, &texture);
    rect
}

/// What an image is, and what it was taken for.
struct Caption {
    actual: String,
    predicted: String,
    /// "87 %", of the class predicted.
    percent: String,
    is_correct: bool,
}

impl Caption {
    fn new(image: &ImagePrediction, classes: &[String]) -> Self {
        let name = |index: usize| classes.get(index).cloned().unwrap_or_default();
        let prob = image
            .probs
            .get(image.predicted)
            .copied()
            .unwrap_or_default();
        Self {
            actual: name(image.target),
            predicted: name(image.predicted),
            percent: number::percent(f64::from(prob)),
            is_correct: image.is_correct(),
        }
    }

    fn spoken(&self) -> String {
        let Self {
            actual,
            predicted,
            percent,
            ..
        } = self;
        if self.is_correct {
            format!("{actual}: right {percent}")
        } else {
            format!("{actual}: wrong, taken for {predicted} {percent}")
        }
    }

    fn paint(&self, ui: &egui::Ui, rect: Rect, color: egui::Color32) {
        let palette = theme::palette(ui);
        let font = FontId::proportional(theme::TEXT_SMALL);
        let paint = |at: egui::Pos2, align: Align2, words: [&str; 3], color: egui::Color32| {
            let text = elided_within(ui.painter(), words, &font, rect.width());
            ui.painter().text(at, align, text, font.clone(), color);
        };
        paint(
            rect.left_top(),
            Align2::LEFT_TOP,
            ["", &self.actual, ""],
            palette.text,
        );
        let percent = format!(" {}", self.percent);
        let (words, color) = if self.is_correct {
            (["", "", self.percent.as_str()], palette.text_weak)
        } else {
            (["taken for ", &self.predicted, &percent], color)
        };
        paint(rect.left_bottom(), Align2::LEFT_BOTTOM, words, color);
    }
}

fn file_stem(image: &ImagePrediction) -> String {
    let stem = image.path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}
