//! The form on the left: shared settings, then a card for each stage with its button, then what experts change.

use eframe::egui::{self, Key, Modifiers, vec2};

use super::device_ui::{Gpus, device_ui};
use super::download_ui::Downloads;
use super::expert_ui::{expert_ui, weights_ui};
use super::form::TrainForm;
use super::rows_ui::{edit_open, edit_optional, grid, number_ui, or_word, origin_ui, rate_value};
use super::status_ui::busy_with;
use crate::dataset::split::{self, Split};
use crate::model::Arch;
use crate::run::RunLog;
use crate::run::config::TrainConfig;
use crate::session::jobs::find_lr::LrSweep;
use crate::session::jobs::train::Training;
use crate::session::{Command, Job, Session};
use crate::ui::context::ViewCtx;
use crate::ui::page::Page;
use crate::ui::{number, theme};

const BUTTON_HEIGHT: f32 = 40.0;

/// Whether there is something to train on; worked out once for each version of the catalogue.
#[derive(Default)]
pub struct Readiness {
    version: Option<u64>,
    train: usize,
    valid: usize,
    classes: usize,
    /// Of the split that a run would have now.
    split_hash: Option<String>,
}

/// Why no run can begin, and where it is mended.
struct Obstacle {
    text: String,
    remedy: Option<(&'static str, Page)>,
}

impl Readiness {
    pub fn follow(&mut self, session: &Session) {
        let snapshot = session.snapshot();
        if self.version == Some(snapshot.version) {
            return;
        }
        let counts = split::counts(snapshot);
        *self = Self {
            version: Some(snapshot.version),
            split_hash: Split::of(snapshot).ok().map(|split| split.hash),
            train: counts.iter().map(|class| class.train).sum(),
            valid: counts.iter().map(|class| class.valid).sum(),
            classes: counts
                .iter()
                .filter(|class| class.train + class.valid > 0)
                .count(),
        };
    }

    pub fn is_ready(&self, session: &Session) -> bool {
        self.obstacle(session).is_none()
    }

    fn obstacle(&self, session: &Session) -> Option<Obstacle> {
        let obstacle = |text: &str, remedy| {
            Some(Obstacle {
                text: text.to_owned(),
                remedy,
            })
        };
        if let Some(job) = busy_with(session) {
            let text = if matches!(*job, Job::FindLr(_)) {
                "A learning rate is being found. Cancel that, or wait until it is done."
            } else if matches!(*job, Job::Evaluate(_)) {
                "A run is being measured on a test set. Cancel that, or wait until it is done."
            } else {
                "A run is under way. Two at once would only slow each other: stop it, or wait until it is done."
            };
            return obstacle(text, None);
        }
        if self.classes < 2 {
            return obstacle(
                "Two classes are needed, at least. Bring in films or images of another one.",
                Some(("Go to Collect", Page::Collect)),
            );
        }
        if self.valid == 0 {
            return obstacle(
                "Nothing to measure on yet: put some scenes or images into validation first.",
                Some(("Go to Split", Page::Split)),
            );
        }
        if self.train == 0 {
            return obstacle(
                "Nothing to train on: every scene is in validation, or rejected.",
                Some(("Go to Split", Page::Split)),
            );
        }
        None
    }
}

/// What the form changes: its numbers, downloads, and what is known of GPUs.
type Inputs<'a> = (&'a mut TrainForm, &'a mut Downloads, &'a mut Gpus);

pub fn form_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (form, downloads, gpus): Inputs<'_>,
    readiness: &Readiness,
) {
    shared_ui(ui, ctx, (form, downloads, gpus), readiness);
    let obstacle = readiness.obstacle(ctx.session);
    stage_card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        head_stage_ui(ui, ctx, form, obstacle.is_none());
    });
    stage_card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        fine_stage_ui(ui, ctx, form, readiness);
    });
    if let Some(obstacle) = obstacle {
        ui.label(&obstacle.text);
        if let Some((text, page)) = obstacle.remedy
            && ui.add(theme::primary_button(ui, text)).clicked()
        {
            ctx.go(page);
        }
    }
    expert_ui(ui, ctx, form);
}

/// Darker than a card elsewhere, so that the fields in it stand out.
fn stage_card(ui: &egui::Ui) -> egui::Frame {
    theme::card(ui).fill(theme::palette(ui).canvas)
}

fn shared_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (form, downloads, gpus): Inputs<'_>,
    readiness: &Readiness,
) {
    let weak = theme::palette(ui).text_weak;
    let text = format!(
        "{} train, {} valid, {}",
        number::count(readiness.train),
        number::count(readiness.valid),
        counted_classes(readiness.classes)
    );
    ui.label(theme::small(text).color(weak));
    grid(ui, "shared", |ui| {
        let label = ui.label("Net");
        egui::ComboBox::from_id_salt("architecture")
            .selected_text(form.arch().title())
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for arch in Arch::ALL {
                    ui.selectable_value(&mut form.stage_1.arch, arch, arch.title());
                }
            })
            .response
            .labelled_by(label.id);
        ui.end_row();
        if !form.arch().has_embedded_weights() {
            weights_ui(ui, form);
            downloads.ui(ui, ctx, form);
        }
        number_ui(
            ui,
            ("Size", TrainConfig::help("size")),
            egui::DragValue::new(&mut form.stage_1.size)
                .range(64..=512)
                .suffix(" px"),
        );
        edit_optional(&mut form.stage_1.batch, |batch| {
            number_ui(
                ui,
                ("Batch", TrainConfig::help("batch")),
                or_word(
                    egui::DragValue::new(batch).range(0..=256),
                    ("auto", 0.0),
                    "",
                ),
            );
        });
        device_ui(ui, ctx, gpus, form);
    });
}

