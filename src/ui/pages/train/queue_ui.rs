//! A queue of runs while it goes on and afterwards: the verdict, and a table of its settings with their intervals and runs.

use eframe::egui;

use super::followed::{Followed, heading_ui};
use super::readiness::Readiness;
use super::shelf::Shelf;
use crate::report::is_uninformative;
use crate::session::jobs::run_queue::RunQueue;
use crate::session::{Command, Job, JobState, JobView};
use crate::sweep::{KeptQueue, Setting, SweepRun, SweepTable};
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::help::trained::QUEUE;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const BAR_WIDTH: f32 = 160.0;
/// Where the table has less than [`WIDE`].
const NARROW_BAR_WIDTH: f32 = 64.0;
const WIDE: f32 = 720.0;
/// A line of text.
const BAR_HEIGHT: f32 = theme::GAP_LARGE;

#[derive(Default)]
pub struct QueueView {
    pub followed: Followed,
    /// The queue of another time was looked for.
    has_looked: bool,
}

impl QueueView {
    /// The newest queue, and whether it has just appeared.
    pub fn follow(&mut self, ctx: &mut ViewCtx<'_>) -> Option<(JobView, bool)> {
        if !self.has_looked {
            self.has_looked = true;
            look_for_kept(ctx);
        }
        // One of another time is there once its runs are read.
        let is_queue = |job: &JobView| {
            work_of(job).is_some_and(|queue| queue.kept().is_none() || queue.table().is_some())
        };
        let (job, is_new) = self.followed.follow(ctx.session, is_queue)?;
        let is_over = |queue: &RunQueue| queue.kept().is_some() && !queue.is_open();
        if is_new && work_of(&job).is_some_and(is_over) {
            // Nothing is to be done about it; the list beside leads to it.
            self.followed.hide();
            return Some((job, false));
        }
        Some((job, is_new))
    }
}

/// Has the table of the queue shown that was trained, or begun, before the project was opened.
fn look_for_kept(ctx: &mut ViewCtx<'_>) {
    if ctx.session.jobs().iter().any(|job| work_of(job).is_some()) {
        return;
    }
    let kept = ctx.session.note(KeptQueue::NOTE);
    if let Some(kept) = kept.and_then(|text| KeptQueue::from_text(&text)) {
        ctx.send(Command::start(RunQueue::of_kept(kept)));
    }
}

/// Whether it has stopped before its end.
pub fn is_cut_off(job: &JobView) -> bool {
    let is_open = work_of(job).is_some_and(RunQueue::is_open);
    job.state != JobState::Running && is_open
}

pub fn queue_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    job: &JobView,
    (view, shelf, readiness): (&mut QueueView, &mut Shelf, &Readiness),
) {
    let palette = theme::palette(ui);
    if heading_ui(ui, ctx, job) {
        // Closed for good.
        ctx.send(Command::Note {
            key: KeptQueue::NOTE,
            text: String::new(),
        });
    }
    let Some(queue) = work_of(job) else {
        return;
    };
    if job.state == JobState::Running {
        progress_ui(ui, job, queue);
    } else if is_cut_off(job) {
        go_on_ui(ui, ctx, (job, queue), readiness);
    }
    for warning in &job.warnings {
        let text = format!("{}: {}", warning.subject, warning.message);
        ui.label(egui::RichText::new(text).color(palette.warning));
    }
    let Some(table) = queue.table() else {
        return;
    };
    ui.add_space(theme::GAP_SMALL);
    ui.horizontal_wrapped(|ui| {
        labelled_ui(ui, theme::strong(capitalized(&table.verdict)), &QUEUE);
    });
    ui.add_space(theme::GAP_MEDIUM);
    let area = egui::ScrollArea::both().auto_shrink(false);
    let bar_width = if ui.available_width() < WIDE {
        NARROW_BAR_WIDTH
    } else {
        BAR_WIDTH
    };
    let mut asked = None;
    scrolled_ui(ui, area, |ui, _| {
        let under_way = UnderWay {
            is_running: job.state == JobState::Running,
            place: queue.current().map(|(place, _)| place),
        };
        ui.horizontal_top(|ui| {
            asked = table_ui(ui, table, (under_way, bar_width));
            // The bar of the area would float over the last column.
            let bar = ui.spacing().scroll.bar_width + theme::GAP_SMALL;
            ui.allocate_space(egui::vec2(bar, 1.0));
        });
    });
    if let Some(run) = asked {
        shelf.focus(&run);
        view.followed.hide();
    }
}

/// That a queue has stopped, and the button with which it goes on.
fn go_on_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (job, queue): (&JobView, &RunQueue),
    readiness: &Readiness,
) {
    let is_other_split = queue
        .kept()
        .is_some_and(|kept| readiness.split_hash() != Some(&kept.split_hash));
    let obstacle = if is_other_split {
        Some("The split is another one now, so all its runs would be new ones: train it from the form".to_owned())
    } else {
        readiness.obstacle(ctx.session).map(|found| found.text)
    };
    ui.horizontal_wrapped(|ui| {
        let text = if job.state == JobState::Cancelled {
            "Cancelled before its end."
        } else {
            "It was cut off before its end."
        };
        ui.label(egui::RichText::new(text).color(theme::palette(ui).warning));
        let button = theme::primary_button_if(ui, obstacle.is_none(), "Go on");
        let response = ui
            .add_enabled(obstacle.is_none(), button)
            .on_hover_text("The runs that are done are not trained again; one that was cut off goes on from its last checkpoint")
            .on_disabled_hover_text(obstacle.as_deref().unwrap_or_default());
        if response.clicked() {
            ctx.send(Command::start(queue.again()));
        }
    });
}

