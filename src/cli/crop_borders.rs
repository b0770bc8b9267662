//! `crop-borders`: cuts borders off wherever images are looked at; the files stay as they are.

use clap::Args;

use super::args::{ProjectArgs, sources_named};
use super::output;
use super::progress_bar::Shown;
use crate::catalog::{Catalog, Crop, Edit, Snapshot, SourceId};
use crate::curate::crop::{self, SourceCrop};
use crate::curate::scan::Scan;
use crate::documents::crops::{CropRow, CropsDocument};
use crate::progress::Progress;

#[derive(Debug, Args)]
pub struct CropBorders {
    #[command(flatten)]
    at: ProjectArgs,
    /// Only this film or imported folder; several may be given [default: all]
    #[arg(long, alias = "source", value_name = "NAME", num_args = 1..)]
    film: Vec<String>,
    /// Cut off so many pixels on each side instead of the borders that are measured
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pixels: Option<u32>,
    /// Crop no more
    #[arg(long, conflicts_with = "pixels")]
    off: bool,
}

pub fn run(args: &CropBorders) -> anyhow::Result<()> {
    let (_project, mut catalog) = args.at.write()?;
    let mut shown = Shown::new()?;
    let before = catalog.snapshot()?;
    let sources = sources_named(&before, &args.film)?;
    let crop = args.pixels.map_or(Crop::Measured, Crop::Pixels);
    if crop == Crop::Measured && !args.off {
        measure(&mut catalog, &before, &sources, &shown.progress)?;
    }
    shown.finish();
    let planned = crop::plan(&catalog, &before, &sources, crop)?;
    let edit = if args.off {
        Edit::SetCrop {
            sources,
            crop: None,
        }
    } else {
        crop::edit(&before, &planned, crop)
    };
    let done = catalog.edit(&edit)?.map(|applied| applied.text);
    let snapshot = catalog.snapshot()?;
    if args.at.json {
        let rows = planned.iter();
        return output::json(&CropsDocument {
            sources: rows.filter_map(|row| CropRow::of(&snapshot, row)).collect(),
            done,
        });
    }
    if !args.off {
        show(&snapshot, &planned, crop)?;
    }
    match done {
        Some(done) => output::line(format!("{done}; `undo` takes it back"))?,
        None => output::line("Nothing to change")?,
    }
    Ok(())
}

/// Looks for borders where nobody has looked yet.
fn measure(
    catalog: &mut Catalog,
    snapshot: &Snapshot,
    sources: &[SourceId],
    progress: &Progress,
) -> anyhow::Result<()> {
    let mut meant = snapshot.clone();
    meant.images.retain(|image| sources.contains(&image.source));
    let scan = Scan::plan_facts(catalog, &meant, crop::FACTS)?;
    scan.run(progress, &mut |batch| batch.write(catalog))?;
    Ok(())
}

fn show(snapshot: &Snapshot, planned: &[SourceCrop], crop: Crop) -> anyhow::Result<()> {
    let (cropped, others): (Vec<&SourceCrop>, Vec<&SourceCrop>) =
        planned.iter().partition(|row| row.cropped > 0);
    let name = |id| {
        snapshot
            .source(id)
            .map_or("", |source| source.name.as_str())
    };
    for row in cropped {
        output::line(format!("{}: {}", name(row.source), row.text(snapshot)))?;
    }
    let others: Vec<&str> = others.iter().map(|row| name(row.source)).collect();
    if !others.is_empty() {
        let reason = match crop {
            Crop::Measured => "nothing to crop".to_owned(),
            Crop::Pixels(pixels) => {
                format!("{pixels} pixels on each side are too much, so nothing is cropped")
            }
        };
        output::line(format!("{reason}: {}", others.join(", ")))?;
    }
    Ok(())
}
