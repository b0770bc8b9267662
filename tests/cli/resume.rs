//! A run that was killed and resumed is identical to one that was not.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use cutting_room::rng::Stream;
use serde_json::Value;

use crate::program::{Scratch, kill, sample, with_two_films};

/// Small images and a checkpoint after every batch, so that kills land everywhere.
const SHORT: [&str; 6] = ["--size", "64", "--batch", "8", "--checkpoint-secs", "0"];

fn two_films_split() -> Scratch {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    scratch
}

fn run_dir(scratch: &Scratch, id: &str) -> PathBuf {
    scratch.path("project/runs").join(id)
}

fn metrics(scratch: &Scratch, id: &str) -> String {
    fs::read_to_string(run_dir(scratch, id).join("metrics.jsonl")).unwrap_or_default()
}

/// All rows without what depends on the clock.
fn rows(scratch: &Scratch, id: &str) -> Vec<Value> {
    metrics(scratch, id)
        .lines()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            let fields = row.as_object_mut().unwrap();
            fields.remove("elapsed_secs");
            fields.remove("images_per_sec");
            row
        })
        .collect()
}

fn best(scratch: &Scratch, id: &str) -> Vec<u8> {
    fs::read(run_dir(scratch, id).join("best.safetensors")).unwrap()
}