fn progress_ui(ui: &mut egui::Ui, job: &JobView, queue: &RunQueue) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        ui.visuals_mut().extreme_bg_color = palette.control;
        let done = queue.done() as f32 / queue.planned().max(1) as f32;
        let bar = egui::ProgressBar::new(done)
            .desired_width(BAR_WIDTH)
            .desired_height(theme::GAP_SMALL)
            .fill(palette.accent);
        ui.add(bar).accessible_name("Runs that are done");
        match queue.current() {
            Some((place, _)) => ui.label(format!("run {place} of {}", queue.planned())),
            None => ui.label(&job.progress.stage),
        };
        if job.is_paused {
            ui.label(theme::strong("Paused").color(palette.warning));
        }
    });
}

/// Returns the run whose plots are asked for.
fn table_ui(
    ui: &mut egui::Ui,
    table: &SweepTable,
    (under_way, bar_width): (UnderWay, f32),
) -> Option<String> {
    let mut asked = None;
    egui::Grid::new("settings of the queue")
        .num_columns(5)
        .spacing([theme::GAP_MEDIUM, theme::GAP_SMALL])
        .striped(false)
        .show(ui, |ui| {
            for setting in &table.settings {
                let is_best = table.best.as_ref() == Some(&setting.name);
                setting_ui(ui, setting, (is_best, bar_width));
                for run in &setting.runs {
                    if run_ui(ui, run, under_way) {
                        asked.clone_from(&run.run);
                    }
                }
            }
        });
    asked
}

fn setting_ui(ui: &mut egui::Ui, setting: &Setting, (is_best, bar_width): (bool, f32)) {
    let palette = theme::palette(ui);
    ui.label(theme::strong(&setting.name));
    bar_ui(ui, setting, bar_width);
    let accuracy = setting
        .accuracy
        .map_or_else(|| "–".to_owned(), number::percent);
    let accuracy = ui.label(theme::number(accuracy));
    if let Some([low, high]) = setting.range {
        let range = format!(
            "Mean over the seeds, {} to {}",
            number::percent(low),
            number::percent(high)
        );
        accuracy.on_hover_text(range);
    }
    let interval = match setting.interval {
        None => String::new(),
        Some(interval) if is_uninformative(interval) => "too few scenes".to_owned(),
        Some([low, high]) => format!("{:.0} to {:.0} %", low * 100.0, high * 100.0),
    };
    ui.label(theme::small(interval).color(palette.text_weak))
        .on_hover_text("95 % interval of the accuracy");
    let done = setting
        .runs
        .iter()
        .filter(|run| run.accuracy.is_some())
        .count();
    let mut text = format!(
        "{done} of {} done",
        number::counted(setting.runs.len(), "run")
    );
    if is_best {
        text.push_str(", best");
    }
    ui.label(text);
    ui.end_row();
}

/// The interval on a scale of 0 to 1, with the accuracy as a line in it.
fn bar_ui(ui: &mut egui::Ui, setting: &Setting, width: f32) {
    let palette = theme::palette(ui);
    let size = egui::vec2(width, BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    let at = |fraction: f64| rect.min.x + rect.width() * fraction.clamp(0.0, 1.0) as f32;
    let band = |from: f32, to: f32| {
        let half = theme::GAP_TINY / 2.0;
        let [top, bottom] = [rect.center().y - half, rect.center().y + half];
        egui::Rect::from_min_max(egui::pos2(from, top), egui::pos2(to, bottom))
    };
    let painter = ui.painter();
    painter.rect_filled(band(rect.min.x, rect.max.x), 0.0, palette.control);
    if let Some([low, high]) = setting.interval {
        painter.rect_filled(band(at(low), at(high)), 0.0, palette.accent);
    }
    if let Some(accuracy) = setting.accuracy {
        let stroke = egui::Stroke::new(theme::OUTLINE, palette.text);
        painter.vline(at(accuracy), rect.y_range(), stroke);
    }
}

/// What the queue is at.
#[derive(Clone, Copy)]
struct UnderWay {
    is_running: bool,
    /// Of the training in hand, from 1: it has no run to be told by before its first event.
    place: Option<usize>,
}

/// True when its plots are asked for.
fn run_ui(ui: &mut egui::Ui, run: &SweepRun, under_way: UnderWay) -> bool {
    let palette = theme::palette(ui);
    let is_current = under_way.place == Some(run.place + 1);
    let (status, color) = match run.status {
        _ if is_current => ("running", palette.accent),
        "done" => ("done", palette.text_weak),
        "running" => ("running", palette.accent),
        "diverged" => ("its loss was not finite", palette.error),
        "deleted" => ("deleted", palette.text_weak),
        "begun" if under_way.is_running => ("cut off, goes on", palette.warning),
        "begun" => ("cut off", palette.warning),
        _open if under_way.is_running => ("waiting", palette.text_weak),
        _open => ("not begun", palette.text_weak),
    };
    ui.horizontal(|ui| {
        ui.add_space(theme::GAP_LARGE);
        ui.label(theme::small(format!("Seed {}", run.seed)).color(palette.text_weak));
    });
    ui.label("");
    let accuracy = run.accuracy.map(number::percent).unwrap_or_default();
    ui.label(theme::number(accuracy).color(palette.text_weak));
    ui.label(theme::small(status).color(color));
    let is_asked = run.run.as_ref().is_some_and(|id| {
        ui.link(theme::small(id))
            .on_hover_text("Its plots and numbers")
            .accessible_name(format!("Show run {id}"))
            .clicked()
    });
    ui.end_row();
    is_asked
}

fn work_of(job: &JobView) -> Option<&RunQueue> {
    match &*job.job {
        Job::TrainQueue(queue) => Some(queue),
        _other => None,
    }
}
