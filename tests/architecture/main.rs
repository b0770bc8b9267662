//! The levels of ARCHITECTURE.md, read off the sources: who may use whom, and what every file owes its reader.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

mod graph;
mod sources;

use std::collections::BTreeMap;

use sources::sources;

/// Modules by level; a module uses only levels above its own (lower numbers), or its neighbours in one level.
const LEVELS: &[(u8, &[&str])] = &[
    (0, &["ops", "rng"]),
    (
        1,
        &[
            "download",
            "error",
            "number",
            "progress",
            "project",
            "spare",
            "timestamp",
        ],
    ),
    (2, &["catalog", "media"]),
    (3, &["dataset", "model"]),
    (4, &["run"]),
    (
        5,
        &[
            "character",
            "collect",
            "cross_validate",
            "curate",
            "documents",
            "evaluate",
            "explain",
            "export",
            "import_run",
            "job_folder",
            "pins",
            "predict",
            "report",
            "sample",
            "serve",
            "sweep",
            "train",
        ],
    ),
    (
        6,
        &["diagnostics", "jobs", "logging", "session", "settings"],
    ),
    (7, &["cli", "ui"]),
];

/// Uses that go down the page, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Journal entries and requests are the catalog's own; it never calls their makers.
];

const LONGEST_FILE: usize = 400;

fn level(module: &str) -> Option<u8> {
    LEVELS
        .iter()
        .find(|(_, modules)| modules.contains(&module))
        .map(|(level, _)| *level)
}

/// Modules named as `crate::NAME` in a line, also in `use crate::{a, b}`.
fn crate_modules(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in line.split("crate::").skip(1) {
        let names = match part.strip_prefix('{') {
            Some(list) => list.split(',').map(str::trim).collect(),
            None => vec![part],
        };
        for name in names {
            let name: String = name
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            if level(&name).is_some() {
                found.push(name);
            }
        }
    }
    found
}

fn assert_none(offences: &[String], rule: &str) {
    assert!(offences.is_empty(), "{rule}:\n{}", offences.join("\n"));
}

#[test]
fn a_module_uses_only_levels_above_it() {
    let mut offences = Vec::new();
    for file in sources() {
        if matches!(file.module.as_str(), "lib" | "main" | "allocator") {
            continue;
        }
        let Some(own) = level(&file.module) else {
            offences.push(format!(
                "{}: its module has no level in this test",
                file.name
            ));
            continue;
        };
        for (number, line) in file.code() {
            for used in crate_modules(line) {
                let is_exception = EXCEPTIONS.contains(&(file.module.as_str(), used.as_str()));
                if level(&used).unwrap() > own && !is_exception {
                    offences.push(format!("{}:{number}: uses {used}", file.name));
                }
            }
        }
    }
    assert_none(&offences, "levels point up the page only");
}

#[test]
fn faces_never_import_one_another() {
    let faces = LEVELS.last().unwrap().1;
    let mut offences = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            for used in crate_modules(line) {
                if used != file.module && faces.contains(&used.as_str()) {
                    offences.push(format!("{}:{number}: uses {used}", file.name));
                }
            }
        }
    }
    assert_none(&offences, "only main.rs joins the faces");
}

