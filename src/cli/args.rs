//! What every command about a project takes, and how it opens the project.

use std::path::PathBuf;

use clap::Args;

use super::output;
use crate::catalog::{Catalog, Snapshot, Source, SourceId};
use crate::dataset::twins;
use crate::error::Error;
use crate::progress::Progress;
use crate::project::{CANNOT_LOCK, Project};

/// What every command about a project takes.
#[derive(Debug, Args)]
pub struct ProjectArgs {
    /// The project's folder
    pub project: PathBuf,
    /// Print one JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

impl ProjectArgs {
    pub fn open(&self) -> Result<Project, Error> {
        Project::open(&self.project)
    }

    /// The project and its catalog for writing; holds the lock.
    pub fn write(&self) -> Result<(Project, Catalog), Error> {
        let project = self.open()?;
        let catalog = Catalog::open(&project)?;
        if !catalog.is_locked() {
            output::note(format_args!("warning: {CANNOT_LOCK}"));
        }
        Ok((project, catalog))
    }

    /// As [`ProjectArgs::read`], with all twins known: for whoever needs the split.
    pub fn read_split(&self, progress: &Progress) -> Result<(Project, Snapshot), Error> {
        let (project, mut snapshot) = self.read()?;
        twins::complete(&mut snapshot, progress)?;
        Ok((project, snapshot))
    }

    /// The project as it stands; works while a window has it open.
    pub fn read(&self) -> Result<(Project, Snapshot), Error> {
        let project = self.open()?;
        let snapshot = Catalog::open_read_only(&project)?.snapshot()?;
        Ok((project, snapshot))
    }
}

/// Of a finding or a suggestion.
pub fn score(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("give a score between 0 and 1, such as 0.9".into()),
    }
}

/// Sources by their names; all of the project without any.
pub fn sources_named(snapshot: &Snapshot, names: &[String]) -> anyhow::Result<Vec<SourceId>> {
    if names.is_empty() {
        return Ok(snapshot.sources.iter().map(|source| source.id).collect());
    }
    let names = names.iter();
    names
        .map(|name| Ok(source_named(snapshot, name)?.id))
        .collect()
}

/// # Errors
/// `Unknown`, with the names that there are.
pub fn source_named<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a Source, Error> {
    snapshot.source_named(name).ok_or_else(|| {
        let names: Vec<&str> = snapshot
            .sources
            .iter()
            .map(|source| source.name.as_str())
            .collect();
        Error::Unknown {
            what: "source",
            name: name.to_owned(),
            remedy: format!("the project has: {}", names.join(", ")),
        }
    })
}
