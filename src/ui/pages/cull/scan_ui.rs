//! What there is to scan, and how far a scan is: an empty page's words, and a line in a panel.

use eframe::egui;
use egui_material_icons::icons;

use super::checks::Checks;
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::UNSCANNED;
use crate::ui::status_bar::progress_text;
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

/// A line with a button while images are not scanned, or with the progress of a scan; nothing otherwise.
pub fn scan_line_ui(ui: &mut egui::Ui, checks: &Checks, ctx: &mut ViewCtx<'_>) {
    let weak = theme::palette(ui).text_weak;
    if let Some(failure) = checks.failure() {
        let text = format!("The findings cannot be read: {failure}");
        ui.label(theme::small(text).color(theme::palette(ui).error));
        return;
    }
    if let Some(progress) = checks.scan() {
        let text = format!("Scanning: {}", progress_text(progress));
        ui.label(theme::small(text).color(weak))
            .on_hover_text(&progress.stage);
        let bar = egui::ProgressBar::new(progress.fraction().unwrap_or_default())
            .desired_height(theme::GAP_TINY)
            .fill(theme::palette(ui).accent);
        ui.add(bar).accessible_name("Progress of the scan");
        ui.add_space(theme::GAP_SMALL);
        return;
    }
    let unscanned = checks.findings().unscanned;
    if !checks.has_read() {
        return;
    }
    if unscanned == 0 {
        features_line_ui(ui, checks, ctx);
        return;
    }
    ui.horizontal(|ui| {
        let button = ui.button(theme::small("Scan")).on_hover_text(
            "Reads each image once and looks for what is broken, doubled, blurry, dark or strange",
        );
        if button.clicked() {
            Checks::start_scan(ctx);
        }
        let text = format!("{} not scanned", number::count(unscanned));
        labelled_ui(ui, theme::small(text).color(weak), &UNSCANNED);
    });
    ui.add_space(theme::GAP_SMALL);
}

/// What is not found while the network's features are missing: the cache was cleared, or images were cropped.
fn features_line_ui(ui: &mut egui::Ui, checks: &Checks, ctx: &mut ViewCtx<'_>) {
    let missing = checks.findings().without_features;
    if missing == 0 {
        return;
    }
    let keeps_none = ctx.settings.cache.features_bytes == 0;
    let images = number::counted(missing, "image");
    let hint = format!(
        "Likely mislabelled images, outliers and similar images are told by features, and those of {images} are not in the cache: it was cleared, or the images were cropped or come from a scan without the network. {}",
        if keeps_none {
            "The settings give the cache of features no room: give it some, and scan"
        } else {
            "A scan computes them; what pixels tell is known already"
        }
    );
    ui.horizontal(|ui| {
        let name = if keeps_none { "Settings" } else { "Scan" };
        if ui.button(theme::small(name)).on_hover_text(&hint).clicked() {
            if keeps_none {
                ctx.actions.push(Action::ToggleSettings);
            } else {
                Checks::start_scan(ctx);
            }
        }
        let text = if keeps_none {
            "no features, so no outliers"
        } else {
            "for outliers, mislabelled"
        };
        ui.label(theme::small(text).color(theme::palette(ui).warning))
            .on_hover_text(&hint);
    });
    ui.add_space(theme::GAP_SMALL);
}

/// The review before there is anything to review.
pub fn nothing_found_ui(ui: &mut egui::Ui, checks: &Checks, ctx: &mut ViewCtx<'_>) {
    let images = number::counted(ctx.snapshot().images.len(), "image");
    let unscanned = checks.findings().unscanned;
    let (title, text, button) = if let Some(progress) = checks.scan() {
        let text = format!("{}: {}", progress.stage, progress_text(progress));
        ("Scanning".to_owned(), text, None)
    } else if !checks.has_read() {
        let text = "What earlier scans found is being read".to_owned();
        ("One moment".to_owned(), text, None)
    } else if unscanned > 0 {
        let text = "A scan reads each image once and finds what is broken, doubled, blurry, dark, mislabelled or strange. It decides nothing";
        let button = format!("Scan {images}");
        (
            "Let the checks look for junk".to_owned(),
            text.to_owned(),
            Some(button),
        )
    } else {
        let text = "Nothing is broken, doubled, blurry, dark or strange";
        (format!("{images}, no findings"), text.to_owned(), None)
    };
    let empty = Empty {
        icon: icons::ICON_TROUBLESHOOT,
        title: &title,
        text: &text,
        button: button.as_deref(),
    };
    if empty_ui(ui, &empty) {
        Checks::start_scan(ctx);
    }
}
