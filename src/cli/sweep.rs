//! `sweep`: a queue of runs, one table.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::ProjectArgs;
use super::progress_bar::Shown;
use super::settings_device::SettingsDevice;
use super::train::show_event;
use super::{output, weights};
use crate::catalog::Catalog;
use crate::curate::Leaks;
use crate::dataset::Split;
use crate::export::{Material, export_job};
use crate::report::interval_text;
use crate::run::config::TrainConfig;
use crate::run::event::Flow;
use crate::sweep::{Axes, Queue, Setting, Standing, SweepTable, Told};
use crate::train::job::Watch;

#[derive(Debug, Args)]
pub struct SweepArgs {
    #[command(flatten)]
    at: ProjectArgs,
    #[command(flatten)]
    axes: Axes,
    /// Train nothing here: make a job of the sweep in a new folder, with a script for Slurm (`sbatch job.sbatch`) and one for Ray; `import-run` brings the runs back, and the same sweep without this compares them
    #[arg(long, value_name = "DIR")]
    slurm: Option<PathBuf>,
    /// Copy the images into that folder instead of linking them
    #[arg(long, requires = "slurm")]
    copy: bool,
    #[command(flatten)]
    config: TrainConfig,
}

/// Opens the catalog only for reading, as `train` does. `device`: of the settings, for trainings here.
pub fn run(args: &SweepArgs, device: &SettingsDevice) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    let mut configs = args.axes.points(&args.config);
    for config in &mut configs {
        weights::fetch(config, &shown)?;
    }
    let catalog = Catalog::open_read_only(&project)?;
    if let Some(out) = &args.slurm {
        let credits = catalog.credits()?;
        let material = Material {
            project,
            snapshot,
            credits,
        };
        let exported = export_job(&material, &configs, (out, args.copy), &shown.progress)?;
        shown.finish();
        if args.at.json {
            return output::json(&exported);
        }
        return Ok(output::line(format!(
            "{} trainings on {}; `sbatch job.sbatch` in it runs them",
            configs.len(),
            exported.summary()
        ))?);
    }
    for config in &mut configs {
        config.device = device.unless(config.device, config.precision)?;
    }
    let split = Split::of(&snapshot)?;
    let queue = Queue {
        leakage: Leaks::of(&catalog, &snapshot, &split, None)?.leakage(),
        watch: Watch::of(&catalog, &snapshot),
        split,
        configs,
        project,
    };
    drop(catalog);
    let failed = train(&queue, &shown)?;
    shown.finish();
    document(&queue, failed, args.at.json)
}

/// Works on the queue, telling of each run; returns how many failed.
pub(super) fn train(queue: &Queue, shown: &Shown) -> anyhow::Result<usize> {
    let count = queue.configs.len();
    let failed = queue.run(&shown.progress, &mut |place, told| {
        let number = place + 1;
        let note = |text: String| {
            shown.note(&text);
            Flow::Continue
        };
        match told {
            Told::Begins(run) => note(format!("run {run}\n{number} of {count}")),
            Told::Resumes(run) => note(format!("run {run}\n{number} of {count}, goes on")),
            Told::Event(event) => show_event(shown, event),
            Told::Failed(error) => note(format!("failed: {number} of {count}: {error}")),
            Told::Known(Standing::Running(run)) => note(format!(
                "{number} of {count}: {run} is being trained by another process"
            )),
            Told::Known(Standing::Diverged(run)) => note(format!(
                "{number} of {count}: {run} failed because its loss was not finite, and would again"
            )),
            Told::Known(standing) => note(format!(
                "{number} of {count}: {} is done",
                standing.run().unwrap_or_default()
            )),
        }
    })?;
    Ok(failed)
}

/// The table on stdout.
pub(super) fn document(queue: &Queue, failed: usize, is_json: bool) -> anyhow::Result<()> {
    let table = SweepTable::of(&queue.points()?);
    if is_json {
        output::json(&table)?;
    } else {
        for setting in &table.settings {
            show(setting)?;
        }
        output::line(table.verdict)?;
    }
    if failed > 0 {
        bail!(
            "{failed} of {} trainings failed; the reasons are above",
            queue.configs.len()
        );
    }
    Ok(())
}

fn show(setting: &Setting) -> anyhow::Result<()> {
    let done = setting.runs.iter().filter(|run| run.accuracy.is_some());
    let accuracy = setting.accuracy.map_or_else(
        || "    –  ".to_owned(),
        |accuracy| format!("{:>5.1} %", accuracy * 100.0),
    );
    let interval = setting.interval.map(interval_text).unwrap_or_default();
    output::line(format!(
        "{accuracy}  {interval:<32}  {}  ({} of {} seeds)",
        setting.name,
        done.count(),
        setting.runs.len()
    ))?;
    for run in &setting.runs {
        let accuracy = run.accuracy.map_or_else(String::new, |accuracy| {
            format!("{:>5.1} %", accuracy * 100.0)
        });
        output::line(format!(
            "    seed {:<6} {:<9} {:<24} {accuracy}",
            run.seed,
            run.status,
            run.run.as_deref().unwrap_or_default()
        ))?;
    }
    Ok(())
}
