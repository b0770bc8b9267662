//! What the shown run is worth on test sets. Its best epoch was chosen on the validation images, so the final number is
//! to be had on images that it was not chosen on.

use std::collections::BTreeMap;

use eframe::egui;

use super::progress_ui::busy_with;
use crate::evaluate::PredictionsInfo;
use crate::report::interval_text;
use crate::run::RunLog;
use crate::session::jobs::evaluate::SetEvaluation;
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::TEST_SET;
use crate::ui::widgets::help_mark::{help_ui, labelled_ui};
use crate::ui::{number, theme};

/// Which measurement was looked for: of this set, by this run's net of this epoch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    run: String,
    epoch: Option<u32>,
    set: String,
    /// Measurements that this window has ended since.
    ended: usize,
}

/// The stored numbers, each read once.
#[derive(Default)]
pub struct TestSets {
    known: BTreeMap<Key, Option<PredictionsInfo>>,
}

impl TestSets {
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, log: &RunLog) {
        if log.best_accuracy().is_none() {
            return;
        }
        let session = ctx.session;
        let sources = session.snapshot().sources.iter();
        for source in sources.filter(|source| source.is_test) {
            ui.horizontal_wrapped(|ui| self.set_ui(ui, ctx, log, &source.name));
        }
    }

    fn set_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, log: &RunLog, set: &str) {
        let is_ours = |job: &Job| match job {
            Job::Evaluate(job) => job.run_id == log.info.id && job.set == set,
            _ => false,
        };
        let jobs = ctx.session.jobs();
        let (running, ended): (Vec<_>, Vec<_>) = jobs
            .iter()
            .filter(|view| is_ours(&view.job))
            .partition(|view| view.is_running());
        let key = Key {
            run: log.info.id.clone(),
            epoch: log.best_epoch(),
            set: set.to_owned(),
            ended: ended.len(),
        };
        let palette = theme::palette(ui);
        let stored = self.known.entry(key).or_insert_with(|| {
            let info = PredictionsInfo::read(ctx.session.project(), &log.info.id, set).ok()?;
            // Of an earlier epoch it says nothing about these weights.
            (info.best_epoch == log.best_epoch()).then_some(info)
        });
        if let Some(text) = stored.as_ref().and_then(result_text) {
            labelled_ui(ui, theme::strong(text), &TEST_SET);
            if stored
                .as_ref()
                .is_some_and(|info| info.seen_in_training != Some(0))
            {
                let text = "so this number looks better than it is";
                ui.label(egui::RichText::new(text).color(palette.warning));
            }
            return;
        }
        if !running.is_empty() {
            ui.label(format!("Being measured on test set {set}"));
            return;
        }
        let is_free = busy_with(ctx.session).is_none();
        let button = ui
            .add_enabled(
                is_free,
                egui::Button::new(format!("Measure on test set {set}")),
            )
            .on_disabled_hover_text("Wait until the run or search that is under way has ended");
        help_ui(ui, &TEST_SET);
        if button.clicked() {
            let job = SetEvaluation::new(log.info.id.clone(), set.to_owned());
            ctx.send(Command::start(job));
        }
    }
}

/// `None` for a measurement of an older version, which kept no number beside the images.
fn result_text(info: &PredictionsInfo) -> Option<String> {
    let seen = match info.seen_in_training {
        Some(seen) => format!("{} of them seen in training", number::count(seen)),
        None => "it is unknown how many of them were seen in training".to_owned(),
    };
    let similar = match info.similar_to_training {
        Some(similar) if similar > 0 => {
            format!(
                ", {} more look like training images",
                number::count(similar)
            )
        }
        _none => String::new(),
    };
    Some(format!(
        "Test set {}: {} of {} right, {}, {seen}{similar}",
        info.set,
        number::percent(info.accuracy?),
        number::counted(info.n, "image"),
        interval_text(info.interval?),
    ))
}