#[test]
fn crates_stay_where_they_belong() {
    let homes: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("egui", &["ui/"] as &[&str]),
        ("eframe", &["ui/"]),
        ("egui_extras", &["ui/"]),
        ("egui_plot", &["ui/"]),
        ("rfd", &["ui/"]),
        ("indicatif", &["cli/"]),
        ("ctrlc", &["cli/"]),
        ("rusqlite", &["catalog/", "error.rs"]),
        ("rusqlite_migration", &["catalog/", "error.rs"]),
        ("anyhow", &["cli/", "ui/", "main.rs"]),
        ("ureq", &["download.rs", "model/hub.rs", "collect/"]),
        ("url", &["collect/"]),
        ("csv", &["character/", "collect/", "export/"]),
        ("prost", &["export/onnx/", "export/tensorboard/"]),
        ("axum", &["serve/"]),
        ("hyper", &["serve/"]),
        ("tokio", &["serve/"]),
        ("utoipa", &["serve/"]),
        ("httpdate", &["collect/"]),
        ("sha2", &["download.rs"]),
        ("flate2", &["export/site/"]),
        ("tar", &["export/site/"]),
        ("toml_edit", &["settings/"]),
        ("tracing_subscriber", &["logging.rs"]),
        (
            "clap",
            &[
                "cli/",
                "main.rs",
                "run/balance.rs",
                "run/config.rs",
                "run/preset.rs",
                "explain/colormap.rs",
                "explain/method.rs",
                "catalog/import/layout.rs",
                "model/",
                "dataset/augmented_view.rs",
                "evaluate/tta.rs",
                "export/request.rs",
                "sweep/axes.rs",
            ],
        ),
        ("candle_core", CANDLE),
        ("candle_nn", CANDLE),
    ]);
    let mut offences = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            for (name, homes) in &homes {
                let is_used =
                    line.contains(&format!("{name}::")) || line.contains(&format!("use {name};"));
                let is_whole_word = line.find(&format!("{name}::")).is_none_or(|at| {
                    !line[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
                });
                if is_used && is_whole_word && !homes.iter().any(|home| file.name.starts_with(home))
                {
                    offences.push(format!("{}:{number}: uses {name}", file.name));
                }
            }
        }
    }
    assert_none(&offences, "a crate has one home");
}

const CANDLE: &[&str] = &[
    "ops/",
    "model/",
    "train/",
    "predict",
    "pins/",
    "explain/",
    "dataset/image_set",
    "error.rs",
];

#[test]
fn only_jobs_and_the_loader_start_threads() {
    let homes = ["jobs/", "dataset/loader", "media/"];
    let mut offences = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            let starts = ["thread::spawn", "thread::Builder", "thread::scope"]
                .iter()
                .any(|call| line.contains(call));
            if starts && !homes.iter().any(|home| file.name.starts_with(home)) {
                offences.push(format!("{}:{number}: {}", file.name, line.trim()));
            }
        }
    }
    assert_none(&offences, "threads belong to jobs and the loader");
}

#[test]
fn unsafe_code_stays_in_ops() {
    let mut offences = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            // The program's allocator is asked to give memory back by functions written in C.
            let is_allowed = file.name.starts_with("ops/") || file.name.ends_with("allocator.rs");
            if line.contains("unsafe ") && !is_allowed {
                offences.push(format!("{}:{number}: {}", file.name, line.trim()));
            }
        }
    }
    assert_none(
        &offences,
        "unsafe is for measured kernels and the allocator",
    );
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut offences = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            offences.push(format!("{}: does not open with `//!`", file.name));
        }
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            offences.push(format!("{}: {lines} lines", file.name));
        }
    }
    assert_none(
        &offences,
        "every file opens with its purpose and stays short",
    );
}

#[test]
fn nothing_is_left_to_be_written() {
    let mut offences = Vec::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            if ["todo!(", "unimplemented!("]
                .iter()
                .any(|gap| line.contains(gap))
            {
                offences.push(format!("{}:{}", file.name, number + 1));
            }
        }
    }
    assert_none(&offences, "no gaps in src");
}

#[test]
fn data_is_not_unwrapped_outside_tests() {
    let mut offences = Vec::new();
    for file in sources().iter().filter(|file| !file.is_tests()) {
        for (number, line) in file.code() {
            if line.contains(".unwrap()") {
                offences.push(format!("{}:{number}: {}", file.name, line.trim()));
            }
        }
    }
    assert_none(&offences, "errors are returned, not unwrapped");
}

#[test]
fn modules_do_not_depend_on_each_other_in_a_circle() {
    let sources = sources();
    let cycles = graph::cycles(&graph::between_modules(&sources));
    assert_none(
        &described(&cycles),
        "modules of a level use one another one way",
    );
}

#[test]
fn files_do_not_depend_on_each_other_in_a_circle() {
    let sources = sources();
    let cycles = graph::cycles(&graph::between_files(&sources));
    assert_none(
        &described(&cycles),
        "what two files need of each other belongs into a third, or into one of them",
    );
}

fn described(cycles: &[Vec<String>]) -> Vec<String> {
    cycles.iter().map(|cycle| cycle.join(" <-> ")).collect()
}
