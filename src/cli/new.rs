//! `new`: an empty project, or the sample one with its films and images in it.

use std::path::PathBuf;

use clap::Args;

use super::output;
use super::progress_bar::Shown;
use crate::documents::edits::NewProject;
use crate::project::Project;
use crate::sample;

#[derive(Debug, Args)]
pub struct New {
    /// A new or empty folder
    project: PathBuf,
    /// Put the sample's three films and scraped images into it, with a suggested split
    #[arg(long)]
    sample: bool,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

pub fn run(new: &New) -> anyhow::Result<()> {
    let project = if new.sample {
        let shown_progress = Shown::new()?;
        sample::prepare(&new.project, &shown_progress.progress)?
    } else {
        Project::create(&new.project)?
    };
    if new.json {
        return output::json(&NewProject::of(&project));
    }
    output::line(format!("Made the project {}", project.root().display()))?;
    Ok(())
}
