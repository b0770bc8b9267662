//! How an image becomes what the net sees, shown on an image of the user's own: one tile a way, chosen by a click.

use eframe::egui::{self, Color32, Rect, Sense, Vec2, WidgetInfo, pos2, vec2};

use super::form::{FITS, TrainForm, fit_name};
use crate::catalog::ImageRecord;
use crate::model::preprocess::Fit;
use crate::ui::context::ViewCtx;
use crate::ui::textures::Texture;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

/// Room for a tile's name.
const NAME_HEIGHT: f32 = theme::TEXT_SMALL + 2.0 * theme::GAP_TINY;

pub fn fit_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, form: &mut TrainForm) {
    ui.label("Seen part");
    let snapshot = ctx.session.snapshot();
    let example = snapshot.images.first().map(|image| image.id);
    let room = ui.available_width();
    let gaps = (FITS.len() - 1) as f32 * theme::GAP_TINY;
    let width = ((room - gaps) / FITS.len() as f32).max(theme::STRIP_HEIGHT);
    let height = width + NAME_HEIGHT;
    let (row, _) = ui.allocate_exact_size(vec2(room, height), Sense::hover());
    for (place, fit) in FITS.into_iter().enumerate() {
        let left = row.min.x + place as f32 * (width + theme::GAP_TINY);
        let rect = Rect::from_min_size(pos2(left, row.min.y), vec2(width, height));
        let image = example.and_then(|id| ctx.session.snapshot().image(id));
        let texture = match image {
            Some(image) => ctx.textures.thumbnail_of(image),
            None => Texture::Loading,
        };
        tile_ui(ui, (image, &texture), fit, rect, form);
    }
}

fn tile_ui(
    ui: &mut egui::Ui,
    (image, texture): (Option<&ImageRecord>, &Texture),
    fit: Fit,
    rect: Rect,
    form: &mut TrainForm,
) {
    let is_chosen = form.shown_1().fit == Some(fit);
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(fit_name(fit)), Sense::click());
    response.widget_info(|| {
        let label = format!("Seen part: {}", fit_name(fit));
        WidgetInfo::selected(egui::Role::RadioButton, true, is_chosen, label)
    });
    if response.clicked() {
        form.stage_1.fit = Some(fit);
    }
    let (square, name) = rect.split_top_bottom_at_y(rect.max.y - NAME_HEIGHT);
    if fit != Fit::Keep {
        ui.painter().rect_filled(square, 0.0, theme::padding());
    }
    if let (Some(image), Texture::Ready { id, opacity, .. }) = (image, texture) {
        let (shown, part) = placed(fit, square, image_ui::size_of(image));
        let tint = Color32::WHITE.gamma_multiply(*opacity);
        ui.painter().image(*id, shown, part, tint);
    }
    let color = if is_chosen {
        palette.text
    } else {
        palette.text_weak
    };
    if is_chosen || response.hovered() || response.has_focus() {
        let stroke = if is_chosen {
            egui::Stroke::new(theme::OUTLINE, palette.accent)
        } else {
            egui::Stroke::new(1.0, palette.text_weak)
        };
        ui.painter()
            .rect_stroke(square, 0.0, stroke, egui::StrokeKind::Inside);
    }
    ui.painter().text(
        name.center(),
        egui::Align2::CENTER_CENTER,
        tile_name(fit),
        egui::FontId::proportional(theme::TEXT_SMALL),
        color,
    );
    response.on_hover_text(match fit {
        Fit::Keep => "The whole image, undistorted, in as many pixels as the square has",
        Fit::Squish => "The whole image, distorted to a square",
        Fit::Crop => "The middle square, undistorted; the sides are not seen",
        Fit::Pad => "The whole image, undistorted, on a grey square; smaller for that",
    });
}

/// Narrower than [`fit_name`]; the tooltip says the rest.
fn tile_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Crop => "middle",
        Fit::Keep | Fit::Squish | Fit::Pad => fit_name(fit),
    }
}

/// Where the image lies in the square, and which part of it (as texture coordinates) is shown there.
fn placed(fit: Fit, square: Rect, size: Vec2) -> (Rect, Rect) {
    // Its pixels are those of no square, but the tile is one.
    let fit = if fit == Fit::Keep { Fit::Pad } else { fit };
    let [left, top, right, bottom] = fit.region(size.x as u32, size.y as u32);
    let region = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
    let part = region.intersect(Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
    let at =
        |corner: egui::Pos2| square.min + (corner - region.min) / region.size() * square.size();
    (Rect::from_min_max(at(part.min), at(part.max)), part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_image_is_distorted_cut_or_shrunk() {
        let square = Rect::from_min_size(pos2(10.0, 10.0), vec2(60.0, 60.0));
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let wide = vec2(200.0, 100.0);
        assert_eq!(placed(Fit::Squish, square, wide), (square, whole));
        let middle = Rect::from_min_max(pos2(0.25, 0.0), pos2(0.75, 1.0));
        assert_eq!(placed(Fit::Crop, square, wide), (square, middle));
        let band = Rect::from_min_max(pos2(10.0, 25.0), pos2(70.0, 55.0));
        for fit in [Fit::Pad, Fit::Keep] {
            assert_eq!(placed(fit, square, wide), (band, whole));
        }
    }
}
