//! Runs as another process would have written them: run.toml and the lines of metrics.jsonl.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "each test binary uses its own part of this"
)]

use std::io::Write as _;
use std::path::Path;

use cutting_room::catalog::{Catalog, Edit};
use cutting_room::dataset::split::{self, Split};
use cutting_room::project::Project;
use cutting_room::run::RunInfo;
use cutting_room::run::config::TrainConfig;
use cutting_room::run::event::TrainEvent;
use cutting_room::run::preset::Preset;

/// Puts a proposed half of the scenes into validation.
pub fn suggest_split(root: &Path) {
    let mut catalog = Catalog::open(&Project::open(root).unwrap()).unwrap();
    let scenes = split::suggest(&catalog.snapshot().unwrap(), 0.5, 0);
    catalog.apply(&Edit::SetValidScenes { scenes }).unwrap();
}

/// Of the project as it is split now; a stand-in where it is not.
fn split_hash(root: &Path) -> String {
    let project = Project::open(root).unwrap();
    let snapshot = Catalog::open_read_only(&project)
        .unwrap()
        .snapshot()
        .unwrap();
    Split::of(&snapshot).map_or_else(|_| "0123456789abcdef".to_owned(), |split| split.hash)
}

pub fn write_run(root: &Path, id: &str, events: &[TrainEvent]) {
    write_run_with(root, id, events, |_| ());
}

/// With its description changed.
pub fn write_run_with(
    root: &Path,
    id: &str,
    events: &[TrainEvent],
    change: impl FnOnce(&mut RunInfo),
) {
    let dir = Project::open(root).unwrap().run_dir(id);
    std::fs::create_dir_all(&dir).unwrap();
    let mut info = RunInfo {
        id: id.to_owned(),
        started: 1_790_000_000,
        process: 1,
        program: "cutting-room".to_owned(),
        hardware: "test".to_owned(),
        split_hash: split_hash(root),
        is_random_split: false,
        leaks: None,
        train_n: 6,
        valid_n: 6,
        classes: vec!["drakes".to_owned(), "elves".to_owned()],
        lineage: None,
        data_version: None,
        copies: 0,
        crop: None,
        contaminated: None,
        config: TrainConfig {
            epochs: 2,
            preset: Some(Preset::default()),
            ..TrainConfig::default()
        },
    };
    change(&mut info);
    std::fs::write(dir.join("run.toml"), toml::to_string(&info).unwrap()).unwrap();
    append_metrics(root, id, events);
}

/// Something where the checkpoint lies.
pub fn write_checkpoint(root: &Path, id: &str) {
    let last = Project::open(root).unwrap().run_dir(id).join("last");
    std::fs::create_dir_all(&last).unwrap();
    std::fs::write(last.join("checkpoint.safetensors"), "").unwrap();
}

pub fn append_metrics(root: &Path, id: &str, events: &[TrainEvent]) {
    let path = Project::open(root)
        .unwrap()
        .run_dir(id)
        .join("metrics.jsonl");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    for event in events {
        writeln!(file, "{}", serde_json::to_string(event).unwrap()).unwrap();
    }
}

/// Steps `from..=to` of 40, two epochs of 20 steps.
pub fn steps(from: u64, to: u64) -> Vec<TrainEvent> {
    (from..=to)
        .map(|step| TrainEvent::Step {
            epoch: 1 + ((step - 1) / 20) as u32,
            step,
            steps: 40,
            loss: 1.5 / step as f64 + if step % 3 == 0 { 0.2 } else { 0.0 },
            smooth_loss: 1.5 / step as f64 + 0.1,
            lr: 1e-3,
            images_per_sec: 42.0,
            elapsed_secs: step as f64,
        })
        .collect()
}

/// All lines of a run that ended well with `accuracy`.
pub fn finished_run(accuracy: f64) -> Vec<TrainEvent> {
    let mut events = steps(1, 20);
    events.push(epoch(1, accuracy / 2.0));
    events.extend(steps(21, 40));
    events.extend(end(accuracy));
    events
}

pub fn epoch(epoch: u32, accuracy: f64) -> TrainEvent {
    TrainEvent::Epoch {
        epoch,
        epochs: 2,
        step: u64::from(epoch) * 20,
        train_loss: Some(0.4),
        valid_loss: 0.6,
        train_accuracy: Some(accuracy),
        accuracy,
        interval: Some([accuracy - 0.2, accuracy + 0.2]),
        valid_n: 6,
        is_best: true,
        elapsed_secs: f64::from(epoch) * 20.0,
    }
}

/// The last epoch and the last word.
pub fn end(accuracy: f64) -> [TrainEvent; 2] {
    let finished = TrainEvent::Finished {
        best_epoch: 2,
        accuracy,
        stopped: None,
        elapsed_secs: 41.0,
    };
    [epoch(2, accuracy), finished]
}
