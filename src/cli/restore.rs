//! `restore`: the copies of the catalog that the program makes by itself, and the way back to one.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use crate::catalog::Catalog;
use crate::catalog::restore::{Restored, restore};
use crate::documents::backups::{BackupRow, Backups};
use crate::error::Error;
use crate::project::Project;

#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    at: ProjectArgs,
    /// Put this copy back, though the catalog is sound; without it the newest sound copy replaces a damaged or missing
    /// catalog, and copies are only listed where the catalog is sound
    #[arg(long, value_name = "NAME")]
    backup: Option<String>,
}

pub fn run(args: &Restore) -> anyhow::Result<()> {
    if Project::mend_description(&args.at.project)? {
        output::note("project.toml was missing or damaged and has been made anew");
    }
    let project = args.at.open()?;
    let restored = if args.backup.is_some() || needs_one(&project)? {
        Some(restore(&project, args.backup.as_deref())?)
    } else {
        None
    };
    let document = Backups::of(&project, restored.clone())?;
    if args.at.json {
        return output::json(&document);
    }
    for row in &document.backups {
        output::line(sentence(row))?;
    }
    output::line(outcome(&document, restored.as_ref()))?;
    Ok(())
}

/// Whether the catalog cannot be opened for what a copy would help against.
fn needs_one(project: &Project) -> Result<bool, Error> {
    match Catalog::open_read_only(project) {
        Ok(_) => Ok(false),
        Err(Error::DamagedCatalog { .. } | Error::MissingCatalog { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

fn sentence(row: &BackupRow) -> String {
    match (row.images, row.decided) {
        (Some(images), Some(decided)) => {
            format!("{}  {images} images, {decided} decided", row.name)
        }
        _ => format!("{}  damaged", row.name),
    }
}

fn outcome(document: &Backups, restored: Option<&Restored>) -> String {
    match restored {
        Some(restored) => {
            let before = restored.set_aside.as_ref().map_or_else(String::new, |folder| {
                format!("; the catalog before it lies in {}", folder.display())
            });
            format!("Restored {}{before}", restored.backup.name)
        }
        None if document.backups.is_empty() => {
            "The catalog is sound. There is no backup yet: one is made when the project is opened after a day of changes".into()
        }
        None => "The catalog is sound; --backup NAME goes back to one of these all the same".into(),
    }
}
