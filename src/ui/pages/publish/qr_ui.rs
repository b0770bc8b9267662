//! An address as a QR code, for phones.

use eframe::egui::{self, Color32, Rect, Sense, WidgetInfo};
use qrcode::{Color, QrCode};

const SIDE: f32 = 168.0;
/// Modules of white around the code (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// Worked out once for an address.
#[derive(Default)]
pub struct QrCodeImage {
    of: String,
    /// Row by row; none for what does not fit into a code.
    modules: Vec<Color>,
}

impl QrCodeImage {
    pub fn ui(&mut self, ui: &mut egui::Ui, address: &str) {
        if self.of != address {
            address.clone_into(&mut self.of);
            let code = QrCode::new(address);
            self.modules = code.map(QrCode::into_colors).unwrap_or_default();
        }
        let width = self.modules.len().isqrt();
        if width == 0 {
            return;
        }
        let (rect, response) = ui.allocate_exact_size(egui::Vec2::splat(SIDE), Sense::hover());
        response
            .widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, "QR code of the address"));
        // Black on white in both themes: few phones read the negative.
        let painter = ui.painter();
        painter.rect_filled(rect, crate::ui::theme::RADIUS, Color32::WHITE);
        let module = SIDE / (width + 2 * QUIET) as f32;
        for (at, _) in self
            .modules
            .iter()
            .enumerate()
            .filter(|(_, color)| **color == Color::Dark)
        {
            let place = |number: usize| (number + QUIET) as f32 * module;
            let corner = rect.min + egui::vec2(place(at % width), place(at / width));
            let square = Rect::from_min_size(corner, egui::Vec2::splat(module));
            painter.rect_filled(square, 0.0, Color32::BLACK);
        }
        response.on_hover_text("Opens the demo on a phone in the same network");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_token_fits_into_a_code() {
        let address = "http://192.168.178.123:8750/?token=0123456789abcdef0123456789abcdef";
        let code = QrCode::new(address).unwrap();
        assert!(code.width() <= 45, "{}", code.width());
        assert_eq!(code.into_colors().len().isqrt().pow(2) % 2, 1);
    }
}