fn counted_classes(count: usize) -> String {
    if count == 1 {
        "1 class".to_owned()
    } else {
        format!("{} classes", number::count(count))
    }
}

fn head_stage_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, form: &mut TrainForm, is_ready: bool) {
    ui.label(theme::strong("Stage 1: a new head"));
    grid(ui, "stage 1", |ui| {
        number_ui(
            ui,
            ("Epochs", TrainConfig::help("epochs")),
            egui::DragValue::new(&mut form.stage_1.epochs)
                .range(1..=200)
                .speed(0.1),
        );
        let shown = form.shown_1();
        edit_open(&mut form.stage_1.lr, shown.lr, |lr| {
            number_ui(
                ui,
                ("Learning rate", TrainConfig::help("lr")),
                rate_value(lr),
            );
        });
    });
    let config = form.run_of_stage_1();
    if config.lacks_weights() {
        let text = format!(
            "{} is not inside the program: give it its ImageNet weights above.",
            config.arch.title()
        );
        ui.label(egui::RichText::new(text).color(theme::palette(ui).text_weak));
    } else if is_ready {
        if start_button(ui, ctx, "Train stage 1", Modifiers::COMMAND) {
            ctx.send(Command::start(Training::new(config.clone())));
        }
        find_lr_button(ui, ctx, config, Modifiers::COMMAND);
    }
}

fn fine_stage_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    form: &mut TrainForm,
    readiness: &Readiness,
) {
    ui.label(theme::strong("Stage 2: everything"));
    let is_ready = readiness.is_ready(ctx.session);
    let runs = ctx.session.runs();
    grid(ui, "stage 2", |ui| {
        number_ui(
            ui,
            ("Epochs", TrainConfig::help("epochs")),
            egui::DragValue::new(&mut form.stage_2.epochs)
                .range(1..=200)
                .speed(0.1),
        );
        rates_ui(ui, form);
        let candidates: Vec<&RunLog> = form.candidates(runs).collect();
        origin_ui(
            ui,
            ("Starts from", "best stage 1"),
            &candidates,
            &mut form.stage_2.from,
        );
    });
    let weak = theme::palette(ui).text_weak;
    let Some(run) = form.starting_run(runs, readiness.split_hash.as_deref()) else {
        let text = form.no_starting_run(runs, readiness.split_hash.as_deref());
        ui.label(egui::RichText::new(text).color(weak));
        return;
    };
    let accuracy = number::percent(run.best_accuracy().unwrap_or_default());
    let text = format!("from {} ({accuracy})", run.info.id);
    ui.label(theme::small(text).color(weak));
    for caveat in run.caveats() {
        ui.label(theme::small(caveat.text()).color(theme::palette(ui).warning));
    }
    if readiness.split_hash.as_deref() != Some(run.info.split_hash.as_str()) {
        let text = "It was trained on another split: images that it saw may be in validation now, and then the new run is contaminated.";
        ui.label(theme::small(text).color(theme::palette(ui).warning));
    }
    let keys = Modifiers::COMMAND | Modifiers::SHIFT;
    if is_ready {
        let config = form.run_of_stage_2(&run.info.id);
        if start_button(ui, ctx, "Train stage 2", keys) {
            ctx.send(Command::start(Training::new(config.clone())));
        }
        find_lr_button(ui, ctx, config, keys);
    }
}

/// The two ends of the range of learning rates.
fn rates_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let shown = form.shown_2().lr_bounds();
    let [mut low, mut high] = shown;
    let tooltip = "For the first layers, which know edges and textures";
    number_ui(ui, ("Lowest rate", tooltip), rate_value(&mut low));
    number_ui(ui, ("Highest rate", "For the head"), rate_value(&mut high));
    if [low, high] != shown {
        form.use_rates(2, [low, high]);
    }
}

/// Pressed by mouse or with L and `modifiers`.
fn find_lr_button(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    config: TrainConfig,
    modifiers: Modifiers,
) {
    let shortcut = egui::KeyboardShortcut::new(modifiers, Key::L);
    let is_pressed = ctx.keys_are_free(ui) && ui.input_mut(|input| take_key(input, shortcut));
    let name = format!("Find learning rate of stage {}", config.stage);
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let tooltip = format!(
        "Tries a hundred rates on some batches and shows what the loss does; no weights are changed ({})",
        ui.format_shortcut(&shortcut)
    );
    let button = ui
        .add_sized(size, egui::Button::new("Find learning rate"))
        .on_hover_text(tooltip)
        .accessible_name(name);
    if button.clicked() || is_pressed {
        ctx.send(Command::start(LrSweep::new(config)));
    }
}

/// True when pressed, by mouse or with Enter and `modifiers` anywhere on the page.
fn start_button(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, text: &str, modifiers: Modifiers) -> bool {
    let shortcut = egui::KeyboardShortcut::new(modifiers, Key::Enter);
    let is_pressed = ctx.keys_are_free(ui) && ui.input_mut(|input| take_key(input, shortcut));
    let button = theme::primary_button(ui, text);
    let response = ui
        .add_sized(vec2(ui.available_width(), BUTTON_HEIGHT), button)
        .on_hover_text(ui.format_shortcut(&shortcut));
    response.clicked() || is_pressed
}

/// Takes the shortcut with exactly its modifiers (egui's own also match when more are held), as they were when the key
/// went down: on a busy machine they may be up again before the frame is drawn.
fn take_key(input: &mut egui::InputState, shortcut: egui::KeyboardShortcut) -> bool {
    let before = input.events.len();
    input.events.retain(|event| {
        !matches!(event, egui::Event::Key { key, pressed: true, modifiers, .. }
            if *key == shortcut.logical_key && modifiers.matches_exact(shortcut.modifiers))
    });
    input.events.len() < before
}
