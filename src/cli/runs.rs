//! `runs`: what was trained, how well it did.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use crate::documents;
use crate::error::Error;
use crate::number::counted;
use crate::predict::ImageFile;
use crate::progress::Progress;
use crate::project::Project;
use crate::report::interval_text;
use crate::run::{self, RunInfo};

#[derive(Debug, Args)]
pub struct Runs {
    #[command(flatten)]
    at: ProjectArgs,
}

pub fn run(runs: &Runs) -> anyhow::Result<()> {
    let project = runs.at.open()?;
    let progress = Progress::silent();
    let document = documents::runs::Runs::of(&project, &progress)?;
    for warning in progress.warnings() {
        output::note(format_args!(
            "warning: {}: {}",
            warning.subject, warning.message
        ));
    }
    if runs.at.json {
        return output::json(&document);
    }
    if document.runs.is_empty() {
        output::line("No runs yet; `cutting-room train PROJECT` makes the first")?;
    }
    for row in document.runs {
        let accuracy = row.accuracy.map_or("    –".into(), |accuracy| {
            format!("{:>5.1} %", accuracy * 100.0)
        });
        let mut remarks: Vec<String> = row.interval.map(interval_text).into_iter().collect();
        remarks.extend(row.caveats);
        if row.warnings > 0 {
            let warnings = counted(row.warnings, "warning");
            remarks.push(format!("{warnings} (runs/{}/warnings.jsonl)", row.id));
        }
        output::line(format!(
            "{:<24} stage {}  {:<11} {accuracy}  {}",
            row.id,
            row.stage,
            row.status,
            remarks.join("; "),
        ))?;
    }
    Ok(())
}

/// A run's folder exists, or the runs that do are named.
pub fn check_run(project: &Project, run: &str) -> Result<(), Error> {
    let runs = run::list(project)?;
    if runs.iter().any(|known| known == run) {
        return Ok(());
    }
    Err(Error::Unknown {
        what: "run",
        name: run.to_owned(),
        remedy: if runs.is_empty() {
            "train one first with `cutting-room train PROJECT`".into()
        } else {
            format!("the project has: {}", runs.join(", "))
        },
    })
}

/// Warns where the run cuts its images to their character, which nobody can do for files from elsewhere.
pub fn warn_of_whole_files(
    project: &Project,
    run: &str,
    files: &[ImageFile],
    progress: &Progress,
) -> Result<(), Error> {
    let has_outside = files.iter().any(|file| file.recipe.is_none());
    if has_outside && RunInfo::read(&project.run_dir(run))?.has_cropped_characters() {
        progress.warn(
            run,
            "learned from images that are cropped to their character, and sees files from outside of the project whole",
        );
    }
    Ok(())
}
