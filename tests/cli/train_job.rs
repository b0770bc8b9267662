//! A training that is done elsewhere, and what it comes back with.

#![expect(clippy::print_stdout, reason = "what was measured is told")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::{Scratch, kill, with_two_films};
use crate::python::{answer, python_with, script};

/// Two films, whole scenes in validation, and a run.
fn trained() -> (Scratch, String) {
    trained_by(&["--epochs", "3", "--size", "96"])
}

fn trained_by(options: &[&str]) -> (Scratch, String) {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.3", "--seed", "1"]);
    let train = ["train", "project", "--batch", "8", "--checkpoint-secs", "0"];
    let run = scratch.ok(train.iter().chain(options));
    (scratch, run.stdout.trim().to_owned())
}

fn weights(scratch: &Scratch, project: &str, run: &str) -> Vec<u8> {
    let path = format!("{project}/runs/{run}/best.safetensors");
    fs::read(scratch.path(&path)).unwrap()
}

fn run_named<'a>(runs: &'a Value, id: &str) -> &'a Value {
    let runs = runs["runs"].as_array().unwrap();
    runs.iter().find(|run| run["id"] == id).unwrap()
}

#[test]
fn a_job_trains_to_the_same_weights_anywhere_and_its_run_comes_back() {
    let (scratch, run) = trained();
    let made = scratch.json([
        "export", "project", &run, "--to", "job", "job", "--copy", "--json",
    ]);
    assert_eq!(made["to"], "job", "{made}");
    assert!(made["images"].as_u64().unwrap() > 0);
    // Somewhere else, where there is nothing of the project.
    fs::rename(scratch.path("job"), scratch.path("moved")).unwrap();
    fs::rename(scratch.path("project"), scratch.path("away")).unwrap();
    let table = scratch.json(["train-job", "moved", "--json"]);
    let there = table["settings"][0]["runs"][0]["run"].as_str().unwrap();
    assert_eq!(table["settings"][0]["runs"][0]["status"], "done");
    assert_eq!(
        weights(&scratch, "moved", there),
        weights(&scratch, "away", &run)
    );
    fs::rename(scratch.path("away"), scratch.path("project")).unwrap();

    let back = scratch.json(["import-run", "project", "moved", "--json"]);
    let came = &back["imported"][0];
    assert_eq!(came["is_same_split"], true, "{back}");
    let id = came["run"].as_str().unwrap();
    let runs = scratch.json(["runs", "project", "--json"]);
    let (own, other) = (run_named(&runs, &run), run_named(&runs, id));
    for key in ["accuracy", "interval", "contaminated", "status", "stage"] {
        assert_eq!(own[key], other[key], "{key}");
    }
    for key in ["split_hash", "data_version", "lineage", "classes"] {
        assert_eq!(own["run"][key], other["run"][key], "{key}");
    }
    // Its answers are about the project's own images.
    let answers = |id: &str| {
        let path = scratch.path(&format!("project/runs/{id}/best-valid.json"));
        serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap()
    };
    assert_eq!(answers(id), answers(&run));

    // Again: it is known, and nothing is touched.
    let before = weights(&scratch, "project", id);
    let again = scratch.json(["import-run", "project", "moved", "--json"]);
    assert_eq!(again["known"][0], id, "{again}");
    assert_eq!(again["imported"].as_array().unwrap().len(), 0);
    assert_eq!(weights(&scratch, "project", id), before);

    // Unless its weights are gone or cut off: it gets them again, and is no second run.
    let place = scratch.path(&format!("project/runs/{id}/best.safetensors"));
    for left in [&before[..before.len() / 2], &[]] {
        fs::write(&place, left).unwrap();
        if left.is_empty() {
            fs::remove_file(&place).unwrap();
        }
        let again = scratch.json(["import-run", "project", "moved", "--json"]);
        assert_eq!(again["restored"][0], id, "{again}");
        assert_eq!(weights(&scratch, "project", id), before);
    }
    // Those of another epoch are none for it.
    let metrics = scratch.path(&format!("project/runs/{id}/metrics.jsonl"));
    let lines = fs::read(&metrics).unwrap();
    fs::write(&metrics, [&lines[..], b"{}\n"].concat()).unwrap();
    fs::remove_file(&place).unwrap();
    let error = scratch.fails(["import-run", "project", "moved"]);
    assert!(error.contains("other epochs in the project"), "{error}");
    assert!(!place.exists());

    // Weights that were cut off, or that answer otherwise, stay out; whole ones come in after that.
    fs::remove_dir_all(scratch.path(&format!("project/runs/{id}"))).unwrap();
    let was = came["was"].as_str().unwrap();
    let path = scratch.path(&format!("moved/runs/{was}/best.safetensors"));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = scratch.fails(["import-run", "project", "moved"]);
    assert!(error.contains("best.safetensors"), "{error}");
    let mut negated = whole.clone();
    // The sign of a number that ends where the file does, and of all before it in the last half.
    for at in (whole.len() / 2..whole.len()).rev().step_by(4) {
        negated[at] ^= 0x80;
    }
    fs::write(&path, negated).unwrap();
    let error = scratch.fails(["import-run", "project", "moved"]);
    assert!(error.contains("right about other images"), "{error}");
    fs::write(&path, &whole).unwrap();
    let last = scratch.json(["import-run", "project", "moved", "--json"]);
    assert_eq!(last["imported"][0]["accuracy"], came["accuracy"], "{last}");

    // What is damaged beside the weights is named, with what helps.
    fs::remove_dir_all(scratch.path(&format!("project/runs/{id}"))).unwrap();
    for (name, text) in [
        ("metrics.jsonl", Some("?")),
        ("metrics.jsonl", None),
        ("trained-on.txt", Some("?")),
        ("trained-on.txt", None),
    ] {
        let path = scratch.path(&format!("moved/runs/{was}/{name}"));
        let whole = fs::read(&path).unwrap();
        match text {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let error = scratch.fails(["import-run", "project", "moved"]);
        for part in [name, was, "copy the job again"] {
            assert!(error.contains(part), "{error}");
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_run_of_another_split_says_so_for_good_and_one_of_other_images_stays_out() {
    let (scratch, run) = trained();
    scratch.ok(["export", "project", &run, "--to", "job", "job"]);
    scratch.ok(["train-job", "job"]);
    let valid = scratch.json(["split", "project", "--json"])["valid_scenes"].clone();
    let kept = valid[0].as_str().unwrap();
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let other = scenes["scenes"].as_array().unwrap().iter();
    let mut other = other.filter_map(|scene| scene["id"].as_str());
    let other = other
        .find(|id| !valid.as_array().unwrap().contains(&Value::from(*id)))
        .unwrap();
    scratch.ok(["split", "project", "--valid", kept, other]);
    let back = scratch.ok(["import-run", "project", "job", "--json"]);
    assert_eq!(back.json()["imported"][0]["is_same_split"], false);
    assert!(back.stderr.contains("was trained on split"), "{back:#?}");
    let id = back.json()["imported"][0]["run"].clone();
    let runs = scratch.json(["runs", "project", "--json"]);
    assert!(
        run_named(&runs, id.as_str().unwrap())["warnings"]
            .as_u64()
            .unwrap()
            > 0
    );

    scratch.ok(["new", "other"]);
    let portraits = crate::program::sample("portraits");
    scratch.ok(["import-images", "other", portraits.to_str().unwrap()]);
    let said = scratch.fails(["import-run", "other", "job"]);
    assert!(said.contains("none of this project's images"), "{said}");
    let said = scratch.fails(["import-run", "project", "other"]);
    assert!(said.contains("it is no job"), "{said}");
    assert!(!scratch.path("other/runs").read_dir().unwrap().any(|_| true));
}

#[cfg(unix)]
#[test]
fn a_job_that_is_killed_goes_on_to_the_same_weights() {
    let (scratch, run) = trained_by(&["--epochs", "20", "--size", "96"]);
    scratch.ok(["export", "project", &run, "--to", "job", "job"]);
    let child = scratch.start(["train-job", "job"]);
    let runs = scratch.path("job/runs");
    let is_under_way = || {
        // The folder comes with the first run.
        let mut runs = fs::read_dir(&runs).into_iter().flatten().flatten();
        runs.any(|run| {
            let metrics = fs::read_to_string(run.path().join("metrics.jsonl"));
            metrics.is_ok_and(|text| text.contains("\"kind\":\"step\""))
        })
    };
    for _ in 0..12_000 {
        if is_under_way() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill(child);
    let table = scratch.ok(["train-job", "job", "--json"]);
    assert!(table.stderr.contains("goes on"), "{table:#?}");
    let there = table.json()["settings"][0]["runs"][0]["run"].clone();
    assert_eq!(
        weights(&scratch, "job", there.as_str().unwrap()),
        weights(&scratch, "project", &run)
    );
    assert_eq!(fs::read_dir(&runs).unwrap().count(), 1, "no second run");
}

/// torchrun with so many processes.
fn torchrun(python: &Path, processes: &str, arguments: &[&Path]) -> String {
    let output = Command::new(python)
        .args(["-m", "torch.distributed.run", "--standalone"])
        .args(["--nproc-per-node", processes])
        .args(arguments)
        .env("OMP_NUM_THREADS", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn two_processes_of_pytorch_have_the_gradient_of_one_and_the_same_split() {
    let Some(python) = python_with(&["torch", "torchvision", "timm"]) else {
        return;
    };
    let (scratch, stage_1) = trained();
    let run = scratch.ok([
        "train", "project", "--stage", "2", "--from", &stage_1, "--epochs", "1", "--batch", "8",
    ]);
    let run = run.stdout.trim();
    scratch.ok(["export", "project", run, "--to", "job", "job"]);
    fs::create_dir(scratch.path("found")).unwrap();
    let (agrees, job, found) = (
        script("torchrun_agrees.py"),
        scratch.path("job"),
        scratch.path("found"),
    );
    for processes in ["1", "2"] {
        torchrun(&python, processes, &[&agrees, &job, &found]);
    }
    let said = answer(&python, [&agrees, &found]);
    println!("two gloo processes against one: {said}");
    assert_eq!(said["same_split"], true);
    let number = |key: &str| said[key].as_f64().unwrap();
    assert!(said["tensors"].as_u64().unwrap() > 100, "{said}");
    assert!(number("largest") > 1e-4, "{said}");
    assert!(
        number("difference") <= 1e-5 * number("largest").max(1.0),
        "{said}"
    );
}

#[test]
fn weights_from_pytorch_come_back_once_they_answer_as_they_did_there() {
    let Some(python) = python_with(&["torch", "torchvision", "timm"]) else {
        return;
    };
    // Pillow's pixels are not quite the program's, so a head is asked that is surer than the closed form of two films.
    let (scratch, run) = trained_by(&["--epochs", "3", "--size", "224", "--head-init", "random"]);
    scratch.ok(["export", "project", &run, "--to", "job", "job"]);
    let program = scratch.path("job/train_torch.py");
    let said = torchrun(&python, "2", &[&program]);
    assert!(said.contains("epoch 3 of 3"), "{said}");
    let back = scratch.json(["import-run", "project", "job", "--json"]);
    let came = &back["imported"][0];
    println!("from PyTorch: {came}");
    assert_eq!(came["is_same_split"], true);
    assert!(came["checked"]["images"].as_u64().unwrap() > 4);
    assert!(came["checked"]["difference"].as_f64().unwrap() < 1e-3);
    let runs = scratch.json(["runs", "project", "--json"]);
    let id = came["run"].as_str().unwrap();
    let (own, other) = (run_named(&runs, &run), run_named(&runs, id));
    assert_eq!(other["status"], "finished");
    assert_eq!(other["contaminated"], own["contaminated"]);
    let accuracy = other["accuracy"].as_f64().unwrap();
    let [low, high] = [0, 1].map(|at| own["interval"][at].as_f64().unwrap());
    assert!((low..=high).contains(&accuracy), "{accuracy} {own}");
    // Measured here, the same images get the same loss: answers near a tie may fall to either side, for Pillow's pixels are
    // not quite the program's.
    scratch.ok(["evaluate", "project", id, "--json"]);
    let dir = scratch.path(&format!("project/runs/{id}"));
    let rows = |name: &str| -> Vec<Value> {
        let text = fs::read_to_string(dir.join(name)).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let losses = rows("predictions/valid.jsonl");
    let losses: Vec<f64> = losses
        .iter()
        .filter_map(|row| row["loss"].as_f64())
        .collect();
    let here = losses.iter().sum::<f64>() / losses.len() as f64;
    let best = rows("metrics.jsonl");
    let best = best
        .iter()
        .rev()
        .find(|row| row["is_best"] == true)
        .unwrap();
    let there = best["valid_loss"].as_f64().unwrap();
    println!(
        "validation loss of {} images: {there} measured by PyTorch, {here} here",
        losses.len()
    );
    assert_eq!(losses.len() as u64, best["valid_n"].as_u64().unwrap());
    assert!((there - here).abs() < 0.02, "{there} {here}");

    // Weights that answer otherwise stay out.
    let torch = fs::read_dir(scratch.path("job/torch")).unwrap().next();
    let torch = torch.unwrap().unwrap().path();
    let goldens = torch.join("goldens.json");
    let text = fs::read_to_string(&goldens).unwrap();
    let mut changed: Value = serde_json::from_str(&text).unwrap();
    changed["images"][0]["logits"][0] = Value::from(99.0);
    fs::write(&goldens, changed.to_string()).unwrap();
    fs::rename(&torch, torch.with_file_name("another")).unwrap();
    let said = scratch.fails(["import-run", "project", "job"]);
    assert!(said.contains("does not answer as it did"), "{said}");
}
