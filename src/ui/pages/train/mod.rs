//! The train page: a short form on the left, the live plots in the middle, all runs of the project on the right.
//!
//! Nothing here knows whether a run was started by this window: what is drawn is read from the runs' logs, so one
//! that the command line started looks the same, except that only its own terminal can pause it.

mod augment_ui;
mod candidates;
mod compare;
mod cross_validation_ui;
mod curve;
mod device_ui;
mod download_ui;
mod expert_ui;
mod fit_ui;
mod followed;
mod form;
mod form_ui;
mod pin_cell_ui;
mod pin_history;
mod pin_save;
mod pins;
mod pins_ui;
mod plots_ui;
mod progress_ui;
mod queue_form;
mod queue_form_ui;
mod queue_ui;
mod readiness;
mod rows_ui;
mod run_plot;
mod runs_ui;
mod series;
mod shelf;
mod stages_ui;
mod status_ui;
mod sweep_plot;
mod sweep_ui;
mod test_sets;
mod warnings_ui;

use std::time::Duration;

use eframe::egui;
use egui_material_icons::icons::{ICON_DATASET, ICON_PLAYLIST_PLAY, ICON_QUERY_STATS};

use crate::run::RunStatus;
use crate::session::{Command, JobView};
use crate::ui::context::ViewCtx;
use crate::ui::leak_watch::LeakWatch;
use crate::ui::theme;
use crate::ui::widgets::gpus::Gpus;
use crate::ui::widgets::scrolled::scrolled_ui;

use cross_validation_ui::{CrossValidationView, cross_validation_ui};
use download_ui::Downloads;
use form::TrainForm;
use form_ui::Inputs;
use pins::PinStrip;
use queue_form_ui::Planned;
use queue_ui::{QueueView, queue_ui};
use readiness::Readiness;
use runs_ui::Study;
use shelf::Shelf;
use status_ui::Measured;
use sweep_ui::SweepView;

/// Plots move six times a second: more would only take the CPU from the training they show.
const LIVE_REPAINT: Duration = Duration::from_millis(160);
const FORM_WIDTH: f32 = 296.0;
const RUNS_WIDTH: f32 = 272.0;

/// Where the form is kept.
const FORM_NOTE: &str = "train-form";

#[derive(Default)]
pub struct TrainPage {
    form: TrainForm,
    /// The form as it is kept in the project; `None` before it was looked for there.
    kept: Option<TrainForm>,
    readiness: Readiness,
    leaks: LeakWatch,
    shelf: Shelf,
    gpus: Gpus,
    downloads: Downloads,
    sweep: SweepView,
    cross_validation: CrossValidationView,
    planned: Planned,
    queue: QueueView,
    pins: PinStrip,
    measured: Measured,
}

