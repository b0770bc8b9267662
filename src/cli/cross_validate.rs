//! `cross-validate`: a recipe's accuracy with every scene held out once.

use clap::Args;

use super::args::ProjectArgs;
use super::progress_bar::Shown;
use super::settings_device::SettingsDevice;
use super::{output, weights};
use crate::cross_validate::{CrossValidated, CrossValidation, FoldPlan};
use crate::number::counted;
use crate::report::interval_text;
use crate::run::config::TrainConfig;

/// How many of the worst scenes people get to see.
const LISTED_SCENES: usize = 10;

#[derive(Debug, Args)]
pub struct CrossValidate {
    #[command(flatten)]
    at: ProjectArgs,
    /// Parts that the scenes are dealt to; each is held out once
    #[arg(long, default_value_t = FoldPlan::default().folds)]
    folds: usize,
    /// How often the scenes are dealt anew
    #[arg(long, default_value_t = FoldPlan::default().repeats)]
    repeats: usize,
    /// A film or imported folder of the project, or any folder whose sub-folders are classes, to measure every fold's net on besides; may be repeated
    #[arg(long = "set", value_name = "SET")]
    sets: Vec<String>,
    /// Measure the same folds on whole images, too, not cropped to their characters, and say what these crops are worth
    #[arg(long)]
    compare_whole: bool,
    #[command(flatten)]
    config: TrainConfig,
}

/// Opens the catalog only for reading, so that it also works while a window has the project. `device`: of the settings.
pub fn run(mut args: CrossValidate, device: &SettingsDevice) -> anyhow::Result<()> {
    args.config.device = device.unless(args.config.device, args.config.precision)?;
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    weights::fetch(&mut args.config, &shown)?;
    let work = CrossValidation {
        project,
        snapshot,
        plan: FoldPlan {
            folds: args.folds,
            repeats: args.repeats,
            seed: args.config.seed,
        },
        config: args.config,
        sets: args.sets,
    };
    let mut note = |so_far: &CrossValidated| {
        if let Some(fold) = so_far.folds.last() {
            shown.note(&format!(
                "fold {} of {}: {:.1} % of {}",
                so_far.folds.len(),
                so_far.planned_folds,
                fold.accuracy * 100.0,
                counted(fold.n, "image")
            ));
        }
    };
    let result = if args.compare_whole {
        work.compare_whole(&shown.progress, &mut note)?
    } else {
        work.run(&shown.progress, &mut note)?
    };
    shown.finish();
    if args.at.json {
        return output::json(&result);
    }
    show(&result)
}

fn show(result: &CrossValidated) -> anyhow::Result<()> {
    output::line(format!(
        "accuracy {:.1} % ({}) on {} of {}",
        result.accuracy * 100.0,
        interval_text(result.interval),
        counted(result.n, "image"),
        counted(result.units, "held-out unit")
    ))?;
    if let Some(before) = &result.stage_1 {
        let verdict = if result.is_worse_than_stage_1() {
            "; stage 2 makes it worse, so stay with stage 1"
        } else {
            ""
        };
        output::line(format!(
            "stage 1 alone {:.1} % ({}){verdict}",
            before.accuracy * 100.0,
            interval_text(before.interval)
        ))?;
    }
    if let Some(whole) = &result.whole {
        output::line(format!(
            "whole images {:.1} % ({}): {}, with {} cropped to the character; difference {:+.1} points (95 %: {:+.1} to {:+.1})",
            whole.accuracy * 100.0,
            interval_text(whole.interval),
            whole.verdict,
            counted(whole.cropped, "image"),
            whole.difference * 100.0,
            whole.difference_interval[0] * 100.0,
            whole.difference_interval[1] * 100.0
        ))?;
    }
    for set in &result.sets {
        let before = set.stage_1_accuracy.map_or(String::new(), |accuracy| {
            format!(", stage 1 alone {:.1} %", accuracy * 100.0)
        });
        output::line(format!(
            "{}: {:.1} % of {}, the mean of the folds{before}",
            set.set,
            set.accuracy * 100.0,
            counted(set.n, "image")
        ))?;
    }
    let worst: Vec<_> = result.per_scene.iter().take(LISTED_SCENES).collect();
    if !worst.is_empty() {
        output::line("\nleast accurate scenes")?;
    }
    for scene in worst {
        output::line(format!(
            "{:>5.1} % of {:>4}  {:<24} {}",
            scene.accuracy * 100.0,
            scene.n,
            scene.name,
            scene.class
        ))?;
    }
    Ok(())
}
