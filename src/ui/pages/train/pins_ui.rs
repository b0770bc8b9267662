//! The strip under the plots: validation images under their heatmaps, with the class the run takes them for.

use eframe::egui::{self, Align, Color32, Layout, Rect, Role, Sense, WidgetInfo, pos2, vec2};
use egui_material_icons::icons::{ICON_CHECK, ICON_CLOSE};

use super::pins::{METHOD, PINS, Pin, Pins};
use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::image_ui;

/// Of the room below the status line; between what shows anything and what thumbnails are made for.
const PART: f32 = 0.22;
const MIN_HEIGHT: f32 = 136.0;
const MAX_HEIGHT: f32 = 240.0;
/// In a lower window there are only plots.
const MIN_ROOM: f32 = 480.0;
const TITLE_HEIGHT: f32 = 28.0;
const NAME_HEIGHT: f32 = theme::TEXT_SMALL + theme::GAP_SMALL;
const WHOLE: Rect = Rect {
    min: pos2(0.0, 0.0),
    max: pos2(1.0, 1.0),
};

/// How high the strip is in `room`, with the plots above it; 0 where they need all of it.
pub fn height_in(room: f32) -> f32 {
    if room < MIN_ROOM {
        return 0.0;
    }
    (room * PART).clamp(MIN_HEIGHT, MAX_HEIGHT)
}

pub fn pins_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, pins: &mut Pins, log: &RunLog) {
    pins.follow(ui, ctx, log);
    let weak = theme::palette(ui).text_weak;
    let epoch = pins.epoch_of(log);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), TITLE_HEIGHT),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.label(theme::strong("Validation images"));
            let text = match (&pins.failure, epoch, log.best_epoch()) {
                (Some(reason), ..) => reason.clone(),
                (None, Some(epoch), _) => {
                    format!("as the net of epoch {epoch}, the best one, sees them")
                }
                (None, None, Some(_)) => "are being explained".to_owned(),
                (None, None, None) => "are explained after the first epoch".to_owned(),
            };
            ui.label(theme::small(text).color(weak));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if pins.has_others() && ui.button(theme::small("Others")).clicked() {
                    pins.show_others();
                }
            });
        },
    );
    if epoch.is_none() {
        return;
    }
    let gap = theme::GAP_SMALL;
    let (row, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let width = (row.width() + gap) / PINS as f32 - gap;
    for (place, pin) in pins.explained.iter().enumerate() {
        let left = row.left() + place as f32 * (width + gap);
        let rect = Rect::from_min_size(pos2(left, row.top()), vec2(width, row.height()));
        pin_ui(ui, ctx, pin, rect);
    }
}

fn pin_ui(ui: &egui::Ui, ctx: &mut ViewCtx<'_>, pin: &Pin, rect: Rect) {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let Some(image) = snapshot.image(pin.image) else {
        return;
    };
    let palette = theme::palette(ui);
    let actual = image.class.and_then(|class| snapshot.class_name(class));
    let is_right = actual == Some(pin.class.as_str());
    let (above, below) = rect.split_top_bottom_at_y(rect.bottom() - NAME_HEIGHT);
    let shown = image_ui::paint_thumbnail(ui.painter(), palette, above, image, ctx.textures).rect;
    let tint = Color32::WHITE.gamma_multiply(METHOD.default_opacity());
    ui.painter().image(pin.heatmap.id(), shown, WHOLE, tint);

    let (icon, color) = if is_right {
        (ICON_CHECK, palette.keep)
    } else {
        (ICON_CLOSE, palette.reject)
    };
    let percent = f64::from(pin.prob) * 100.0;
    let text = format!("{} {percent:.0} %", pin.class);
    let name = ui.painter().with_clip_rect(below);
    let mark = name.text(
        pos2(shown.left(), below.center().y),
        egui::Align2::LEFT_CENTER,
        icon.codepoint,
        egui::FontId::new(theme::ICON_BUTTON, icon.font_family()),
        color,
    );
    name.text(
        pos2(mark.right() + theme::GAP_TINY, below.center().y),
        egui::Align2::LEFT_CENTER,
        &text,
        egui::FontId::proportional(theme::TEXT_SMALL),
        palette.text,
    );

    let response = ui.interact(rect, ui.scope_id().with(("pin", pin.image)), Sense::click());
    let verdict = match (is_right, actual) {
        (true, _) => format!("taken for {text}, rightly"),
        (false, Some(actual)) => format!("taken for {text}, but it is {actual}"),
        (false, None) => format!("taken for {text}"),
    };
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Button, true, format!("Explain an image {verdict}"))
    });
    if response.has_focus() || response.hovered() {
        let stroke = egui::Stroke::new(theme::OUTLINE, palette.accent);
        let outline = egui::StrokeKind::Outside;
        ui.painter().rect_stroke(shown, 0.0, stroke, outline);
    }
    if response.clicked() {
        ctx.explain(pin.image);
    }
    response.on_hover_text(format!("Click to explain: {verdict}"));
}
