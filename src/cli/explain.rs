//! `predict` and `explain`: what pictures show, and what a run looked at to say so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::progress_bar::Shown;
use super::runs::check_run;
use super::{ProjectArgs, output};
use crate::explain::method::Method;
use crate::explain::{Explainer, npy};
use crate::predict::Predictor;
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
    /// Picture with the heatmap over it, or of what speaks for the class, as PNG
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// The raw map too, as a float32 array for NumPy: (height, width) of a heatmap, (3, height, width) of the others
    #[arg(long, value_name = "NPY")]
    raw: Option<PathBuf>,
    /// Of what is shown over the picture, 0 to 1 [default: 0.6 for a heatmap, 1 for the others]
    #[arg(long, value_parser = opacity)]
    opacity: Option<f32>,
}

#[derive(Serialize)]
struct Predictions {
    predictions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    path: PathBuf,
    class: String,
    probs: BTreeMap<String, f32>,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    prediction: Row,
    explained: String,
    method: Method,
    out: PathBuf,
    raw: Option<PathBuf>,
    /// Of the raw map.
    shape: Vec<usize>,
}

fn opacity(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(opacity) if (0.0..=1.0).contains(&opacity) => Ok(opacity),
        _ => Err("give a number from 0 to 1".into()),
    }
}

/// Pictures that cannot be read are named; the others are answered, and the exit code is 1.
pub fn predict(args: &Predict) -> anyhow::Result<()> {
    let project = args.at.open()?;
    check_run(&project, &args.run)?;
    let mut shown_progress = Shown::new()?;
    let progress = &shown_progress.progress;
    let predictor = Predictor::load(&project, &args.run)?;
    progress.stage("predicting", Some(args.images.len() as u64));
    let mut rows = Vec::new();
    for path in &args.images {
        progress.check()?;
        match predictor.read(path) {
            Ok(image) => {
                let inspection = predictor.inspect(&image)?;
                rows.push(row(predictor.classes(), path, &inspection.prediction.probs));
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
            "{unreadable} of {} pictures could not be read; the reasons are above",
            args.images.len()
        );
    }
    Ok(())
}

pub fn explain(args: &Explain) -> anyhow::Result<()> {
    let project = args.at.open()?;
    check_run(&project, &args.run)?;
    let class = args.class.as_deref();
    let explained = Explainer::new(project).explain(&args.run, &args.image, class, args.method)?;
    let found = &explained.explanation;
    let opacity = args
        .opacity
        .unwrap_or_else(|| args.method.default_opacity());
    found.save_png(&args.image, opacity, &args.out)?;
    if let Some(raw) = &args.raw {
        write_atomic(raw, &npy::encode(&found.shape(), found.values()))?;
    }
    let prediction = row(&explained.classes, &args.image, &explained.prediction.probs);
    if args.at.json {
        return output::json(&Answer {
            explained: explained.class_name().to_owned(),
            prediction,
            method: args.method,
            out: args.out.clone(),
            raw: args.raw.clone(),
            shape: found.shape(),
        });
    }
    output::line(format!(
        "{}; {} explained in {}",
        summary(&prediction),
        explained.class_name(),
        args.out.display()
    ))?;
    Ok(())
}

fn row(classes: &[String], path: &Path, probs: &[f32]) -> Row {
    let best = classes.iter().zip(probs).max_by(|a, b| a.1.total_cmp(b.1));
    Row {
        path: path.to_path_buf(),
        class: best.map(|(class, _)| class.clone()).unwrap_or_default(),
        probs: classes.iter().cloned().zip(probs.iter().copied()).collect(),
    }
}

fn summary(row: &Row) -> String {
    let prob = row.probs.get(&row.class).copied().unwrap_or_default();
    format!("{} {:.1} %", row.class, prob * 100.0)
}
