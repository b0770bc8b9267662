//! The loupe: one image as large as the page, its scene as a filmstrip below.

use eframe::egui::{self, FontId, Rect, Sense, Vec2, WidgetInfo};

use super::facets::decision_word;
use crate::catalog::{ImageId, ImageRecord};
use crate::ui::context::ViewCtx;
use crate::ui::textures::Texture;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

const STRIP_HEIGHT: f32 = 72.0;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loupe {
    /// One pixel of the image on one of the screen, to judge sharpness.
    pub is_one_to_one: bool,
    /// Of the image's middle from the page's, in points.
    pan: Vec2,
    /// The keys are told once.
    has_told_keys: bool,
}

impl Loupe {
    pub fn toggle_one_to_one(&mut self) {
        self.is_one_to_one = !self.is_one_to_one;
        self.pan = Vec2::ZERO;
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
            ctx.textures.full(&next.path);
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
        response.widget_info(|| {
            let text = format!("Loupe: {} {}", image.origin, decision_word(image.decision));
            WidgetInfo::labeled(egui::Role::Image, true, text)
        });
        let size = image_ui::size_of(image);
        let rect = if self.is_one_to_one {
            self.pan += response.drag_delta();
            Rect::from_center_size(area.center() + self.pan, size / ui.pixels_per_point())
        } else {
            image_ui::fitted(area, size)
        };
        let painter = ui.painter_at(area);
        // The thumbnail stands in until the whole image is there.
        let full = ctx.textures.full(&image.path);
        if !matches!(full, Texture::Ready { opacity, .. } if opacity >= 1.0) {
            let thumbnail = ctx.textures.thumbnail_of(image);
            image_ui::paint_texture(&painter, palette, rect, &thumbnail);
        }
        match full {
            Texture::Loading => {}
            Texture::Ready { .. } | Texture::Failed { .. } => {
                image_ui::paint_texture(&painter, palette, rect, &full);
            }
        }
        if let Texture::Failed { reason } = &full {
            caption_ui(ui, area, reason);
        } else if !self.has_told_keys {
            caption_ui(
                ui,
                area,
                "X reject · K keep · U undecide · 1–9 class · Shift whole scene · Z 1:1 · Escape back · ? all keys",
            );
            self.has_told_keys = ui.input(|input| {
                input
                    .events
                    .iter()
                    .any(|event| matches!(event, egui::Event::Key { pressed: true, .. }))
            });
        }
        decision_ui(&painter, palette, area, image);
    }
}

fn caption_ui(ui: &egui::Ui, area: Rect, text: &str) {
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
    let box_rect = Rect::from_center_size(center, galley.size() + Vec2::splat(theme::GAP_MEDIUM));
    ui.painter()
        .rect_filled(box_rect, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    ui.painter()
        .galley(center - galley.size() / 2.0, galley, palette.text);
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

/// The scene's images, the current one in the middle as far as there are enough.
fn strip_ui(ui: &mut egui::Ui, image: &ImageRecord, ctx: &mut ViewCtx<'_>) -> Option<ImageId> {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let scene = image.scene?;
    let images = snapshot.images_of_scene(scene);
    let palette = theme::palette(ui);
    let mut clicked = None;
    egui::Panel::bottom("filmstrip")
        .resizable(false)
        .exact_size(STRIP_HEIGHT + theme::GAP_LARGE)
        .frame(egui::Frame::new().inner_margin(egui::Margin::symmetric(0, 8)))
        .show(ui, |ui| {
            egui::ScrollArea::horizontal()
                .id_salt("filmstrip")
                .auto_shrink(false)
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
                        for other in images {
                            if strip_image_ui(ui, other, other.id == image.id, palette, ctx) {
                                clicked = Some(other.id);
                            }
                        }
                    });
                });
        });
    clicked
}

fn strip_image_ui(
    ui: &mut egui::Ui,
    image: &ImageRecord,
    is_current: bool,
    palette: &theme::Palette,
    ctx: &mut ViewCtx<'_>,
) -> bool {
    let height = STRIP_HEIGHT - theme::EDGE;
    let width = height * image.width as f32 / image.height.max(1) as f32;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, STRIP_HEIGHT), Sense::CLICK);
    response.widget_info(|| {
        let text = format!("strip {} {}", image.origin, decision_word(image.decision));
        WidgetInfo::selected(egui::Role::Button, true, is_current, text)
    });
    if is_current {
        response.scroll_to_me_animation(
            Some(egui::Align::Center),
            egui::style::ScrollAnimation::none(),
        );
    }
    if ui.is_rect_visible(rect) {
        let (image_rect, edge) = rect.split_top_bottom_at_y(rect.max.y - theme::EDGE);
        image_ui::paint_thumbnail(ui.painter(), palette, image_rect, image, ctx.textures);
        ui.painter()
            .rect_filled(edge, 0.0, palette.decision(image.decision));
        if is_current {
            let stroke = egui::Stroke::new(theme::OUTLINE, palette.accent);
            ui.painter()
                .rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
        }
    }
    response.clicked()
}
