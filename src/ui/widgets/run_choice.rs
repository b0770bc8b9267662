//! Which run a page is about: the chosen one, or the best there is.

use crate::run::RunLog;
use crate::run::choice::best_run;
use crate::session::Session;

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

/// Runs that answer: those with weights to load, and the one that trains here.
pub fn answering(session: &Session) -> impl Iterator<Item = &RunLog> {
    let training = session.trained_run().map(|run| run.info.id.as_str());
    let answers = move |run: &&RunLog| {
        run.best_accuracy().is_some() || training == Some(run.info.id.as_str())
    };
    session.runs().iter().filter(answers)
}

/// The chosen one of [`answering`], or the best one; the one that trains here where there is no other.
pub fn answering_run<'a>(session: &'a Session, chosen: Option<&str>) -> Option<&'a RunLog> {
    chosen
        .and_then(|id| answering(session).find(|run| run.info.id == id))
        .or_else(|| best_run(usable(session.runs())))
        .or_else(|| session.trained_run())
}
