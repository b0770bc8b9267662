//! Killed or cancelled in the middle: the project opens again, nothing is lost but the unfinished step.
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use crate::program::{Answer, Scratch, kill, sample, with_two_films};

/// Waits for something on disk; how long it takes is the machine's business.
fn until(what: &str, child: &mut Child, is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "ended before {what}");
        sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| {
        entries
            .filter(|entry| {
                let path = entry.as_ref().unwrap().path();
                path.extension().is_some_and(|extension| extension == "jpg")
            })
            .count()
    })
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// A film that takes long enough to be interrupted: the sample's one, many times over.
fn long_film(scratch: &Scratch) {
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-stream_loop", "11", "-i"])
        .arg(sample("films/elves.mp4"))
        .args(["-c", "copy"])
        .arg(scratch.path("elves.mp4"))
        .status()
        .unwrap();
    assert!(made.success());
}

const IMPORT: [&str; 5] = ["import-film", "project", "elves.mp4", "--every", "3"];

#[test]
fn an_import_killed_half_way_is_completed_by_the_next() {
    let scratch = Scratch::with_project();
    long_film(&scratch);
    let mut child = scratch.start(IMPORT);
    until("frames", &mut child, || {
        count_all(&scratch.path("project/frames")) > 20
    });
    kill(child);
    scratch.ok(["scenes", "project"]);
    let again = scratch.json(IMPORT.into_iter().chain(["--json"]));
    let total = 904 * 12 / 3;
    assert_eq!(again["imported"][0]["added"], total, "{again}");
    assert_eq!(count(&scratch.path("project/frames/elves")), total);
}

/// Also in half-made folders beside the final one.
fn count_all(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let folders = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    folders.map(|folder| count(&folder)).sum::<usize>()
}

#[test]
fn ctrl_c_cancels_an_import_with_130() {
    let scratch = Scratch::with_project();
    long_film(&scratch);
    let mut child = scratch.start(IMPORT);
    until("frames", &mut child, || {
        count_all(&scratch.path("project/frames")) > 20
    });
    signal(&child, "INT");
    let answer = Answer::from(child.wait_with_output().unwrap());
    assert_eq!(answer.code, Some(130), "{answer:#?}");
    assert_eq!(answer.stderr.matches("cancelled").count(), 1, "{answer:#?}");
    scratch.ok(["scenes", "project"]);
}

const TRAIN: [&str; 8] = [
    "train", "project", "--epochs", "40", "--size", "96", "--batch", "8",
];

/// A training under way: its id, after its first epoch.
fn training(scratch: &Scratch) -> (Child, String) {
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    let mut child = scratch.start(TRAIN);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let id = lines
        .by_ref()
        .map(|line| line.unwrap())
        .find_map(|line| line.strip_prefix("run ").map(str::to_owned))
        .unwrap();
    for line in lines.by_ref() {
        if line.unwrap().starts_with("epoch 1 ") {
            break;
        }
    }
    // The rest must be read, or the program would wait for room in the pipe.
    std::thread::Builder::new()
        .spawn(move || lines.count())
        .unwrap();
    (child, id)
}

fn status(scratch: &Scratch, id: &str) -> String {
    let runs = scratch.json(["runs", "project", "--json"]);
    let runs = runs["runs"].as_array().unwrap().clone();
    let run = runs.iter().find(|run| run["id"] == id).unwrap();
    run["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_killed_training_keeps_its_best_weights() {
    let scratch = with_two_films();
    let (child, id) = training(&scratch);
    assert_eq!(status(&scratch, &id), "running");
    kill(child);
    assert_eq!(status(&scratch, &id), "interrupted");
    let evaluation = scratch.json(["evaluate", "project", &id, "--json"]);
    assert!(evaluation["n"].as_u64().unwrap() > 0);
    let next = scratch.ok([
        "train", "project", "--stage", "2", "--from", &id, "--epochs", "1", "--size", "96",
    ]);
    assert_eq!(status(&scratch, next.stdout.trim()), "finished");
}

#[test]
fn ctrl_c_ends_a_training_with_130_its_best_weights_and_a_state_of_its_own() {
    let scratch = with_two_films();
    let (mut child, id) = training(&scratch);
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(status(&scratch, &id), "cancelled");
    scratch.ok(["evaluate", "project", &id]);
    scratch.ok(["resume", "project", &id]);
    assert_eq!(status(&scratch, &id), "finished");
}

#[test]
fn training_goes_on_beside_an_open_project() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    let project = cutting_room::project::Project::open(&scratch.path("project")).unwrap();
    let _catalog = cutting_room::catalog::Catalog::open(&project).unwrap();
    scratch.ok(["train", "project", "--epochs", "1", "--size", "96"]);
}
