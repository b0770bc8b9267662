//! `frames`: a person says whether the images of a folder are frames of films or single images.

use clap::Args;

use super::args::{ProjectArgs, source_named};
use super::output;
use crate::catalog::{Edit, SourceId};
use crate::documents::frames::{FramesDocument, FramesRow};

#[derive(Debug, Args)]
pub struct Frames {
    #[command(flatten)]
    at: ProjectArgs,
    /// Imported folder; several may be given
    #[arg(long, value_name = "NAME", num_args = 1.., required = true)]
    source: Vec<String>,
    /// They are single images, whatever their names and looks suggest
    #[arg(long)]
    off: bool,
}

pub fn run(args: &Frames) -> anyhow::Result<()> {
    let (_project, mut catalog) = args.at.write()?;
    let before = catalog.snapshot()?;
    let names = args.source.iter();
    let sources: Vec<SourceId> = names
        .map(|name| Ok(source_named(&before, name)?.id))
        .collect::<anyhow::Result<_>>()?;
    let edit = Edit::SetFrames {
        sources: sources.clone(),
        are_frames: !args.off,
    };
    let done = catalog.edit(&edit)?.map(|applied| applied.text);
    if args.at.json {
        let snapshot = catalog.snapshot()?;
        let rows = sources.iter();
        return output::json(&FramesDocument {
            sources: rows
                .filter_map(|source| FramesRow::of(&snapshot, *source))
                .collect(),
            done,
        });
    }
    match done {
        Some(done) => output::line(format!("{done}; `undo` takes it back"))?,
        None => output::line("Nothing to change")?,
    }
    Ok(())
}
