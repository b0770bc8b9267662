//! How large an image is shown and which part of it: the wheel enlarges around the pointer, dragging moves it.

use eframe::egui::{self, Pos2, Rect, Vec2};

use super::image_ui::fitted;

/// How much a notch of the wheel enlarges, per point it scrolls.
const ZOOM_PER_POINT: f32 = 1.0 / 200.0;
/// Points of the screen for a pixel of the image.
const MAX_SCALE: f32 = 8.0;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zoom {
    /// Points of the screen for a pixel of the image; `None`: as large as the page.
    scale: Option<Scale>,
    /// Of the image's middle from the page's, in points.
    pan: Vec2,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// One pixel of the image on one of the screen, to judge sharpness.
    OneToOne,
    Points(f32),
}

impl Zoom {
    pub fn toggle_one_to_one(&mut self) {
        self.scale = match self.scale {
            Some(Scale::OneToOne) => None,
            Some(Scale::Points(_)) | None => Some(Scale::OneToOne),
        };
        self.pan = Vec2::ZERO;
    }

    pub fn show_one_to_one(&mut self) {
        self.scale = Some(Scale::OneToOne);
        self.pan = Vec2::ZERO;
    }

    /// The whole image is seen.
    pub fn is_fitted(&self) -> bool {
        self.scale.is_none()
    }

    /// Takes in what the pointer did over `area`, which shows an image of `size` pixels. `response`: of `area`, sensing
    /// drags.
    pub fn follow(&mut self, ui: &egui::Ui, response: &egui::Response, (area, size): (Rect, Vec2)) {
        if self.scale.is_some() {
            self.pan += response.drag_delta();
        }
        if let Some(pointer) = response.hover_pos() {
            let (scrolled, pinched) =
                ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (scrolled * ZOOM_PER_POINT).exp() * pinched;
            if factor != 1.0 {
                self.enlarge(factor, pointer, area, (size, ui.pixels_per_point()));
            }
        }
    }

    /// Where an image of `size` pixels lies in `area`.
    pub fn place(&self, area: Rect, size: Vec2, pixels_per_point: f32) -> Rect {
        let points = match self.scale {
            None => return fitted(area, size),
            Some(Scale::OneToOne) => size / pixels_per_point,
            Some(Scale::Points(scale)) => size * scale,
        };
        Rect::from_center_size(area.center() + self.pan, points)
    }

    /// Enlarges by `factor` around `pointer`, which stays on the same point of the image. Never smaller than the page.
    fn enlarge(
        &mut self,
        factor: f32,
        pointer: Pos2,
        area: Rect,
        (size, pixels_per_point): (Vec2, f32),
    ) {
        let before = self.place(area, size, pixels_per_point);
        let whole = fitted(area, size).width() / size.x.max(1.0);
        let scale = (before.width() / size.x.max(1.0) * factor).min(MAX_SCALE.max(whole));
        if scale <= whole {
            self.scale = None;
            self.pan = Vec2::ZERO;
            return;
        }
        let grown = scale * size.x / before.width();
        let center = pointer + (before.center() - pointer) * grown;
        self.scale = Some(Scale::Points(scale));
        self.pan = center - area.center();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_enlarges_around_the_pointer_and_back_to_the_whole_image() {
        let area = Rect::from_min_size(Pos2::ZERO, Vec2::new(800.0, 600.0));
        let size = (Vec2::new(1600.0, 900.0), 1.0);
        let mut zoom = Zoom::default();
        let pointer = Pos2::new(200.0, 200.0);
        let under = |zoom: &Zoom| {
            let rect = zoom.place(area, size.0, size.1);
            (pointer - rect.min) / rect.size()
        };
        let before = under(&zoom);
        zoom.enlarge(3.0, pointer, area, size);
        assert_eq!(zoom.place(area, size.0, size.1).width(), 2400.0);
        assert!((under(&zoom) - before).length() < 1e-4);
        zoom.enlarge(0.1, pointer, area, size);
        assert_eq!(zoom, Zoom::default());
        zoom.toggle_one_to_one();
        assert_eq!(zoom.place(area, size.0, size.1).width(), 1600.0);
    }
}
