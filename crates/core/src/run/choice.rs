//! Which run stands for the best one, and which one stage 2 starts from, wherever the person has not said.

use super::lineage::{LineImages, line_images};
use super::log::{RunLog, RunStatus};
use crate::dataset::Split;
use crate::model::Arch;

/// The most accurate run on validation; one with a [`super::caveat::Caveat`] only if there is no other. The newest of
/// equals.
pub fn best_run<'a>(runs: impl IntoIterator<Item = &'a RunLog>) -> Option<&'a RunLog> {
    runs.into_iter()
        .filter(|run| has_weights(run))
        .max_by(|a, b| {
            let by_honesty = a.is_honest().cmp(&b.is_honest());
            let by_measure = is_whole(a).cmp(&is_whole(b));
            by_honesty
                .then(by_measure)
                .then(accuracy(a).total_cmp(&accuracy(b)))
        })
}

/// What is to be said of a run that came out below the one that it started from, on the same validation images: that one
/// stays the best, see [`best_run`]. `None` if it did not.
pub fn below_its_start<'a>(
    run: &RunLog,
    runs: impl IntoIterator<Item = &'a RunLog>,
) -> Option<String> {
    let from = run.info.config.from.as_ref()?;
    let start = runs.into_iter().find(|start| start.info.id == *from)?;
    let is_same_split = start.info.split_hash == run.info.split_hash;
    let (before, after) = (start.best_accuracy()?, run.best_accuracy()?);
    let are_whole = is_whole(start) && is_whole(run);
    (is_same_split && are_whole && before > after).then(|| {
        format!(
            "with {:.1} % of validation right it is below the {:.1} % of {}, which it started from: that one stays the best; a lower learning rate, fewer epochs or more images may help",
            after * 100.0,
            before * 100.0,
            start.info.id
        )
    })
}

/// Runs that another run of `arch` can start from: they have weights, and nothing changes these any more.
pub fn can_start_from(run: &RunLog, arch: Arch) -> bool {
    run.info.config.arch == arch && run.status != RunStatus::Running && has_weights(run)
}

/// The run that stage 2 of `arch` on `split` starts from: a stage-1 run of the same classes that was trained on none of the
/// validation images, itself or by its line. One that was measured on all of its validation images before others, one of the
/// same split before those of others, then the most accurate, the newest of equals. Reads what runs of other splits were trained on.
pub fn starting_run<'a>(
    runs: impl IntoIterator<Item = &'a RunLog>,
    arch: Arch,
    split: &Split,
) -> Option<&'a RunLog> {
    let mut heads: Vec<&RunLog> = heads(runs, arch).collect();
    heads.sort_by(|a, b| {
        let by_measure = is_whole(a).cmp(&is_whole(b));
        let by_split = is_of(a, split).cmp(&is_of(b, split));
        by_measure
            .then(by_split)
            .then(accuracy(a).total_cmp(&accuracy(b)))
    });
    let mut best_first = heads.into_iter().rev();
    best_first.find(|run| is_clean(run, split))
}

/// Why [`starting_run`] finds none, and what to do.
pub fn no_starting_run<'a>(
    runs: impl IntoIterator<Item = &'a RunLog>,
    arch: Arch,
    split: &Split,
) -> String {
    let mut heads = heads(runs, arch).peekable();
    let arch = arch.title();
    if heads.peek().is_none() {
        return format!(
            "stage 2 starts from a stage-1 run, and there is none of {arch} with weights yet; train stage 1 first"
        );
    }
    let what = if heads.any(|run| is_of(run, split)) {
        "the ones of this split were trained on validation images"
    } else {
        "there are only ones of other splits, which were or may have been trained on images that are in validation now, or know other classes"
    };
    format!(
        "stage 2 starts from a stage-1 run of {arch} that was trained on no validation image, and {what}; train stage 1 again, or name the run to start from"
    )
}

fn heads<'a>(
    runs: impl IntoIterator<Item = &'a RunLog>,
    arch: Arch,
) -> impl Iterator<Item = &'a RunLog> {
    runs.into_iter()
        .filter(move |run| run.info.config.stage == 1 && can_start_from(run, arch))
}

