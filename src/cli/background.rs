//! `background`: whether a run's predictions survive without the figure.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::evaluate::EvaluationSet;
use crate::explain::background::{Background, Survival};
use crate::number::{count, counted};
use crate::predict::Predictor;
use crate::report::interval_text;

#[derive(Debug, Args)]
pub struct BackgroundArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    /// valid, train, a film or imported folder of the project, or any folder whose sub-folders are classes
    #[arg(long, default_value = "valid", value_name = "SET")]
    set: String,
}

pub fn run(args: &BackgroundArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let progress = &shown.progress;
    let (project, snapshot) = args.at.read_split(progress)?;
    check_run(&project, &args.run)?;
    let predictor = Predictor::load(&project, &args.run)?;
    let set = EvaluationSet::of(&snapshot, &args.set, predictor.classes(), progress)?;
    let found = Background::of(&predictor, &snapshot, &set.asked(), progress)?;
    if let Err(error) = found.write(&project, &args.run) {
        progress.warn(
            "background test",
            format!("not stored with the run: {error}"),
        );
    }
    shown.finish();
    if args.at.json {
        return output::json(&found);
    }
    show(&found)
}

fn show(found: &Background) -> anyhow::Result<()> {
    output::line(
        "predictions that are the same with the figure hidden (with as much hidden elsewhere)",
    )?;
    for row in &found.background {
        let verdict = if row.flagged { "  knows the place" } else { "" };
        output::line(format!("{}{verdict}", line(&row.class, &row.survival)))?;
    }
    output::line(line("all", &found.all))?;
    let by_motion = found.all.by_motion;
    output::line(format!(
        "figures found by motion in {}, by the heatmap in {}",
        counted(by_motion, "image"),
        count(found.all.images - by_motion)
    ))?;
    let flagged = found.flagged();
    if flagged.is_empty() {
        output::line("Of no class more than half of the predictions surely survive")?;
    } else {
        output::line(format!(
            "The run knows the place, not the character, of {}: add scenes of these classes at other places, and of other classes at theirs",
            flagged.join(", ")
        ))?;
    }
    Ok(())
}

fn line(name: &str, survival: &Survival) -> String {
    format!(
        "{name:<20} {:>5} of {:<5} {:>5.1} % ({:>5.1} %)  {}",
        survival.unchanged,
        survival.images,
        survival.unchanged_rate * 100.0,
        survival.unchanged_elsewhere * 100.0,
        interval_text(survival.interval)
    )
}
