//! The cards of the two stages: what each has of its own, and the buttons that start it.

use eframe::egui::{self, vec2};

use super::form::TrainForm;
use super::readiness::Readiness;
use super::rows_ui::{
    Caption, Origin, edit_open, edit_optional, grid, number_ui, origin_ui, rate_value,
};
use crate::run::RunLog;
use crate::run::config::TrainConfig;
use crate::session::Command;
use crate::session::jobs::cross_validate::CrossValidating;
use crate::session::jobs::find_lr::LrSweep;
use crate::session::jobs::train::Training;
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::widgets::number_field::NumberField;
use crate::ui::{number, theme};

const BUTTON_HEIGHT: f32 = 40.0;

/// `obstacle`: why no run can begin.
pub fn head_stage_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    form: &mut TrainForm,
    obstacle: Option<&str>,
) {
    ui.label(theme::strong("Stage 1: a new head"));
    let shown = form.shown_1();
    learned_head_ui(ui, form, &shown);
    let config = form.run_of_stage_1();
    let lacking = config.lacks_weights().then(|| {
        format!(
            "{} is not inside the program: give it its ImageNet weights above.",
            config.arch.title()
        )
    });
    if let Some(text) = &lacking {
        ui.label(egui::RichText::new(text).color(theme::palette(ui).text_weak));
    }
    let obstacle = lacking.as_deref().or(obstacle);
    buttons_ui(
        ui,
        ctx,
        (
            "Train stage 1",
            [Shortcut::TrainStage1, Shortcut::FindRate1],
        ),
        match obstacle {
            Some(reason) => Err(reason),
            None => Ok(config),
        },
    );
    cross_validate_ui(ui, ctx, form.cross_validated(1), obstacle);
}

fn learned_head_ui(ui: &mut egui::Ui, form: &mut TrainForm, shown: &TrainConfig) {
    grid(ui, "stage 1", |ui| {
        number_ui(
            ui,
            Caption {
                name: "Epochs",
                tooltip: TrainConfig::help("epochs"),
            },
            NumberField::new(&mut form.stage_1.epochs, 1..=200).speed(0.1),
        );
        edit_open(&mut form.stage_1.lr, shown.lr, |lr| {
            number_ui(
                ui,
                Caption {
                    name: "Learning rate",
                    tooltip: TrainConfig::help("lr"),
                },
                rate_value(lr),
            );
        });
    });
}

pub fn fine_stage_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    form: &mut TrainForm,
    (readiness, obstacle): (&Readiness, Option<&str>),
) {
    ui.label(theme::strong("Stage 2: everything"));
    let runs = ctx.session.runs();
    grid(ui, "stage 2", |ui| {
        number_ui(
            ui,
            Caption {
                name: "Epochs",
                tooltip: TrainConfig::help("epochs"),
            },
            NumberField::new(&mut form.stage_2.epochs, 1..=200).speed(0.1),
        );
        rates_ui(ui, form);
        edit_optional(&mut form.start_size, |size| {
            number_ui(
                ui,
                Caption {
                    name: "Start size",
                    tooltip: "Progressive resizing: the first half of the epochs on images of this size, which is quicker",
                },
                NumberField::new(size, 0..=512)
                    .or_word("off", 0.0)
                    .unit(" px"),
            );
        });
        let candidates: Vec<&RunLog> = form.candidates(runs).collect();
        origin_ui(
            ui,
            Origin {
                name: "Starts from",
                otherwise: "best stage 1",
            },
            &candidates,
            &mut form.stage_2.from,
        );
    });
    let weak = theme::palette(ui).text_weak;
    let run = form.starting_run(runs, readiness);
    let start = match &run {
        Err(missing) => {
            ui.label(egui::RichText::new(missing).color(weak));
            Err(missing.as_str())
        }
        Ok(run) => {
            let accuracy = number::percent(run.best_accuracy().unwrap_or_default());
            let text = format!("from {} ({accuracy})", run.info.id);
            ui.label(theme::small(text).color(weak));
            doubts_ui(ui, run, readiness);
            match obstacle {
                Some(reason) => Err(reason),
                None => Ok(form.run_of_stage_2(&run.info.id)),
            }
        }
    };
    let shortcuts = [Shortcut::TrainStage2, Shortcut::FindRate2];
    buttons_ui(ui, ctx, ("Train stage 2", shortcuts), start);
    cross_validate_ui(ui, ctx, form.cross_validated(2), obstacle);
}

