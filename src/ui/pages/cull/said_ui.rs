//! What the best run says of the image that is inspected, and where it looked.

use eframe::egui::{self, Color32, Pos2, Rect};
use egui_material_icons::icons;

use super::order::Verdict;
use crate::catalog::ImageRecord;
use crate::predict::ImageFile;
use crate::ui::help::measured::CONFIDENCE;
use crate::ui::widgets::heatmaps::{Asked, Heatmaps};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::{number, theme};

pub fn said_ui(ui: &mut egui::Ui, verdict: &Verdict, heatmaps: &mut Heatmaps) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let (icon, color, word) = if verdict.is_correct {
            (icons::ICON_CHECK, palette.keep, "right")
        } else {
            (icons::ICON_CLOSE, palette.reject, "wrong")
        };
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        ui.label(theme::icon(icon, theme::ICON_BUTTON).color(color));
        let text = format!(
            "{} {}",
            verdict.class,
            number::percent(f64::from(verdict.prob))
        );
        ui.add(egui::Label::new(text).truncate())
            .on_hover_text(format!(
                "What the best run took it for when it was last measured: {word}, loss {:.2}",
                verdict.loss
            ));
        help_ui(ui, &CONFIDENCE);
        ui.checkbox(&mut heatmaps.are_shown, theme::small("Heatmap"))
            .on_hover_text("Which regions speak for this class");
    });
}

/// Over the thumbnail that was painted into `rect`.
pub fn heatmap_ui(
    ui: &egui::Ui,
    rect: Rect,
    image: &ImageRecord,
    verdict: &Verdict,
    heatmaps: &mut Heatmaps,
) {
    let asked = Asked {
        file: ImageFile::from(image),
        class: verdict.class.to_string(),
    };
    if let Some(map) = heatmaps.of(asked) {
        let whole = Rect::from_min_max(Pos2::ZERO, egui::pos2(1.0, 1.0));
        ui.painter().image(map, rect, whole, Color32::WHITE);
    }
}
