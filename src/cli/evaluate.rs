//! `evaluate`: a run's accuracy on a set, with its interval.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::evaluate::{EvaluationSet, Evaluator};
use crate::predict::Predictor;
use crate::report::{Evaluation, interval_text};
use crate::run::RunLog;

/// How many of the worst images people get to see.
const LISTED_LOSSES: usize = 5;

#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    /// valid, train, a film or imported folder of the project, or any folder whose sub-folders are classes
    #[arg(long, default_value = "valid", value_name = "SET")]
    set: String,
}

pub fn run(args: &Evaluate) -> anyhow::Result<()> {
    let mut shown_progress = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown_progress.progress)?;
    check_run(&project, &args.run)?;
    let predictor = Predictor::load(&project, &args.run)?;
    let run = RunLog::open(&project.run_dir(&args.run))?;
    let set = EvaluationSet::of(
        &snapshot,
        &args.set,
        predictor.classes(),
        &shown_progress.progress,
    )?;
    let evaluator = Evaluator {
        project: &project,
        snapshot: &snapshot,
        run: &run,
        predictor: &predictor,
    };
    let evaluation = evaluator.evaluate(&set, &shown_progress.progress)?;
    shown_progress.finish();
    if args.at.json {
        return output::json(&evaluation);
    }
    show(predictor.classes(), &evaluation)
}

fn show(classes: &[String], evaluation: &Evaluation) -> anyhow::Result<()> {
    output::line(format!(
        "accuracy {:.1} % ({}) on {} images",
        evaluation.accuracy * 100.0,
        interval_text(evaluation.interval),
        evaluation.n
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