impl TrainPage {
    /// From another page: stage 2 starts from this run.
    pub fn start_from(&mut self, run: String) {
        self.form.stage_2.from = Some(run);
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let runs = ctx.session.runs();
        self.keep_form(ui, ctx);
        self.follow_leaks(ctx);
        self.downloads.follow(ctx.session, &mut self.form);
        let sweep = self.sweep.follow(ctx.session);
        let cross_validation = self.cross_validation.follow(ctx.session);
        let queue = self.queue.follow(ctx);
        if queue.as_ref().is_some_and(|(_, is_new)| *is_new) {
            self.sweep.followed.hide();
            self.cross_validation.followed.hide();
        }
        let queue = queue.map(|(job, _)| job);
        let looked_at = self.shelf.focused_id().map(str::to_owned);
        let is_current = self.shelf.follow(runs, ui.input(|input| input.time));
        let has_begun = |id: &str| {
            let mut runs = runs.iter();
            runs.any(|run| run.info.id == id && run.status == RunStatus::Running)
        };
        if self.shelf.focused_id() != looked_at.as_deref()
            && self.shelf.focused_id().is_some_and(has_begun)
        {
            self.sweep.followed.hide();
            self.cross_validation.followed.hide();
            // One of its own leaves the table in sight.
            if queue.as_ref().is_none_or(|job| !job.is_running()) {
                self.queue.followed.hide();
            }
        }
        let is_live = runs.iter().any(|run| run.status == RunStatus::Running);
        // A run that another process starts wakes the window by itself.
        if is_live || !is_current {
            ui.request_repaint_after(LIVE_REPAINT);
        }

        let mut asked = None;
        egui::Panel::left("train form")
            .frame(theme::panel_frame(ui))
            .default_size(FORM_WIDTH)
            .size_range(FORM_WIDTH..=FORM_WIDTH * 1.5)
            .show(ui, |ui| {
                scrolled_ui(
                    ui,
                    egui::ScrollArea::vertical().auto_shrink(false),
                    |ui, _| {
                        let inputs = Inputs {
                            form: &mut self.form,
                            downloads: &mut self.downloads,
                            gpus: &mut self.gpus,
                            planned: &mut self.planned,
                        };
                        asked = form_ui::form_ui(ui, ctx, inputs, &self.readiness);
                    },
                );
            });
        if let Some(look) = asked {
            self.leaks.compare(ctx, look);
        }
        let has_study = sweep.is_some() || cross_validation.is_some() || queue.is_some();
        if !runs.is_empty() || has_study {
            egui::Panel::right("train runs")
                .frame(theme::panel_frame(ui))
                .default_size(RUNS_WIDTH)
                .size_range(RUNS_WIDTH..=RUNS_WIDTH * 1.5)
                .show(ui, |ui| {
                    let sweep = sweep.as_ref().map(|job| Study {
                        job,
                        followed: &mut self.sweep.followed,
                        icon: ICON_QUERY_STATS,
                        name: "Learning rate",
                    });
                    let folds = cross_validation.as_ref().map(|job| Study {
                        job,
                        followed: &mut self.cross_validation.followed,
                        icon: ICON_DATASET,
                        name: "Cross-validation",
                    });
                    let table = queue.as_ref().map(|job| Study {
                        job,
                        followed: &mut self.queue.followed,
                        icon: ICON_PLAYLIST_PLAY,
                        name: "Queue",
                    });
                    let studies = sweep.into_iter().chain(folds).chain(table);
                    let mut studies: Vec<Study<'_>> = studies.collect();
                    runs_ui::runs_ui(ui, ctx, &mut self.shelf, &mut studies);
                });
        }
        egui::CentralPanel::default()
            .frame(theme::canvas_frame(ui))
            .show(ui, |ui| {
                self.middle_ui(ui, ctx, [sweep, cross_validation, queue]);
            });
    }
}

