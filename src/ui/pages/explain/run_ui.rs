//! Which run answers on the explain page, and by which weights while it trains.

use eframe::egui;

use super::workers::Shown;
use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::BEST_ACCURACY;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::run_choice::{answering, told_apart};
use crate::ui::{number, theme};

/// `chosen`: `None` is the best one, which is `run` then. `shown`: the newest answer.
pub fn run_ui(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    (chosen, run): (&mut Option<String>, &RunLog),
    shown: Option<&Shown>,
) {
    let text = |run: &RunLog| match run.best_accuracy() {
        Some(accuracy) => {
            let accuracy = number::percent(accuracy);
            run.with_caveats(format!("Stage {}, {accuracy}", run.info.config.stage))
        }
        None => format!("Stage {}, in its first epoch", run.info.config.stage),
    };
    let label = labelled_ui(ui, theme::strong("Run"), &BEST_ACCURACY);
    egui::ComboBox::from_id_salt("explained run")
        .selected_text(text(run))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, "The best one");
            let newest_first: Vec<&RunLog> = answering(ctx.session).collect();
            for run in newest_first.into_iter().rev() {
                let name = format!(
                    "{}  {}",
                    run.info.id,
                    told_apart(ctx.session.runs(), run, text(run))
                );
                ui.selectable_value(chosen, Some(run.info.id.clone()), name);
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text(&run.info.id);
    let training = ctx.session.trained_run();
    if training.is_some_and(|training| training.info.id == run.info.id) {
        let moment = shown.and_then(|shown| shown.request.weights.moment());
        let text = match moment {
            Some(moment) => format!("Still training; seen as it was after {moment}"),
            None => "Still training; seen as it is after its next step".to_owned(),
        };
        ui.label(theme::small(text).color(theme::palette(ui).text_weak))
            .on_hover_text("A copy of the net, renewed every few seconds while this page is open; looking at it changes nothing of the training");
    }
}
