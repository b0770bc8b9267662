//! Which run a page is about: the chosen one, or the best there is.

use crate::run::RunLog;
use crate::run::choice::best_run;
use crate::run::config::TrainConfig;
use crate::session::Session;
use crate::ui::number;

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

/// `text`, and behind it the net, size, rate and seed of the run where one of its stage has another.
pub fn told_apart(runs: &[RunLog], run: &RunLog, text: String) -> String {
    type Said = fn(&TrainConfig) -> String;
    let said: [Said; 4] = [
        |config| config.arch.title().to_owned(),
        |config| {
            config
                .size
                .map_or_else(String::new, |size| format!("{size} px"))
        },
        |config| format!("rate {}", number::rate(config.lr_bounds()[1])),
        |config| format!("seed {}", config.seed),
    ];
    let config = &run.info.config;
    let mut parts = vec![text];
    for said in said {
        let own = said(config);
        let mut like = usable(runs).filter(|other| other.info.config.stage == config.stage);
        if !own.is_empty() && like.any(|other| said(&other.info.config) != own) {
            parts.push(own);
        }
    }
    parts.join(", ")
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
