//! The scene of the image in the loupe, as a strip to click in.

use eframe::egui::{self, Sense, WidgetInfo};

use super::facets::decision_word;
use crate::catalog::{ImageId, ImageRecord};
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

const STRIP_HEIGHT: f32 = 72.0;

/// The scene's images, the current one in the middle as far as there are enough.
pub fn strip_ui(ui: &mut egui::Ui, image: &ImageRecord, ctx: &mut ViewCtx<'_>) -> Option<ImageId> {
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
    let width = height * image_ui::aspect_of(image);
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
