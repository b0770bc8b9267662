//! The copies of an image that training learns from beside it, as small images in the inspector.

use eframe::egui::{self, Sense, WidgetInfo};

use crate::catalog::ImageRecord;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

/// In a row.
const COLUMNS: usize = 3;

/// Nothing for an image of a source that is not upsampled.
pub fn copies_ui(ui: &mut egui::Ui, image: &ImageRecord, ctx: &mut ViewCtx<'_>) {
    if image.copies.is_empty() {
        return;
    }
    ui.label(theme::strong("Copies")).on_hover_text(
        "Training learns from these, too, while the image is on its side; they are never validated on. Collect has them in the menu of the source",
    );
    let gap = theme::GAP_TINY;
    let width = (ui.available_width() - gap * (COLUMNS - 1) as f32) / COLUMNS as f32;
    let size = egui::vec2(width, width / image_ui::aspect_of(image).max(0.5));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(gap);
        for copy in image.copies.iter() {
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            let texture = ctx.textures.thumbnail_of_copy(image, copy);
            let place = image_ui::fitted(rect, image_ui::size_of(image));
            image_ui::paint_texture(ui.painter(), theme::palette(ui), place, &texture);
            let text = format!("copy: {}", copy.title());
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &text));
            response.on_hover_text(copy.title());
        }
    });
    ui.separator();
}
