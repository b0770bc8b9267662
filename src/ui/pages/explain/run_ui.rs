//! Which run answers on the explain page.

use eframe::egui;

use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::run_choice::usable;
use crate::ui::{number, theme};

/// `chosen`: `None` is the best one, which is `run` then.
pub fn run_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, chosen: &mut Option<String>, run: &RunLog) {
    let text = |run: &RunLog| {
        let accuracy = number::percent(run.best_accuracy().unwrap_or_default());
        run.with_caveats(format!("Stage {}, {accuracy}", run.info.config.stage))
    };
    let label = ui.label(theme::strong("Run"));
    egui::ComboBox::from_id_salt("explained run")
        .selected_text(text(run))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, "The best one");
            for run in usable(ctx.session.runs())
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
            {
                let name = format!("{}  {}", run.info.id, text(run));
                ui.selectable_value(chosen, Some(run.info.id.clone()), name);
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text(&run.info.id);
}
