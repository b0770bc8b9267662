//! Two images of a group in one place: swapped, wiped or subtracted.

use eframe::egui::{self, Rect, Sense, WidgetInfo};

use super::Review;
use super::image_ui::paint_into;
use super::keys::Comparison;
use crate::catalog::ImageRecord;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

/// The image that stays, and the other one.
pub struct Two<'a> {
    pub stays: &'a ImageRecord,
    pub other: &'a ImageRecord,
}

/// Fills `area`. `review`: which comparison, and how it stands.
pub fn comparison_ui(
    ui: &mut egui::Ui,
    area: Rect,
    two: &Two<'_>,
    review: &mut Review,
    ctx: &mut ViewCtx<'_>,
) {
    let rect = image_ui::fitted(area, image_ui::size_of(&two.stays.whole()));
    let response = ui.allocate_rect(area, Sense::CLICK);
    let palette = theme::palette(ui);
    let text = match review.comparison {
        Comparison::SideBySide => return,
        Comparison::Swap => {
            if response.clicked() {
                review.is_swapped = !review.is_swapped;
            }
            // Both are asked for, so that the swap is at once.
            ctx.textures.full_of(&two.stays.whole());
            ctx.textures.full_of(&two.other.whole());
            let front = if review.is_swapped {
                two.other
            } else {
                two.stays
            };
            paint_into(ui, rect, area, front, ctx.textures);
            let fate = if review.is_swapped { "goes" } else { "stays" };
            format!("Swap: {} {fate} (Space)", front.origin)
        }
        Comparison::Wipe => {
            if let Some(pointer) = response.hover_pos() {
                review.wipe = ((pointer.x - rect.min.x) / rect.width()).clamp(0.0, 1.0);
            }
            let x = egui::lerp(rect.x_range(), review.wipe);
            paint_into(ui, rect, rect.with_max_x(x), two.stays, ctx.textures);
            paint_into(ui, rect, rect.with_min_x(x), two.other, ctx.textures);
            let line = egui::Stroke::new(theme::OUTLINE, palette.accent);
            ui.painter().vline(x, rect.y_range(), line);
            format!(
                "Left {} stays, right {} goes",
                two.stays.origin, two.other.origin
            )
        }
        Comparison::Difference => {
            let pair = (two.stays.into(), two.other.into());
            match review.difference.of(ui, &pair, ctx) {
                None => {
                    ui.painter().rect_filled(rect, 0.0, palette.raised);
                    "Subtracting…".to_owned()
                }
                Some(Err(error)) => error,
                Some(Ok(texture)) => {
                    let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
                    let white = egui::Color32::WHITE;
                    ui.painter_at(area).image(texture.id(), rect, whole, white);
                    "Difference, four times enlarged: black is equal".to_owned()
                }
            }
        }
    };
    image_ui::caption_ui(ui, area, &text);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &text));
}