fn run_ids(scratch: &Scratch) -> Vec<String> {
    let mut ids: Vec<String> = fs::read_dir(scratch.path("project/runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    ids.sort();
    ids
}

fn is_finished(scratch: &Scratch, id: &str) -> bool {
    metrics(scratch, id).contains("\"finished\"")
}

/// Starts the command and kills it as soon as `lines` rows are written.
fn kill_at(
    scratch: &Scratch,
    arguments: &[&str],
    threads: &str,
    id: Option<&str>,
    lines: usize,
) -> String {
    let before = run_ids(scratch);
    let mut child = scratch
        .command(arguments)
        .env("RAYON_NUM_THREADS", threads)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let id = id.map_or_else(|| new_run(scratch, &before, &mut child), str::to_owned);
    for _ in 0..30_000 {
        if metrics(scratch, &id).lines().count() >= lines {
            break;
        }
        sleep(Duration::from_millis(1));
    }
    kill(child);
    assert!(!is_finished(scratch, &id), "killed after its last word");
    id
}

fn new_run(scratch: &Scratch, before: &[String], child: &mut Child) -> String {
    for _ in 0..30_000 {
        let new = run_ids(scratch).into_iter().find(|id| !before.contains(id));
        if let Some(id) = new {
            return id;
        }
        assert!(child.try_wait().unwrap().is_none(), "ended without a run");
        sleep(Duration::from_millis(1));
    }
    panic!("no run appeared");
}

fn train(scratch: &Scratch, arguments: &[&str], threads: &str) -> String {
    let output = scratch
        .command(arguments)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:#?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Kills the run at several random rows, each time with another number of threads, and lets it end at last.
fn interrupted(scratch: &Scratch, arguments: &[&str], whole: &str, seed: u64) -> String {
    let count = rows(scratch, whole).len();
    let mut stream = Stream::new(seed, &[]);
    // Not among the last rows, so that none of them ends before it is killed.
    let mut at: Vec<usize> = (0..3).map(|_| 1 + stream.below(2 * count / 3)).collect();
    at.sort_unstable();
    let id = kill_at(scratch, arguments, "3", None, at[0]);
    for (lines, threads) in [(at[1], "1"), (at[2], "2")] {
        let resume = ["resume", "project", &id];
        kill_at(scratch, &resume, threads, Some(&id), lines);
    }
    let said = train(scratch, &["resume", "project", &id], "1");
    assert_eq!(said, id, "the run's id is the answer");
    id
}

fn assert_same(scratch: &Scratch, one: &str, other: &str) {
    let (expected, found) = (rows(scratch, one), rows(scratch, other));
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(expected, found);
    }
    assert_eq!(expected.len(), found.len());
    assert!(
        best(scratch, one) == best(scratch, other),
        "best weights differ"
    );
}

#[test]
fn a_killed_and_resumed_run_equals_an_uninterrupted_one() {
    let scratch = two_films_split();
    let head = [&["train", "project", "--epochs", "3"][..], &SHORT].concat();
    let whole = train(&scratch, &head, "2");
    let pieces = interrupted(&scratch, &head, &whole, 1);
    assert_same(&scratch, &whole, &pieces);

    let fine = [
        &[
            "train", "project", "--stage", "2", "--from", &whole, "--epochs", "2",
        ][..],
        &SHORT,
    ]
    .concat();
    let whole = train(&scratch, &fine, "1");
    let pieces = interrupted(&scratch, &fine, &whole, 2);
    assert_same(&scratch, &whole, &pieces);
}

/// Frames of one shape and portraits of others, in one batch.
#[test]
fn images_of_several_shapes_resume_as_exactly_and_go_through_every_command() {
    let scratch = two_films_split();
    scratch.ok([
        "import-images".into(),
        "project".into(),
        sample("portraits"),
        "--source".into(),
        "drawn".into(),
    ]);
    let keep = ["--fit", "keep"];
    let head = [&["train", "project", "--epochs", "3"][..], &SHORT, &keep].concat();
    let whole = train(&scratch, &head, "2");
    let fine = [
        &[
            "train", "project", "--stage", "2", "--from", &whole, "--epochs", "2",
        ][..],
        &SHORT,
        &keep,
    ]
    .concat();
    let whole = train(&scratch, &fine, "1");
    let pieces = interrupted(&scratch, &fine, &whole, 3);
    assert_same(&scratch, &whole, &pieces);

    let measured = scratch.json(["evaluate", "project", &whole, "--set", "train", "--json"]);
    assert!(measured["n"].as_u64().unwrap() > 0);
    let frames = fs::read_dir(scratch.path("project/frames/elves")).unwrap();
    let frame = frames.map(|entry| entry.unwrap().path()).min().unwrap();
    let frame = frame.to_str().unwrap();
    scratch.json(["predict", "project", &whole, frame, "--json"]);
    for method in ["grad-cam", "guided-grad-cam"] {
        let explain = ["explain", "project", &whole, frame, "--method", method];
        scratch.ok([&explain[..], &["--out", "map.png", "--raw", "map.npy"]].concat());
    }
    // 480 x 270 pixels, seen as 96 x 64 where a square would be 64 x 64.
    let map = fs::read(scratch.path("map.npy")).unwrap();
    let header = String::from_utf8_lossy(&map[..128]).into_owned();
    assert!(!header.contains("(2, 2)"), "{header}");
}

#[test]
fn the_posts_recipe_with_dropout_and_augmented_looks_resumes_as_exactly() {
    let scratch = two_films_split();
    let head = [
        &["train", "project", "--preset", "fastai", "--epochs", "2"][..],
        &SHORT,
    ]
    .concat();
    let whole = train(&scratch, &head, "2");
    let pieces = interrupted(&scratch, &head, &whole, 3);
    assert_same(&scratch, &whole, &pieces);
    let fine = [
        &[
            "train", "project", "--stage", "2", "--from", &whole, "--epochs", "1",
        ][..],
        &SHORT,
    ]
    .concat();
    let whole = train(&scratch, &fine, "2");
    let pieces = interrupted(&scratch, &fine, &whole, 4);
    assert_same(&scratch, &whole, &pieces);
}

#[test]
fn rows_after_the_last_checkpoint_are_written_again_and_a_torn_one_does_no_harm() {
    let scratch = two_films_split();
    // Checkpoints at the ends of epochs only, so that many rows stand behind the last one.
    let rare = [
        "train", "project", "--epochs", "40", "--size", "64", "--batch", "8",
    ];
    let whole = train(&scratch, &rare, "2");
    let lines_an_epoch = rows(&scratch, &whole).len() / 40;
    let id = kill_at(&scratch, &rare, "2", None, 5 * lines_an_epoch / 2);
    let path = run_dir(&scratch, &id).join("metrics.jsonl");
    let torn = metrics(&scratch, &id) + "{\"kind\":\"step\",\"epo";
    fs::write(&path, torn).unwrap();
    train(&scratch, &["resume", "project", &id], "2");
    assert_same(&scratch, &whole, &id);
}

#[test]
fn a_run_that_cannot_go_on_says_why_and_what_to_do() {
    let scratch = two_films_split();
    let refused = |id: &str, reason: &str| {
        let message = scratch.fails(["resume", "project", id]);
        assert!(message.contains(reason), "{message}");
    };
    refused("nonsense", "no run called");
    let head = [&["train", "project", "--epochs", "2"][..], &SHORT].concat();
    let done = train(&scratch, &head, "2");
    refused(&done, "has finished");

    let id = kill_at(&scratch, &head, "2", None, 3);
    let lock = fs::OpenOptions::new()
        .write(true)
        .open(run_dir(&scratch, &id).join(".running"))
        .unwrap();
    lock.lock().unwrap();
    refused(&id, "another process");
    drop(lock);

    let frames = scratch.path("project/frames/elves");
    let frame = fs::read_dir(frames)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = fs::read(&frame).unwrap();
    fs::write(&frame, [&bytes[..], b"more"].concat()).unwrap();
    refused(&id, "image files have changed");
    fs::write(&frame, bytes).unwrap();

    let name = frame.file_name().unwrap().to_str().unwrap();
    let path = format!("frames/elves/{name}");
    scratch.ok(["decide", "project", "--reject", "--paths", &path]);
    refused(&id, "was started on split");
    scratch.ok(["undo", "project"]);

    let info = run_dir(&scratch, &id).join("run.toml");
    let text = fs::read_to_string(&info).unwrap();
    let without: String = text
        .lines()
        .filter(|line| !line.starts_with("preset"))
        .flat_map(|line| [line, "\n"])
        .collect();
    fs::write(&info, without).unwrap();
    refused(&id, "older version");
    fs::write(&info, text).unwrap();

    train(&scratch, &["resume", "project", &id], "2");
    assert_same(&scratch, &done, &id);
}

#[test]
fn accumulated_gradients_and_averaged_weights_resume_as_exactly() {
    let scratch = two_films_split();
    let extras = ["--accumulate", "3", "--ema", "0.9", "--epochs", "2"];
    let head = [&["train", "project"][..], &SHORT, &extras].concat();
    let whole = train(&scratch, &head, "2");
    let pieces = interrupted(&scratch, &head, &whole, 5);
    assert_same(&scratch, &whole, &pieces);
    let plain = [&["train", "project", "--epochs", "2"][..], &SHORT].concat();
    let plain = train(&scratch, &plain, "2");
    assert!(best(&scratch, &plain) != best(&scratch, &whole));
}

#[test]
fn a_run_goes_on_at_another_size_in_either_stage() {
    let scratch = two_films_split();
    let at = |arguments: &[&str]| {
        let common = ["train", "project", "--epochs", "1", "--batch", "8"];
        train(&scratch, &[&common[..], arguments].concat(), "2")
    };
    let small = at(&["--size", "64"]);
    let larger = at(&["--size", "96", "--from", &small]);
    let fine = at(&["--stage", "2", "--size", "64", "--from", &larger]);
    let finer = at(&["--stage", "2", "--size", "96", "--from", &fine]);
    let head_again = at(&["--size", "96", "--from", &finer]);
    scratch.ok(["evaluate", "project", &head_again]);
    let info = fs::read_to_string(run_dir(&scratch, &finer).join("run.toml")).unwrap();
    assert!(info.contains(&format!("from = \"{fine}\"")), "{info}");
    assert!(best(&scratch, &larger) != best(&scratch, &small));
}

#[test]
fn a_run_ends_early_when_told_and_says_why() {
    let scratch = two_films_split();
    let long = [&["train", "project", "--epochs", "200"][..], &SHORT[..4]].concat();
    let patient = scratch.ok([&long[..], &["--patience", "2"]].concat());
    assert!(patient.stderr.contains("--patience"), "{patient:#?}");
    let id = patient.stdout.trim();
    let last = rows(&scratch, id).pop().unwrap();
    assert_eq!(last["stopped"], "no-better");
    let epochs = rows(&scratch, id)
        .iter()
        .filter(|row| row["kind"] == "epoch")
        .count() as u64;
    assert_eq!(epochs, last["best_epoch"].as_u64().unwrap() + 2);
    let message = scratch.fails(["resume", "project", id]);
    assert!(message.contains("has finished"), "{message}");

    let brief = scratch.ok([&long[..], &["--time-budget", "0.00001"]].concat());
    assert!(brief.stderr.contains("--time-budget"), "{brief:#?}");
    let id = brief.stdout.trim();
    assert_eq!(rows(&scratch, id).pop().unwrap()["stopped"], "time-budget");
    scratch.ok(["evaluate", "project", id]);
    scratch.ok(["resume", "project", id]);
    let steps = rows(&scratch, id)
        .iter()
        .filter(|row| row["kind"] == "step")
        .count();
    assert_eq!(steps, 2, "a run that ended so is given as much time again");
    let info = fs::read_to_string(run_dir(&scratch, id).join("run.toml")).unwrap();
    let info: toml::Table = toml::from_str(&info).unwrap();
    assert!(info["config"]["time_budget"].as_float().unwrap() > 0.00001);
}

#[test]
fn a_time_budget_counts_over_all_sittings() {
    let scratch = two_films_split();
    let brief = [
        "train",
        "project",
        "--epochs",
        "2000",
        "--time-budget",
        "0.05",
    ];
    let brief = [&brief[..], &SHORT].concat();
    let mut child = scratch.start(brief);
    let id = new_run(&scratch, &[], &mut child);
    let elapsed = || {
        let text = metrics(&scratch, &id);
        let row = text.lines().rfind(|line| line.ends_with('}'))?;
        serde_json::from_str::<Value>(row).unwrap()["elapsed_secs"].as_f64()
    };
    while elapsed().is_none_or(|secs| secs < 1.0) {
        sleep(Duration::from_millis(1));
    }
    kill(child);
    let at_kill = elapsed().unwrap();
    scratch.ok(["resume", "project", &id]);
    assert_eq!(rows(&scratch, &id).pop().unwrap()["stopped"], "time-budget");
    let at_end = elapsed().unwrap();
    assert!(
        (3.0..at_kill + 3.0).contains(&at_end),
        "{at_kill} s, then until {at_end} s"
    );
}

#[test]
fn a_rate_that_spoils_the_weights_leaves_sound_ones_behind() {
    let scratch = two_films_split();
    let wild = [
        "train",
        "project",
        "--preset",
        "fastai",
        "--lr",
        "1",
        "--epochs",
        "60",
        "--size",
        "64",
        "--batch",
        "8",
        "--checkpoint-secs",
        "0",
    ];
    let answer = scratch.run(wild);
    // Whether a loss of this size overflows is the machine's arithmetic; what is left on disk must be sound either way.
    let id = run_ids(&scratch).pop().unwrap();
    let last = fs::read(run_dir(&scratch, &id).join("last/checkpoint.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&last).unwrap();
    for (name, tensor) in tensors.iter() {
        let is_sound = tensor
            .data()
            .chunks_exact(4)
            .all(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()).is_finite());
        assert!(is_sound, "{name}");
    }
    if answer.code == Some(1) {
        assert!(answer.stderr.contains("lower learning rate"), "{answer:#?}");
    }
}
