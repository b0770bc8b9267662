//! Files and folders as disks have them: links, long names, disks without locks, and what a command must not write over.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::program::{Answer, Scratch, sample};

fn write_image(path: &Path, seed: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_fn(32, 24, |x, y| image::Rgb([seed, x as u8 * 8, y as u8 * 10]))
        .save(path)
        .unwrap();
}

#[test]
fn a_folder_with_a_split_comes_in_with_it_and_says_so() {
    let scratch = Scratch::with_project();
    let mut seed = 0;
    for side in ["train", "valid", "test"] {
        for class in ["elves", "orcs"] {
            seed += 20;
            write_image(&scratch.path(&format!("faces/{side}/{class}/a.png")), seed);
        }
    }
    let answer = scratch.ok(["import-images", "project", "faces", "--json"]);
    assert!(
        answer
            .stderr
            .contains("train, valid and test are taken as the sides of a split"),
        "{answer:#?}"
    );
    let imported = &answer.json()["imported"];
    assert_eq!(imported[0]["source"], "faces");
    assert_eq!(imported[0]["added"], 4);
    assert_eq!(imported[1]["source"], "faces test");
    assert_eq!(imported[1]["added"], 2);
    let split = scratch.json(["split", "project", "--json"]);
    assert_eq!(
        (&split["train"], &split["valid"]),
        (&2.into(), &2.into()),
        "{split}"
    );

    scratch.ok(["new", "other"]);
    scratch.ok(["import-images", "other", "faces", "--layout", "classes"]);
    let split = scratch.run(["split", "other", "--json"]);
    assert!(
        split.stderr.contains("no image is in validation"),
        "{split:#?}"
    );
}

#[test]
fn a_link_keeps_the_name_that_the_person_gave_it() {
    let scratch = Scratch::with_project();
    fs::copy(sample("films/elves.mp4"), scratch.path("SHA256E-x.mp4")).unwrap();
    symlink("SHA256E-x.mp4", scratch.path("drakes.mp4")).unwrap();
    let import = [
        "import-film",
        "project",
        "drakes.mp4",
        "--every",
        "48",
        "--json",
    ];
    let report = scratch.json(import);
    assert_eq!(report["imported"][0]["source"], "drakes");
    assert_eq!(
        scratch.json(["scenes", "project", "--json"])["scenes"][0]["class"],
        "drakes"
    );
    assert_eq!(
        scratch.json(import)["imported"][0]["added"],
        0,
        "it is known again"
    );

    write_image(&scratch.path("store/0001/elves/a.png"), 1);
    symlink("store/0001", scratch.path("portraits")).unwrap();
    let report = scratch.json(["import-images", "project", "portraits", "--json"]);
    assert_eq!(report["imported"][0]["source"], "portraits");
}

