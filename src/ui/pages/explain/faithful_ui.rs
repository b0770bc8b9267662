//! Whether the heatmap is true: what hiding its hottest region costs, and how the class fades as more and more is hidden.

use eframe::egui::{self, Role, WidgetInfo};
use egui_plot::{Line, Plot, PlotPoints};

use super::workers::Workers;
use crate::explain::faithfulness::{Curve, Faithfulness, Hidden, area};
use crate::ui::help::Help;
use crate::ui::help::explained::{DELETION, FAITHFULNESS, INSERTION};
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

const PLOT_HEIGHT: f32 = 88.0;

/// Returns true if a check was asked for. `is_map`: the method finds regions.
pub fn faithful_ui(ui: &mut egui::Ui, workers: &Workers, is_map: bool) -> bool {
    let Some(shown) = workers.shown() else {
        return false;
    };
    ui.add_space(theme::GAP_MEDIUM);
    ui.label(theme::strong("Is the map true?"));
    let button = ui
        .add_enabled(is_map, egui::Button::new("Hide the hottest region"))
        .on_hover_text("Hides it by blur and by the mean color, and others as large, and says what that costs the class")
        .on_disabled_hover_text("This method finds no regions that could be hidden");
    if let Some(found) = &shown.faithfulness {
        found_ui(ui, found);
    }
    button.clicked()
}

fn found_ui(ui: &mut egui::Ui, found: &Faithfulness) {
    let percent = |prob: f32| number::percent(f64::from(prob));
    let weak = theme::palette(ui).text_weak;
    let whole = format!("Whole image {}", percent(found.prob));
    labelled_ui(ui, theme::small(whole), &FAITHFULNESS);
    for (name, hidden) in [("Blurred", &found.blurred), ("Filled", &found.filled)] {
        let text = format!(
            "{name} {}, others as large {}",
            percent(hidden.hottest),
            percent(hidden.random_mean())
        );
        ui.label(theme::small(text));
        ui.label(theme::small(verdict(hidden)).color(weak));
    }
    curve_ui(ui, ("Hiding the hottest first", &DELETION), &found.deletion);
    curve_ui(
        ui,
        ("Showing the hottest first", &INSERTION),
        &found.insertion,
    );
}

fn verdict(hidden: &Hidden) -> String {
    let count = hidden.random.len();
    let better = (hidden.better_than() * count as f64).floor() as usize;
    format!("Hiding it costs more than {better} of {count} other regions")
}

/// The probability over the part of the image that is hidden or shown, beside orders of chance.
fn curve_ui(ui: &mut egui::Ui, (title, help): (&str, &Help), curve: &Curve) {
    let palette = theme::palette(ui);
    let [hottest, random] = [&curve.hottest, &curve.random].map(|line| area(line));
    let words = format!("{title}: area {hottest:.2}, by chance {random:.2}");
    ui.horizontal_wrapped(|ui| labelled_ui(ui, theme::small(&words), help));
    let points = |values: &[f32]| -> PlotPoints<'static> {
        let last = values.len().saturating_sub(1).max(1) as f64;
        let points = values.iter().enumerate();
        points
            .map(|(step, value)| [step as f64 / last, f64::from(*value)])
            .collect()
    };
    let plot = Plot::new(("faithfulness", title))
        .height(PLOT_HEIGHT)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .include_y(0.0)
        .include_y(1.0)
        .show_x(false)
        .show_axes([false, true])
        .grid_color(palette.line);
    let response = plot.show(ui, |plot| {
        plot.line(Line::new("by chance", points(&curve.random)).color(palette.text_weak));
        plot.line(Line::new("by the map", points(&curve.hottest)).color(palette.accent));
    });
    let spoken = words.clone();
    response
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
}
