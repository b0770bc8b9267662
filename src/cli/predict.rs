//! `predict`: what images show, by a run of a project or by an exported bundle.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::output;
use super::progress_bar::Shown;
use super::runs::{check_run, warn_of_whole_files};
use crate::catalog::Catalog;
use crate::documents::predictions::{CheckedBundle, PredictionRow, Predictions};
use crate::export::bundle::Bundle;
use crate::predict::{ImageFile, Predictor, ProjectFiles};
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
#[command(
    override_usage = "cutting-room predict [OPTIONS] <PROJECT> <RUN> <IMAGES>...\n       \
                            cutting-room predict [OPTIONS] --bundle <DIR> <IMAGES>..."
)]
pub struct Predict {
    /// The project's folder
    #[arg(value_name = "PROJECT")]
    first: PathBuf,
    /// A run's id; `cutting-room runs PROJECT` lists them
    #[arg(value_name = "RUN", required_unless_present = "bundle")]
    second: Option<PathBuf>,
    #[arg(value_name = "IMAGES", required_unless_present = "bundle")]
    others: Vec<PathBuf>,
    /// Predict with this bundle instead, which `export --to bundle` has made; it is checked by its own images first
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// Images that cannot be read are named; the others are predicted, and the exit code is 1.
pub fn run(args: &Predict) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let mut checked = None;
    let (rows, count) = match &args.bundle {
        Some(folder) => {
            let bundle = Bundle::open(folder)?;
            shown.note(&bundle.summary());
            let images = std::iter::once(&args.first).chain(&args.second);
            let files = images.chain(&args.others);
            let files: Vec<ImageFile> = files.map(|path| ImageFile::outside(path)).collect();
            checked = Some(CheckedBundle {
                path: folder.clone(),
                run: bundle.preprocessing.run.clone(),
                checked: bundle.checked,
                difference: bundle.difference,
            });
            let rows = predict(&bundle.predictor, &files, &shown.progress)?;
            (rows, files.len())
        }
        None => of_project(args, &shown.progress)?,
    };
    let unreadable = count - rows.len();
    shown.finish();
    if args.json {
        output::json(&Predictions {
            predictions: rows,
            bundle: checked,
        })?;
    } else {
        for row in &rows {
            output::line(format!("{}  {}", summary(row), row.path.display()))?;
        }
    }
    if unreadable > 0 {
        bail!("{unreadable} of {count} images could not be read; the reasons are above");
    }
    Ok(())
}

/// The predictions, and how many images were asked for.
fn of_project(args: &Predict, progress: &Progress) -> anyhow::Result<(Vec<PredictionRow>, usize)> {
    let project = Project::open(&args.first)?;
    let snapshot = Catalog::open_read_only(&project)?.snapshot()?;
    let run = args.second.as_deref().unwrap_or(&args.first);
    let run = run.to_string_lossy();
    check_run(&project, &run)?;
    let own = ProjectFiles::of(&snapshot);
    let predictor = Predictor::load(&project, &run)?;
    let files: Vec<ImageFile> = args.others.iter().map(|path| own.find(path)).collect();
    warn_of_whole_files(&project, &run, &files, progress)?;
    Ok((predict(&predictor, &files, progress)?, files.len()))
}

fn predict(
    predictor: &Predictor,
    files: &[ImageFile],
    progress: &Progress,
) -> anyhow::Result<Vec<PredictionRow>> {
    progress.stage("predicting", Some(files.len() as u64));
    let mut rows = Vec::new();
    for file in files {
        progress.check()?;
        match predictor.read(file) {
            Ok(read) => {
                let inspection = predictor.inspect(&read.image)?;
                rows.push(PredictionRow::new(
                    (file.path.as_path(), read.recipe),
                    predictor.classes(),
                    &inspection.prediction,
                ));
            }
            Err(error) => progress.warn(file.path.display().to_string(), error.to_string()),
        }
        progress.advance(1);
    }
    Ok(rows)
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
