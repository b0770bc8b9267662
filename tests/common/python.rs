//! The Python that exports are compared with: `CUTTING_ROOM_PYTHON`, or what `./studio python` has made. A test without it, or
//! without a package it needs, says "skipped".

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "each test binary uses its own part of this"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The interpreter, if it can import all of `packages`.
pub fn python_with(packages: &[&str]) -> Option<PathBuf> {
    let python = std::env::var_os("CUTTING_ROOM_PYTHON").map(PathBuf::from);
    let python = python.or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        Some(cache?.join("cutting-room/python/bin/python"))
    });
    let python = python.filter(|python| python.is_file());
    let has_all = |python: &PathBuf| {
        let output = Command::new(python)
            .args(["-c", &format!("import {}", packages.join(", "))])
            .output();
        output.is_ok_and(|output| output.status.success())
    };
    let found = python.filter(has_all);
    if found.is_none() {
        println!(
            "skipped: no Python with {}; ./studio python",
            packages.join(", ")
        );
    }
    found
}

/// A script of `tests/python`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(name)
}

/// The JSON document that a script prints.
///
/// # Panics
/// With what it said, if it failed.
pub fn answer<I: AsRef<OsStr>>(python: &Path, arguments: impl IntoIterator<Item = I>) -> Value {
    let output = Command::new(python)
        .args(arguments)
        .env("HF_HUB_OFFLINE", "1")
        .env("OMP_NUM_THREADS", "2")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
