//! A scan in parts, by the program's own hand and with Ray, is the scan of one process.

use std::process::Command;

use serde_json::Value;

use crate::export::decided;
use crate::program::Scratch;
use crate::python::python_with;

/// What one process finds, and what the project says after `in_parts`, which reads the images of another project of the
/// same files; and what a last scan of that one still reads.
fn compare(in_parts: impl Fn(&Scratch)) {
    let findings = |scratch: &Scratch| scratch.json(["findings", "project", "--json"]);
    let whole = decided();
    whole.ok(["scan", "project"]);
    let wanted = findings(&whole);
    assert_eq!(wanted["unscanned"], 0);
    assert!(!wanted["findings"].as_array().unwrap().is_empty());

    let scratch = decided();
    in_parts(&scratch);
    assert_eq!(findings(&scratch), wanted);
    let again = scratch.json(["scan", "project", "--json"]);
    assert_eq!((&again["images"], &again["files"]), (&0.into(), &0.into()));
}

fn read(report: &Value) -> u64 {
    report["images"].as_u64().unwrap()
}

#[test]
fn parts_together_are_the_scan_of_one_process() {
    compare(|scratch| {
        let part = |part: &str, out: &str| {
            let shard = ["scan", "project", "--shard", part, "--out", out, "--json"];
            read(&scratch.json(shard))
        };
        let [first, second] = [part("1/2", "one"), part("2/2", "two")];
        assert!(first.abs_diff(second) <= 1, "{first} {second}");
        let before = scratch.json(["findings", "project", "--json"]);
        assert_ne!(before["unscanned"], 0, "nothing was changed by reading");
        let merge = ["scan", "project", "--merge", "two", "one", "two", "--json"];
        assert_eq!(read(&scratch.json(merge)), 0, "nothing is missing");
    });
}

#[test]
fn a_part_that_was_cut_off_or_is_no_part_is_said() {
    let scratch = decided();
    let shard = ["scan", "project", "--shard", "1/2", "--out", "one"];
    scratch.ok(shard);
    let error = scratch.fails(shard);
    assert!(error.contains("one"), "nothing is written over: {error}");
    std::fs::create_dir(scratch.path("half")).unwrap();
    let error = scratch.fails(["scan", "project", "--merge", "half"]);
    assert!(error.contains("scan the part again"), "{error}");
    std::fs::write(scratch.path("half/facts.jsonl"), "{}\n").unwrap();
    let error = scratch.fails(["scan", "project", "--merge", "half"]);
    assert!(error.contains("another version"), "{error}");
    std::fs::write(scratch.path("file"), "").unwrap();
    for nowhere in ["nowhere", "file"] {
        let error = scratch.fails(["scan", "project", "--merge", nowhere]);
        assert!(error.contains("no such folder"), "{error}");
        assert!(error.contains(nowhere), "{error}");
    }
    // A number that is none, as a disk or a hand may leave it: the part is damaged, not the catalog.
    let facts = std::fs::read_to_string(scratch.path("one/facts.jsonl")).unwrap();
    let line = 1 + facts
        .lines()
        .position(|line| line.contains("\"Real\":"))
        .unwrap();
    let (before, after) = facts.split_once("\"Real\":").unwrap();
    let rest = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let nan = f64::NAN.to_bits();
    std::fs::write(
        scratch.path("half/facts.jsonl"),
        format!("{before}\"Real\":{nan}{rest}"),
    )
    .unwrap();
    let error = scratch.fails(["scan", "project", "--merge", "half"]);
    for part in [&format!("line {line}"), "scan the part again"] {
        assert!(error.contains(part), "{error}");
    }
    // A part of other images.
    scratch.ok(["new", "other"]);
    let told = scratch.ok(["scan", "other", "--merge", "one"]);
    for part in [
        "of which the project has 0",
        "the project has none of its images",
    ] {
        assert!(told.stderr.contains(part), "{told:#?}");
    }
    let usage = scratch.run(["scan", "project", "--shard", "3/2", "--out", "three"]);
    assert!(usage.stderr.contains("2/4"), "{usage:#?}");
}

#[test]
fn ray_scans_the_parts_with_two_workers_and_takes_them_in() {
    let Some(python) = python_with(&["ray"]) else {
        return;
    };
    compare(|scratch| {
        scratch.ok(["scan", "project", "--ray", "job"]);
        let output = Command::new(&python)
            .arg(scratch.path("job/scan_ray.py"))
            .args(["--workers", "2", "--parts", "3", "--program"])
            .arg(env!("CARGO_BIN_EXE_cutting-room"))
            .env("HOME", scratch.path(""))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(!scratch.path("job/parts").exists(), "they are taken in");
    });
}
