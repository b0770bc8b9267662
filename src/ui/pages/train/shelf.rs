//! Which runs are drawn, and their plot data; follows the session's list of runs.

use std::collections::{BTreeMap, BTreeSet};

use super::series::RunSeries;
use crate::run::{RunLog, RunStatus};

/// Plot data is brought up to date no more often than the plots are meant to move.
const REFRESH_SECS: f64 = 0.15;

/// A run as the plots see it.
pub struct Shown<'a> {
    pub log: &'a RunLog,
    pub series: &'a RunSeries,
    /// Its place in the list of all runs: its color, for ever.
    pub index: usize,
    pub is_focused: bool,
}

#[derive(Default)]
pub struct Shelf {
    known: BTreeSet<String>,
    ticked: BTreeSet<String>,
    focused: Option<String>,
    series: BTreeMap<String, RunSeries>,
    refreshed_secs: Option<f64>,
    /// The step under the pointer, for reading all plots at once.
    pub hovered_step: Option<f64>,
}

impl Shelf {
    /// A run that appears is shown at once, whoever started it. False when it was too early to bring the plots up to
    /// date, so that a later frame has to.
    pub fn follow(&mut self, runs: &[RunLog], now_secs: f64) -> bool {
        let is_first_look = self.known.is_empty();
        let mut is_new = false;
        for run in runs {
            if self.known.insert(run.info.id.clone()) {
                is_new = true;
                if !is_first_look {
                    self.focus(&run.info.id);
                }
            }
        }
        if is_first_look && is_new {
            let running = runs.iter().rfind(|run| run.status == RunStatus::Running);
            if let Some(run) = running.or(runs.last()) {
                self.focus(&run.info.id);
            }
        }
        let is_due = self
            .refreshed_secs
            .is_none_or(|then| now_secs - then >= REFRESH_SECS || now_secs < then);
        if is_due || is_new {
            self.refreshed_secs = Some(now_secs);
            self.refresh(runs);
        }
        is_due || is_new
    }

    fn refresh(&mut self, runs: &[RunLog]) {
        for run in runs {
            if self.ticked.contains(&run.info.id) {
                self.series
                    .entry(run.info.id.clone())
                    .or_default()
                    .follow(run);
            }
        }
    }

    /// The run whose numbers and buttons are shown; it is always drawn.
    pub fn focus(&mut self, id: &str) {
        // The one that was only shown because it was looked at makes room for the next.
        if let Some(last) = self.focused.replace(id.to_owned())
            && self.ticked.len() == 1
        {
            self.ticked.remove(&last);
        }
        self.ticked.insert(id.to_owned());
        self.refreshed_secs = None;
    }

    pub fn is_focused(&self, id: &str) -> bool {
        self.focused.as_deref() == Some(id)
    }

    pub fn focused_id(&self) -> Option<&str> {
        self.focused.as_deref()
    }

    pub fn is_ticked(&self, id: &str) -> bool {
        self.ticked.contains(id)
    }

    pub fn set_ticked(&mut self, id: &str, is_ticked: bool) {
        if is_ticked {
            self.ticked.insert(id.to_owned());
        } else {
            self.ticked.remove(id);
        }
        self.refreshed_secs = None;
    }

    /// A run that failed before it learned anything has its card, and no plot.
    pub fn has_nothing_to_draw(&self, runs: &[RunLog]) -> bool {
        let shown = self.shown(runs);
        let mut logs = shown.iter().map(|shown| shown.log);
        logs.all(|log| log.status == RunStatus::Failed && log.pace().is_none())
    }

    pub fn focused<'a>(&'a self, runs: &'a [RunLog]) -> Option<Shown<'a>> {
        let id = self.focused.as_deref()?;
        let index = runs.iter().position(|run| run.info.id == id)?;
        Some(Shown {
            log: runs.get(index)?,
            series: self.series.get(id)?,
            index,
            is_focused: true,
        })
    }

    /// Ticked runs, oldest first, the focused one last so that it lies on top.
    pub fn shown<'a>(&'a self, runs: &'a [RunLog]) -> Vec<Shown<'a>> {
        let mut shown: Vec<Shown<'a>> = runs
            .iter()
            .enumerate()
            .filter(|(_, run)| self.ticked.contains(&run.info.id))
            .filter_map(|(index, log)| {
                Some(Shown {
                    log,
                    series: self.series.get(&log.info.id)?,
                    index,
                    is_focused: self.is_focused(&log.info.id),
                })
            })
            .collect();
        shown.sort_by_key(|run| (run.is_focused, run.index));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunInfo;
    use crate::run::config::TrainConfig;

    fn run(id: &str, status: RunStatus) -> RunLog {
        let info = RunInfo {
            id: id.into(),
            started: 0,
            process: 1,
            program: "cutting-room".into(),
            hardware: "here".into(),
            split_hash: "0".into(),
            is_random_split: false,
            leaks: None,
            train_n: 10,
            valid_n: 5,
            classes: vec!["elves".into(), "trolls".into()],
            lineage: None,
            data_version: None,
            copies: 0,
            crop: None,
            contaminated: None,
            config: TrainConfig::default(),
        };
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("run.toml"), toml::to_string(&info).unwrap()).unwrap();
        let mut log = RunLog::open(dir.path()).unwrap();
        log.status = status;
        log
    }

    #[test]
    fn a_run_started_elsewhere_is_shown_when_it_appears() {
        let mut runs = vec![run("a", RunStatus::Finished), run("b", RunStatus::Finished)];
        let mut shelf = Shelf::default();
        shelf.follow(&runs, 0.0);
        assert!(shelf.is_focused("b") && !shelf.is_ticked("a"));
        runs.push(run("c", RunStatus::Running));
        shelf.follow(&runs, 0.01);
        assert!(shelf.is_focused("c"));
        assert!(!shelf.is_ticked("b"), "only ticked for being looked at");
        assert_eq!(shelf.shown(&runs).len(), 1);
    }

    #[test]
    fn ticked_runs_stay_for_comparison() {
        let runs = vec![run("a", RunStatus::Finished), run("b", RunStatus::Finished)];
        let mut shelf = Shelf::default();
        shelf.follow(&runs, 0.0);
        shelf.set_ticked("a", true);
        shelf.follow(&runs, 1.0);
        let ids: Vec<&str> = shelf
            .shown(&runs)
            .iter()
            .map(|run| run.log.info.id.as_str())
            .collect();
        assert_eq!(ids, ["a", "b"]);
        shelf.focus("a");
        assert!(shelf.is_ticked("b"));
    }
}
