//! What a cross-validation has found, while it goes on and afterwards: the accuracy on scenes that were held out, of each
//! fold, and of the scenes that do worst.

use eframe::egui;

use super::followed::{Followed, heading_ui};
use super::form::preset_name;
use crate::cross_validate::{CrossValidated, SceneReport};
use crate::report::interval_text;
use crate::session::jobs::cross_validate::CrossValidating;
use crate::session::{Command, Job, JobState, JobView, Session};
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::help::measured::of_interval;
use crate::ui::help::trained::{CROSS_VALIDATION, FOLDS, HELD_OUT, STAGE_1_ALONE, WHOLE_IMAGES};
use crate::ui::status_bar::progress_text;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const BAR_WIDTH: f32 = 160.0;
const NAME_WIDTH: f32 = 200.0;

#[derive(Default)]
pub struct CrossValidationView {
    pub followed: Followed,
}

impl CrossValidationView {
    pub fn follow(&mut self, session: &Session) -> Option<JobView> {
        let followed = self.followed.follow(session, |job| {
            work_of(job).is_some_and(|work| {
                job.state != JobState::Cancelled || !work.result.folds.is_empty()
            })
        });
        followed.map(|(job, _)| job)
    }
}

pub fn cross_validation_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, job: &JobView) {
    let palette = theme::palette(ui);
    heading_ui(ui, ctx, job);
    let Some(work) = work_of(job) else {
        return;
    };
    ui.label(theme::small(recipe_text(work)).color(palette.text_weak));
    if job.state == JobState::Running {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
            ui.visuals_mut().extreme_bg_color = palette.control;
            let result = &work.result;
            let done = result.folds.len() as f32 / work.folds().max(1) as f32;
            let bar = egui::ProgressBar::new(done)
                .desired_width(BAR_WIDTH)
                .desired_height(theme::GAP_SMALL)
                .fill(palette.accent);
            ui.add(bar).accessible_name("Folds that are done");
            ui.label(&job.progress.stage);
            ui.label(theme::number(progress_text(&job.progress)));
        });
    }
    for warning in &job.warnings {
        let text = format!("{} {}", warning.subject, warning.message);
        ui.label(egui::RichText::new(text).color(palette.warning));
    }
    if work.result.folds.is_empty() {
        let text = "Every scene is held out once and predicted by a net that has not seen it. The first fold computes the features of all images; the next ones are quicker.";
        ui.label(egui::RichText::new(text).color(palette.text_weak));
        return;
    }
    compare_ui(ui, ctx, job, work);
    if matches!(job.state, JobState::Done { .. })
        && let Some(once_more) = work.once_more()
    {
        let hint = "Deals the scenes out to other folds and measures those too: what one deal owes to chance counts less. The folds that are done stay";
        let button = ui.button("Measure other folds too").on_hover_text(hint);
        if button.clicked() {
            ctx.send(Command::start(once_more));
            // Its numbers are a part of the new ones.
            ctx.send(Command::Dismiss(job.id));
        }
    }
    ui.add_space(theme::GAP_MEDIUM);
    result_ui(ui, &work.result);
}

/// Once it is done, and where a crop could matter.
fn compare_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, job: &JobView, work: &CrossValidating) {
    let is_done = matches!(job.state, JobState::Done { .. });
    let mut images = ctx.snapshot().images.iter();
    let is_cropped = images.any(|image| image.character.is_some());
    if !is_done || !is_cropped || work.result.whole.is_some() {
        return;
    }
    let hint = "Measures the same folds without the crops to the characters, and says what these crops are worth, image by image. The folds that are done stay";
    let button = ui.button("Compare with whole images").on_hover_text(hint);
    if button.clicked() {
        ctx.send(Command::start(work.with_whole_images()));
        // Its numbers are a part of the new ones.
        ctx.send(Command::Dismiss(job.id));
    }
}

