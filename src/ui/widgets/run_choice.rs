//! Which run stands for "the best one" wherever the person has not chosen.

use crate::run::RunLog;

/// The most accurate one; a run on a random split only if there is no other, because its accuracy flatters.
pub fn best_run<'a>(runs: impl Iterator<Item = &'a RunLog>) -> Option<&'a RunLog> {
    let accuracy = |run: &RunLog| run.best_accuracy().unwrap_or(0.0);
    runs.max_by(|a, b| {
        let is_honest = |run: &RunLog| !run.info.is_random_split;
        (is_honest(a).cmp(&is_honest(b))).then(accuracy(a).total_cmp(&accuracy(b)))
    })
}
