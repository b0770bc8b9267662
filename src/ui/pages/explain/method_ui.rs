//! By which method and layer the explain page explains, and in which colors.

use eframe::egui;

use super::overlay::Overlay;
use super::workers::Workers;
use crate::explain::colormap::Colormap;
use crate::explain::method::Method;
use crate::model::Arch;
use crate::ui::help::explained::HEAT;
use crate::ui::keys::{self, Shortcut};
use crate::ui::theme;
use crate::ui::widgets::help_mark::help_ui;

/// What is shown of the class.
pub fn method_ui(ui: &mut egui::Ui, method: &mut Method) {
    ui.add_space(theme::GAP_MEDIUM);
    let weak = theme::palette(ui).text_weak;
    let label = ui.horizontal(|ui| {
        let label = ui.label(theme::strong("Method"));
        help_ui(ui, &HEAT);
        let next = keys::name(ui, Shortcut::ExplainMethod);
        ui.label(theme::small(format!("{next} takes the next")).color(weak));
        label
    });
    egui::ComboBox::from_id_salt("method")
        .selected_text(method.title())
        .width(ui.available_width())
        .height(ui.ctx().content_rect().height())
        .show_ui(ui, |ui| {
            for (heading, is_map) in [("Regions", true), ("Edges and colors", false)] {
                ui.label(theme::small(heading).color(weak));
                let of_kind = Method::ALL.into_iter();
                for each in of_kind.filter(|each| each.is_map() == is_map) {
                    ui.selectable_value(method, each, each.title())
                        .on_hover_text(each.description());
                }
            }
        })
        .response
        .labelled_by(label.inner.id)
        .on_hover_text(method.description());
}

/// Whose map is read: a slider from the first layer to the last. `arch`: of the run.
pub fn layer_ui(ui: &mut egui::Ui, workers: &Workers, overlay: &mut Overlay, arch: Arch) {
    let Some(shown) = workers.shown() else {
        return;
    };
    let layers = &shown.explained.layers;
    let last = layers.len().saturating_sub(1);
    ui.add_space(theme::GAP_MEDIUM);
    let chosen = overlay.layer_of(arch);
    let mut at = chosen
        .and_then(|name| layers.iter().position(|layer| layer == name))
        .unwrap_or(last);
    let name = layers.get(at).map_or("", String::as_str);
    ui.horizontal(|ui| {
        ui.label(theme::strong("Layer"));
        let weak = theme::palette(ui).text_weak;
        ui.label(theme::small(name).color(weak));
    });
    let slider = egui::Slider::new(&mut at, 0..=last).show_value(false);
    let changed = ui
        .add_enabled(overlay.method.takes_layer(), slider)
        .accessible_name("Layer")
        .on_hover_text(format!(
            "Earlier layers have finer maps that say less of the class ({}: one earlier)",
            keys::name(ui, Shortcut::ExplainLayer)
        ))
        .on_disabled_hover_text("This method goes through the whole net")
        .changed();
    if changed {
        overlay.layer = layers.get(at).map(|name| (arch, name.clone()));
    }
}

/// One layer earlier; from the first one to the last.
pub fn earlier_layer(workers: &Workers, overlay: &mut Overlay, arch: Arch) {
    let Some(shown) = workers.shown().filter(|_| overlay.method.takes_layer()) else {
        return;
    };
    let layers = &shown.explained.layers;
    let last = layers.len().saturating_sub(1);
    let chosen = overlay.layer_of(arch);
    let at = chosen.and_then(|name| layers.iter().position(|layer| layer == name));
    let earlier = at.unwrap_or(last).checked_sub(1).unwrap_or(last);
    overlay.layer = layers.get(earlier).map(|name| (arch, name.clone()));
}

/// Colors and contours of a heatmap.
pub fn looks_ui(ui: &mut egui::Ui, overlay: &mut Overlay) {
    if !overlay.method.is_map() {
        return;
    }
    ui.add_space(theme::GAP_MEDIUM);
    ui.label(theme::strong("Colors"));
    let looks = &mut overlay.looks;
    ui.horizontal(|ui| {
        egui::ComboBox::from_id_salt("colormap")
            .selected_text(looks.colormap.title())
            .show_ui(ui, |ui| {
                for each in Colormap::ALL {
                    ui.selectable_value(&mut looks.colormap, each, each.title());
                }
            })
            .response
            .accessible_name("Colormap");
        ui.checkbox(&mut looks.has_contours, "Contours")
            .on_hover_text("Lines at a quarter, half and three quarters of the scale");
    });
}
