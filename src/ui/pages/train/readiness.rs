//! Whether a run can begin, and what is in the way.

use super::progress_ui::busy_with;
use crate::catalog::Snapshot;
use crate::curate::Leaks;
use crate::curate::known::Known;
use crate::dataset::Leakage;
use crate::dataset::split::{self, Split};
use crate::model::Arch;
use crate::run::config::TrainConfig;
use crate::run::{RunLog, choice};
use crate::session::jobs::leaks::FoundLeaks;
use crate::session::{Job, Session};
use crate::ui::failure::capitalized;
use crate::ui::page::Page;

/// Whether there is something to train on; worked out once for each version of the catalog.
#[derive(Default)]
pub struct Readiness {
    version: Option<u64>,
    pub train: usize,
    pub valid: usize,
    pub classes: usize,
    /// Of time alone, which is known at once; see [`Self::leakage`].
    leakage_by_time: Leakage,
    /// With what scans know, as a run counts it; `None` until that is found.
    leakage_found: Option<Leakage>,
    /// Images that nobody has compared by their content.
    pub unscanned: usize,
    /// The form allows a leaking split.
    allows_leaks: bool,
    /// That a run would have now.
    split: Option<Split>,
    start: Start,
}

/// The run that stage 2 starts from by itself; worked out once for a split, an architecture and a list of runs, because
/// lists of files have to be read for it.
#[derive(Default)]
struct Start {
    arch: Arch,
    /// Those that could be it, by id.
    of: Vec<String>,
    id: Option<String>,
    /// Why it is none of them.
    missing: String,
}

/// Why no run can begin, and where it is mended.
pub struct Obstacle {
    pub text: String,
    pub remedy: Option<(&'static str, Page)>,
}

impl Readiness {
    /// `config`: of the run that would begin; `leaks`: what was found last.
    pub fn follow(&mut self, session: &Session, config: &TrainConfig, leaks: Option<&FoundLeaks>) {
        let arch = config.arch;
        let snapshot = session.snapshot();
        let is_same_split = self.version == Some(snapshot.version);
        if !is_same_split {
            self.follow_split(snapshot);
        }
        self.allows_leaks = config.allow_leaks;
        // Facts that the view does not show yet make a later version of the same split.
        let found = leaks.filter(|found| found.version >= snapshot.version);
        self.leakage_found = found.map(|found| found.refused);
        self.unscanned = found.map_or(0, |found| found.unscanned);
        let heads = session.runs().iter();
        let heads: Vec<String> = heads
            .filter(|run| choice::can_start_from(run, arch))
            .map(|run| run.info.id.clone())
            .collect();
        if !is_same_split || self.start.arch != arch || self.start.of != heads {
            let runs = session.runs();
            let split = self.split.as_ref();
            let start = split.and_then(|split| choice::starting_run(runs, arch, split));
            self.start = Start {
                arch,
                of: heads,
                id: start.map(|run| run.info.id.clone()),
                missing: split.map_or_else(String::new, |split| {
                    capitalized(&choice::no_starting_run(runs, arch, split))
                }),
            };
        }
    }

    /// The run that stage 2 starts from unless another one is named, or why there is none.
    pub fn start<'a>(&self, runs: &'a [RunLog]) -> Result<&'a RunLog, &str> {
        let id = self.start.id.as_ref();
        let run = id.and_then(|id| runs.iter().find(|run| run.info.id == *id));
        run.ok_or(&self.start.missing)
    }

    /// Of the split that a run would have now.
    pub fn split_hash(&self) -> Option<&String> {
        self.split.as_ref().map(|split| &split.hash)
    }

    /// Whether the run may have been trained on validation images: it is of another split, and not the one to start from.
    pub fn is_doubtful_start(&self, run: &RunLog) -> bool {
        let hash = self.split.as_ref().map(|split| split.hash.as_str());
        hash != Some(run.info.split_hash.as_str()) && self.start.id.as_ref() != Some(&run.info.id)
    }

    fn follow_split(&mut self, snapshot: &Snapshot) {
        let counts = split::counts(snapshot);
        let split = Split::of(snapshot).ok();
        let leaks = split
            .as_ref()
            .map(|split| Leaks::find(snapshot, split, &Known::default(), None));
        *self = Self {
            version: Some(snapshot.version),
            start: Start::default(),
            leakage_by_time: leaks.unwrap_or_default().leakage(),
            leakage_found: None,
            unscanned: 0,
            allows_leaks: false,
            split,
            train: counts.iter().map(|class| class.train).sum(),
            valid: counts.iter().map(|class| class.valid).sum(),
            classes: counts
                .iter()
                .filter(|class| class.train + class.valid > 0)
                .count(),
        };
    }

    /// What a run would be refused for.
    pub fn leakage(&self) -> Leakage {
        self.leakage_found.unwrap_or(self.leakage_by_time)
    }

    pub fn is_ready(&self, session: &Session) -> bool {
        self.obstacle(session).is_none()
    }

    pub fn obstacle(&self, session: &Session) -> Option<Obstacle> {
        let obstacle = |text: &str, remedy| {
            Some(Obstacle {
                text: text.to_owned(),
                remedy,
            })
        };
        if let Some(job) = busy_with(session) {
            let text = if matches!(*job, Job::FindLr(_)) {
                "Finding a learning rate: cancel that or wait"
            } else if matches!(*job, Job::CrossValidate(_)) {
                "Cross-validating: cancel that or wait"
            } else if matches!(*job, Job::TrainQueue(_)) {
                "A queue of runs is under way: cancel it or wait"
            } else if matches!(*job, Job::Honesty(_)) {
                "Measuring the split: cancel that or wait"
            } else if matches!(*job, Job::Evaluate(_)) {
                "Measuring on a test set: cancel that or wait"
            } else {
                "A run is under way: stop it or wait"
            };
            return obstacle(text, None);
        }
        if self.classes < 2 {
            return obstacle(
                "Two classes are needed, at least. Bring in films or images of another one.",
                Some(("Go to Collect", Page::Collect)),
            );
        }
        if self.valid == 0 {
            return obstacle(
                "Nothing to measure on yet: put some scenes or images into validation first.",
                Some(("Go to Split", Page::Split)),
            );
        }
        if self.train == 0 {
            return obstacle(
                "Nothing to train on: every scene is in validation, or rejected.",
                Some(("Go to Split", Page::Split)),
            );
        }
        let leakage = self.leakage();
        if leakage.is_leaking() && !self.allows_leaks {
            return obstacle(
                &format!(
                    "{}, so the accuracy would say nothing of other scenes.",
                    capitalized(&leakage.to_string())
                ),
                Some(("Go to Split", Page::Split)),
            );
        }
        None
    }
}
