//! `remove`: takes a film or an imported folder out of the project.

use clap::Args;

use super::args::{ProjectArgs, source_named};
use super::output;
use crate::catalog::Edit;
use crate::documents::edits::Removed;

#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    at: ProjectArgs,
    /// Name of the film or imported folder. No file is deleted, neither yours nor the project's copies
    source: String,
}

pub fn run(remove: &Remove) -> anyhow::Result<()> {
    let (_project, mut catalog) = remove.at.write()?;
    let snapshot = catalog.snapshot()?;
    let source = source_named(&snapshot, &remove.source)?;
    let images = snapshot.images_of_source(source.id).len();
    let done = catalog.apply(&Edit::RemoveSource { source: source.id })?;
    if remove.at.json {
        return output::json(&Removed {
            source: source.name.clone(),
            images,
            done,
        });
    }
    output::line(format!("{done}; `undo` brings it back"))?;
    Ok(())
}
