//! What the command line takes from the settings, what it says of entries that do not count, and what it tells of its work.

use std::fs;

use crate::program::{Scratch, with_two_films};

const TRAIN: [&str; 8] = [
    "train", "project", "--epochs", "1", "--size", "64", "--batch", "16",
];

fn set(scratch: &Scratch, text: &str) {
    let folder = scratch.path("config/cutting-room");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("settings.toml"), text).unwrap();
}

fn split_films() -> Scratch {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    scratch
}

#[test]
fn an_entry_that_does_not_count_is_one_line_and_the_work_goes_on() {
    let scratch = Scratch::new();
    set(&scratch, "device = \"gpu\"\n");
    let answer = scratch.ok(["new", "project"]);
    let warnings: Vec<&str> = answer.stderr.lines().collect();
    let [warning] = warnings[..] else {
        panic!("{answer:#?}");
    };
    for part in [
        "warning: `device` in the settings does not count",
        "write auto, cpu, cuda or cuda:N",
        "config/cutting-room/settings.toml",
    ] {
        assert!(warning.contains(part), "{warning}");
    }
}

#[cfg(feature = "gui")]
#[test]
fn the_doctor_names_keys_that_cannot_be_bound() {
    let scratch = Scratch::new();
    set(
        &scratch,
        "[keys]\ncull_fly = \"F\"\ncull_reject = \"Escape\"\ncull_pin = \"Hyper+X\"\ncull_keep = \"J\"\n",
    );
    let told = scratch.ok(["doctor"]).stderr;
    assert_eq!(told.lines().count(), 3, "{told}");
    for part in [
        "`keys.cull_fly` in the settings does not count",
        "choose another key; file",
        "\"Hyper+X\" is no key",
    ] {
        assert!(told.contains(part), "{part} in:\n{told}");
    }
    let text = scratch.ok(["doctor", "--diagnostics"]).stdout;
    assert!(text.contains("`keys.cull_fly`"), "{text}");
}

#[test]
fn trainings_compute_where_the_settings_say_unless_told_otherwise() {
    let scratch = split_films();
    // No computer has so many.
    set(&scratch, "device = \"cuda:99\"\n");
    let error = scratch.fails(TRAIN);
    assert!(error.contains("cutting-room doctor"), "{error}");
    let error = scratch.fails(["find-lr", "project", "--size", "64"]);
    for part in [
        "cutting-room doctor",
        "the settings say cuda:99",
        "settings.toml",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let error = scratch.fails(TRAIN.into_iter().chain(["--device", "cuda:98"]));
    assert!(!error.contains("the settings say"), "{error}");
    scratch.ok(TRAIN.into_iter().chain(["--device", "cpu"]));
}

#[test]
fn the_cache_stays_below_its_limit() {
    let scratch = split_films();
    let features = || {
        let files = fs::read_dir(scratch.path("project/cache/features"));
        let files = files.into_iter().flatten();
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    };
    scratch.ok(TRAIN);
    let usual = features();
    assert!(usual > 1000, "{usual}");
    set(&scratch, "[cache]\nfeatures_gb = 0.000001\n");
    scratch.ok(["train", "project", "--epochs", "1", "--size", "96"]);
    assert!(features() <= 1000, "{}", features());
}

#[test]
fn diagnostics_name_what_differs_and_nobody_s_home() {
    let scratch = Scratch::new();
    set(&scratch, "device = \"cpu\"\n[keys]\ncull_reject = \"Q\"\n");
    let log = scratch.path("state/cutting-room/window.log");
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    let home = scratch.path("");
    let home = home.to_str().unwrap().trim_end_matches('/');
    fs::write(&log, format!("opened {home}/project\n")).unwrap();
    let text = scratch.ok(["doctor", "--diagnostics"]).stdout;
    for part in [
        "Cutting Room ",
        "ffmpeg: ",
        "memory: ",
        "system: ",
        "device = \"cpu\"\n",
        "keys.cull_reject = \"Q\"\n",
        "~/config/cutting-room/settings.toml",
    ] {
        assert!(text.contains(part), "{part:?} in:\n{text}");
    }
    if cfg!(target_os = "linux") {
        assert!(text.contains("opened ~/project"), "{text}");
    }
    assert!(!text.contains(home), "{text}");
    let both = scratch.run(["doctor", "--diagnostics", "--json"]);
    assert_eq!(both.code, Some(2), "{both:#?}");
}

#[test]
fn verbose_tells_more_wherever_it_stands() {
    let scratch = split_films();
    let train = |before: &[&str], after: &[&str]| {
        let arguments = before.iter().chain(&TRAIN).chain(after);
        scratch.ok(arguments).stderr
    };
    let is_told = |stderr: &str| stderr.contains("INFO") && stderr.contains("computing on");
    assert!(!is_told(&train(&[], &[])));
    assert!(is_told(&train(&["-v"], &[])));
    assert!(is_told(&train(&[], &["--verbose"])));
    let quiet = scratch
        .command(["-vv", "runs", "project"])
        .env("CUTTING_ROOM_LOG", "error")
        .output()
        .unwrap();
    assert!(quiet.stderr.is_empty(), "the variable wins: {quiet:?}");
    let detailed = scratch.ok(["runs", "project", "-vv"]);
    assert!(detailed.stderr.contains("DEBUG"), "{detailed:#?}");
    assert!(detailed.stdout.lines().count() >= 3, "{detailed:#?}");

    let both = scratch.run(["project", "train", "project"]);
    assert_eq!(both.code, Some(2), "{both:#?}");
    assert!(both.stderr.contains("after the command"), "{both:#?}");
}
