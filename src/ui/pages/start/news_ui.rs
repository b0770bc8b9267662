//! A quiet line over the projects after an update: how much is new, and the way to read it.

use eframe::egui;

use crate::ui::action::Action;
use crate::ui::context::StartCtx;
use crate::ui::widgets::at_right::at_right_ui;
use crate::ui::{number, theme};

/// Nothing if nothing is new.
pub fn news_ui(ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
    if ctx.unseen_news == 0 {
        return;
    }
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let text = match ctx.unseen_news {
                1 => "One thing is new since you were last here".to_owned(),
                several => format!(
                    "{} things are new since you were last here",
                    number::count(several)
                ),
            };
            ui.label(text);
            at_right_ui(ui, "news", |ui| {
                if ui.button("What's new").clicked() {
                    ctx.actions.push(Action::ShowNews);
                }
                let dismiss = ui.button("Dismiss").accessible_name("Dismiss what's new");
                if dismiss.clicked() {
                    ctx.actions.push(Action::DismissNews);
                }
            });
        });
    });
    ui.add_space(theme::GAP_MEDIUM);
}
