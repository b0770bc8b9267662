//! The left panel: search, and every facet's values with their counts; a click filters.
//!
//! Facets fold, and one with many values has a field that finds some of them: 40 classes and hundreds of scenes stay
//! usable.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui;
use egui_material_icons::icons;

use super::facet_value::{Click, ROW_HEIGHT, Value, value_ui};
use super::filter::{DECISIONS, Facet, Filter, Shown, toggle};
use super::found::KindSet;
use crate::catalog::{Decision, SceneId, Snapshot};
use crate::curate::Kind;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

/// With more values than these a facet can be searched.
const SEARCHED: usize = 12;

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

/// What is folded and what is looked for, between frames.
#[derive(Default)]
pub struct Facets {
    folded: BTreeSet<Facet>,
    /// Part of a value's name, in any case.
    searches: BTreeMap<Facet, String>,
}

impl Facets {
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        filter: &mut Filter,
        shown: &Shown,
        (snapshot, scan_ui): (&Snapshot, impl FnOnce(&mut egui::Ui)),
    ) {
        let search = egui::TextEdit::singleline(&mut filter.text)
            .hint_text("Search path, class, source")
            .desired_width(f32::INFINITY);
        ui.add(search)
            .accessible_name("Search path, class, source")
            .on_hover_text("Images in whose path, class or source each of these words is");
        ui.add_space(theme::GAP_SMALL);
        scrolled_ui(
            ui,
            egui::ScrollArea::vertical()
                .id_salt("facets")
                .auto_shrink(false),
            |ui, _| {
                scan_ui(ui);
                ui.spacing_mut().item_spacing.y = 0.0;
                self.decisions_ui(ui, filter, shown);
                self.kinds_ui(ui, filter, shown);
                self.classes_ui(ui, filter, shown, snapshot);
                self.sources_ui(ui, filter, shown, snapshot);
                self.scenes_ui(ui, filter, shown, snapshot);
            },
        );
    }

    /// The heading folds and unfolds. Returns what is looked for among `values` of them, `None` while they are folded.
    fn open_ui(&mut self, ui: &mut egui::Ui, facet: Facet, values: usize) -> Option<String> {
        let palette = theme::palette(ui);
        let is_folded = self.folded.contains(&facet);
        let (icon, verb) = if is_folded {
            (icons::ICON_CHEVRON_RIGHT, "Show")
        } else {
            (icons::ICON_EXPAND_MORE, "Fold")
        };
        let is_long = values > SEARCHED;
        ui.add_space(theme::GAP_MEDIUM);
        let heading = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            ui.label(theme::icon(icon, theme::TEXT_BODY).color(palette.text_weak));
            ui.label(theme::small(facet.title()).color(palette.text_weak));
            if is_long || is_folded {
                ui.label(theme::number(number::count(values)).color(palette.text_weak));
            }
        });
        let mut row = heading.response.rect;
        row.max.x = ui.max_rect().max.x;
        let id = ui.scope_id().with(("facet", facet));
        let clicked = ui
            .interact(row, id, egui::Sense::click())
            .on_hover_cursor(egui::CursorIcon::PointingHand);
        let name = format!("{verb} the values of {}", facet.title().to_lowercase());
        clicked.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if clicked.has_focus() {
            let stroke = egui::Stroke::new(1.0, palette.accent);
            let inside = egui::StrokeKind::Inside;
            ui.painter().rect_stroke(row, theme::RADIUS, stroke, inside);
        }
        if clicked.clicked() && !self.folded.remove(&facet) {
            self.folded.insert(facet);
        }
        ui.add_space(theme::GAP_TINY);
        if is_folded {
            return None;
        }
        let search = self.searches.entry(facet).or_default();
        if !is_long {
            search.clear();
            return Some(String::new());
        }
        let hint = format!("Find a {}", facet.title().to_lowercase());
        let field = egui::TextEdit::singleline(search)
            .hint_text(theme::small(&hint))
            .font(egui::TextStyle::Small)
            .desired_width(f32::INFINITY);
        ui.add(field).accessible_name(&hint);
        ui.add_space(theme::GAP_TINY);
        Some(search.to_lowercase())
    }

    fn decisions_ui(&mut self, ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown) {
        if self.open_ui(ui, Facet::Decision, DECISIONS.len()).is_none() {
            return;
        }
        let palette = theme::palette(ui);
        for (decision, count) in DECISIONS.into_iter().zip(shown.counts.decisions) {
            let word = decision_word(decision);
            let value = Value {
                label: format!("decision {word}"),
                text: word,
                help: None,
                count,
                color: Some(palette.decision(decision)),
                is_on: filter.decisions.contains(&decision),
            };
            match value_ui(ui, &value) {
                Some(Click::Toggle) => filter.toggle_decision(decision),
                Some(Click::Only) => filter.decisions = vec![decision],
                None => {}
            }
        }
    }

    /// Only kinds that some image was found for.
    fn kinds_ui(&mut self, ui: &mut egui::Ui, filter: &mut Filter, shown: &Shown) {
        let counts = shown.counts.kinds.iter().copied();
        let kinds: Vec<(Kind, usize)> = Kind::ALL
            .iter()
            .copied()
            .zip(counts)
            .filter(|(kind, count)| *count > 0 || filter.kinds.contains(*kind))
            .collect();
        if kinds.is_empty() || self.open_ui(ui, Facet::Finding, kinds.len()).is_none() {
            return;
        }
        for (kind, count) in kinds {
            let value = Value {
                label: format!("finding {kind}"),
                text: kind.title(),
                help: Some(kind.help()),
                count,
                color: None,
                is_on: filter.kinds.contains(kind),
            };
            match value_ui(ui, &value) {
                Some(Click::Toggle) => filter.kinds.toggle(kind),
                Some(Click::Only) => filter.kinds = KindSet::only(kind),
                None => {}
            }
        }
    }

    fn classes_ui(
        &mut self,
        ui: &mut egui::Ui,
        filter: &mut Filter,
        shown: &Shown,
        snapshot: &Snapshot,
    ) {
        let Some(search) = self.open_ui(ui, Facet::Class, snapshot.classes.len()) else {
            return;
        };
        for (class, name) in &snapshot.classes {
            if !name.to_lowercase().contains(&search) {
                continue;
            }
            let value = Value {
                label: format!("class {name}"),
                text: name,
                help: None,
                count: count_of(&shown.counts.classes, &Some(*class)),
                color: Some(theme::class_color(class_index(snapshot, *class))),
                is_on: filter.classes.contains(&Some(*class)),
            };
            click(&mut filter.classes, Some(*class), value_ui(ui, &value));
        }
        let unclassified = count_of(&shown.counts.classes, &None);
        if unclassified > 0 || filter.classes.contains(&None) {
            let value = Value {
                label: "class none".to_owned(),
                text: "no class",
                help: None,
                count: unclassified,
                color: None,
                is_on: filter.classes.contains(&None),
            };
            click(&mut filter.classes, None, value_ui(ui, &value));
        }
    }

    fn sources_ui(
        &mut self,
        ui: &mut egui::Ui,
        filter: &mut Filter,
        shown: &Shown,
        snapshot: &Snapshot,
    ) {
        let Some(search) = self.open_ui(ui, Facet::Source, snapshot.sources.len()) else {
            return;
        };
        for source in &snapshot.sources {
            if !source.name.to_lowercase().contains(&search) {
                continue;
            }
            let value = Value {
                label: format!("source {}", source.name),
                text: &source.name,
                help: None,
                count: count_of(&shown.counts.sources, &source.id),
                color: None,
                is_on: filter.sources.contains(&source.id),
            };
            click(&mut filter.sources, source.id, value_ui(ui, &value));
        }
    }

    /// Only those of the other facets' images: a long film has thousands. Rows out of view are not laid out.
    fn scenes_ui(
        &mut self,
        ui: &mut egui::Ui,
        filter: &mut Filter,
        shown: &Shown,
        snapshot: &Snapshot,
    ) {
        if snapshot.scenes.is_empty() {
            return;
        }
        let Some(search) = self.open_ui(ui, Facet::Scene, shown.counts.scenes.len()) else {
            return;
        };
        let is_found = |scene: &SceneId| {
            search.is_empty()
                || scene_name(snapshot, *scene)
                    .to_lowercase()
                    .contains(&search)
        };
        let counts = shown.counts.scenes.iter();
        let scenes: Vec<_> = counts.filter(|(scene, _)| is_found(scene)).collect();
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
                help: None,
                count,
                color: None,
                is_on: filter.scenes.contains(&scene),
            };
            click(&mut filter.scenes, scene, value_ui(ui, &value));
        }
        let below = scenes.len().saturating_sub(first + in_view);
        ui.add_space(below as f32 * ROW_HEIGHT);
    }
}

fn count_of<K: Ord>(counts: &BTreeMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

/// Does what was asked for to a facet's set of values.
fn click<T: Ord>(set: &mut BTreeSet<T>, value: T, click: Option<Click>) {
    match click {
        Some(Click::Toggle) => toggle(set, value),
        Some(Click::Only) => *set = BTreeSet::from([value]),
        None => {}
    }
}
