//! Queues of runs: here, as a Slurm array, and with Ray.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::program::{Scratch, with_two_films};
use crate::python::python_with;

const AXES: [&str; 10] = [
    "--seeds",
    "0,1",
    "--rates",
    "1e-4,1e-2",
    "--epochs",
    "1",
    "--size",
    "64",
    "--batch",
    "8",
];

fn split() -> Scratch {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.3", "--seed", "1"]);
    scratch
}

fn sweep(scratch: &Scratch) -> (Value, String) {
    let sweep = ["sweep", "project", "--json"];
    let done = scratch.ok(sweep.iter().chain(&AXES));
    (done.json(), done.stderr)
}

fn statuses(table: &Value) -> Vec<&str> {
    let settings = table["settings"].as_array().unwrap().iter();
    let runs = settings.flat_map(|setting| setting["runs"].as_array().unwrap());
    runs.map(|run| run["status"].as_str().unwrap()).collect()
}

fn count_runs(scratch: &Scratch, project: &str) -> usize {
    let runs = scratch.json(["runs", project, "--json"]);
    runs["runs"].as_array().unwrap().len()
}

#[test]
fn a_sweep_trains_every_combination_once_and_calls_none_best_within_noise() {
    let scratch = split();
    let (table, said) = sweep(&scratch);
    assert_eq!(statuses(&table), ["done"; 4], "{table}");
    assert_eq!(
        said.lines().filter(|line| line.starts_with("run ")).count(),
        4
    );
    let settings = table["settings"].as_array().unwrap();
    assert_eq!(settings.len(), 2);
    for setting in settings {
        assert!(setting["accuracy"].as_f64().is_some(), "{setting}");
        assert_eq!(setting["interval"].as_array().unwrap().len(), 2);
        assert_eq!(setting["runs"].as_array().unwrap().len(), 2);
    }
    let verdict = table["verdict"].as_str().unwrap();
    // Two validation scenes or so say nothing about either.
    assert!(table["best"].is_null(), "{verdict}");
    assert!(
        verdict.contains("too few scenes") || verdict.contains("within noise"),
        "{verdict}"
    );

    let (again, said) = sweep(&scratch);
    assert_eq!(again, table, "{said}");
    assert!(
        said.contains("4 of 4") && said.contains("is done"),
        "{said}"
    );
    assert_eq!(count_runs(&scratch, "project"), 4);

    // One more seed is one more round.
    let more = ["sweep", "project", "--json", "--seeds", "0,1,2"];
    let more = scratch.json(more.iter().chain(&AXES[2..]));
    assert_eq!(statuses(&more).len(), 6);
    assert_eq!(count_runs(&scratch, "project"), 6);
}

#[test]
fn what_is_wrong_with_one_training_is_said_before_the_first_begins() {
    let scratch = split();
    let said = scratch.fails([
        "sweep",
        "project",
        "--nets",
        "efficientnet-lite0,resnet18",
        "--epochs",
        "1",
    ]);
    assert!(
        said.contains("ResNet-18") && said.contains("--weights"),
        "{said}"
    );
    assert_eq!(count_runs(&scratch, "project"), 0);
}

/// Stands in for Slurm: does each task of the array in turn, in the folder that it was sent from.
const SBATCH: &str = r#"#!/bin/bash
set -eu
last=$(sed -n 's/^#SBATCH --array=1-//p' "$1")
for task in $(seq 1 "$last"); do
    SLURM_ARRAY_TASK_ID=$task SLURM_SUBMIT_DIR=$PWD bash "$1"
done
"#;

#[cfg(unix)]
#[test]
fn a_slurm_array_trains_the_sweep_and_the_same_sweep_compares_what_came_back() {
    let scratch = split();
    let export = ["sweep", "project", "--slurm", "job"];
    let told = scratch.ok(export.iter().chain(&AXES));
    assert!(told.stdout.starts_with("4 trainings"), "{told:#?}");
    assert_eq!(count_runs(&scratch, "project"), 0);
    let job = scratch.path("job");
    let text = fs::read_to_string(job.join("job.sbatch")).unwrap();
    assert!(text.contains("#SBATCH --array=1-4\n"), "{text}");
    let bash = |arguments: &[&str]| {
        let output = Command::new("bash")
            .args(arguments)
            .current_dir(&job)
            .env("CUTTING_ROOM", env!("CARGO_BIN_EXE_cutting-room"))
            .env("HOME", scratch.path(""))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    bash(&["-n", "job.sbatch"]);
    let sbatch = scratch.path("sbatch");
    fs::write(&sbatch, SBATCH).unwrap();
    bash(&[sbatch.to_str().unwrap(), "job.sbatch"]);
    let back = scratch.json(["import-run", "project", "job", "--json"]);
    assert_eq!(back["imported"].as_array().unwrap().len(), 4, "{back}");
    let (table, said) = sweep(&scratch);
    assert_eq!(statuses(&table), ["done"; 4], "{table}");
    assert_eq!(
        said.lines().filter(|line| line.starts_with("run ")).count(),
        0,
        "{said}"
    );
    assert_eq!(count_runs(&scratch, "project"), 4);
}

#[test]
fn ray_trains_the_sweep_with_two_workers_and_compares_it() {
    let Some(python) = python_with(&["ray"]) else {
        return;
    };
    let scratch = split();
    let export = ["sweep", "project", "--slurm", "job"];
    scratch.ok(export.iter().chain(&AXES));
    let output = Command::new(&python)
        .arg(scratch.path("job/sweep_ray.py"))
        .args(["--workers", "2", "--json", "--program"])
        .arg(env!("CARGO_BIN_EXE_cutting-room"))
        .env("HOME", scratch.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let table: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(statuses(&table), ["done"; 4], "{said}");
    assert_eq!(table["settings"].as_array().unwrap().len(), 2);
    assert_eq!(count_runs(&scratch, "job"), 4);
}
