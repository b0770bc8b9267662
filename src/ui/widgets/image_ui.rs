//! An image in a box: grey with the right aspect until it is there, then faded in.

use eframe::egui::{self, Align2, Color32, FontId, Painter, Pos2, Rect, Vec2};
use egui_material_icons::icons;

use crate::catalog::ImageRecord;
use crate::ui::textures::{Texture, Textures};
use crate::ui::theme::{self, Palette};

const WHOLE: Rect = Rect {
    min: Pos2::ZERO,
    max: Pos2::new(1.0, 1.0),
};

/// Between the images of a strip.
pub const STRIP_GAP: f32 = 2.0;

/// The largest box of the image's aspect in the middle of `bounds`.
pub fn fitted(bounds: Rect, size: Vec2) -> Rect {
    let scale = (bounds.width() / size.x.max(1.0)).min(bounds.height() / size.y.max(1.0));
    Rect::from_center_size(bounds.center(), size * scale)
}

/// Size in pixels as a vector.
pub fn size_of(image: &ImageRecord) -> Vec2 {
    egui::vec2(image.width as f32, image.height as f32)
}

/// Paints the thumbnail into `bounds` (keeping its aspect) and returns where it lies.
pub fn paint_thumbnail(
    painter: &Painter,
    palette: &Palette,
    bounds: Rect,
    image: &ImageRecord,
    textures: &mut Textures,
) -> Rect {
    let rect = fitted(bounds, size_of(image));
    let side = rect.width().max(rect.height()) * painter.pixels_per_point();
    paint_texture(
        painter,
        palette,
        rect,
        &textures.thumbnail_sized(image, side),
    );
    rect
}

pub fn paint_texture(painter: &Painter, palette: &Palette, rect: Rect, texture: &Texture) {
    match texture {
        Texture::Ready { id, opacity, .. } => {
            if *opacity < 1.0 {
                painter.rect_filled(rect, 0.0, palette.raised);
            }
            painter.image(*id, rect, WHOLE, Color32::WHITE.gamma_multiply(*opacity));
        }
        Texture::Loading => {
            painter.rect_filled(rect, 0.0, palette.raised);
        }
        Texture::Failed { .. } => {
            painter.rect_filled(rect, 0.0, palette.raised);
            let icon = icons::ICON_BROKEN_IMAGE;
            painter.text(
                rect.center(),
                Align2::CENTER_CENTER,
                icon.codepoint,
                FontId::new(theme::ICON_RAIL, icon.font_family()),
                palette.error,
            );
        }
    }
}

/// A row of small images of equal height, cut off where the room ends.
pub fn strip_ui<'a>(
    ui: &mut egui::Ui,
    images: impl Iterator<Item = &'a ImageRecord>,
    height: f32,
    textures: &mut Textures,
) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = STRIP_GAP;
        for image in images {
            let width = height * image.width as f32 / image.height.max(1) as f32;
            if width > ui.available_width() {
                break;
            }
            let (rect, _) = ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::hover());
            paint_thumbnail(ui.painter(), palette, rect, image, textures);
        }
    });
}
