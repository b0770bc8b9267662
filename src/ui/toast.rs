//! Short news in the top bar, where it lies over nothing; news of an edit carries an Undo button.

use eframe::egui;

use super::keys::{self, Shortcut};
use super::theme;
use super::widgets::at_right::at_right_ui;
use super::widgets::elide::elided;

const LIFE_SECS: f64 = 6.0;
const MAX_KEPT: usize = 3;

#[derive(Clone, Debug, PartialEq)]
struct Toast {
    text: String,
    can_undo: bool,
    /// The context's time; `None` until first drawn.
    since_secs: Option<f64>,
}

#[derive(Clone, Debug, Default)]
pub struct Toasts(Vec<Toast>);

impl Toasts {
    pub fn news(&mut self, text: impl Into<String>) {
        self.push(text.into(), false);
    }

    /// News of an edit, which its button undoes.
    pub fn edited(&mut self, text: impl Into<String>) {
        self.forget_undo();
        self.push(text.into(), true);
    }

    /// Removes the news of an edit that is not the last step of the history any more: its button would undo another.
    pub fn forget_undo(&mut self) {
        self.0.retain(|toast| !toast.can_undo);
    }

    fn push(&mut self, text: String, can_undo: bool) {
        self.0.push(Toast {
            text,
            can_undo,
            since_secs: None,
        });
        let surplus = self.0.len().saturating_sub(MAX_KEPT);
        self.0.drain(..surplus);
    }

    /// Several at once are one: the first, and how many more.
    pub fn batch(&mut self, texts: &[String]) {
        match texts {
            [] => {}
            [only] => self.news(only),
            [first, more @ ..] => self.news(format!("{first}, and {} more", more.len())),
        }
    }

    /// The newest, in the room that `ui` has left, ending at its right edge. True when Undo was pressed.
    pub fn ui(&mut self, ui: &mut egui::Ui) -> bool {
        let now = ui.input(|input| input.time);
        for toast in &mut self.0 {
            toast.since_secs.get_or_insert(now);
        }
        let age = |toast: &Toast| toast.since_secs.map_or(0.0, |since| now - since);
        self.0.retain(|toast| age(toast) < LIFE_SECS);
        let Some((newest, before)) = self.0.split_last() else {
            return false;
        };
        ui.request_repaint_after_secs((LIFE_SECS - age(newest)) as f32 + 0.05);
        let undo = toast_ui(ui, newest, before);
        if undo {
            self.forget_undo();
        }
        undo
    }
}

/// The room that the Undo button takes of the row.
const UNDO_WIDTH: f32 = 80.0;

fn toast_ui(ui: &mut egui::Ui, toast: &Toast, before: &[Toast]) -> bool {
    let palette = theme::palette(ui);
    let frame = egui::Frame::new()
        .fill(palette.raised)
        .corner_radius(theme::RADIUS)
        .inner_margin(egui::Margin::symmetric(8, 0));
    let font = egui::FontId::proportional(theme::TEXT_SMALL);
    let reserved = UNDO_WIDTH + theme::GAP_LARGE;
    let room = (ui.available_width() - reserved).clamp(0.0, theme::TOAST_WIDTH);
    let shown = elided(ui.painter(), &toast.text, &font, room);
    at_right_ui(ui, "toast", |ui| {
        frame
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    let label = ui.label(theme::small(shown)).accessible_name(&toast.text);
                    label.on_hover_ui(|ui| {
                        for toast in before {
                            ui.label(theme::small(&toast.text).color(palette.text_weak));
                        }
                        ui.label(&toast.text);
                    });
                    toast.can_undo
                        && ui
                            .button(theme::small("Undo"))
                            .on_hover_text(keys::hint(ui, "Undo this edit", Shortcut::Undo))
                            .clicked()
                })
                .inner
            })
            .inner
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_one_moment_are_one_toast() {
        let mut toasts = Toasts::default();
        toasts.batch(&[]);
        assert!(toasts.0.is_empty());
        let cancelled: Vec<String> = (0..20)
            .map(|film| format!("{film} was cancelled"))
            .collect();
        toasts.batch(&cancelled);
        assert_eq!(toasts.0.len(), 1);
        assert_eq!(toasts.0[0].text, "0 was cancelled, and 19 more");
    }

    #[test]
    fn only_the_newest_edit_offers_undo_and_old_news_make_room() {
        let mut toasts = Toasts::default();
        toasts.edited("Rejected 1 image");
        toasts.edited("Kept 2 images");
        assert_eq!(toasts.0.len(), 1);
        toasts.news("Saved");
        toasts.news("Saved again");
        toasts.news("Opened");
        let shown: Vec<_> = toasts
            .0
            .iter()
            .map(|toast| (toast.text.as_str(), toast.can_undo))
            .collect();
        assert_eq!(
            shown,
            [("Saved", false), ("Saved again", false), ("Opened", false)]
        );
    }
}