fn result_ui(ui: &mut egui::Ui, result: &CrossValidated) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        labelled_ui(
            ui,
            theme::title(number::percent(result.accuracy)),
            &CROSS_VALIDATION,
        );
        ui.vertical(|ui| {
            labelled_ui(
                ui,
                interval_text(result.interval),
                &of_interval(result.interval),
            );
            let text = format!(
                "{} of {}, each predicted unseen; {} of {} folds done",
                number::counted(result.n, "image"),
                number::counted(result.units, "unit"),
                result.folds.len(),
                result.planned_folds
            );
            ui.label(theme::small(text).color(palette.text_weak));
        });
    });
    if let Some(before) = &result.stage_1 {
        let text = format!(
            "Stage 1 alone: {} ({})",
            number::percent(before.accuracy),
            interval_text(before.interval)
        );
        labelled_ui(ui, text, &STAGE_1_ALONE);
        if result.is_worse_than_stage_1() {
            let text = "Stage 2 makes it worse on scenes that it has not seen: stay with stage 1, or lower the rates.";
            ui.label(egui::RichText::new(text).color(palette.warning));
        }
    }
    if let Some(whole) = &result.whole {
        let text = format!(
            "Whole images: {} ({})",
            number::percent(whole.accuracy),
            interval_text(whole.interval)
        );
        labelled_ui(ui, text, &WHOLE_IMAGES);
        let [low, high] = whole.difference_interval.map(|side| side * 100.0);
        let hint = format!(
            "Difference {:+.1} points, 95 %: {low:+.1} to {high:+.1}, with {} cropped to the character",
            whole.difference * 100.0,
            number::counted(whole.cropped, "image")
        );
        ui.label(capitalized(&whole.verdict)).on_hover_text(hint);
    }
    ui.add_space(theme::GAP_MEDIUM);
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical().auto_shrink(false),
        |ui, _| {
            labelled_ui(ui, theme::strong("Folds"), &FOLDS);
            egui::Grid::new("folds").striped(false).show(ui, |ui| {
                for fold in &result.folds {
                    let name = format!("{}.{}", fold.repeat, fold.fold);
                    row_ui(ui, &name, fold.accuracy, &number::counted(fold.n, "image"));
                }
            });
            ui.add_space(theme::GAP_MEDIUM);
            labelled_ui(ui, theme::strong("Scenes, least accurate first"), &HELD_OUT);
            egui::Grid::new("scenes").striped(false).show(ui, |ui| {
                for SceneReport {
                    name,
                    class,
                    n,
                    accuracy,
                    ..
                } in &result.per_scene
                {
                    let images = format!("{class}, {}", number::counted(*n, "image"));
                    row_ui(ui, name, *accuracy, &images);
                }
            });
        },
    );
}

fn row_ui(ui: &mut egui::Ui, name: &str, accuracy: f64, of: &str) {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        ui.set_min_width(NAME_WIDTH);
        ui.set_max_width(NAME_WIDTH);
        ui.add(egui::Label::new(name).truncate());
    });
    let (rect, _) = ui.allocate_exact_size(
        egui::vec2(BAR_WIDTH, theme::GAP_SMALL),
        egui::Sense::hover(),
    );
    ui.painter().rect_filled(rect, 0.0, palette.control);
    let mut part = rect;
    part.set_width(rect.width() * accuracy as f32);
    ui.painter().rect_filled(part, 0.0, palette.accent);
    ui.label(theme::number(number::percent(accuracy)));
    ui.label(theme::small(of).color(palette.text_weak));
    ui.end_row();
}

fn recipe_text(work: &CrossValidating) -> String {
    let config = &work.config;
    let [low, high] = config.lr_bounds();
    let rates = if low == high {
        number::rate(high)
    } else {
        format!("{} to {}", number::rate(low), number::rate(high))
    };
    let preset = config.preset.map_or("", preset_name);
    let size = config.preprocess().size;
    format!(
        "{}, {preset}, {size} px, {}, rate {rates}",
        config.arch.title(),
        number::counted(config.epochs as usize, "epoch"),
    )
}

fn work_of(job: &JobView) -> Option<&CrossValidating> {
    match &*job.job {
        Job::CrossValidate(work) => Some(work),
        _other => None,
    }
}
