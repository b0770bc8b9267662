//! Short news at the lower right edge; news of an edit carries an Undo button.

use eframe::egui::{self, Align2, Id};

use super::theme;

const LIFE_SECS: f64 = 6.0;
const MAX_SHOWN: usize = 3;

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
        let surplus = self.0.len().saturating_sub(MAX_SHOWN);
        self.0.drain(..surplus);
    }

    /// True when Undo was pressed.
    pub fn ui(&mut self, ctx: &egui::Context) -> bool {
        let now = ctx.input(|input| input.time);
        self.0
            .retain(|toast| toast.since_secs.is_none_or(|since| now - since < LIFE_SECS));
        if self.0.is_empty() {
            return false;
        }
        let mut undo = false;
        egui::Area::new(Id::unique("toasts"))
            .anchor(
                Align2::RIGHT_BOTTOM,
                [
                    -theme::GAP_LARGE,
                    -theme::STATUS_BAR_HEIGHT - theme::GAP_LARGE,
                ],
            )
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                ui.set_max_width(theme::TOAST_WIDTH);
                for toast in &mut self.0 {
                    let since = *toast.since_secs.get_or_insert(now);
                    ctx.request_repaint_after_secs((since + LIFE_SECS - now) as f32 + 0.05);
                    undo |= toast_ui(ui, toast);
                }
            });
        if undo {
            self.forget_undo();
        }
        undo
    }
}

fn toast_ui(ui: &mut egui::Ui, toast: &Toast) -> bool {
    egui::Frame::popup(ui.style())
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(&toast.text);
                toast.can_undo
                    && ui
                        .button("Undo")
                        .on_hover_text("Undo this edit (Ctrl+Z)")
                        .clicked()
            })
            .inner
        })
        .inner
}

#[cfg(test)]
mod tests {
    use super::*;

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
