//! What a bug report should say: version, system, what the doctor finds, settings that differ from the defaults, the error, and the
//! last lines of the window's log. The home folder is written as `~`, so that it names nobody.

use std::fmt::Write as _;
use std::path::Path;

use crate::documents::doctor::Doctor;
use crate::logging;
use crate::settings::SettingsFile;

const LOG_LINES: usize = 60;

/// Asks this computer's tools for their versions, which takes a moment. `error`: what it is about, if it is about one.
pub fn diagnostics(settings: &SettingsFile, error: Option<&str>) -> String {
    let log = logging::window_log();
    let text = report(&Doctor::of_this_computer(), settings, error, log.as_deref());
    let home = directories::BaseDirs::new();
    without_home(&text, home.as_ref().map(directories::BaseDirs::home_dir))
}

fn report(
    doctor: &Doctor,
    settings: &SettingsFile,
    error: Option<&str>,
    log: Option<&Path>,
) -> String {
    let mut text = format!("Cutting Room {}\n", doctor.version);
    for finding in &doctor.findings {
        let mark = if finding.is_ok { "" } else { " (missing)" };
        add(
            &mut text,
            &format!("{}{mark}: {}", finding.what, finding.detail),
        );
    }
    match settings.path() {
        Some(path) => add(&mut text, &format!("\nSettings ({})", path.display())),
        None => add(&mut text, "\nSettings"),
    }
    let differences = settings.settings().differences();
    if differences.is_empty() {
        add(&mut text, "the defaults");
    }
    for line in differences.iter().chain(settings.faults()) {
        add(&mut text, line);
    }
    if let Some(error) = error {
        add(&mut text, &format!("\nError\n{error}"));
    }
    let Some(log) = log else { return text };
    let lines = logging::last_lines(log, LOG_LINES);
    add(
        &mut text,
        &format!("\nLast lines of the window's log ({})", log.display()),
    );
    if lines.is_empty() {
        add(&mut text, "none");
    }
    for line in lines {
        add(&mut text, &line);
    }
    text
}

fn add(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// Only whole names: `/home/ann` is no part of `/home/anna`.
fn without_home(text: &str, home: Option<&Path>) -> String {
    let home = home.map(|home| home.to_string_lossy().into_owned());
    let Some(home) = home.filter(|home| home.len() > 1) else {
        return text.to_owned();
    };
    let mut short = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(home.as_str()) {
        let goes_on = after
            .chars()
            .next()
            .is_some_and(|next| next.is_alphanumeric() || "-_.".contains(next));
        short.push_str(before);
        short.push_str(if goes_on { &home } else { "~" });
        rest = after;
    }
    short.push_str(rest);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::doctor::Finding;

    #[test]
    fn the_report_has_every_part() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("settings.toml"),
            "theme = \"light\"\ndevice = \"gpu\"\n[keys]\ncull_reject = \"Q\"\n",
        )
        .unwrap();
        let log = folder.path().join("window.log");
        std::fs::write(&log, "an old line\n").unwrap();
        let doctor = Doctor {
            version: "9.9",
            is_ok: false,
            findings: vec![Finding {
                what: "ffmpeg",
                is_ok: false,
                detail: "install it".to_owned(),
            }],
            cuda: Vec::new(),
        };
        let settings = SettingsFile::load(Some(folder.path()));
        let text = report(&doctor, &settings, Some("the disk is full"), Some(&log));
        for part in [
            "Cutting Room 9.9\n",
            "ffmpeg (missing): install it\n",
            "theme = \"light\"\n",
            "keys.cull_reject = \"Q\"\n",
            "`device` in the settings does not count",
            "Error\nthe disk is full\n",
            "an old line\n",
        ] {
            assert!(text.contains(part), "{part:?} in:\n{text}");
        }
    }

    #[test]
    fn the_home_folder_names_nobody() {
        let short = |text| without_home(text, Some(Path::new("/home/ann")));
        assert_eq!(
            short("file /home/ann/a.jpg; /home/anna/b.jpg; in /home/ann"),
            "file ~/a.jpg; /home/anna/b.jpg; in ~"
        );
        assert_eq!(without_home("/a", None), "/a");
        assert_eq!(without_home("/a", Some(Path::new("/"))), "/a");
    }
}
