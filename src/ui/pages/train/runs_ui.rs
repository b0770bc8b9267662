//! The list of runs: every one of the project, newest on top, to look at or to lay over one another; over them the
//! newest sweep of learning rates, cross-validation and queue.

use eframe::egui::{self, Align, Layout, Role, Sense, UiBuilder, Vec2, WidgetInfo};
use egui_material_icons::MaterialIcon;

use super::followed::Followed;
use super::progress_ui::job_of;
use super::queue_ui::is_cut_off;
use super::shelf::Shelf;
use crate::report::is_uninformative;
use crate::run::event::Stopped;
use crate::run::{RunLog, RunStatus};
use crate::session::{Job, JobState, JobView, Session};
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::{BEST_ACCURACY, of_caveat};
use crate::ui::theme::Palette;
use crate::ui::widgets::help_mark::{help_ui, labelled_ui};
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

pub fn runs_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, shelf: &mut Shelf, studies: &mut [Study<'_>]) {
    let runs = ctx.session.runs();
    ui.horizontal(|ui| {
        labelled_ui(ui, theme::strong("Runs"), &BEST_ACCURACY);
        let hint = "tick to lay over one another";
        ui.label(theme::small(hint).color(theme::palette(ui).text_weak));
    });
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical().auto_shrink(false),
        |ui, _| {
            let clicked = studies.iter().position(|study| study_row_ui(ui, study));
            if let Some(clicked) = clicked {
                for (index, study) in studies.iter_mut().enumerate() {
                    if index == clicked {
                        study.followed.show();
                    } else {
                        study.followed.hide();
                    }
                }
            }
            let is_study_shown = studies.iter().any(|study| study.followed.is_shown());
            for (index, log) in runs.iter().enumerate().rev() {
                let is_shown = shelf.is_focused(&log.info.id) && !is_study_shown;
                if run_ui(ui, (ctx.session, shelf), (log, index), is_shown) {
                    shelf.focus(&log.info.id);
                    for study in studies.iter_mut() {
                        study.followed.hide();
                    }
                }
            }
        },
    );
}

/// True when it was clicked.
fn run_ui(
    ui: &mut egui::Ui,
    (session, shelf): (&Session, &mut Shelf),
    (log, index): (&RunLog, usize),
    is_shown: bool,
) -> bool {
    let name = format!("run {}", log.info.id);
    let title = Title {
        name: &name,
        status: status_name(session, log),
    };
    card_ui(ui, title, is_shown, |ui| {
        row_ui(ui, (session, shelf), log, index);
    })
}

/// A job beside the runs, with a result of its own.
pub struct Study<'a> {
    pub job: &'a JobView,
    pub followed: &'a mut Followed,
    pub icon: MaterialIcon,
    pub name: &'a str,
}

fn study_row_ui(ui: &mut egui::Ui, study: &Study<'_>) -> bool {
    let palette = theme::palette(ui);
    let (job, is_shown) = (study.job, study.followed.is_shown());
    let (status, color) = match job.state {
        JobState::Running => ("running", palette.accent),
        JobState::Done { .. } if is_cut_off(job) => ("cut off", palette.warning),
        JobState::Done { .. } => ("finished", palette.text_weak),
        JobState::Failed { .. } => ("failed", palette.error),
        JobState::Cancelled => ("cancelled", palette.warning),
    };
    let title = Title {
        name: &job.title,
        status,
    };
    card_ui(ui, title, is_shown, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme::icon(study.icon, theme::ICON_BUTTON));
            ui.label(theme::strong(study.name));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(theme::small(status).color(color));
            });
        });
    })
}

/// What a row is called, and how what it shows stands.
struct Title<'a> {
    name: &'a str,
    status: &'a str,
}

/// A row that can be chosen; true when it was clicked.
fn card_ui(
    ui: &mut egui::Ui,
    Title { name, status }: Title<'_>,
    is_shown: bool,
    content: impl FnOnce(&mut egui::Ui),
) -> bool {
    let palette = theme::palette(ui);
    let builder = UiBuilder::new().id_salt(name).sense(Sense::click());
    let row = ui.scope_builder(builder, |ui| {
        let fill = if is_shown {
            palette.raised
        } else if ui.response().hovered() {
            // Its words have colors, which are not readable on anything lighter.
            palette.button
        } else {
            palette.panel
        };
        let frame = theme::card(ui)
            .fill(fill)
            .inner_margin(egui::Margin::same(8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            content(ui);
        });
    });
    row.response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, is_shown, format!("{name}, {status}"))
    });
    row.response.clicked()
}

