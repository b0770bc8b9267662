//! `upsample`: training learns from copies of a source's images, too; or the copies as files.

use std::path::PathBuf;

use clap::Args;

use super::args::{ProjectArgs, source_named};
use super::output;
use super::progress_bar::Shown;
use crate::catalog::{Catalog, Edit, Snapshot, SourceId};
use crate::curate::upsample::{CopySearch, count, write_copies};
use crate::documents::copies::{CopiesDocument, CopiesRow, WrittenCopies};
use crate::number;

#[derive(Debug, Args)]
pub struct Upsample {
    #[command(flatten)]
    at: ProjectArgs,
    /// Film or imported folder; several may be given
    #[arg(long, alias = "film", value_name = "NAME", num_args = 1.., required = true)]
    source: Vec<String>,
    /// Learn from copies no more
    #[arg(long, conflicts_with = "write")]
    off: bool,
    /// Write the copies as PNG files into a new folder instead; the project stays as it is
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

pub fn run(args: &Upsample) -> anyhow::Result<()> {
    if let Some(dir) = &args.write {
        return write(args, dir);
    }
    let (_project, mut catalog) = args.at.write()?;
    let mut shown = Shown::new()?;
    let before = catalog.snapshot()?;
    let sources = sources(args, &before)?;
    if !args.off {
        let search = CopySearch::plan(&catalog, &before, &sources)?;
        search.run(&shown.progress, &mut |facts| catalog.insert_facts(&facts))?;
    }
    shown.finish();
    let edit = Edit::SetUpsampled {
        sources: sources.clone(),
        is_upsampled: !args.off,
    };
    let done = catalog.edit(&edit)?.map(|applied| applied.text);
    show(args, &catalog, &sources, done)
}

fn sources(args: &Upsample, snapshot: &Snapshot) -> anyhow::Result<Vec<SourceId>> {
    let names = args.source.iter();
    names
        .map(|name| Ok(source_named(snapshot, name)?.id))
        .collect()
}

fn show(
    args: &Upsample,
    catalog: &Catalog,
    sources: &[SourceId],
    done: Option<String>,
) -> anyhow::Result<()> {
    let snapshot = catalog.snapshot()?;
    let counts = count(catalog, &snapshot, sources)?;
    let rows: Vec<CopiesRow> = counts
        .iter()
        .filter_map(|counts| CopiesRow::of(&snapshot, counts))
        .collect();
    if args.at.json {
        return output::json(&CopiesDocument {
            sources: rows,
            written: None,
            done,
        });
    }
    for row in rows.iter().filter(|row| row.is_upsampled) {
        output::line(format!(
            "{}: {} copies of {}; training learns from those of its side",
            row.source,
            number::count(row.copies),
            number::counted(row.images, "image")
        ))?;
    }
    match done {
        Some(done) => output::line(format!("{done}; `undo` takes it back"))?,
        None => output::line("Nothing to change")?,
    }
    Ok(())
}

fn write(args: &Upsample, dir: &std::path::Path) -> anyhow::Result<()> {
    let (_project, snapshot) = args.at.read()?;
    let mut shown = Shown::new()?;
    let sources = sources(args, &snapshot)?;
    let files = write_copies(&snapshot, &sources, dir, &shown.progress)?;
    shown.finish();
    if args.at.json {
        return output::json(&CopiesDocument {
            sources: Vec::new(),
            written: Some(WrittenCopies {
                folder: dir.to_path_buf(),
                files,
            }),
            done: None,
        });
    }
    output::line(format!("Wrote {files} copies into {}", dir.display()))?;
    Ok(())
}
