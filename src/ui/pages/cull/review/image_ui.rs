//! One image as large as there is room, the thumbnail standing in until it is there.

use eframe::egui::{self, Rect};
use egui_material_icons::icons;

use crate::catalog::{Decision, ImageRecord};
use crate::ui::textures::{Texture, Textures};
use crate::ui::theme;
use crate::ui::widgets::image_ui;

/// Where the image lies in `area`. Checks are about files, so it is shown whole, whatever it is cropped to.
pub fn paint_large(
    ui: &egui::Ui,
    area: Rect,
    image: &ImageRecord,
    textures: &mut Textures,
) -> Rect {
    let rect = image_ui::fitted(area, image_ui::size_of(&image.whole()));
    paint_into(ui, rect, area, image, textures);
    rect
}

/// Into just this box, seen through `clip`: two versions of an image lie exactly over one another.
pub fn paint_into(
    ui: &egui::Ui,
    rect: Rect,
    clip: Rect,
    image: &ImageRecord,
    textures: &mut Textures,
) {
    let image = &image.whole();
    let palette = theme::palette(ui);
    let painter = ui.painter_at(clip);
    let full = textures.full_of(image);
    if !matches!(full, Texture::Ready { opacity, .. } if opacity >= 1.0) {
        let thumbnail = textures.thumbnail_of(image);
        image_ui::paint_texture(&painter, palette, rect, &thumbnail);
    }
    match &full {
        Texture::Ready { .. } => image_ui::paint_texture(&painter, palette, rect, &full),
        Texture::Loading => {}
        Texture::Failed { .. } => {
            let corner = rect.right_top() + egui::vec2(-theme::GAP_HUGE, theme::GAP_SMALL);
            let colors = (palette.panel, palette.error);
            image_ui::paint_badge(&painter, corner, icons::ICON_BROKEN_IMAGE, colors);
        }
    }
}

/// A veil and a cross over what goes, a tick on what stays.
pub fn paint_fate(ui: &egui::Ui, rect: Rect, stays: bool) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let (decision, icon) = if stays {
        (Decision::Keep, icons::ICON_CHECK)
    } else {
        (Decision::Reject, icons::ICON_CLOSE)
    };
    let color = palette.decision(decision);
    let stroke = egui::Stroke::new(theme::OUTLINE, color);
    painter.rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Outside);
    image_ui::paint_badge(painter, rect.min, icon, (color, palette.canvas));
}
