//! A cell's name and what is painted over its image: edge, outline, scene border, tick, name.

use eframe::egui::{self, FontId, Painter, Rect, Vec2};
use egui_material_icons::icons;

use super::facets::decision_word;
use super::grid_view::GridView;
use super::rows::GAP;
use super::selection::Selection;
use crate::catalog::{Decision, ImageId, ImageRecord, Snapshot};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::image_ui;

/// Of the canvas' color over a rejected image: out of the way, but still to be seen.
const REJECTED_VEIL: f32 = 0.6;

/// Accessible name of a cell: "drakes 000048 undecided".
pub fn cell_label(view: &GridView<'_>, image: &ImageRecord, is_missing: bool) -> String {
    let source = view
        .snapshot
        .source(image.source)
        .map_or("", |source| source.name.as_str());
    let stem = std::path::Path::new(&image.origin).file_stem().map_or_else(
        || image.origin.clone().into(),
        |stem| stem.to_string_lossy(),
    );
    let missing = if is_missing { ", file missing" } else { "" };
    let decision = decision_word(image.decision);
    let crop = match image.character {
        Some(_) => ", cropped to the character",
        None if view.proposed.of(image.id).is_some() => ", crop proposed",
        None => "",
    };
    format!("{source} {stem} {decision}{crop}{missing}")
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
    let is_selected = selection.selected.contains(&image.id);
    let (width, color) = if selection.cursor == Some(image.id) {
        (theme::OUTLINE, palette.text)
    } else if is_selected {
        (theme::OUTLINE, palette.accent)
    } else if hovered == Some(image.id) {
        (1.0, palette.text_weak)
    } else {
        return;
    };
    let stroke = egui::Stroke::new(width, color);
    painter.rect_stroke(cell, 0.0, stroke, egui::StrokeKind::Inside);
}

/// Before the first image of a scene, in the gap.
pub fn paint_scene_border(painter: &Painter, palette: &Palette, cell: Rect) {
    let x = cell.min.x - GAP / 2.0;
    let stroke = egui::Stroke::new(theme::OUTLINE, palette.text_weak);
    painter.vline(x, cell.y_range(), stroke);
}

/// Meaning is never by color alone: a tick or a cross stands on the edge.
pub fn paint_decision(painter: &Painter, palette: &Palette, cell: Rect, decision: Decision) {
    let icon = match decision {
        Decision::Undecided => return,
        Decision::Keep => icons::ICON_CHECK,
        Decision::Reject => icons::ICON_CLOSE,
    };
    let corner = cell.right_bottom() - Vec2::splat(theme::GAP_LARGE);
    let colors = (palette.decision(decision), palette.canvas);
    image_ui::paint_badge(painter, corner, icon, colors);
}

/// What is selected has an outline and this; the image's colors stay as they are.
pub fn paint_tick(painter: &Painter, palette: &Palette, cell: Rect) {
    let colors = (palette.accent, palette.on_accent);
    image_ui::paint_badge(painter, cell.min, icons::ICON_CHECK, colors);
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
    let font = FontId::proportional(theme::TEXT_SMALL);
    let name = format!("{} · {class}", image.origin);
    let name = elided(painter, &name, &font, cell.width() - theme::GAP_SMALL);
    let text = painter.layout_no_wrap(name, font, palette.text);
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