/// What the accuracy of stage 2 will suffer from if it starts from `run`.
fn doubts_ui(ui: &mut egui::Ui, run: &RunLog, readiness: &Readiness) {
    let warning = theme::palette(ui).warning;
    for caveat in run.caveats() {
        ui.label(theme::small(caveat.text()).color(warning));
    }
    if readiness.is_doubtful_start(run) {
        let text = "It was trained on another split. Where it saw images that are in validation now, the new run is contaminated.";
        ui.label(theme::small(text).color(warning));
    }
}

/// The buttons of a stage: what they start, or why they start nothing. They stay in their places in any case.
fn buttons_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (text, [train, find]): (&str, [Shortcut; 2]),
    start: Result<TrainConfig, &str>,
) {
    let obstacle = start.as_ref().err().copied();
    let is_started = start_button(ui, ctx, (text, train), obstacle);
    let is_swept = find_lr_button(ui, ctx, (text, find), obstacle);
    if let Ok(mut config) = start {
        config.device = config.device.or(ctx.settings.device);
        if is_started {
            ctx.send(Command::start(Training::new(config)));
        } else if is_swept {
            ctx.send(Command::start(LrSweep::new(config)));
        }
    }
}

/// The two ends of the range of learning rates.
fn rates_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let shown = form.shown_2().lr_bounds();
    let [mut low, mut high] = shown;
    let tooltip = "For the first layers, which know edges and textures";
    number_ui(
        ui,
        Caption {
            name: "Lowest rate",
            tooltip,
        },
        rate_value(&mut low),
    );
    number_ui(
        ui,
        Caption {
            name: "Highest rate",
            tooltip: "For the head",
        },
        rate_value(&mut high),
    );
    if [low, high] != shown {
        form.use_rates(2, [low, high]);
    }
}

/// True when pressed, by mouse or by its key.
fn find_lr_button(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    (stage, shortcut): (&str, Shortcut),
    obstacle: Option<&str>,
) -> bool {
    let name = stage.replace("Train", "Find learning rate of");
    let tooltip = keys::hint(
        ui,
        "Tries a hundred rates on some batches and shows what the loss does; no weights are changed",
        shortcut,
    );
    let button = egui::Button::new("Find learning rate");
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let response = blockable_button(ui, (button, size), obstacle)
        .on_hover_text(tooltip)
        .accessible_name(name);
    let is_pressed = ctx.keys_are_free(ui) && keys::take(ui, shortcut);
    obstacle.is_none() && (response.clicked() || is_pressed)
}

/// `obstacle`: why nothing can be trained at all; a run to start from is not needed.
fn cross_validate_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    mut config: TrainConfig,
    obstacle: Option<&str>,
) {
    config.device = config.device.or(ctx.settings.device);
    let button = egui::Button::new("Cross-validate");
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let response = blockable_button(ui, (button, size), obstacle)
        .on_hover_text("Trains with every scene held out once, and says how well these settings do on scenes that they have not seen. With few scenes that says more than one split does. No run is made")
        .accessible_name(format!("Cross-validate stage {}", config.stage));
    if obstacle.is_none() && response.clicked() {
        ctx.send(Command::start(CrossValidating::new(config)));
    }
}

/// True when pressed, by mouse or by its key anywhere on the page.
fn start_button(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    (text, shortcut): (&str, Shortcut),
    obstacle: Option<&str>,
) -> bool {
    let button = if obstacle.is_none() {
        theme::primary_button(ui, text)
    } else {
        egui::Button::new(theme::strong(text))
    };
    let size = vec2(ui.available_width(), BUTTON_HEIGHT);
    let response =
        blockable_button(ui, (button, size), obstacle).on_hover_text(keys::name(ui, shortcut));
    let is_pressed = ctx.keys_are_free(ui) && keys::take(ui, shortcut);
    obstacle.is_none() && (response.clicked() || is_pressed)
}

/// A button that is always in its place; one that cannot be pressed is as readable as any other text and says why.
fn blockable_button(
    ui: &mut egui::Ui,
    (button, size): (egui::Button<'_>, egui::Vec2),
    obstacle: Option<&str>,
) -> egui::Response {
    let Some(reason) = obstacle else {
        return ui.add_sized(size, button);
    };
    ui.scope(|ui| {
        let palette = theme::palette(ui);
        let visuals = ui.visuals_mut();
        visuals.disabled_alpha = 1.0;
        visuals.override_text_color = Some(palette.text_weak);
        let button = button
            .fill(palette.panel)
            .stroke(egui::Stroke::new(1.0, palette.line));
        ui.add_enabled_ui(false, |ui| ui.add_sized(size, button))
            .inner
            .on_disabled_hover_text(reason)
    })
    .inner
}
