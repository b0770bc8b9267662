//! The groups of heatmaps: where each is hot, as a small map and in words. A row opens its images.

use eframe::egui::{self, Rect, Sense, pos2, vec2};

use super::listing::{Group, Part};
use crate::explain::clusters::{Cluster, Clusters, Place, SIDE};
use crate::ui::{number, theme};

/// Of the small map, in points.
const MAP: f32 = 35.0;

/// Returns what was clicked.
pub fn clusters_ui(ui: &mut egui::Ui, found: &Clusters, chosen: &Part) -> Option<Part> {
    let mut clicked = None;
    for cluster in &found.clusters {
        let title = format!("{}: {}", cluster.class, cluster.words);
        let is_chosen = matches!(chosen, Part::Group(group) if group.title == title);
        let row = ui.horizontal(|ui| {
            map_ui(ui, cluster);
            let mut text = egui::RichText::new(&title).size(theme::TEXT_SMALL);
            if cluster.place.is_suspicious() {
                text = text.color(theme::palette(ui).warning);
            }
            let button = egui::Button::selectable(is_chosen, text)
                .wrap()
                .min_size(vec2(0.0, MAP));
            ui.add(button)
        });
        let response = row.inner.accessible_name(format!("Show images of {title}"));
        let tooltip = match cluster.place {
            Place::Spread => "Show these images; the heat is spread over them".to_owned(),
            _part => {
                let share = number::percent(cluster.share);
                format!("Show these images; {share} of the heat is there")
            }
        };
        if response.on_hover_text(tooltip).clicked() {
            clicked = Some(Part::Group(Group::new(title, cluster.members.iter())));
        }
    }
    if found.blank > 0 {
        let text = format!(
            "{} with a blank heatmap: nothing speaks for what they are taken for.",
            number::counted(found.blank, "image")
        );
        let color = theme::palette(ui).text_weak;
        ui.label(theme::small(text).color(color));
    }
    clicked
}

/// The mean map; its words are on the button beside it.
fn map_ui(ui: &mut egui::Ui, cluster: &Cluster) {
    let (area, _) = ui.allocate_exact_size(vec2(MAP, MAP), Sense::hover());
    let hottest = cluster
        .map
        .iter()
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let palette = theme::palette(ui);
    let side = MAP / SIDE as f32;
    for (at, share) in cluster.map.iter().enumerate() {
        let corner = pos2((at % SIDE) as f32 * side, (at / SIDE) as f32 * side);
        let cell = Rect::from_min_size(area.min + corner.to_vec2(), vec2(side, side));
        let heat = (share / hottest) as f32;
        let color = palette.canvas.lerp_to_gamma(palette.warning, heat);
        ui.painter().rect_filled(cell, 0.0, color);
    }
}
