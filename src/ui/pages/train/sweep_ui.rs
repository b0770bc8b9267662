//! The learning-rate finder: how far the sweep is, its plot, and what to do with the rate picked on it.

use eframe::egui::{self, Align, Layout, vec2};

use super::followed::{Followed, heading_ui};
use super::form::TrainForm;
use super::rows_ui::rate_value;
use super::sweep_plot::{SweepPlot, suggestions};
use crate::jobs::JobId;
use crate::run::config::TrainConfig;
use crate::session::jobs::find_lr::LrSweep;
use crate::session::{Command, Job, JobState, JobView, Session};
use crate::ui::context::ViewCtx;
use crate::ui::help::trained::{FOUND_RATE, RATE_RANGE};
use crate::ui::status_bar::progress_text;
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::{number, theme};

const BUTTON_HEIGHT: f32 = 32.0;
const MIN_PLOT_HEIGHT: f32 = 96.0;

/// Which sweep is looked at, and the rate picked on it.
#[derive(Default)]
pub struct SweepView {
    pub followed: Followed,
    /// Follows the suggestion until somebody moves the line.
    picked: Option<f64>,
}

impl SweepView {
    pub fn follow(&mut self, session: &Session) -> Option<JobView> {
        let (job, is_new) = self.followed.follow(session, |job| {
            sweep_of(job).is_some_and(|sweep| {
                job.state != JobState::Cancelled || !sweep.curve.points.is_empty()
            })
        })?;
        if is_new {
            self.picked = None;
        }
        Some(job)
    }

    fn rate(&self, sweep: &LrSweep) -> Option<f64> {
        let suggested = || suggestions(&sweep.curve).first().map(|(_, rate)| *rate);
        let [_, chosen_before] = sweep.config.lr_bounds();
        let is_empty = sweep.curve.points.is_empty();
        (!is_empty).then(|| self.picked.or_else(suggested).unwrap_or(chosen_before))
    }

    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        job: &JobView,
        form: &mut TrainForm,
    ) {
        heading_ui(ui, ctx, job);
        standing_ui(ui, job);
        let Some(sweep) = sweep_of(job).filter(|sweep| !sweep.curve.points.is_empty()) else {
            return;
        };
        let room = ui.available_height() - BUTTON_HEIGHT - 2.0 * ui.spacing().item_spacing.y;
        let picked = self.rate(sweep);
        let plot = SweepPlot {
            curve: &sweep.curve,
            picked,
            height: room.max(MIN_PLOT_HEIGHT),
        };
        if let Some(rate) = plot.ui(ui) {
            self.picked = Some(rate);
        }
        if let Some(rate) = self.rate(sweep) {
            ui.add_space(theme::GAP_SMALL);
            ui.horizontal(|ui| {
                ui.set_height(BUTTON_HEIGHT);
                self.picked_ui(ui, ctx, (job.id, sweep), rate, form);
            });
        }
    }

    fn picked_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        (job, sweep): (JobId, &LrSweep),
        rate: f64,
        form: &mut TrainForm,
    ) {
        let mut typed = rate;
        let label = ui.label("Rate");
        let tooltip = "Drag the line in the plot, move it with the arrow keys (Shift: finer), or type a rate here";
        let value = rate_value(&mut typed).ui(ui, None).on_hover_text(tooltip);
        if value.labelled_by(label.id).changed() {
            self.picked = Some(typed);
        }
        for (name, suggested) in suggestions(&sweep.curve) {
            let text = format!("{name} {}", number::rate(suggested));
            if ui.button(text).clicked() {
                self.picked = Some(suggested);
            }
        }
        help_ui(ui, &FOUND_RATE);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button =
                theme::primary_button(ui, "Use this rate").min_size(vec2(0.0, BUTTON_HEIGHT));
            if ui.add(button).clicked() {
                let [low, high] = bounds_at(&sweep.config, rate);
                form.use_rates(sweep.config.stage, [low, high]);
                ctx.toast(format!("{} is in the form", rates_text([low, high])));
                ctx.send(Command::Dismiss(job));
            }
            if sweep.config.stage == 2 {
                let text = rates_text(bounds_at(&sweep.config, rate));
                help_ui(ui, &RATE_RANGE);
                ui.label(theme::number(text).color(theme::palette(ui).text_weak));
            }
        });
    }
}

fn sweep_of(job: &JobView) -> Option<&LrSweep> {
    match &*job.job {
        Job::FindLr(sweep) => Some(sweep),
        _other => None,
    }
}

/// How far it is, or what the image means.
fn standing_ui(ui: &mut egui::Ui, job: &JobView) {
    let palette = theme::palette(ui);
    if job.state == JobState::Running {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
            ui.visuals_mut().extreme_bg_color = palette.control;
            let bar = egui::ProgressBar::new(job.progress.fraction().unwrap_or(0.0))
                .desired_width(ui.available_width() * 0.25)
                .desired_height(theme::GAP_SMALL)
                .fill(palette.accent);
            ui.add(bar).accessible_name("Sweep progress");
            ui.label(&job.progress.stage);
            ui.label(theme::number(progress_text(&job.progress)));
        });
        return;
    }
    let text = match (&job.state, sweep_of(job)) {
        (JobState::Cancelled, _) => "Cancelled: these are the rates that were tried until then.",
        (_, Some(sweep)) if suggestions(&sweep.curve).is_empty() => {
            "The loss exploded before anything could be said; more images or another net may help."
        }
        (_, _) => {
            "A good rate lies where the loss falls steeply, well before it rises. Nothing was trained: all weights are as before."
        }
    };
    ui.label(egui::RichText::new(text).color(palette.text_weak));
    for warning in &job.warnings {
        let text = format!("{} {}", warning.subject, warning.message);
        ui.label(egui::RichText::new(text).color(palette.warning));
    }
}

/// Highest rates of the first layers and of the head when the head has `rate`.
fn bounds_at(config: &TrainConfig, rate: f64) -> [f64; 2] {
    let [low, high] = config.lr_bounds();
    [rate * low / high, rate]
}

fn rates_text([low, high]: [f64; 2]) -> String {
    if low == high {
        return number::rate(high);
    }
    format!("{} to {}", number::rate(low), number::rate(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_layers_keep_their_ratio() {
        let fine = TrainConfig {
            stage: 2,
            lr_range: Some(vec![1e-5, 1e-3]),
            ..TrainConfig::default()
        };
        let [low, high] = bounds_at(&fine, 2e-3);
        assert!((low / 2e-5 - 1.0).abs() < 1e-9, "{low}");
        assert_eq!(high, 2e-3);
        assert_eq!(rates_text([low, high]), "2e-5 to 2e-3");
        assert_eq!(bounds_at(&TrainConfig::default(), 0.5), [0.5, 0.5]);
        assert_eq!(rates_text([0.5, 0.5]), "5e-1");
    }
}