fn row_ui(ui: &mut egui::Ui, (session, shelf): (&Session, &mut Shelf), log: &RunLog, index: usize) {
    let palette = theme::palette(ui);
    let id = &log.info.id;
    ui.spacing_mut().item_spacing.y = theme::GAP_TINY;
    ui.horizontal(|ui| {
        let mut is_ticked = shelf.is_ticked(id);
        let tick = ui.checkbox(&mut is_ticked, "");
        if tick
            .accessible_name(format!("overlay {id}"))
            .on_hover_text("Draw it in the plots")
            .changed()
        {
            shelf.set_ticked(id, is_ticked);
        }
        swatch_ui(ui, index);
        ui.label(theme::strong(format!("Stage {}", log.info.config.stage)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            match log.best_accuracy() {
                Some(accuracy) => {
                    let of = format!("of {}", number::count(log.measured_n()));
                    let text = log.best_interval().map_or(of, |interval| {
                        if is_uninformative(interval) {
                            return "too few scenes".to_owned();
                        }
                        let [low, high] = interval.map(|bound| bound * 100.0);
                        format!("{low:.0} to {high:.0} %")
                    });
                    ui.label(theme::small(text).color(palette.text_weak))
                        .on_hover_text(format!(
                            "95 % of an accuracy on {}",
                            number::counted(log.measured_n(), "image")
                        ));
                    ui.label(theme::number(number::percent(accuracy)).color(palette.text));
                }
                None => {
                    ui.label(theme::small("no accuracy yet").color(palette.text_weak));
                }
            }
        });
    });
    ui.horizontal(|ui| {
        let arch = log.info.config.arch.title();
        let text = match log.elapsed_secs() {
            Some(secs) => format!("{arch}, {}", number::duration(secs)),
            None => arch.to_owned(),
        };
        ui.label(theme::small(text).color(palette.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            status_label_ui(ui, palette, session, log);
        });
    });
    ui.label(theme::number(id).color(palette.text_weak));
    marks_ui(ui, log);
}

/// Why its accuracy is not what it seems, and how much went wrong.
fn marks_ui(ui: &mut egui::Ui, log: &RunLog) {
    let warning = theme::palette(ui).warning;
    for caveat in log.caveats() {
        ui.label(theme::small(caveat.short()).color(warning))
            .on_hover_text(caveat.text());
    }
    if !log.warnings.is_empty() {
        let text = number::counted(log.warnings.len(), "warning");
        ui.label(theme::small(text).color(warning));
    }
}

/// Name, stage and marks of a run, as the line over the plots begins.
pub fn heading_ui(ui: &mut egui::Ui, session: &Session, log: &RunLog, index: usize) {
    let palette = theme::palette(ui);
    swatch_ui(ui, index);
    ui.label(theme::strong(format!("Stage {}", log.info.config.stage)));
    ui.label(theme::number(&log.info.id));
    status_label_ui(ui, palette, session, log);
}

/// What makes the run's accuracy look better than it is: on a line of its own, for it must never be cut.
pub fn caveats_ui(ui: &mut egui::Ui, log: &RunLog) {
    let palette = theme::palette(ui);
    if !log.is_honest() {
        ui.horizontal_wrapped(|ui| {
            for caveat in log.caveats() {
                ui.label(theme::small(caveat.short()).color(palette.warning))
                    .on_hover_text(caveat.text());
                help_ui(ui, &of_caveat(caveat));
            }
        });
    }
}

pub fn swatch_ui(ui: &mut egui::Ui, index: usize) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme::SWATCH), Sense::hover());
    ui.painter()
        .circle_filled(rect.center(), theme::SWATCH / 2.0, theme::run_color(index));
}

fn status_label_ui(ui: &mut egui::Ui, palette: &Palette, session: &Session, log: &RunLog) {
    let color = match log.status {
        RunStatus::Running => palette.accent,
        RunStatus::Finished if log.stopped() == Some(Stopped::Asked) => palette.warning,
        RunStatus::Finished => palette.text_weak,
        RunStatus::Failed => palette.error,
        RunStatus::Cancelled | RunStatus::Interrupted => palette.warning,
    };
    ui.label(theme::small(status_name(session, log)).color(color));
}

/// How it stands, in a word.
fn status_name(session: &Session, log: &RunLog) -> &'static str {
    match log.status {
        RunStatus::Running => match job_of(session, log) {
            Some(job) if job.is_paused => "paused",
            Some(job) if matches!(*job.job, Job::Resume(_)) => "resumed",
            _ if log.rewrites > 0 => "resumed",
            _ => "running",
        },
        RunStatus::Finished if log.stopped() == Some(Stopped::Asked) => "stopped",
        RunStatus::Finished => "finished",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Failed => "failed",
        RunStatus::Interrupted => "interrupted",
    }
}
