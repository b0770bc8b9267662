//! `evaluate`: a run's accuracy on a set, with its interval.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::evaluate::{EvaluationSet, Evaluator};
use crate::predict::Predictor;
use crate::report::{Evaluation, is_uninformative};
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
    let (project, snapshot) = args.at.read()?;
    check_run(&project, &args.run)?;
    let mut shown_progress = Shown::new()?;
    let predictor = Predictor::load(&project, &args.run)?;
    let run = RunLog::open(&project.run_dir(&args.run))?;
    let set = EvaluationSet::of(
        &snapshot,
        &args.set,
        predictor.classes(),
        &shown_progress.progress,
    )?;
    if let Some(note) = changed_split(&run, &set) {
        shown_progress.note(&note);
    }
    let evaluator = Evaluator {
        project: &project,
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

/// Numbers on a split that the run was not trained on can flatter: its training images may be in validation now.
fn changed_split(run: &RunLog, set: &EvaluationSet) -> Option<String> {
    let trained_on = &run.info.split_hash;
    let hash = set.split_hash.as_ref().filter(|hash| *hash != trained_on)?;
    (set.name == "valid").then(|| {
        format!(
            "warning: the split is {hash} now, but the run was trained on {trained_on}; images it was trained on may be in this set"
        )
    })
}

fn show(classes: &[String], evaluation: &Evaluation) -> anyhow::Result<()> {
    output::line(format!(
        "accuracy {:.1} % ({}) on {} images",
        evaluation.accuracy * 100.0,
        interval_text(evaluation.interval),
        evaluation.n
    ))?;
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

/// A range that nearly every accuracy lies in is not worth reading.
fn interval_text(interval: [f64; 2]) -> String {
    if is_uninformative(interval) {
        return "too few scenes for an interval".to_owned();
    }
    let [low, high] = interval.map(|bound| bound * 100.0);
    format!("95 % interval {low:.1} to {high:.1} %")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_useless_range_is_not_shown() {
        assert_eq!(interval_text([0.61, 0.93]), "95 % interval 61.0 to 93.0 %");
        assert_eq!(interval_text([0.1, 0.95]), "too few scenes for an interval");
    }
}