/// Runs on a random split share its hash only with one another.
fn is_of(run: &RunLog, split: &Split) -> bool {
    run.info.split_hash == split.hash
}

fn is_clean(run: &RunLog, split: &Split) -> bool {
    if is_of(run, split) {
        return run.contaminated == Some(0);
    }
    let valid = split.valid_contents.iter().copied().map(Some);
    run.info.classes == split.classes
        && match line_images(&run.dir, &run.info) {
            LineImages::Listed(list) => list.count_in(valid, &split.pixels) == 0,
            LineImages::TrainingSideOf(_) | LineImages::Unknown => false,
        }
}

/// Whether its accuracy is of all of its validation images.
fn is_whole(run: &RunLog) -> bool {
    run.unmeasured().is_none()
}

/// The weights of an epoch are written before its row.
fn has_weights(run: &RunLog) -> bool {
    run.best_accuracy().is_some()
}

fn accuracy(run: &RunLog) -> f64 {
    run.best_accuracy().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::catalog::ContentHash;
    use crate::catalog::query::SplitMode;
    use crate::run::config::TrainConfig;
    use crate::run::event::TrainEvent;
    use crate::run::{RunInfo, files};

    /// A finished stage-1 run of the default architecture, honest, on split `a`.
    fn run(root: &Path, accuracy: f64, change: impl FnOnce(&mut RunInfo)) -> RunLog {
        let id = format!("run-{}", std::fs::read_dir(root).unwrap().count());
        let dir = root.join(&id);
        std::fs::create_dir(&dir).unwrap();
        let mut info = RunInfo {
            id,
            started: 1,
            process: 1,
            program: String::new(),
            hardware: String::new(),
            split_hash: "a".into(),
            is_random_split: false,
            leaks: None,
            train_n: 2,
            valid_n: 2,
            classes: vec!["x".into(), "y".into()],
            lineage: Some(Vec::new()),
            data_version: None,
            copies: 0,
            crop: None,
            contaminated: Some(0),
            config: TrainConfig::default(),
        };
        change(&mut info);
        info.write(&dir).unwrap();
        let epoch = TrainEvent::Epoch {
            epoch: 1,
            epochs: 1,
            step: 1,
            train_loss: Some(1.0),
            valid_loss: 1.0,
            train_accuracy: None,
            accuracy,
            interval: None,
            valid_n: 2,
            is_best: true,
            elapsed_secs: 1.0,
        };
        let line = serde_json::to_string(&epoch).unwrap() + "\n";
        std::fs::write(files::metrics(&dir), line).unwrap();
        RunLog::open(&dir).unwrap()
    }

    /// Its validation images have the contents `valid`.
    fn split(hash: &str, valid: &[&str]) -> Split {
        Split {
            classes: vec!["x".into(), "y".into()],
            train: Vec::new(),
            valid: Vec::new(),
            valid_contents: valid
                .iter()
                .map(|text| ContentHash::of(text.as_bytes()))
                .collect(),
            twins: Vec::new(),
            mode: SplitMode::Scenes,
            hash: hash.to_owned(),
            pixels: std::sync::Arc::default(),
            crops: None,
            copies: Vec::new(),
        }
    }

    fn start<'a>(runs: &'a [RunLog], hash: &str) -> Option<&'a str> {
        let found = starting_run(runs, Arch::default(), &split(hash, &["v"]))?;
        Some(found.info.id.as_str())
    }

    #[test]
    fn stage_2_starts_from_the_most_accurate_stage_1_run_of_its_architecture() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let runs = [
            run(root, 0.8, |_| ()),
            run(root, 0.9, |_| ()),
            run(root, 0.7, |_| ()),
            run(root, 1.0, |info| info.config.stage = 2),
            run(root, 1.0, |info| info.config.arch = Arch::Resnet18),
        ];
        assert_eq!(start(&runs, "a"), Some("run-1"));
        assert_eq!(start(&runs[3..], "a"), None);
        let best = best_run(&runs).unwrap();
        assert_eq!(best.info.id, "run-4", "the newest of equals");
    }

    #[test]
    fn only_clean_runs_on_the_same_split_are_a_start_and_flattered_ones_come_last() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let runs = [
            run(root, 0.6, |_| ()),
            run(root, 0.9, |info| info.split_hash = "b".into()),
            run(root, 1.0, |info| {
                info.split_hash = "c".into();
                info.is_random_split = true;
            }),
            run(root, 1.0, |info| info.contaminated = Some(1)),
        ];
        assert_eq!(start(&runs, "a"), Some("run-0"));
        assert_eq!(start(&runs, "c"), Some("run-2"));
        assert_eq!(start(&runs, "none"), None);
        assert_eq!(best_run(&runs).unwrap().info.id, "run-1");
        assert_eq!(best_run(&runs[2..]).unwrap().info.id, "run-3");
        let why =
            |runs: &[RunLog], hash| no_starting_run(runs, Arch::default(), &split(hash, &["v"]));
        assert!(why(&runs, "none").contains("only ones of other splits"));
        assert!(why(&runs[3..], "a").contains("trained on validation images"));
        assert!(why(&[], "a").contains("none of"));
    }

    #[test]
    fn a_run_of_another_split_is_a_start_if_it_saw_none_of_the_validation_images() {
        let folder = tempfile::tempdir().unwrap();
        let runs = [run(folder.path(), 0.6, |_| ())];
        let trained_on = ContentHash::of(b"t").to_string() + "\n";
        std::fs::write(files::trained_on(&runs[0].dir), trained_on).unwrap();
        let start = |split: &Split| {
            let found = starting_run(&runs, Arch::default(), split);
            found.map(|run| run.info.id.as_str())
        };
        assert_eq!(start(&split("b", &["v"])), Some("run-0"));
        assert_eq!(start(&split("b", &["v", "t"])), None);
        let mut others = split("b", &["v"]);
        others.classes.push("z".into());
        assert_eq!(start(&others), None);
    }

    #[test]
    fn a_stage_2_below_its_start_says_so_and_the_start_stays_the_best() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let from = |id: &str| {
            let id = id.to_owned();
            move |info: &mut RunInfo| {
                info.config.stage = 2;
                info.config.from = Some(id);
            }
        };
        let runs = [
            run(root, 0.6, |_| ()),
            run(root, 0.5, from("run-0")),
            run(root, 0.6, from("run-0")),
            run(root, 0.5, |info| {
                from("run-0")(info);
                info.split_hash = "b".into();
            }),
        ];
        let text = below_its_start(&runs[1], &runs).unwrap();
        assert!(
            text.contains("50.0 %") && text.contains("60.0 % of run-0"),
            "{text}"
        );
        assert_eq!(best_run(&runs[..2]).unwrap().info.id, "run-0");
        for run in [&runs[0], &runs[2], &runs[3]] {
            assert_eq!(below_its_start(run, &runs), None);
        }
    }

    #[test]
    fn a_run_that_could_not_read_some_validation_images_is_neither_best_nor_a_start() {
        let folder = tempfile::tempdir().unwrap();
        // Its epoch was measured on two.
        let partial = run(folder.path(), 0.9, |info| info.valid_n = 3);
        let runs = [partial, run(folder.path(), 0.6, |_| ())];
        assert_eq!(runs[0].caveats()[0].short(), "2 of 3 measured");
        assert_eq!(best_run(&runs).unwrap().info.id, "run-1");
        assert_eq!(start(&runs, "a"), Some("run-1"));
        assert_eq!(start(&runs[..1], "a"), Some("run-0"), "there is no other");
    }

    #[test]
    fn a_run_without_an_epoch_or_still_running_is_no_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut running = run(folder.path(), 0.9, |_| ());
        running.status = RunStatus::Running;
        let mut fresh = run(folder.path(), 0.9, |_| ());
        fresh.events = std::sync::Arc::default();
        assert_eq!(start(&[running, fresh], "a"), None);
    }
}
