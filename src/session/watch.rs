//! Keeps the logs of all runs up to date, whoever writes them: the window shows a run of the command line as it goes.
//!
//! A thread lists the folder and reads the logs; the window's own never waits for the disk.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::Result;
use crate::jobs::Waker;
use crate::jobs::watcher::Watcher;
use crate::project::Project;
use crate::run::{RunLog, list};

/// Looking costs a folder listing and some file sizes a run.
const INTERVAL: Duration = Duration::from_millis(250);
/// When a job has ended, how it ended should be known to those who are told; a disk that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the thread saw and nobody has taken yet.
type News = Arc<Mutex<Option<Result<Vec<RunLog>>>>>;

pub(super) struct RunWatch {
    runs: Vec<RunLog>,
    news: News,
    watcher: Watcher,
}

impl RunWatch {
    /// Looks at once; from then on `waker` is called when a run appears, goes or grows.
    ///
    /// # Errors
    /// `Io` if the runs' folder cannot be listed or the system gives no more threads.
    pub fn new(project: &Project, waker: Waker) -> Result<Self> {
        Self::with_interval(project, waker, INTERVAL)
    }

    fn with_interval(project: &Project, waker: Waker, interval: Duration) -> Result<Self> {
        let mut reader = Reader {
            project: project.clone(),
            runs: Vec::new(),
            complaint: None,
        };
        reader.look()?;
        let runs = reader.runs.clone();
        let news = News::default();
        let theirs = Arc::clone(&news);
        let watcher = Watcher::new("watch runs", interval, waker, move || {
            let Some(seen) = reader.news() else {
                return false;
            };
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            true
        })?;
        Ok(Self {
            runs,
            news,
            watcher,
        })
    }

    /// Oldest first.
    pub fn runs(&self) -> &[RunLog] {
        &self.runs
    }

    /// Takes over what was seen. `now`: looks first, as far as that is quick.
    ///
    /// # Errors
    /// `Io`, once, if the runs' folder cannot be listed any more.
    pub fn follow(&mut self, now: bool) -> Result<()> {
        if now {
            self.watcher.look_now(PATIENCE);
        }
        let news = self
            .news
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(runs) = news {
            self.runs = runs?;
        }
        Ok(())
    }
}

/// The thread's side.
struct Reader {
    project: Project,
    runs: Vec<RunLog>,
    /// Said once.
    complaint: Option<String>,
}

impl Reader {
    /// `None` if all is as before.
    fn news(&mut self) -> Option<Result<Vec<RunLog>>> {
        match self.look() {
            Ok(is_changed) => {
                self.complaint = None;
                is_changed.then(|| Ok(self.runs.clone()))
            }
            Err(error) => {
                let complaint = Some(error.to_string());
                let is_new = complaint != self.complaint;
                self.complaint = complaint;
                is_new.then_some(Err(error))
            }
        }
    }

    /// Whether anything has changed. A run whose files cannot be read (yet) is left out and tried again.
    fn look(&mut self) -> Result<bool> {
        let ids = list(&self.project)?;
        let before: Vec<String> = self.runs.iter().map(|run| run.info.id.clone()).collect();
        let mut known = std::mem::take(&mut self.runs);
        let mut has_grown = false;
        for id in ids {
            match known.iter().position(|run| run.info.id == id) {
                Some(at) => {
                    let mut run = known.swap_remove(at);
                    if let Ok(is_changed) = run.refresh() {
                        has_grown |= is_changed;
                        self.runs.push(run);
                    }
                }
                None => (self.runs).extend(RunLog::open(&self.project.run_dir(&id)).ok()),
            }
        }
        let after = self.runs.iter().map(|run| &run.info.id);
        Ok(has_grown || !before.iter().eq(after))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::run::RunInfo;
    use crate::run::config::TrainConfig;

    fn save_run(project: &Project, id: &str) {
        let info = RunInfo {
            id: id.to_owned(),
            started: 0,
            process: 1,
            program: "cutting-room".to_owned(),
            hardware: "here".to_owned(),
            split_hash: "0".to_owned(),
            is_random_split: false,
            leaks: None,
            train_n: 10,
            copies: 0,
            crop: None,
            data_version: None,
            valid_n: 5,
            classes: vec!["elves".to_owned()],
            lineage: None,
            contaminated: None,
            config: TrainConfig::default(),
        };
        let dir = project.run_dir(id);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("run.toml"), toml::to_string(&info).unwrap()).unwrap();
    }

    fn ids(watch: &RunWatch) -> Vec<&str> {
        let runs = watch.runs().iter();
        runs.map(|run| run.info.id.as_str()).collect()
    }

    /// The folder is gone when the window takes over what was seen, so it does not look itself.
    #[test]
    fn what_the_thread_saw_is_taken_over_without_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("films")).unwrap();
        let never = Duration::from_hours(1);
        let mut watch = RunWatch::with_interval(&project, Arc::new(|| ()), never).unwrap();
        save_run(&project, "20261123-101500-s1");
        watch.follow(false).unwrap();
        assert!(watch.runs().is_empty(), "only the thread looks");
        watch.watcher.look_now(Duration::from_secs(10));
        std::fs::remove_dir_all(project.runs_dir()).unwrap();
        watch.follow(false).unwrap();
        assert_eq!(ids(&watch), ["20261123-101500-s1"]);
    }

    #[test]
    fn a_run_that_appears_grows_and_goes_is_noticed_and_wakes_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("films")).unwrap();
        let (wake, is_woken) = crossbeam_channel::unbounded();
        let waker: Waker = Arc::new(move || {
            let _ = wake.send(());
        });
        let brief = Duration::from_millis(1);
        let mut watch = RunWatch::with_interval(&project, waker, brief).unwrap();
        let mut wait = |what: &str, is_there: &dyn Fn(&RunWatch) -> bool| {
            let began = Instant::now();
            while !is_there(&watch) {
                assert!(began.elapsed() < Duration::from_secs(10), "{what}");
                let _ = is_woken.recv_timeout(Duration::from_secs(10));
                watch.follow(false).unwrap();
            }
        };
        let id = "20261123-101500-s1";
        save_run(&project, id);
        wait("appears", &|watch| ids(watch) == [id]);
        let metrics = project.run_dir(id).join("metrics.jsonl");
        std::fs::write(metrics, "{\"kind\":\"cancelled\"}\n").unwrap();
        wait("grows", &|watch| watch.runs()[0].events.len() == 1);
        std::fs::remove_dir_all(project.run_dir(id)).unwrap();
        wait("goes", &|watch| watch.runs().is_empty());
    }
}
