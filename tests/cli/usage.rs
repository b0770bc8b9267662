//! Wrong usage and wrong names: exit codes, one clear line, a remedy; nothing is changed.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use crate::program::{Scratch, sample, with_two_films};

#[test]
fn wrong_usage_is_exit_code_2_and_says_how() {
    let scratch = Scratch::with_project();
    let wrong: &[&[&str]] = &[
        &["import-film", "project"],
        &["import-film", "project", "film.mp4", "--every", "0"],
        &[
            "import-film",
            "project",
            "film.mp4",
            "--every",
            "2",
            "--every-secs",
            "1",
        ],
        &["import-film", "project", "film.mp4", "--every-secs", "-1"],
        &["decide", "project", "--paths", "a.jpg"],
        &[
            "decide", "project", "--keep", "--reject", "--paths", "a.jpg",
        ],
        &["split", "project", "--suggest", "1.5"],
        &["split", "project", "--suggest", "0.2", "--random", "0.2"],
        &["train", "project", "--stage", "3"],
        &["train", "project", "--arch", "nonsense"],
        &["train", "project", "--device", "gpu"],
        &["train", "project", "--precision", "half"],
        &["explain", "project", "run", "a.jpg"],
        &[
            "explain",
            "project",
            "run",
            "a.jpg",
            "--out",
            "a.png",
            "--opacity",
            "2",
        ],
        &["export", "project", "--to", "bundle", "out"],
        &["export", "project", "run", "out"],
        &["export", "project", "run", "out", "--to", "onnx", "--copy"],
        &["predict", "project", "run"],
        &["predict", "--bundle", "out"],
        &["--nonsense"],
    ];
    for arguments in wrong {
        let answer = scratch.run(*arguments);
        assert_eq!(answer.code, Some(2), "{arguments:?}: {answer:#?}");
        assert!(answer.stderr.contains("--help"), "{answer:#?}");
        assert!(answer.stdout.is_empty(), "{answer:#?}");
    }
}

#[test]
fn every_command_explains_itself() {
    let scratch = Scratch::new();
    let help = scratch.ok(["--help"]).stdout;
    let commands = [
        "doctor",
        "new",
        "import-film",
        "import-images",
        "remove",
        "decide",
        "undo",
        "redo",
        "scenes",
        "split",
        "train",
        "evaluate",
        "predict",
        "explain",
        "audit",
        "background",
        "clusters",
        "export",
        "runs",
    ];
    for command in commands {
        assert!(
            help.contains(&format!("  {command} ")),
            "{command} in {help}"
        );
        scratch.ok([command, "--help"]);
    }
    assert!(
        scratch
            .ok(["--version"])
            .stdout
            .starts_with("cutting-room ")
    );
}

#[test]
fn a_mistyped_command_is_no_project() {
    let said = Scratch::new().fails(["tarin"]);
    assert!(
        said.contains("neither a command nor a folder") && said.contains("--help"),
        "{said}"
    );
}

#[test]
fn doctor_names_what_is_missing() {
    let scratch = Scratch::new();
    let report = scratch.json(["doctor", "--json"]);
    assert_eq!(report["is_ok"], true);
    assert!(report["cuda"].is_array(), "{report}");
    let bare = scratch
        .command(["doctor", "--json"])
        .env("PATH", "")
        .output()
        .unwrap();
    let report = crate::program::Answer::from(bare).json();
    assert_eq!(report["is_ok"], false);
    assert!(
        report["findings"]
            .to_string()
            .contains("apt install ffmpeg"),
        "{report}"
    );
}

#[test]
fn a_project_is_made_once_and_only_in_an_empty_folder() {
    let scratch = Scratch::with_project();
    assert!(scratch.fails(["new", "project"]).contains("already here"));
    fs::create_dir(scratch.path("full")).unwrap();
    fs::write(scratch.path("full/thesis.txt"), "mine").unwrap();
    assert!(scratch.fails(["new", "full"]).contains("not empty"));
    fs::write(scratch.path("file"), "mine").unwrap();
    scratch.fails(["new", "file"]);
    scratch.fails(["new", "file/below"]);
    assert_eq!(fs::read_to_string(scratch.path("file")).unwrap(), "mine");
}

