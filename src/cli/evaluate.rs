//! `evaluate`: a run's accuracy on a set, with its interval; `compare`: two runs on one set.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::catalog::Snapshot;
use crate::evaluate::{EvaluationSet, Evaluator, PairedRuns, Predictions, Tta};
use crate::number::counted;
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::Project;
use crate::report::{Evaluation, interval_text};
use crate::run::RunLog;

/// How many of the worst images people get to see, and of the most frequent mistakes.
const LISTED_LOSSES: usize = 5;
const LISTED_CONFUSIONS: usize = 5;

#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    /// valid, train, a film or imported folder of the project, or any folder whose sub-folders are classes
    #[arg(long, default_value = "valid", value_name = "SET")]
    set: String,
    /// Mean of several views of each image: plain (itself and its mirror image), or those of fastai v1
    #[arg(long, value_name = "VIEWS", num_args = 0..=1, default_missing_value = "plain")]
    tta: Option<Tta>,
}

#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    at: ProjectArgs,
    /// Ids of two runs; `cutting-room runs PROJECT` lists them
    #[arg(num_args = 2, required = true, value_names = ["RUN", "OTHER"])]
    runs: Vec<String>,
    /// valid, train, a film or imported folder of the project, or any folder whose sub-folders are classes
    #[arg(long, default_value = "valid", value_name = "SET")]
    set: String,
}

/// A run of a project, loaded.
struct Loaded {
    run: RunLog,
    predictor: Predictor,
}

impl Loaded {
    fn new(project: &Project, id: &str) -> anyhow::Result<Self> {
        check_run(project, id)?;
        Ok(Self {
            predictor: Predictor::load(project, id)?,
            run: RunLog::open(&project.run_dir(id))?,
        })
    }

    fn set(
        &self,
        snapshot: &Snapshot,
        name: &str,
        progress: &Progress,
    ) -> anyhow::Result<EvaluationSet> {
        Ok(EvaluationSet::of(
            snapshot,
            name,
            self.predictor.classes(),
            progress,
        )?)
    }

    fn evaluator<'a>(&'a self, project: &'a Project, snapshot: &'a Snapshot) -> Evaluator<'a> {
        Evaluator {
            project,
            snapshot,
            run: &self.run,
            predictor: &self.predictor,
        }
    }
}

pub fn run(args: &Evaluate) -> anyhow::Result<()> {
    let mut shown_progress = Shown::new()?;
    let progress = &shown_progress.progress;
    let (project, snapshot) = args.at.read_split(progress)?;
    let loaded = Loaded::new(&project, &args.run)?;
    let set = loaded.set(&snapshot, &args.set, progress)?;
    let evaluator = loaded.evaluator(&project, &snapshot);
    let evaluation = match args.tta {
        Some(tta) => evaluator.evaluate_views(&set, tta, progress)?,
        None => evaluator.evaluate(&set, progress)?,
    };
    shown_progress.finish();
    if args.at.json {
        return output::json(&evaluation);
    }
    show(loaded.predictor.classes(), &evaluation)
}

pub fn compare(args: &Compare) -> anyhow::Result<()> {
    let mut shown_progress = Shown::new()?;
    let progress = &shown_progress.progress;
    let (project, snapshot) = args.at.read_split(progress)?;
    let mut measured = Vec::new();
    for id in &args.runs {
        let loaded = Loaded::new(&project, id)?;
        let set = loaded.set(&snapshot, &args.set, progress)?;
        measured.push(match Predictions::read(&project, id, &set.name) {
            Ok(stored) if stored.is_current(&loaded.run, &set) => stored,
            _other => loaded
                .evaluator(&project, &snapshot)
                .predictions(&set, progress)?,
        });
    }
    let [first, second] = measured.as_slice() else {
        anyhow::bail!("name two runs");
    };
    let found = PairedRuns::of(first, second)?;
    shown_progress.finish();
    if args.at.json {
        return output::json(&found);
    }
    for (run, accuracy) in found.runs.iter().zip(found.accuracies) {
        output::line(format!(
            "{run}: {:.1} % of {}",
            accuracy * 100.0,
            counted(found.n, "image")
        ))?;
    }
    let [first, second] = found.only_right;
    output::line(format!(
        "only the first is right about {first}, only the second about {second} (McNemar's p {:.3}, as if each image stood alone)",
        found.mcnemar_p
    ))?;
    output::line(found.verdict)?;
    Ok(())
}

fn show(classes: &[String], evaluation: &Evaluation) -> anyhow::Result<()> {
    output::line(format!(
        "accuracy {:.1} % ({}) on {}",
        evaluation.accuracy * 100.0,
        interval_text(evaluation.interval),
        evaluation.measured_text()
    ))?;
    output::line(seen_text(evaluation))?;
    for (row, confusion) in evaluation.per_class.iter().zip(&evaluation.confusion) {
        if row.n == 0 {
            continue;
        }
        output::line(format!(
            "{:<20} {:>5} of {:<5} {:>5.1} %{}",
            row.class,
            row.correct,
            row.n,
            row.correct as f64 / row.n as f64 * 100.0,
            mistaken_for(classes, &row.class, confusion),
        ))?;
    }
    for confused in evaluation.most_confused.iter().take(LISTED_CONFUSIONS) {
        output::line(format!(
            "{} of {} taken for {}",
            confused.n, confused.actual, confused.predicted
        ))?;
    }
    output::line(calibration_text(evaluation))?;
    let wrong = evaluation
        .top_losses
        .iter()
        .filter(|loss| loss.actual != loss.predicted);
    for loss in wrong.take(LISTED_LOSSES) {
        output::line(format!(
            "loss {:.2}: {} taken for {}; {}",
            loss.loss,
            loss.actual,
            loss.predicted,
            loss.path.display()
        ))?;
    }
    Ok(())
}

fn calibration_text(evaluation: &Evaluation) -> String {
    let calibration = &evaluation.calibration;
    let temperature = match calibration.temperature {
        Some(temperature) if temperature > 1.0 => {
            format!("; too sure, temperature {temperature:.2}")
        }
        Some(temperature) => format!("; not sure enough, temperature {temperature:.2}"),
        None => String::new(),
    };
    format!(
        "expected calibration error {:.3}{temperature}",
        calibration.ece
    )
}

fn seen_text(evaluation: &Evaluation) -> String {
    let seen = match evaluation.seen_in_training {
        Some(0) => "none of them (as the same file or the same pixels)".to_owned(),
        Some(seen) => format!("{seen} of them"),
        None => "unknown".to_owned(),
    };
    let similar = match evaluation.similar_to_training {
        Some(similar) if similar > 0 => {
            format!(
                "; {similar} more look like training images (copies saved again, resized or cropped, or neighboring frames)"
            )
        }
        _none => String::new(),
    };
    format!("seen in training: {seen}{similar}")
}

/// The most frequent mistake of a class, if there is one.
fn mistaken_for(classes: &[String], class: &str, confusion: &[usize]) -> String {
    classes
        .iter()
        .zip(confusion)
        .filter(|(other, count)| other.as_str() != class && **count > 0)
        .max_by_key(|(_, count)| **count)
        .map_or_else(String::new, |(other, count)| {
            format!("   {count} taken for {other}")
        })
}
