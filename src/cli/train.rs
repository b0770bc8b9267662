//! `train`: a run with its live line; the window shows the same run while it goes on.

use clap::Args;

use super::args::ProjectArgs;
use super::progress_bar::Shown;
use super::settings_device::SettingsDevice;
use super::{output, weights};
use crate::catalog::{Catalog, Snapshot};
use crate::curate::Leaks;
use crate::dataset::Split;
use crate::dataset::split::SplitProblem;
use crate::documents::training::TrainedRun;
use crate::number::counted;
use crate::ops::compute;
use crate::project::Project;
use crate::report::interval_text;
use crate::run::config::TrainConfig;
use crate::run::event::{Flow, Stopped, TrainEvent};
use crate::run::{RunLog, choice};
use crate::train::job::{KeptEpoch, RunSummary, TrainJob, Watch};
use crate::train::start;

#[derive(Debug, Args)]
pub struct Train {
    #[command(flatten)]
    at: ProjectArgs,
    #[command(flatten)]
    config: TrainConfig,
}

/// Opens the catalog only for reading, so that it also works while a window has the project. `device`: of the settings.
pub fn run(mut train: Train, device: &SettingsDevice) -> anyhow::Result<()> {
    train.config.device = device.unless(train.config.device, train.config.precision)?;
    let mut shown_progress = Shown::new()?;
    let (project, snapshot) = train.at.read_split(&shown_progress.progress)?;
    let split = Split::of(&snapshot)?;
    for problem in crate::dataset::split::problems(&snapshot) {
        if matches!(problem, SplitProblem::NoValidation { .. }) {
            shown_progress.note(&format!("warning: {problem}"));
        }
    }
    let catalog = Catalog::open_read_only(&project)?;
    let leaks = Leaks::of(&catalog, &snapshot, &split, None)?;
    let watch = Watch::of(&catalog, &snapshot);
    drop(catalog);
    weights::fetch(&mut train.config, &shown_progress)?;
    let job = TrainJob {
        project,
        config: train.config,
        split,
        kept: KeptEpoch::Best,
        leakage: leaks.leakage(),
        watch,
    };
    let run_id = start::reserve(&job)?;
    shown_progress.note(&format!("run {run_id}"));
    if leaks.unscanned > 0 {
        shown_progress.note(&format!(
            "not scanned: {}, so versions of one image on both sides would not be noticed; `cutting-room leaks {}` looks for them",
            counted(leaks.unscanned, "image"),
            job.project.root().display()
        ));
    }
    if let Some(note) = compute::fallback_note(job.config.device) {
        shown_progress.note(&note);
    }
    let summary = start::train(&job, &run_id, &shown_progress.progress, &mut |event| {
        show_event(&shown_progress, event)
    })?;
    shown_progress.finish();
    print_result(
        summary,
        (&job.project, &snapshot, &job.split),
        train.at.json,
    )
}

pub(super) fn show_event(shown: &Shown, event: &TrainEvent) -> Flow {
    // Those of the beginning are said at the beginning.
    shown.list_warnings();
    if let Some(line) = line_of(event) {
        shown.note(&line);
    }
    Flow::Continue
}

/// The id alone on stdout (`run=$(cutting-room train …)`), or everything as JSON. On stderr what the accuracy is worth,
/// and where a better one is to be had.
pub(super) fn print_result(
    summary: RunSummary,
    (project, snapshot, split): (&Project, &Snapshot, &Split),
    is_json: bool,
) -> anyhow::Result<()> {
    let log = RunLog::open(&summary.dir)?;
    if let Some(interval) = log.best_interval() {
        output::note(interval_text(interval));
    }
    if let Some(caveat) = log.unmeasured() {
        output::note(format_args!("warning: {}", caveat.text()));
    }
    let start = log.info.config.from.as_deref();
    let start = start.and_then(|id| RunLog::open(&project.run_dir(id)).ok());
    if let Some(text) = choice::below_its_start(&log, &start) {
        output::note(text);
    }
    for test_set in snapshot.sources.iter().filter(|source| source.is_test) {
        output::note(format_args!(
            "the best epoch was chosen on these validation images; for a final number measure it on a set it was not chosen on: `cutting-room evaluate {} {} --set {}`",
            project.root().display(),
            summary.id,
            test_set.name
        ));
    }
    if is_json {
        return output::json(&TrainedRun::new(summary, &log, split));
    }
    output::line(summary.id)?;
    Ok(())
}

fn line_of(event: &TrainEvent) -> Option<String> {
    match event {
        TrainEvent::BatchHalved { .. } => event.batch_text(),
        TrainEvent::HeadFitted { .. } => event.head_text(),
        TrainEvent::Epoch {
            epoch,
            epochs,
            train_loss,
            valid_loss,
            accuracy,
            is_best,
            elapsed_secs,
            ..
        } => Some(format!(
            "epoch {epoch} of {epochs}: {}valid loss {valid_loss:.3}, accuracy {:.1} %{}, {elapsed_secs:.0} s",
            train_loss.map_or_else(String::new, |loss| format!("train loss {loss:.3}, ")),
            accuracy * 100.0,
            if *is_best { " (best)" } else { "" },
        )),
        TrainEvent::Finished {
            best_epoch,
            accuracy,
            stopped,
            ..
        } => Some(format!(
            "best: epoch {best_epoch} with accuracy {:.1} %{}",
            accuracy * 100.0,
            match stopped {
                None | Some(Stopped::Asked) => "",
                Some(Stopped::NoBetter) => "; ended because no later epoch was better (--patience)",
                Some(Stopped::TimeBudget) =>
                    "; ended because its time budget was used up (--time-budget), `resume` continues it",
            }
        )),
        // Steps move the bar; the other two come back as the error.
        TrainEvent::Step { .. } | TrainEvent::Cancelled | TrainEvent::Failed { .. } => None,
    }
}