#[test]
fn what_is_no_project_is_told_from_what_is_not_there() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("empty")).unwrap();
    for command in ["scenes", "split", "train", "runs", "undo"] {
        assert!(
            scratch
                .fails([command, "missing"])
                .contains("no such file or folder")
        );
        assert!(
            scratch
                .fails([command, "empty"])
                .contains("cutting-room new")
        );
    }
}

#[test]
fn a_damaged_catalog_is_restored_from_its_backup() {
    let scratch = with_two_films();
    let scenes =
        |scratch: &Scratch| scratch.json(["scenes", "project", "--json"])["scenes"].clone();
    let before = scenes(&scratch);
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    let listed = scratch.ok(["restore", "project"]).stdout;
    assert!(listed.contains("The catalog is sound"), "{listed}");
    let backup = scratch.json(["restore", "project", "--json"])["backups"][0]["name"].clone();
    for damage in ["no database", ""] {
        for leftover in ["catalog.sqlite-wal", "catalog.sqlite-shm"] {
            let _ = fs::remove_file(scratch.path("project").join(leftover));
        }
        fs::write(scratch.path("project/catalog.sqlite"), damage).unwrap();
        let error = scratch.fails(["scenes", "project"]);
        assert!(error.contains("cutting-room restore"), "{error}");
        let done = scratch.json(["restore", "project", "--json"]);
        assert_eq!(done["restored"], backup);
        assert!(done["set_aside"].is_string());
        assert_eq!(scenes(&scratch), before);
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
}

/// Killed right after the project was made, and half-way through its films.
#[test]
fn a_half_made_sample_is_finished() {
    let scratch = Scratch::new();
    scratch.ok(["new", "whole", "--sample"]);
    scratch.ok(["new", "half"]);
    scratch.ok(["new", "half", "--sample"]);
    scratch.ok(["new", "killed", "--sample"]);
    fs::remove_file(scratch.path("killed/sample/complete")).unwrap();
    fs::remove_dir_all(scratch.path("killed/frames/undead")).unwrap();
    fs::remove_file(scratch.path("killed/sample/films/drakes.mp4")).unwrap();
    scratch.ok(["new", "killed", "--sample"]);
    let split = |name: &str| scratch.json(["split", name, "--json"])["classes"].clone();
    for made in ["half", "killed"] {
        assert_eq!(split(made), split("whole"), "{made}");
        assert!(scratch.path(made).join("sample/complete").is_file());
        assert!(scratch.path(made).join("frames/undead").is_dir());
    }
}

#[test]
fn one_scene_a_class_cannot_be_split_and_is_called_so() {
    let scratch = Scratch::with_project();
    let nothing = scratch.fails(["split", "project", "--suggest", "0.2"]);
    assert!(nothing.contains("import-film"), "{nothing}");
    for (class, color) in [("elves", "red"), ("drakes", "blue")] {
        let film = scratch.path(&format!("{class}.mp4"));
        let made = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i"])
            .arg(format!("color={color}:s=64x64:d=2"))
            .arg(&film)
            .status();
        assert!(made.unwrap().success());
        scratch.ok([
            "import-film",
            "project",
            film.to_str().unwrap(),
            "--every",
            "5",
        ]);
    }
    let error = scratch.fails(["split", "project", "--suggest", "0.2"]);
    for part in ["drakes", "elves", "one scene"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_damaged_project_file_is_named() {
    let scratch = Scratch::with_project();
    fs::write(scratch.path("project/project.toml"), "format = [").unwrap();
    assert!(
        scratch
            .fails(["scenes", "project"])
            .contains("project.toml")
    );
    fs::write(
        scratch.path("project/project.toml"),
        "format = 99\nname = \"later\"",
    )
    .unwrap();
    assert!(scratch.fails(["scenes", "project"]).contains("newer"));
}

#[test]
fn an_empty_project_says_the_next_step() {
    let scratch = Scratch::with_project();
    assert!(
        scratch
            .ok(["scenes", "project"])
            .stdout
            .contains("import-film")
    );
    assert!(scratch.ok(["runs", "project"]).stdout.contains("train"));
    assert!(
        scratch
            .ok(["undo", "project"])
            .stdout
            .contains("Nothing to undo")
    );
    scratch.fails(["split", "project", "--suggest", "0.2"]);
    scratch.fails(["train", "project"]);
    assert_eq!(
        scratch.json(["scenes", "project", "--json"])["scenes"],
        serde_json::json!([])
    );
}

#[test]
fn unknown_names_come_back_with_the_known_ones() {
    let scratch = with_two_films();
    let unknown = scratch.fails(["split", "project", "--valid", "elves:99"]);
    assert!(
        unknown.contains("elves:99") && unknown.contains("scenes"),
        "{unknown}"
    );
    let run = scratch.fails(["evaluate", "project", "20200101-000000-s1"]);
    assert!(run.contains("train one first"), "{run}");
    let source = scratch.fails([
        "decide", "project", "--keep", "--source", "gnomes", "--paths", "a.jpg",
    ]);
    assert!(source.contains("elves, undead"), "{source}");
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    let from = scratch.fails(["train", "project", "--stage", "2", "--from", "nonsense"]);
    assert!(from.contains("nonsense"), "{from}");
    let runs = scratch.json(["runs", "project", "--json"]);
    assert_eq!(
        runs["runs"],
        serde_json::json!([]),
        "a refused training leaves no run"
    );
}

#[test]
fn settings_that_cannot_work_are_refused_before_work_begins() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    for arguments in [
        ["--epochs", "0"],
        ["--batch", "0"],
        ["--size", "0"],
        ["--lr", "-1"],
        ["--lr", "nan"],
    ] {
        let answer = scratch.run(["train", "project"].into_iter().chain(arguments));
        assert!(
            matches!(answer.code, Some(1 | 2)),
            "{arguments:?} {answer:#?}"
        );
        assert!(!answer.stderr.contains("panicked"), "{answer:#?}");
    }
    for (arguments, remedy) in [
        (&["--device", "cuda:99"][..], "cutting-room doctor"),
        (
            &["--device", "cpu", "--precision", "mixed"][..],
            "leave --precision out",
        ),
    ] {
        let answer = scratch.run(["train", "project"].iter().chain(arguments));
        assert_eq!(answer.code, Some(1), "{answer:#?}");
        assert!(answer.stderr.contains(remedy), "{answer:#?}");
        assert_eq!(answer.stderr.lines().count(), 1, "{answer:#?}");
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let scratch = with_two_films();
    let mut child = scratch
        .command(["scenes", "project", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(child.wait().unwrap().success(), "{stderr}");
    assert!(stderr.is_empty(), "{stderr}");
}

/// `train … 2>&1 | head -1`: whoever read along has left.
#[test]
fn work_goes_on_when_nobody_reads_along() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let train = [
        "train", "project", "--epochs", "2", "--size", "64", "--batch", "16",
    ];
    let mut child = scratch
        .command(train)
        .env("CUTTING_ROOM_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut first = [0];
    child.stderr.take().unwrap().read_exact(&mut first).unwrap();
    assert!(child.wait().unwrap().success());
    let runs = scratch.json(["runs", "project", "--json"]);
    assert_eq!(runs["runs"][0]["status"], "finished", "{runs}");
}

#[test]
fn importing_twice_adds_nothing() {
    let scratch = with_two_films();
    let elves = sample("films/elves.mp4");
    let again = scratch.json([
        "import-film",
        "project",
        elves.to_str().unwrap(),
        "--every",
        "24",
        "--json",
    ]);
    assert_eq!(again["imported"][0]["added"], 0, "{again}");
}

#[test]
fn a_source_is_removed_and_brought_back_and_no_file_goes() {
    let scratch = with_two_films();
    let frames = scratch.path("project/frames/elves");
    let count = || std::fs::read_dir(&frames).unwrap().count();
    let before = count();
    let removed = scratch.json(["remove", "project", "elves", "--json"]);
    assert_eq!(removed["source"], "elves");
    assert_eq!(removed["images"].as_u64().unwrap() as usize, before);
    assert_eq!(count(), before);
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let films = scenes["scenes"].as_array().unwrap();
    assert!(films.iter().all(|scene| scene["film"] != "elves"));
    let again = scratch.run(["remove", "project", "elves"]);
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("the project has: undead"),
        "{}",
        again.stderr
    );
    assert!(
        scratch
            .ok(["undo", "project"])
            .stdout
            .contains("Undone: removed elves")
    );
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let films = scenes["scenes"].as_array().unwrap();
    assert!(films.iter().any(|scene| scene["film"] == "elves"));
}
