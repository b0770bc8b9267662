//! `clusters`: images that are decided by the same part of them.

use anyhow::bail;
use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::evaluate::EvaluationSet;
use crate::explain::clusters::{Clusters, Place};
use crate::number::counted;
use crate::predict::Predictor;

#[derive(Debug, Args)]
pub struct ClustersArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    /// valid, train, a film or imported folder of the project, or any folder whose sub-folders are classes
    #[arg(long, default_value = "valid", value_name = "SET")]
    set: String,
    /// List the images of one group, by its number in the list without this option: one path a line, as `decide PROJECT --paths -` takes them
    #[arg(long, value_name = "N", conflicts_with = "json")]
    paths: Option<usize>,
}

pub fn run(args: &ClustersArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let progress = &shown.progress;
    let (project, snapshot) = args.at.read_split(progress)?;
    check_run(&project, &args.run)?;
    let predictor = Predictor::load(&project, &args.run)?;
    let set = EvaluationSet::of(&snapshot, &args.set, predictor.classes(), progress)?;
    let kept = Clusters::read(&project, &args.run, &set.name);
    let is_current = |kept: &Clusters| {
        kept.best_epoch == predictor.epoch() && kept.data_version == set.data_version
    };
    // A list of paths is about the groups that were listed before it.
    let kept = kept
        .ok()
        .filter(|kept| args.paths.is_some() && is_current(kept));
    let found = if let Some(kept) = kept {
        kept
    } else {
        let found = Clusters::of(&predictor, &set.asked(), progress)?;
        if let Err(error) = found.write(&project, &args.run) {
            progress.warn("clusters", format!("not stored with the run: {error}"));
        }
        found
    };
    shown.finish();
    if args.at.json {
        return output::json(&found);
    }
    match args.paths {
        Some(number) => show_paths(&found, number),
        None => show(&found),
    }
}

fn show(found: &Clusters) -> anyhow::Result<()> {
    for (at, cluster) in found.clusters.iter().enumerate() {
        let share = match cluster.place {
            Place::Spread => String::new(),
            _part => format!(" ({:.0} % of the heat)", cluster.share * 100.0),
        };
        let (number, class) = (at + 1, &cluster.class);
        output::line(format!("{number:>3}  {class:<20} {}{share}", cluster.words))?;
    }
    if found.blank > 0 {
        output::line(format!(
            "{} with a blank heatmap: nothing in it speaks for what the image is taken for",
            counted(found.blank, "image")
        ))?;
    }
    Ok(())
}

fn show_paths(found: &Clusters, number: usize) -> anyhow::Result<()> {
    let at = number.checked_sub(1);
    let Some(cluster) = at.and_then(|at| found.clusters.get(at)) else {
        bail!(
            "there is no group {number}; the groups are 1 to {}",
            found.clusters.len()
        );
    };
    for member in &cluster.members {
        output::line(member.path.display())?;
    }
    Ok(())
}
