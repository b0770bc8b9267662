//! One image below the plots: under its heatmap, with the class that the run takes it for and how sure it was epoch by epoch.

use eframe::egui::{
    self, Align2, Color32, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CHECK, ICON_CLOSE};

use crate::catalog::ImageId;
use crate::run::RunLog;
use crate::session::Command;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::glances::{Glance, METHOD};
use crate::ui::widgets::image_ui;

const NAME_HEIGHT: f32 = theme::TEXT_SMALL + theme::GAP_SMALL;
const CURVE_HEIGHT: f32 = 18.0;
const CURVE_WIDTH: f32 = 1.5;
/// Of the epoch that is looked at.
const DOT: f32 = 2.5;
const UNPIN_SIDE: f32 = 20.0;
const WHOLE: Rect = Rect {
    min: pos2(0.0, 0.0),
    max: pos2(1.0, 1.0),
};

/// What is drawn in a cell.
pub struct Cell<'a> {
    pub image: ImageId,
    /// `None` where nothing was said of it (yet).
    pub glance: Option<&'a Glance>,
    pub is_pinned: bool,
    pub curve: Option<Curve>,
}

/// How sure the run was of the image's own class.
pub struct Curve {
    /// Epoch and probability.
    pub points: Vec<(u32, f32)>,
    pub looked_at: Option<u32>,
}

pub fn cell_ui(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (cell, log): (&Cell<'_>, &RunLog),
    rect: Rect,
) {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let Some(image) = snapshot.image(cell.image) else {
        return;
    };
    let palette = theme::palette(ui);
    let actual = image.class.and_then(|class| snapshot.class_name(class));
    let (rect_above, curve_rect) = match &cell.curve {
        Some(_) => rect.split_top_bottom_at_y(rect.bottom() - CURVE_HEIGHT),
        None => (rect, Rect::NOTHING),
    };
    let (above, below) = rect_above.split_top_bottom_at_y(rect_above.bottom() - NAME_HEIGHT);
    let shown = image_ui::paint_thumbnail(ui.painter(), palette, above, image, ctx.textures).rect;
    if let Some(glance) = cell.glance {
        let tint = Color32::WHITE.gamma_multiply(METHOD.default_opacity());
        ui.painter().image(glance.heatmap.id(), shown, WHOLE, tint);
    }
    let verdict = name_ui(ui, (cell, actual), (below, shown.left()));
    if let Some(curve) = &cell.curve {
        let area = curve_rect
            .with_min_x(shown.left())
            .with_max_x(shown.right())
            .shrink2(vec2(0.0, theme::GAP_TINY));
        curve_ui(ui, area, curve, log.info.config.epochs);
    }
    let id = ui.scope_id().with(("pin", cell.image));
    let response = ui.interact(rect, id, Sense::click());
    let spoken = match &cell.curve {
        Some(curve) => format!("{verdict}{}", curve_words(&curve.points, actual)),
        None => verdict.clone(),
    };
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Button, true, format!("Explain an image {spoken}"))
    });
    if response.has_focus() || response.hovered() {
        let stroke = Stroke::new(theme::OUTLINE, palette.accent);
        ui.painter()
            .rect_stroke(shown, 0.0, stroke, StrokeKind::Outside);
    }
    if response.clicked() {
        ctx.explain_by(cell.image, log.info.id.clone());
    }
    let is_at_hand = response.contains_pointer() || response.has_focus();
    response.on_hover_text(format!("Click to explain: {spoken}"));
    if cell.is_pinned {
        unpin_ui(ui, ctx, cell.image, (shown, is_at_hand));
    }
}

