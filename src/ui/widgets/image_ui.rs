//! An image in a box: grey with the right aspect until it is there, then faded in; marked where its file is gone.

use eframe::egui::{self, Align2, Color32, FontId, Painter, Pos2, Rect, Vec2};
use egui_material_icons::{MaterialIcon, icons};

use crate::catalog::ImageRecord;
use crate::media::border::Insets;
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

/// Size in pixels of what is looked at, as a vector.
pub fn size_of(image: &ImageRecord) -> Vec2 {
    let (width, height) = image.size();
    egui::vec2(width as f32, height as f32)
}

/// Width by height of what is looked at.
pub fn aspect_of(image: &ImageRecord) -> f32 {
    let size = size_of(image);
    size.x / size.y.max(1.0)
}

/// A frame around what would be left of the image in `rect`, which is shown whole, without `border`, and a veil over the
/// rest.
pub fn paint_border(
    painter: &Painter,
    palette: &Palette,
    (rect, image): (Rect, &ImageRecord),
    border: Insets,
) {
    let inner = inside(rect, image, border);
    paint_veil(painter, (rect, inner), palette.reject.gamma_multiply(0.35));
    let stroke = egui::Stroke::new(1.0, palette.accent);
    painter.rect_stroke(inner, 0.0, stroke, egui::StrokeKind::Inside);
}

/// What `border` leaves of the image that is shown whole in `rect`.
fn inside(rect: Rect, image: &ImageRecord, border: Insets) -> Rect {
    let (width, _) = image.whole_recipe().size(image.width, image.height);
    let points = rect.width() / width.max(1) as f32;
    Rect::from_min_max(
        rect.min + egui::vec2(border.left as f32, border.top as f32) * points,
        rect.max - egui::vec2(border.right as f32, border.bottom as f32) * points,
    )
}

/// Over what of `rect` is not in `inner`.
pub fn paint_veil(painter: &Painter, (rect, inner): (Rect, Rect), veil: Color32) {
    for part in [
        rect.with_max_y(inner.min.y),
        rect.with_min_y(inner.max.y),
        inner.with_min_x(rect.min.x).with_max_x(inner.min.x),
        inner.with_max_x(rect.max.x).with_min_x(inner.max.x),
    ] {
        painter.rect_filled(part, 0.0, veil);
    }
}

/// Where an image was painted, and whether its file is known to be gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Painted {
    pub rect: Rect,
    pub is_missing: bool,
}

/// Paints the thumbnail into `bounds`, keeping its aspect, with a mark where the file is gone.
pub fn paint_thumbnail(
    painter: &Painter,
    palette: &Palette,
    bounds: Rect,
    image: &ImageRecord,
    textures: &mut Textures,
) -> Painted {
    let rect = fitted(bounds, size_of(image));
    let side = rect.width().max(rect.height()) * painter.pixels_per_point();
    let texture = textures.thumbnail_sized(image, side);
    paint_texture(painter, palette, rect, &texture);
    let is_missing = texture.is_missing();
    // Without a thumbnail the icon in the middle says it.
    if is_missing && matches!(texture, Texture::Ready { .. }) {
        let corner = egui::pos2(rect.max.x - theme::GAP_LARGE, rect.min.y);
        let colors = (palette.panel, palette.error);
        paint_badge(painter, corner, icons::ICON_BROKEN_IMAGE, colors);
    }
    Painted { rect, is_missing }
}

/// A small square with an icon; `corner`: its upper left one; colors of the square and the icon.
pub fn paint_badge(
    painter: &Painter,
    corner: Pos2,
    icon: MaterialIcon,
    (fill, color): (Color32, Color32),
) {
    let badge = Rect::from_min_size(corner, Vec2::splat(theme::GAP_LARGE));
    painter.rect_filled(badge, 0.0, fill);
    painter.text(
        badge.center(),
        Align2::CENTER_CENTER,
        icon.codepoint,
        FontId::new(theme::TEXT_BODY, icon.font_family()),
        color,
    );
}

/// A line about an image on a plate at the lower end of `area`.
pub fn caption_ui(ui: &egui::Ui, area: Rect, text: &str) {
    let palette = theme::palette(ui);
    let galley = ui.painter().layout(
        text.to_owned(),
        FontId::proportional(theme::TEXT_SMALL),
        palette.text,
        area.width() - theme::GAP_HUGE * 2.0,
    );
    let center = egui::pos2(
        area.center().x,
        area.max.y - theme::GAP_HUGE - galley.size().y / 2.0,
    );
    let plate = Rect::from_center_size(center, galley.size() + Vec2::splat(theme::GAP_MEDIUM));
    ui.painter()
        .rect_filled(plate, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    ui.painter()
        .galley(center - galley.size() / 2.0, galley, palette.text);
}

pub fn paint_texture(painter: &Painter, palette: &Palette, rect: Rect, texture: &Texture) {
    match texture {
        Texture::Ready { id, opacity, .. } => {
            if *opacity < 1.0 {
                painter.rect_filled(rect, 0.0, palette.button);
            }
            painter.image(*id, rect, WHOLE, Color32::WHITE.gamma_multiply(*opacity));
        }
        Texture::Loading => {
            painter.rect_filled(rect, 0.0, palette.button);
        }
        Texture::Failed { .. } => {
            painter.rect_filled(rect, 0.0, palette.button);
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
            let width = height * aspect_of(image);
            if width > ui.available_width() {
                break;
            }
            let (rect, _) = ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::hover());
            paint_thumbnail(ui.painter(), palette, rect, image, textures);
        }
    });
}
