//! `predict` and `explain`: what images show, and what a run looked at to say so.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::catalog::output::OutputKind;
use crate::documents::predictions::{ExplanationRow, PredictionRow, Predictions, WrittenFiles};
use crate::explain::method::Method;
use crate::explain::{Explainer, npy};
use crate::predict::{Predictor, ProjectFiles};
use crate::project::write_atomic;

#[derive(Debug, Args)]
pub struct Predict {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    #[arg(required = true)]
    images: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    image: PathBuf,
    /// Class to explain [default: the most probable one]
    #[arg(long)]
    class: Option<String>,
    /// What to show
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// Image with the heatmap over it, or of what speaks for the class, as PNG
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// The raw map too, as a float32 array for NumPy: (height, width) of a heatmap, (3, height, width) of the others
    #[arg(long, value_name = "NPY")]
    raw: Option<PathBuf>,
    /// Of what is shown over the image, 0 to 1 [default: 0.6 for a heatmap, 1 for the others]
    #[arg(long, value_parser = opacity)]
    opacity: Option<f32>,
}

fn opacity(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(opacity) if (0.0..=1.0).contains(&opacity) => Ok(opacity),
        _ => Err("give a number from 0 to 1".into()),
    }
}

/// Images that cannot be read are named; the others are predicted, and the exit code is 1.
pub fn predict(args: &Predict) -> anyhow::Result<()> {
    let (project, snapshot) = args.at.read()?;
    check_run(&project, &args.run)?;
    let own = ProjectFiles::of(&snapshot);
    let mut shown_progress = Shown::new()?;
    let progress = &shown_progress.progress;
    let predictor = Predictor::load(&project, &args.run)?;
    progress.stage("predicting", Some(args.images.len() as u64));
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

pub fn explain(args: &Explain) -> anyhow::Result<()> {
    let (project, snapshot) = args.at.read()?;
    snapshot.check_output(&args.out, OutputKind::Png, &[&args.image])?;
    if let Some(raw) = &args.raw {
        snapshot.check_output(raw, OutputKind::Npy, &[&args.image, &args.out])?;
    }
    check_run(&project, &args.run)?;
    let class = args.class.as_deref();
    let file = ProjectFiles::of(&snapshot).find(&args.image);
    let explained = Explainer::new(project).explain(&args.run, &file, class, args.method)?;
    let found = &explained.explanation;
    let opacity = args
        .opacity
        .unwrap_or_else(|| args.method.default_opacity());
    found.save_png((&args.image, explained.recipe), opacity, &args.out)?;
    if let Some(raw) = &args.raw {
        write_atomic(raw, &npy::encode(&found.shape(), found.values()))?;
    }
    let files = WrittenFiles {
        out: &args.out,
        raw: args.raw.as_deref(),
    };
    let document = ExplanationRow::new(&args.image, &explained, args.method, files);
    if args.at.json {
        return output::json(&document);
    }
    output::line(format!(
        "{}; {} explained in {}",
        summary(&document.prediction),
        document.explained,
        args.out.display()
    ))?;
    if found.is_blank() {
        output::line(args.method.blank_words(explained.class_name()))?;
    }
    Ok(())
}

fn summary(row: &PredictionRow) -> String {
    let prob = row.probs.get(&row.class).copied().unwrap_or_default();
    let cropped = if row.crop.is_none() {
        String::new()
    } else {
        format!(" (without {})", row.crop.text())
    };
    format!("{} {:.1} %{cropped}", row.class, prob * 100.0)
}
