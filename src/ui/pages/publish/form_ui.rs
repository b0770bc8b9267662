//! What is to be shown, to whom, and where.

use eframe::egui;

use crate::run::RunLog;
use crate::serve::{DEFAULT_PORT, Options, new_token};
use crate::session::Command;
use crate::session::jobs::demo::Demo;
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::BEST_ACCURACY;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::widgets::run_choice::{told_apart, usable};
use crate::ui::{number, theme};

/// Who can come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reach {
    #[default]
    ThisComputer,
    Network,
}

pub struct DemoForm {
    reach: Reach,
    /// 0: any that is free.
    port: u16,
    /// For [`Reach::Network`].
    token: String,
}

impl Default for DemoForm {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            port: DEFAULT_PORT,
            token: new_token(),
        }
    }
}

impl DemoForm {
    /// `chosen`: `None` is the best run, which is `run` then.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        (chosen, run): (&mut Option<String>, &RunLog),
    ) {
        run_ui(ui, ctx, (chosen, run));
        let palette = theme::palette(ui);
        for caveat in run.caveats() {
            let text = format!("{} The demo says so, too.", caveat.text());
            ui.label(theme::small(text).color(palette.warning));
        }
        ui.add_space(theme::GAP_SMALL);
        ui.label(theme::strong("Who can open it"));
        ui.radio_value(&mut self.reach, Reach::ThisComputer, "This computer alone");
        ui.radio_value(&mut self.reach, Reach::Network, "Others in this network")
            .on_hover_text("They need the address with its token, which the QR code holds");
        if self.reach == Reach::Network {
            ui.horizontal(|ui| {
                let label = ui.label("Token");
                let field = egui::TextEdit::singleline(&mut self.token)
                    .desired_width(theme::FORM_WIDTH / 2.0);
                ui.add(field).labelled_by(label.id);
                if ui.button("New").accessible_name("New token").clicked() {
                    self.token = new_token();
                }
            });
            let text = "What is sent is not encrypted: for networks that you trust";
            ui.label(theme::small(text).color(palette.text_weak));
        }
        ui.horizontal(|ui| {
            let label = ui.label("Port");
            NumberField::new(&mut self.port, 0..=u16::MAX)
                .or_word("any", 0.0)
                .ui(ui, None)
                .labelled_by(label.id)
                .on_hover_text("Another one if this is taken; 0 takes any that is free");
        });
        ui.add_space(theme::GAP_SMALL);
        let button = ui.add(theme::primary_button(ui, "Start the demo"));
        if button.clicked() {
            let demo = Demo::new(run.info.id.clone(), self.options());
            ctx.send(Command::start(demo));
        }
    }

    fn options(&self) -> Options {
        let fixed = Options {
            port: self.port,
            ..Options::default()
        };
        match self.reach {
            Reach::ThisComputer => fixed,
            Reach::Network => Options {
                host: "0.0.0.0".to_owned(),
                token: Some(self.token.trim().to_owned()),
                ..fixed
            },
        }
    }
}

fn run_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, (chosen, run): (&mut Option<String>, &RunLog)) {
    let text = |run: &RunLog| {
        let accuracy = number::percent(run.best_accuracy().unwrap_or_default());
        run.with_caveats(format!("Stage {}, {accuracy}", run.info.config.stage))
    };
    let label = labelled_ui(ui, theme::strong("Run"), &BEST_ACCURACY);
    egui::ComboBox::from_id_salt("published run")
        .selected_text(text(run))
        .width(ui.available_width())
        .truncate()
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, "The best one");
            let runs: Vec<&RunLog> = usable(ctx.session.runs()).collect();
            for run in runs.into_iter().rev() {
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
}
