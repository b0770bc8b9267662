//! `predict`: what images show.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::documents::predictions::{PredictionRow, Predictions};
use crate::predict::{Predictor, ProjectFiles};
use crate::run::RunInfo;

#[derive(Debug, Args)]
pub struct Predict {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    #[arg(required = true)]
    images: Vec<PathBuf>,
}

/// Images that cannot be read are named; the others are predicted, and the exit code is 1.
pub fn run(args: &Predict) -> anyhow::Result<()> {
    let (project, snapshot) = args.at.read()?;
    check_run(&project, &args.run)?;
    let own = ProjectFiles::of(&snapshot);
    let mut shown_progress = Shown::new()?;
    let progress = &shown_progress.progress;
    let predictor = Predictor::load(&project, &args.run)?;
    progress.stage("predicting", Some(args.images.len() as u64));
    let has_outside = args
        .images
        .iter()
        .any(|path| own.find(path).recipe.is_none());
    if has_outside && RunInfo::read(&project.run_dir(&args.run))?.has_cropped_characters() {
        progress.warn(
            &args.run,
            "learned from images that are cropped to their character, and sees files from outside of the project whole",
        );
    }
    let mut rows = Vec::new();
    for path in &args.images {
        progress.check()?;
        match predictor.read(&own.find(path)) {
            Ok(read) => {
                let inspection = predictor.inspect(&read.image)?;
                rows.push(PredictionRow::new(
                    (path, read.recipe),
                    predictor.classes(),
                    &inspection.prediction,
                ));
            }
            Err(error) => progress.warn(path.display().to_string(), error.to_string()),
        }
        progress.advance(1);
    }
    let unreadable = args.images.len() - rows.len();
    shown_progress.finish();
    if args.at.json {
        output::json(&Predictions { predictions: rows })?;
    } else {
        for row in &rows {
            output::line(format!("{}  {}", summary(row), row.path.display()))?;
        }
    }
    if unreadable > 0 {
        bail!(
            "{unreadable} of {} images could not be read; the reasons are above",
            args.images.len()
        );
    }
    Ok(())
}

/// "elves 93.1 %"
pub fn summary(row: &PredictionRow) -> String {
    let prob = row.probs.get(&row.class).copied().unwrap_or_default();
    let cropped = if row.crop.is_none() {
        String::new()
    } else {
        format!(" (without {})", row.crop.text())
    };
    format!("{} {:.1} %{cropped}", row.class, prob * 100.0)
}