/// The class with its mark; returns what is said of it.
fn name_ui(
    ui: &egui::Ui,
    (cell, actual): (&Cell<'_>, Option<&str>),
    (row, left): (Rect, f32),
) -> String {
    let palette = theme::palette(ui);
    let font = FontId::proportional(theme::TEXT_SMALL);
    let painter = ui.painter().with_clip_rect(row);
    let Some(glance) = cell.glance else {
        let at = pos2(left, row.center().y);
        let words = "not recorded";
        painter.text(at, Align2::LEFT_CENTER, words, font, palette.text_weak);
        return words.to_owned();
    };
    let is_right = actual == Some(glance.class.as_str());
    let (icon, color) = if is_right {
        (ICON_CHECK, palette.keep)
    } else {
        (ICON_CLOSE, palette.reject)
    };
    let percent = f64::from(glance.prob) * 100.0;
    let mark = painter.text(
        pos2(left, row.center().y),
        Align2::LEFT_CENTER,
        icon.codepoint,
        FontId::new(theme::ICON_BUTTON, icon.font_family()),
        color,
    );
    let begin = mark.right() + theme::GAP_TINY;
    let text = format!("{} {percent:.0} %", glance.class);
    let fitting = elided(ui.painter(), &text, &font, row.right() - begin);
    let at = pos2(begin, row.center().y);
    painter.text(at, Align2::LEFT_CENTER, fitting, font, palette.text);
    match (is_right, actual) {
        (true, _) => format!("taken for {text}, rightly"),
        (false, Some(actual)) => format!("taken for {text}, but it is {actual}"),
        (false, None) => format!("taken for {text}"),
    }
}

/// ", elves 20 % after epoch 1 to 90 % after epoch 7".
fn curve_words(curve: &[(u32, f32)], actual: Option<&str>) -> String {
    let (Some(first), Some(last), Some(class)) = (curve.first(), curve.last(), actual) else {
        return String::new();
    };
    let percent = |prob: f32| format!("{:.0} %", f64::from(prob) * 100.0);
    format!(
        "; {class} from {} after epoch {} to {} after epoch {}",
        percent(first.1),
        first.0,
        percent(last.1),
        last.0
    )
}

/// From epoch 1 to the run's last, from 0 to 1.
fn curve_ui(ui: &egui::Ui, area: Rect, curve: &Curve, epochs: u32) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    painter.hline(
        area.x_range(),
        area.bottom(),
        Stroke::new(1.0, palette.line),
    );
    let place = |(epoch, prob): (u32, f32)| -> Pos2 {
        let across = (epoch.saturating_sub(1)) as f32 / (epochs.saturating_sub(1)).max(1) as f32;
        area.left_bottom() + vec2(across.min(1.0) * area.width(), -prob * area.height())
    };
    let Curve { points, looked_at } = curve;
    let line: Vec<Pos2> = points.iter().map(|point| place(*point)).collect();
    let stroke = Stroke::new(CURVE_WIDTH, palette.valid);
    painter.add(Shape::line(line, stroke));
    let marked = match looked_at {
        Some(epoch) => points.iter().find(|point| point.0 == *epoch),
        None => points.last(),
    };
    if let Some(point) = marked {
        painter.circle_filled(place(*point), DOT, palette.text);
    }
}

/// In the corner of the image, while it is at hand.
fn unpin_ui(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    image: ImageId,
    (shown, is_at_hand): (Rect, bool),
) {
    let palette = theme::palette(ui);
    let size = Vec2::splat(UNPIN_SIDE);
    let rect = Align2::RIGHT_TOP.align_size_within_rect(size, shown.shrink(theme::GAP_TINY));
    let id = ui.scope_id().with(("unpin", image));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Unpin this image"));
    if is_at_hand || response.hovered() || response.has_focus() {
        let plate = palette.panel.gamma_multiply(0.9);
        ui.painter().rect_filled(rect, theme::RADIUS, plate);
        let font = FontId::new(theme::ICON_BUTTON, ICON_CLOSE.font_family());
        let color = if response.hovered() {
            palette.text
        } else {
            palette.text_weak
        };
        let at = rect.center();
        let icon = ICON_CLOSE.codepoint;
        ui.painter()
            .text(at, Align2::CENTER_CENTER, icon, font, color);
    }
    if response.clicked() {
        ctx.send(Command::Pin {
            image,
            is_pinned: false,
        });
    }
    response.on_hover_text("Unpin: later epochs do not record it");
}
