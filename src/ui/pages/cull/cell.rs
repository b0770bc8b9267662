//! A cell's name and what is painted over its image: edge, outline, glyph, name.

use eframe::egui::{self, Align2, FontId, Painter, Rect, Vec2};
use egui_material_icons::icons;

use super::facets::decision_word;
use super::selection::Selection;
use crate::catalog::{Decision, ImageId, ImageRecord, Snapshot};
use crate::ui::theme::{self, Palette};

/// Of the canvas' color over a rejected image: out of the way, but still to be seen.
const REJECTED_VEIL: f32 = 0.6;

/// Accessible name of a cell: "drakes 000048 undecided".
pub fn cell_label(snapshot: &Snapshot, image: &ImageRecord) -> String {
    let source = snapshot
        .source(image.source)
        .map_or("", |source| source.name.as_str());
    let stem = std::path::Path::new(&image.origin).file_stem().map_or_else(
        || image.origin.clone().into(),
        |stem| stem.to_string_lossy(),
    );
    format!("{source} {stem} {}", decision_word(image.decision))
}

/// The image's part of a cell and the edge below it.
pub fn split_edge(cell: Rect) -> (Rect, Rect) {
    cell.split_top_bottom_at_y(cell.max.y - theme::EDGE)
}

pub fn paint_outline(
    painter: &Painter,
    palette: &Palette,
    cell: Rect,
    image: &ImageRecord,
    selection: &Selection,
    hovered: Option<ImageId>,
) {
    let (_, edge) = split_edge(cell);
    if image.decision == Decision::Reject {
        painter.rect_filled(cell, 0.0, palette.canvas.gamma_multiply(REJECTED_VEIL));
    }
    match image.decision {
        Decision::Undecided => {}
        Decision::Keep | Decision::Reject => {
            painter.rect_filled(edge, 0.0, palette.decision(image.decision));
        }
    }
    if selection.selected.contains(&image.id) {
        painter.rect_filled(cell, 0.0, palette.accent.gamma_multiply(0.25));
    }
    let (width, color) = if selection.cursor == Some(image.id) {
        (theme::OUTLINE, palette.accent)
    } else if selection.selected.contains(&image.id) {
        (1.0, palette.accent)
    } else if hovered == Some(image.id) {
        (1.0, palette.text_weak)
    } else {
        return;
    };
    let stroke = egui::Stroke::new(width, color);
    painter.rect_stroke(cell, 0.0, stroke, egui::StrokeKind::Inside);
}

/// Meaning is never by color alone: a tick or a cross stands on the edge.
pub fn paint_glyph(painter: &Painter, palette: &Palette, cell: Rect, decision: Decision) {
    let icon = match decision {
        Decision::Undecided => return,
        Decision::Keep => icons::ICON_CHECK,
        Decision::Reject => icons::ICON_CLOSE,
    };
    let badge = Rect::from_min_size(
        cell.right_bottom() - Vec2::splat(theme::GAP_LARGE),
        Vec2::splat(theme::GAP_LARGE),
    );
    painter.rect_filled(badge, 0.0, palette.decision(decision));
    painter.text(
        badge.center(),
        Align2::CENTER_CENTER,
        icon.codepoint,
        FontId::new(theme::TEXT_BODY, icon.font_family()),
        palette.canvas,
    );
}

pub fn paint_name(
    painter: &Painter,
    palette: &Palette,
    cell: Rect,
    snapshot: &Snapshot,
    image: &ImageRecord,
) {
    let class = image
        .class
        .and_then(|class| snapshot.class_name(class))
        .unwrap_or("no class");
    let mut job = egui::text::LayoutJob::simple_singleline(
        format!("{} · {class}", image.origin),
        FontId::proportional(theme::TEXT_SMALL),
        palette.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(cell.width() - theme::GAP_SMALL);
    let text = painter.layout_job(job);
    let bar = Rect::from_min_size(
        cell.min,
        egui::vec2(cell.width(), text.size().y + theme::GAP_TINY),
    );
    painter.rect_filled(bar, 0.0, palette.panel.gamma_multiply(0.9));
    painter.galley(
        bar.min + egui::vec2(theme::GAP_TINY, theme::GAP_TINY / 2.0),
        text,
        palette.text,
    );
}
