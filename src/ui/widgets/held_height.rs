//! A place that does not shrink again, for lines whose text a worker changes while the pointer is on its way to what is below.

use eframe::egui;

/// Keeps the largest height that the content has had at this width.
#[derive(Default)]
pub struct HeldHeight {
    width: f32,
    height: f32,
}

impl HeldHeight {
    /// Of a row of buttons from the start, which is what mostly comes.
    pub fn ui<R>(&mut self, ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui) -> R) -> R {
        let width = ui.available_width();
        if (self.width - width).abs() > 0.5 {
            *self = Self {
                width,
                height: ui.spacing().interact_size.y,
            };
        }
        let shown = ui.vertical(|ui| {
            ui.set_min_height(self.height);
            content(ui)
        });
        self.height = self.height.max(shown.response.rect.height());
        shown.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_stays_where_it_was() {
        let mut held = HeldHeight::default();
        let mut tops = Vec::new();
        egui::__run_test_ui(|ui| {
            for rows in [1, 3, 0, 2] {
                let before = ui.next_widget_position().y;
                held.ui(ui, |ui| {
                    for _ in 0..rows {
                        let _row = ui.button("Compare them");
                    }
                });
                tops.push(ui.next_widget_position().y - before);
            }
        });
        let [one, three, none, two] = *tops.as_slice() else {
            unreachable!("four were painted")
        };
        assert!(one < three);
        assert_eq!([none, two], [three; 2]);
    }
}
