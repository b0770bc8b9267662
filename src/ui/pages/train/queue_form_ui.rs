//! The folded part of the form that makes a queue of runs of it: the values that they differ in, how many runs that is, and
//! the button.

use eframe::egui;

use super::form::TrainForm;
use super::queue_form::QueueForm;
use super::rows_ui::grid;
use crate::model::Arch;
use crate::model::hub::Hub;
use crate::run::config::TrainConfig;
use crate::session::Command;
use crate::session::jobs::run_queue::RunQueue;
use crate::sweep::expected_secs;
use crate::ui::context::ViewCtx;
use crate::ui::{number, theme};

const TEXT_LINES: f32 = 3.0;

/// The trainings of the form as it is, worked out when it changes: weights are looked for on disk.
pub struct Planned {
    /// Jobs too: a download may have ended.
    of: Option<(TrainForm, usize)>,
    configs: Result<Vec<TrainConfig>, String>,
}

impl Default for Planned {
    fn default() -> Self {
        Self {
            of: None,
            configs: Ok(Vec::new()),
        }
    }
}

impl Planned {
    fn follow(&mut self, form: &TrainForm, jobs: usize) {
        let is_current = self
            .of
            .as_ref()
            .is_some_and(|(of, then)| of == form && *then == jobs);
        if is_current {
            return;
        }
        let hub = Hub::of_user().ok();
        let cached = |arch| hub.as_ref()?.cached(arch);
        let base = form.queued(form.queue.stage);
        self.configs = form.queue.configs(&base, cached);
        self.of = Some((form.clone(), jobs));
    }
}

/// `train_n`: images that every run is trained on. `obstacle`: why no run can begin.
pub fn queue_form_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (form, planned): (&mut TrainForm, &mut Planned),
    (train_n, obstacle): (usize, Option<&str>),
) {
    let folded = egui::CollapsingHeader::new("Queue of runs")
        .id_salt("queue of runs")
        .show(ui, |ui| {
            let weak = theme::palette(ui).text_weak;
            let text = "Every combination is a run. What is left empty is as in the form above. Runs that are done are not trained again: the queue shows their table.";
            ui.label(theme::small(text).color(weak));
            rows_ui(ui, form);
            let alive = ctx.session.jobs().iter().filter(|job| job.is_running()).count();
            planned.follow(form, alive);
            start_ui(ui, ctx, planned, (train_n, obstacle));
        });
    // On a small screen it unfolds below the end of the panel.
    if folded.body_returned.is_some() && folded.openness < 1.0 {
        folded.header_response.scroll_to_me(Some(egui::Align::TOP));
    }
}

/// The button, and below it how many runs it is or what keeps it from being pressed: the place of the button is the same.
fn start_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    planned: &Planned,
    (train_n, obstacle): (usize, Option<&str>),
) {
    let (text, color) = match &planned.configs {
        Err(fault) => (fault.clone(), theme::palette(ui).warning),
        Ok(configs) => (
            extent_text(configs, train_n, ctx),
            theme::palette(ui).text_weak,
        ),
    };
    let fault = planned.configs.as_ref().err().map(String::as_str);
    let obstacle = fault.or(obstacle);
    let hint = "One run after another, each as any other run. Cancelled, or after the program was closed, the same queue goes on where it was";
    let is_free = obstacle.is_none();
    let button = theme::primary_button_if(ui, is_free, "Train the queue");
    let response = ui
        .add_enabled_ui(is_free, |ui| ui.add(button))
        .inner
        .on_hover_text(hint)
        .on_disabled_hover_text(obstacle.unwrap_or_default());
    if let Ok(configs) = &planned.configs
        && response.clicked()
    {
        ctx.send(Command::start(RunQueue::new(configs.clone())));
    }
    // Room for three lines, so that what is below does not jump while something is typed.
    let room = TEXT_LINES * ui.text_style_height(&egui::TextStyle::Small);
    let top = ui.cursor().min.y;
    ui.label(theme::small(text).color(color));
    let used = ui.cursor().min.y - top;
    ui.add_space((room - used).max(0.0));
}

fn rows_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let base = form.queued(form.queue.stage);
    let [_, rate] = base.lr_bounds();
    let queue = &mut form.queue;
    grid(ui, "queue", |ui| {
        let label = ui.label("Stage");
        let name = |stage| match stage {
            2 => "2: everything",
            _one => "1: a new head",
        };
        egui::ComboBox::from_id_salt("queued stage")
            .selected_text(name(queue.stage))
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for stage in [1, 2] {
                    ui.selectable_value(&mut queue.stage, stage, name(stage));
                }
            })
            .response
            .labelled_by(label.id);
        ui.end_row();
        let seed = base.seed.to_string();
        text_ui(
            ui,
            ("Seeds", &seed),
            &mut queue.seeds,
            "Runs that differ in nothing but this show how much of a difference is chance: 0, 1, 2",
        );
        text_ui(
            ui,
            ("Rates", &number::rate(rate)),
            &mut queue.rates,
            "Highest learning rates, of the head: 1e-4, 1e-3. In stage 2 the first layers keep their part of it",
        );
        let size = base.preprocess().size.to_string();
        text_ui(
            ui,
            ("Sizes", &size),
            &mut queue.sizes,
            "In pixels: 224, 320",
        );
        nets_ui(ui, queue, base.arch);
    });
}

/// A row of values; `shown` stands in an empty one.
fn text_ui(ui: &mut egui::Ui, (name, shown): (&str, &str), text: &mut String, hint: &str) {
    let label = ui.label(name).on_hover_text(hint);
    let field = egui::TextEdit::singleline(text)
        .hint_text(shown)
        .desired_width(ui.available_width());
    ui.add(field).on_hover_text(hint).labelled_by(label.id);
    ui.end_row();
}

fn nets_ui(ui: &mut egui::Ui, queue: &mut QueueForm, base: Arch) {
    let label = ui.label("Nets");
    let text = match queue.nets.as_slice() {
        [] => base.title().to_owned(),
        [net] => net.title().to_owned(),
        nets => format!("{} nets", nets.len()),
    };
    egui::ComboBox::from_id_salt("queued nets")
        .selected_text(text)
        .width(ui.available_width())
        .truncate()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show_ui(ui, |ui| {
            for net in Arch::ALL {
                let mut is_chosen = queue.nets.contains(&net);
                if ui.checkbox(&mut is_chosen, net.title()).changed() {
                    queue.set_net(net, is_chosen);
                }
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
}

/// How many runs, and how long they take if like ones are known.
fn extent_text(configs: &[TrainConfig], train_n: usize, ctx: &ViewCtx<'_>) -> String {
    let runs = number::counted(configs.len(), "run");
    let secs: Option<f64> = configs
        .iter()
        .map(|config| expected_secs(config, train_n, ctx.session.runs()))
        .sum();
    match secs {
        Some(secs) => format!("{runs}, about {} if none is done", number::duration(secs)),
        None => {
            format!("{runs}; how long they take is known once one of each net and size was trained")
        }
    }
}
