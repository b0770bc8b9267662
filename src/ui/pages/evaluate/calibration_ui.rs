//! Whether the model is as sure as it is right: the reliability diagram, its error, and the temperature that would mend it.

use eframe::egui::{self, Align2, FontId, Rect, Role, Sense, Stroke, WidgetInfo, pos2, vec2};

use crate::report::calibration::{Bin, Calibration};
use crate::ui::help::measured::{CALIBRATION, TEMPERATURE};
use crate::ui::widgets::help_mark::{help_ui, labelled_ui};
use crate::ui::{number, theme};

const HEIGHT: f32 = 168.0;
/// Of the axes' numbers.
const LEFT: f32 = 36.0;
const FOOT: f32 = 32.0;

pub fn calibration_ui(ui: &mut egui::Ui, calibration: &Calibration) {
    let ece = format!("Calibration error {:.3}", calibration.ece);
    labelled_ui(ui, theme::strong(ece), &CALIBRATION);
    let weak = theme::palette(ui).text_weak;
    let text = match calibration.temperature {
        Some(temperature) if temperature > 1.05 => format!(
            "Too sure. Divided by a temperature of {temperature:.2}, its logits would fit these images."
        ),
        Some(temperature) if temperature < 0.95 => format!(
            "Not sure enough. Divided by a temperature of {temperature:.2}, its logits would fit these images."
        ),
        Some(_) => "About as sure as it is right.".to_owned(),
        None => "No temperature fits these images better than all others.".to_owned(),
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(text).color(weak));
        help_ui(ui, &TEMPERATURE);
    });
    diagram_ui(ui, calibration);
}

fn diagram_ui(ui: &mut egui::Ui, calibration: &Calibration) {
    let palette = theme::palette(ui);
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + FOOT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Reliability diagram"));
    let plot = Rect::from_min_max(
        area.min + vec2(LEFT, theme::GAP_SMALL),
        area.max - vec2(theme::GAP_SMALL, FOOT),
    );
    let at = |x: f64, y: f64| {
        pos2(
            plot.min.x + plot.width() * x as f32,
            plot.max.y - plot.height() * y as f32,
        )
    };
    let painter = ui.painter();
    painter.rect_filled(plot, 0.0, palette.canvas);
    let font = FontId::proportional(theme::TEXT_SMALL);
    for mark in [0.0, 0.5, 1.0] {
        let text = format!("{:.0} %", mark * 100.0);
        let line = Stroke::new(1.0, palette.line);
        painter.line_segment([at(0.0, mark), at(1.0, mark)], line);
        let left = at(0.0, mark) - vec2(theme::GAP_TINY, 0.0);
        painter.text(
            left,
            Align2::RIGHT_CENTER,
            &text,
            font.clone(),
            palette.text_weak,
        );
        let align = match mark {
            1.0 => Align2::RIGHT_TOP,
            0.0 => Align2::LEFT_TOP,
            _ => Align2::CENTER_TOP,
        };
        painter.text(at(mark, 0.0), align, text, font.clone(), palette.text_weak);
    }
    for bin in &calibration.bins {
        if let Some(accuracy) = bin.accuracy {
            let bar = Rect::from_two_pos(at(bin.low, 0.0), at(bin.high, accuracy));
            painter.rect_filled(
                bar.shrink2(vec2(1.0, 0.0)),
                0.0,
                palette.valid.gamma_multiply(0.75),
            );
        }
    }
    painter.line_segment([at(0.0, 0.0), at(1.0, 1.0)], Stroke::new(1.0, palette.text));
    let foot = pos2(plot.center().x, area.max.y);
    painter.text(
        foot,
        Align2::CENTER_BOTTOM,
        "confidence",
        font,
        palette.text_weak,
    );
    if let Some(bin) = response.hover_pos().and_then(|pointer| {
        bin_at(
            calibration,
            f64::from((pointer.x - plot.min.x) / plot.width()),
        )
    }) {
        response.on_hover_text(bin_text(bin));
    }
}

fn bin_at(calibration: &Calibration, confidence: f64) -> Option<&Bin> {
    let mut bins = calibration.bins.iter();
    bins.find(|bin| bin.n > 0 && bin.low < confidence && confidence <= bin.high)
}

fn bin_text(bin: &Bin) -> String {
    let percent = |value: Option<f64>| value.map_or("–".to_owned(), number::percent);
    format!(
        "{}: {} sure, {} right",
        number::counted(bin.n, "image"),
        percent(bin.confidence),
        percent(bin.accuracy)
    )
}