impl TrainPage {
    /// What is looked at: one of the jobs beside the runs, or the focused run.
    fn middle_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        [sweep, cross_validation, queue]: [Option<JobView>; 3],
    ) {
        let runs = ctx.session.runs();
        if let Some(job) = sweep.filter(|_| self.sweep.followed.is_shown()) {
            self.sweep.ui(ui, ctx, &job, &mut self.form);
            return;
        }
        let is_shown = self.cross_validation.followed.is_shown();
        if let Some(job) = cross_validation.filter(|_| is_shown) {
            cross_validation_ui(ui, ctx, &job);
            return;
        }
        if let Some(job) = queue.filter(|_| self.queue.followed.is_shown()) {
            let parts = (&mut self.queue, &mut self.shelf, &self.readiness);
            queue_ui(ui, ctx, &job, parts);
            return;
        }
        if runs.is_empty() {
            explain_stages_ui(ui, self.readiness.is_ready(ctx.session));
            return;
        }
        if !plots_ui::has_two_columns(ui.available_width()) {
            self.narrow_run_ui(ui, ctx);
            return;
        }
        // Whatever stands in the lines above, the plots end where the panel does.
        let width = ui.available_width();
        let parts = (&mut self.shelf, &mut self.form, &mut self.measured);
        status_ui::status_ui(ui, ctx, parts);
        if self.shelf.has_nothing_to_draw(runs) {
            return;
        }
        let height = ui.available_height();
        let Some(strip) = pins_ui::height_in(height) else {
            self.low_run_ui(ui, ctx, height);
            return;
        };
        self.drawn_ui(ui, ctx, egui::vec2(width, height - strip), strip);
    }

    /// Plots of a size, and the strip of images under them.
    fn drawn_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        plots: egui::Vec2,
        strip: f32,
    ) {
        ui.allocate_ui(plots, |ui| {
            ui.set_max_width(plots.x);
            plots_ui::plots_ui(ui, ctx, &mut self.shelf);
        });
        let runs = ctx.session.runs();
        if let Some(shown) = self.shelf.focused(runs) {
            ui.allocate_ui(egui::vec2(plots.x, strip), |ui| {
                ui.set_max_width(plots.x);
                pins_ui::pins_ui(ui, ctx, &mut self.pins, shown.log);
            });
        }
    }

    /// The focused run in a low window: the strip of images is scrolled to below the plots.
    fn low_run_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, height: f32) {
        let area = egui::ScrollArea::vertical()
            .id_salt("low run")
            .auto_shrink(false);
        scrolled_ui(ui, area, |ui, _| {
            let plots = egui::vec2(ui.available_width(), height - pins_ui::TITLE_HEIGHT);
            self.drawn_ui(ui, ctx, plots, pins_ui::MIN_HEIGHT);
        });
    }

    /// The focused run where there is little room: all of it is scrolled to.
    fn narrow_run_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let area = egui::ScrollArea::vertical()
            .id_salt("run")
            .auto_shrink(false);
        scrolled_ui(ui, area, |ui, _| {
            let parts = (&mut self.shelf, &mut self.form, &mut self.measured);
            status_ui::status_ui(ui, ctx, parts);
            if !self.shelf.has_nothing_to_draw(ctx.session.runs()) {
                plots_ui::plots_ui(ui, ctx, &mut self.shelf);
            }
        });
    }

    /// Finds what a run would be refused for before its button is pressed; not while something else has the cores.
    fn follow_leaks(&mut self, ctx: &mut ViewCtx<'_>) {
        let version = ctx.session.snapshot().version;
        if progress_ui::busy_with(ctx.session).is_none() {
            self.leaks.follow(ctx, version);
        }
        let leaks = self.leaks.found();
        self.readiness
            .follow(ctx.session, &self.form.stage_1, leaks);
    }

    /// Read once, and written when nobody types or drags.
    fn keep_form(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>) {
        let Some(kept) = &self.kept else {
            let text = ctx.session.note(FORM_NOTE);
            if let Some(form) = text.as_deref().and_then(TrainForm::from_text) {
                self.form = form;
            }
            self.kept = Some(self.form.clone());
            return;
        };
        let is_in_hand = ui.input(|input| input.pointer.any_down()) || ui.text_edit_focused();
        if *kept == self.form || is_in_hand {
            return;
        }
        if let Some(text) = self.form.to_text() {
            ctx.send(Command::Note {
                key: FORM_NOTE,
                text,
            });
        }
        self.kept = Some(self.form.clone());
    }
}

/// Before the first run: what the two stages are and which button is next.
fn explain_stages_ui(ui: &mut egui::Ui, is_ready: bool) {
    let palette = theme::palette(ui);
    ui.vertical_centered(|ui| {
        ui.set_max_width(theme::FORM_WIDTH.min(ui.available_width()));
        ui.add_space((ui.available_height() * 0.2).max(theme::GAP_HUGE));
        let icon = egui_material_icons::icons::ICON_SHOW_CHART;
        ui.label(theme::icon(icon, theme::ICON_EMPTY).color(palette.text_weak));
        ui.label(theme::title("No run yet"));
        ui.add_space(theme::GAP_MEDIUM);
        for (heading, text) in [
            (
                "Stage 1 trains a new head",
                "The net keeps what it learned from ImageNet; only its last layers learn your classes. Quick, and hard to spoil.",
            ),
            (
                "Stage 2 trains everything",
                "It starts from a stage-1 run and moves the early layers gently. Slower, and it can overfit: compare the two here.",
            ),
        ] {
            ui.label(theme::strong(heading));
            ui.label(egui::RichText::new(text).color(palette.text_weak));
            ui.add_space(theme::GAP_MEDIUM);
        }
        ui.label(if is_ready {
            "Press Train stage 1 on the left; the plots appear here while it runs."
        } else {
            "What is still missing stands on the left."
        });
    });
}