#[test]
fn a_film_with_an_impossible_name_comes_in_and_a_broken_one_does_not_end_the_list() {
    let scratch = Scratch::with_project();
    let long = format!("{}?.mp4", "n".repeat(249));
    fs::copy(sample("films/elves.mp4"), scratch.path(&long)).unwrap();
    fs::copy(sample("films/undead.mp4"), scratch.path("undead.mp4")).unwrap();
    fs::create_dir(scratch.path("folder.mp4")).unwrap();
    let answer = scratch.run([
        "import-film",
        "project",
        &long,
        "folder.mp4",
        "undead.mp4",
        "--every",
        "48",
        "--json",
    ]);
    assert_eq!(answer.code, Some(1), "{answer:#?}");
    let report = answer.json();
    assert_eq!(report["imported"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(report["failed"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["imported"][0]["source"], "n".repeat(140));
}

#[test]
fn files_are_readable_as_the_umask_says() {
    let scratch = Scratch::new();
    write_image(&scratch.path("faces/elves/a.png"), 1);
    let program = env!("CARGO_BIN_EXE_cutting-room");
    for arguments in ["new project", "import-images project faces"] {
        let done = Command::new("sh")
            .args(["-c", &format!("umask 027; exec '{program}' {arguments}")])
            .current_dir(scratch.path(""))
            .env("HOME", scratch.path(""))
            .status()
            .unwrap();
        assert!(done.success());
    }
    for file in [
        "project/project.toml",
        "project/images/faces/elves/a.png",
        "project/catalog.sqlite",
    ] {
        let mode = fs::metadata(scratch.path(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o640, "{file}");
    }
}

/// Answers every lock as a disk that keeps none.
const NO_LOCKS: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
int flock(int file, int operation) { errno = ENOLCK; return -1; }
static int pass(const char *name, int file, int command, void *argument) {
    if (command == F_SETLK || command == F_SETLKW) { errno = ENOLCK; return -1; }
    int (*real)(int, int, void *) = (int (*)(int, int, void *))dlsym(RTLD_NEXT, name);
    return real(file, command, argument);
}
int fcntl(int file, int command, ...) {
    va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
    return pass("fcntl", file, command, argument);
}
int fcntl64(int file, int command, ...) {
    va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
    return pass("fcntl64", file, command, argument);
}
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_cannot_lock_is_said_and_works() {
    let scratch = Scratch::new();
    fs::write(scratch.path("no_locks.c"), NO_LOCKS).unwrap();
    let library = scratch.path("no_locks.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(scratch.path("no_locks.c"))
        .arg("-ldl")
        .status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a_disk_that_cannot_lock_is_said_and_works: no C compiler");
        return;
    }
    // A project from another disk, with a log.
    scratch.ok(["new", "project"]);
    write_image(&scratch.path("faces/elves/a.png"), 1);
    scratch.ok(["import-images", "project", "faces"]);
    write_image(&scratch.path("faces/orcs/b.png"), 2);
    let without_locks = |arguments: &[&str]| -> Answer {
        let mut command = scratch.command(arguments);
        command.env("LD_PRELOAD", &library).output().unwrap().into()
    };
    let answer = without_locks(&["import-images", "project", "faces", "--json"]);
    assert_eq!(answer.code, Some(0), "{answer:#?}");
    assert!(
        answer.stderr.contains("this disk cannot lock files"),
        "{answer:#?}"
    );
    let report = answer.json();
    assert_eq!(
        (
            &report["imported"][0]["added"],
            &report["imported"][0]["already_there"]
        ),
        (&1.into(), &1.into())
    );
    let runs = without_locks(&["scenes", "project", "--json"]);
    assert_eq!(runs.code, Some(0), "{runs:#?}");
    let undecided = without_locks(&["decide", "project", "--reject", "--paths", "orcs/b.png"]);
    assert_eq!(undecided.code, Some(0), "{undecided:#?}");
    // And back on a disk that can.
    assert!(scratch.ok(["undo", "project"]).stderr.is_empty());
}

#[test]
fn explain_writes_over_nothing_of_value() {
    let scratch = Scratch::with_project();
    write_image(&scratch.path("faces/elves/a.png"), 1);
    write_image(&scratch.path("question.png"), 2);
    scratch.ok(["import-images", "project", "faces"]);
    fs::hard_link(
        scratch.path("faces/elves/a.png"),
        scratch.path("other-name.png"),
    )
    .unwrap();
    symlink("question.png", scratch.path("link.png")).unwrap();
    fs::write(scratch.path("thesis.txt"), "mine").unwrap();
    let explain = |out: &[&str]| {
        let start = ["explain", "project", "no-such-run", "question.png"];
        scratch.fails(start.iter().chain(out))
    };
    for out in [
        "question.png",
        "./faces/../question.png",
        "link.png",
        "faces/elves/a.png",
        "other-name.png",
        "thesis.txt",
        "project/catalog.sqlite",
        "project/images/faces/elves/a.png",
        "project/frames/heat.png",
    ] {
        let said = explain(&["--out", out]);
        assert!(said.contains("nothing was written"), "{out}: {said}");
        let said = explain(&["--out", "heat.png", "--raw", out]);
        assert!(said.contains("nothing was written"), "{out}: {said}");
    }
    assert!(explain(&["--out", "heat.png", "--raw", "heat.png"]).contains("nothing was written"));
    assert!(
        explain(&["--out", "heat.png"]).contains("no-such-run"),
        "a new file may be written"
    );
}
