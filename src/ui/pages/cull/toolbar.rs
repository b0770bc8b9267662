//! Above the grid: how many are shown, the active filters as chips, the order and the size of the cells.

use eframe::egui;

use super::facets::{decision_word, scene_name};
use super::filter::Filter;
use super::order::Order;
use crate::catalog::Snapshot;
use crate::curate::Kind;
use crate::ui::widgets::elide::elided;
use crate::ui::{number, theme};

const ORDER_WIDTH: f32 = 136.0;
/// All orders are seen at once.
const ORDERS_HEIGHT: f32 = 560.0;
const SLIDER_WIDTH: f32 = 96.0;
const MAX_CHIP_WIDTH: f32 = 200.0;

pub const CELL_SIZES: std::ops::RangeInclusive<f32> = 56.0..=480.0;

/// How many images.
#[derive(Clone, Copy)]
pub struct Counts {
    pub shown: usize,
    pub selected: usize,
}

/// What the bar changes.
pub struct Controls<'a> {
    pub filter: &'a mut Filter,
    pub order: &'a mut Order,
    pub cell_size: &'a mut f32,
    /// There is an order by loss.
    pub has_losses: bool,
    /// There are orders by these.
    pub kinds: Vec<Kind>,
}

pub fn toolbar_ui(ui: &mut egui::Ui, controls: Controls<'_>, counts: Counts, snapshot: &Snapshot) {
    let Counts { shown, selected } = counts;
    let Controls {
        filter,
        order,
        cell_size,
        has_losses,
        kinds,
    } = controls;
    let weak = theme::palette(ui).text_weak;
    ui.horizontal(|ui| {
        let all = snapshot.images.len();
        let text = if shown == all {
            number::counted(all, "image")
        } else {
            format!(
                "{} of {}",
                number::count(shown),
                number::counted(all, "image")
            )
        };
        ui.label(theme::small(text).color(weak));
        if selected > 0 {
            ui.label(theme::small(format!(
                "{} selected",
                number::count(selected)
            )));
        }
        let room = ui.available_width() - ORDER_WIDTH - SLIDER_WIDTH - theme::GAP_SMALL * 2.0;
        ui.allocate_ui(egui::vec2(room.max(0.0), ui.available_height()), |ui| {
            ui.set_width(room.max(0.0));
            chips_ui(ui, filter, snapshot);
        });
        order_ui(ui, order, has_losses, &kinds);
        ui.spacing_mut().slider_width = SLIDER_WIDTH;
        ui.add(
            egui::Slider::new(cell_size, CELL_SIZES)
                .show_value(false)
                .logarithmic(true),
        )
        .accessible_name("Size of the images")
        .on_hover_text("Size of the images (Ctrl+wheel)");
    });
}

fn order_ui(ui: &mut egui::Ui, order: &mut Order, has_losses: bool, kinds: &[Kind]) {
    egui::ComboBox::from_id_salt("order")
        .width(ORDER_WIDTH)
        .height(ORDERS_HEIGHT)
        .truncate()
        .selected_text(theme::small(order.title()))
        .show_ui(ui, |ui| {
            for each in Order::ALL {
                let is_possible = each != Order::Loss || has_losses;
                ui.add_enabled_ui(is_possible, |ui| {
                    ui.selectable_value(order, each, each.title())
                        .on_disabled_hover_text("Evaluate a run first: `cutting-room evaluate`");
                });
            }
            for each in kinds.iter().map(|kind| Order::Kind(*kind)) {
                ui.selectable_value(order, each, each.title());
            }
        })
        .response
        .accessible_name("Order of the images")
        .on_hover_text("Order of the images");
}

fn chips_ui(ui: &mut egui::Ui, filter: &mut Filter, snapshot: &Snapshot) {
    if filter.is_empty() {
        return;
    }
    egui::ScrollArea::horizontal()
        .id_salt("chips")
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                for decision in filter.decisions.clone() {
                    if chip_ui(ui, "decision", decision_word(decision)) {
                        filter.toggle_decision(decision);
                    }
                }
                if let Some(only) = filter.only.clone() {
                    let count = number::counted(only.len(), "image");
                    if chip_ui(ui, "only", &count) {
                        filter.only = None;
                    }
                }
                for kind in filter.kinds.iter() {
                    if chip_ui(ui, "finding", kind.title()) {
                        filter.kinds.toggle(kind);
                    }
                }
                for class in filter.classes.clone() {
                    let name = class.and_then(|class| snapshot.class_name(class));
                    if chip_ui(ui, "class", name.unwrap_or("none")) {
                        filter.toggle_class(class);
                    }
                }
                for source in filter.sources.clone() {
                    let name = snapshot.source(source).map(|source| source.name.as_str());
                    if chip_ui(ui, "source", name.unwrap_or_default()) {
                        filter.toggle_source(source);
                    }
                }
                for scene in filter.scenes.clone() {
                    if chip_ui(ui, "scene", &scene_name(snapshot, scene)) {
                        filter.toggle_scene(scene);
                    }
                }
                if !filter.text.is_empty() && chip_ui(ui, "search", &format!("\"{}\"", filter.text))
                {
                    filter.text.clear();
                }
                if ui.button(theme::small("Clear filter")).clicked() {
                    *filter = Filter::default();
                }
            });
        });
}

/// "class drakes ×"; true when it was pressed, that is, taken away.
fn chip_ui(ui: &mut egui::Ui, facet: &str, value: &str) -> bool {
    let palette = theme::palette(ui);
    let text = format!("{facet} {value}");
    let font = egui::FontId::proportional(theme::TEXT_SMALL);
    let shown = elided(ui.painter(), &text, &font, MAX_CHIP_WIDTH);
    let chip = egui::Button::new(theme::small(format!("{shown} ×")))
        .fill(palette.accent.gamma_multiply(0.3));
    ui.add(chip)
        .accessible_name(format!("Remove filter {text}"))
        .on_hover_text(format!("Remove the filter {text}"))
        .clicked()
}
