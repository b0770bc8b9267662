//! The loupe: one image as large as the page, its scene as a filmstrip below.

use eframe::egui::{self, FontId, Pos2, Rect, Sense, Vec2, WidgetInfo};
use egui_material_icons::icons;

use super::facets::decision_word;
use super::filmstrip::strip_ui;
use crate::catalog::{ImageId, ImageRecord};
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::textures::Texture;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

/// How much a notch of the wheel enlarges, per point it scrolls.
const ZOOM_PER_POINT: f32 = 1.0 / 200.0;
/// Points of the screen for a pixel of the image.
const MAX_SCALE: f32 = 8.0;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loupe {
    /// Points of the screen for a pixel of the image; `None`: as large as the page.
    scale: Option<Scale>,
    /// Of the image's middle from the page's, in points.
    pan: Vec2,
    /// The keys are shown once.
    has_told_keys: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// One pixel of the image on one of the screen, to judge sharpness.
    OneToOne,
    Points(f32),
}

impl Loupe {
    pub fn toggle_one_to_one(&mut self) {
        self.scale = match self.scale {
            Some(Scale::OneToOne) => None,
            Some(Scale::Points(_)) | None => Some(Scale::OneToOne),
        };
        self.pan = Vec2::ZERO;
    }

    pub fn show_one_to_one(&mut self) {
        self.scale = Some(Scale::OneToOne);
        self.pan = Vec2::ZERO;
    }

    /// Where an image of `size` pixels lies in `area`.
    fn place(&self, area: Rect, size: Vec2, pixels_per_point: f32) -> Rect {
        let points = match self.scale {
            None => return image_ui::fitted(area, size),
            Some(Scale::OneToOne) => size / pixels_per_point,
            Some(Scale::Points(scale)) => size * scale,
        };
        Rect::from_center_size(area.center() + self.pan, points)
    }

    /// Enlarges by `factor` around `pointer`, which stays on the same point of the image. Never smaller than the page.
    fn zoom(
        &mut self,
        factor: f32,
        pointer: Pos2,
        area: Rect,
        (size, pixels_per_point): (Vec2, f32),
    ) {
        let before = self.place(area, size, pixels_per_point);
        let whole = image_ui::fitted(area, size).width() / size.x.max(1.0);
        let scale = (before.width() / size.x.max(1.0) * factor).min(MAX_SCALE.max(whole));
        if scale <= whole {
            self.scale = None;
            self.pan = Vec2::ZERO;
            return;
        }
        let grown = scale * size.x / before.width();
        let center = pointer + (before.center() - pointer) * grown;
        self.scale = Some(Scale::Points(scale));
        self.pan = center - area.center();
    }

    /// Returns the image of the filmstrip that was clicked. `next` is loaded ahead.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        image: &ImageRecord,
        next: Option<&ImageRecord>,
        ctx: &mut ViewCtx<'_>,
    ) -> Option<ImageId> {
        let clicked = strip_ui(ui, image, ctx);
        let area = ui.available_rect_before_wrap();
        self.image_ui(ui, area, image, ctx);
        if let Some(next) = next {
            ctx.textures.full_of(next);
        }
        clicked
    }

    fn image_ui(
        &mut self,
        ui: &mut egui::Ui,
        area: Rect,
        image: &ImageRecord,
        ctx: &mut ViewCtx<'_>,
    ) {
        let palette = theme::palette(ui);
        let response = ui.allocate_rect(area, Sense::DRAG);
        let size = image_ui::size_of(image);
        if self.scale.is_some() {
            self.pan += response.drag_delta();
        }
        if let Some(pointer) = response.hover_pos() {
            let (scrolled, pinched) =
                ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (scrolled * ZOOM_PER_POINT).exp() * pinched;
            if factor != 1.0 {
                self.zoom(factor, pointer, area, (size, ui.pixels_per_point()));
            }
        }
        let rect = self.place(area, size, ui.pixels_per_point());
        let painter = ui.painter_at(area);
        // The thumbnail stands in until the whole image is there.
        let full = ctx.textures.full_of(image);
        if !matches!(full, Texture::Ready { opacity, .. } if opacity >= 1.0) {
            let thumbnail = ctx.textures.thumbnail_of(image);
            image_ui::paint_texture(&painter, palette, rect, &thumbnail);
        }
        match &full {
            Texture::Loading => {}
            Texture::Ready { .. } => image_ui::paint_texture(&painter, palette, rect, &full),
            // The thumbnail says more than a grey box, if there is one.
            Texture::Failed { .. } => {
                let corner = area.right_top() + egui::vec2(-theme::GAP_HUGE, theme::GAP_SMALL);
                let colors = (palette.panel, palette.error);
                image_ui::paint_badge(&painter, corner, icons::ICON_BROKEN_IMAGE, colors);
            }
        }
        if let Texture::Failed { reason, .. } = &full {
            image_ui::caption_ui(ui, area, &capitalized(reason));
        } else if !self.has_told_keys {
            image_ui::caption_ui(
                ui,
                area,
                "X reject · K keep · U clear decision · 1–9 class · Shift whole scene · Wheel zoom · Z 1:1 · Escape back · ? all keys",
            );
            self.has_told_keys = ui.input(|input| {
                input
                    .events
                    .iter()
                    .any(|event| matches!(event, egui::Event::Key { pressed: true, .. }))
            });
        }
        response.widget_info(|| {
            let missing = if full.is_missing() {
                ", file missing"
            } else {
                ""
            };
            let decision = decision_word(image.decision);
            let text = format!("Loupe: {} {decision}{missing}", image.origin);
            WidgetInfo::labeled(egui::Role::Image, true, text)
        });
        decision_ui(&painter, palette, area, image);
    }
}

/// The decision in words and color at the upper left corner, and the edge below the image.
fn decision_ui(painter: &egui::Painter, palette: &theme::Palette, area: Rect, image: &ImageRecord) {
    let galley = painter.layout_no_wrap(
        decision_word(image.decision).to_owned(),
        FontId::new(theme::TEXT_BODY, theme::semibold()),
        palette.decision(image.decision),
    );
    let tag = Rect::from_min_size(
        area.min + Vec2::splat(theme::GAP_SMALL),
        galley.size() + Vec2::splat(theme::GAP_SMALL),
    );
    painter.rect_filled(tag, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    painter.galley(tag.min + Vec2::splat(theme::GAP_TINY), galley, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_enlarges_around_the_pointer_and_back_to_the_whole_image() {
        let area = Rect::from_min_size(Pos2::ZERO, Vec2::new(800.0, 600.0));
        let size = (Vec2::new(1600.0, 900.0), 1.0);
        let mut loupe = Loupe::default();
        let pointer = Pos2::new(200.0, 200.0);
        let under = |loupe: &Loupe| {
            let rect = loupe.place(area, size.0, size.1);
            (pointer - rect.min) / rect.size()
        };
        let before = under(&loupe);
        loupe.zoom(3.0, pointer, area, size);
        assert_eq!(loupe.place(area, size.0, size.1).width(), 2400.0);
        assert!((under(&loupe) - before).length() < 1e-4);
        loupe.zoom(0.1, pointer, area, size);
        assert_eq!(loupe, Loupe::default());
        loupe.toggle_one_to_one();
        assert_eq!(loupe.place(area, size.0, size.1).width(), 1600.0);
    }
}
