//! Which run a page is about: the chosen one, or the best there is.

use crate::run::RunLog;
use crate::run::choice::best_run;

/// Runs with weights to load.
pub fn usable(runs: &[RunLog]) -> impl Iterator<Item = &RunLog> {
    runs.iter().filter(|run| run.best_accuracy().is_some())
}

/// The chosen run, or the best one.
pub fn chosen_run<'a>(runs: &'a [RunLog], chosen: Option<&str>) -> Option<&'a RunLog> {
    chosen
        .and_then(|id| usable(runs).find(|run| run.info.id == id))
        .or_else(|| best_run(usable(runs)))
}
