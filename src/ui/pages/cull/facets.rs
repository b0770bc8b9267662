//! The left panel: search, and every facet's values with their counts; a click filters.

use eframe::egui::{self, Align2, Color32, FontId, Sense, TextStyle, WidgetInfo};

use super::filter::{DECISIONS, Filter, Shown};
use crate::catalog::{Decision, Snapshot};
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const ROW_HEIGHT: f32 = 24.0;

/// One line of a facet.
struct Value<'a> {
    /// Read out and found by tests: "class elves".
    label: String,
    text: &'a str,
    count: usize,
    color: Option<Color32>,
    is_on: bool,
}

pub fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Keep => "kept",
        Decision::Reject => "rejected",
        Decision::Undecided => "undecided",
    }
}

/// Its place, for the color.
pub fn class_index(snapshot: &Snapshot, class: crate::catalog::ClassId) -> usize {
    snapshot.class_place(class).unwrap_or_default()
}

pub fn scene_name(snapshot: &Snapshot, scene: crate::catalog::SceneId) -> String {
    snapshot
        .scene(scene)
        .map_or_else(String::new, |scene| snapshot.scene_name(scene))
}

pub fn facets_ui(ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown, snapshot: &Snapshot) {
    let search = egui::TextEdit::singleline(&mut filter.text)
        .hint_text("Search file names")
        .desired_width(f32::INFINITY);
    ui.add(search).accessible_name("Search file names");
    ui.add_space(theme::GAP_SMALL);
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("facets")
            .auto_shrink(false),
        |ui, _| {
            ui.spacing_mut().item_spacing.y = 0.0;
            decisions_ui(ui, filter, shown);
            classes_ui(ui, filter, shown, snapshot);
            sources_ui(ui, filter, shown, snapshot);
            scenes_ui(ui, filter, shown, snapshot);
        },
    );
}

fn heading_ui(ui: &mut egui::Ui, text: &str) {
    let color = theme::palette(ui).text_weak;
    ui.add_space(theme::GAP_MEDIUM);
    ui.label(theme::small(text).color(color));
    ui.add_space(theme::GAP_TINY);
}

fn decisions_ui(ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown) {
    heading_ui(ui, "Decision");
    let palette = theme::palette(ui);
    for (decision, count) in DECISIONS.into_iter().zip(shown.counts.decisions) {
        let word = decision_word(decision);
        let value = Value {
            label: format!("decision {word}"),
            text: word,
            count,
            color: Some(palette.decision(decision)),
            is_on: filter.decisions.contains(&decision),
        };
        if value_ui(ui, &value) {
            filter.toggle_decision(decision);
        }
    }
}

fn classes_ui(ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown, snapshot: &Snapshot) {
    heading_ui(ui, "Class");
    for (class, name) in &snapshot.classes {
        let value = Value {
            label: format!("class {name}"),
            text: name,
            count: count_of(&shown.counts.classes, &Some(*class)),
            color: Some(theme::class_color(class_index(snapshot, *class))),
            is_on: filter.classes.contains(&Some(*class)),
        };
        if value_ui(ui, &value) {
            filter.toggle_class(Some(*class));
        }
    }
    let unclassified = count_of(&shown.counts.classes, &None);
    if unclassified > 0 || filter.classes.contains(&None) {
        let value = Value {
            label: "class none".to_owned(),
            text: "no class",
            count: unclassified,
            color: None,
            is_on: filter.classes.contains(&None),
        };
        if value_ui(ui, &value) {
            filter.toggle_class(None);
        }
    }
}

fn sources_ui(ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown, snapshot: &Snapshot) {
    heading_ui(ui, "Source");
    for source in &snapshot.sources {
        let value = Value {
            label: format!("source {}", source.name),
            text: &source.name,
            count: count_of(&shown.counts.sources, &source.id),
            color: None,
            is_on: filter.sources.contains(&source.id),
        };
        if value_ui(ui, &value) {
            filter.toggle_source(source.id);
        }
    }
}

/// Only those of the other facets' images: a long film has thousands. Rows out of view are not laid out.
fn scenes_ui(ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown, snapshot: &Snapshot) {
    if snapshot.scenes.is_empty() {
        return;
    }
    heading_ui(ui, "Scene");
    let scenes: Vec<_> = shown.counts.scenes.iter().collect();
    let top = ui.cursor().min;
    let clip = ui.clip_rect();
    let first = ((clip.min.y - top.y) / ROW_HEIGHT).floor().max(0.0) as usize;
    let in_view = (clip.height() / ROW_HEIGHT).ceil() as usize + 1;
    let first = first.min(scenes.len());
    ui.add_space(first as f32 * ROW_HEIGHT);
    for &(&scene, &count) in scenes.iter().skip(first).take(in_view) {
        let name = scene_name(snapshot, scene);
        let value = Value {
            label: format!("scene {name}"),
            text: &name,
            count,
            color: None,
            is_on: filter.scenes.contains(&scene),
        };
        if value_ui(ui, &value) {
            filter.toggle_scene(scene);
        }
    }
    let below = scenes.len().saturating_sub(first + in_view);
    ui.add_space(below as f32 * ROW_HEIGHT);
}

fn count_of<K: Ord>(counts: &std::collections::BTreeMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

/// Swatch, name, count; true when clicked.
fn value_ui(ui: &mut egui::Ui, value: &Value<'_>) -> bool {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(egui::Role::CheckBox, true, value.is_on, &value.label)
    });
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let painter = ui.painter();
    if value.is_on {
        painter.rect_filled(rect, theme::RADIUS, palette.accent.gamma_multiply(0.3));
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, theme::RADIUS, palette.hovered);
    }
    let mut left = rect.min.x + theme::GAP_TINY;
    if let Some(color) = value.color {
        let swatch = egui::Rect::from_center_size(
            egui::pos2(left + theme::SWATCH / 2.0, rect.center().y),
            egui::Vec2::splat(theme::SWATCH),
        );
        painter.rect_filled(swatch, 2.0, color);
        left += theme::SWATCH + theme::GAP_SMALL;
    }
    let number = painter.text(
        egui::pos2(rect.max.x - theme::GAP_TINY, rect.center().y),
        Align2::RIGHT_CENTER,
        number::count(value.count),
        TextStyle::Monospace.resolve(ui.style()),
        palette.text_weak,
    );
    let room = (number.min.x - left - theme::GAP_SMALL).max(0.0);
    let mut job = egui::text::LayoutJob::simple_singleline(
        value.text.to_owned(),
        FontId::proportional(theme::TEXT_BODY),
        palette.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let text = painter.layout_job(job);
    let place = egui::pos2(left, rect.center().y - text.size().y / 2.0);
    painter.galley(place, text, palette.text);
    response.clicked()
}
