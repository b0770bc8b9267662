//! `crop-character`: crops images to their character wherever they are looked at; the files stay as they are.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{ArgGroup, Args};

use super::args::{ProjectArgs, sources_named};
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::catalog::{Catalog, Edit, Snapshot, SourceId};
use crate::character::{self, Found, Proposals};
use crate::documents::characters::{CharacterCrops, CharacterRow};
use crate::media::crop_box::MARGIN;
use crate::number::counted;
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::Project;

/// More names than this do not help to find the slip.
const NAMED_PATHS: usize = 10;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["propose", "boxes", "accept", "off"]))]
pub struct CropCharacter {
    #[command(flatten)]
    at: ProjectArgs,
    /// Only this film or imported folder; several may be given [default: all]
    #[arg(long, alias = "source", value_name = "NAME", num_args = 1..)]
    film: Vec<String>,
    /// Look for the character of each image: by what moves in its scene and, with --run, by a heatmap, whichever is surer. What is found waits to be accepted here or in Cull; images without a sure box stay whole
    #[arg(long, conflicts_with_all = ["boxes", "off"])]
    propose: bool,
    /// With --propose: also where this run looks; `cutting-room runs PROJECT` lists the runs
    #[arg(long, value_name = "RUN", requires = "propose")]
    run: Option<String>,
    /// Propose boxes from a table, such as a detector's: path, x, y, w, h in pixels, and perhaps score; a line each. A narrow box is widened to two to three, a small one to 64 pixels
    #[arg(long, value_name = "CSV", conflicts_with = "off")]
    boxes: Option<PathBuf>,
    /// Around each box, on each side, as a part of its width or height, 0 to 1
    #[arg(long, value_name = "PART", default_value_t = MARGIN, value_parser = margin)]
    margin: f64,
    /// Crop to what is proposed: one step, which `undo` takes back
    #[arg(long, conflicts_with = "off")]
    accept: bool,
    /// Show the images whole again
    #[arg(long)]
    off: bool,
}

fn margin(text: &str) -> Result<f64, String> {
    let margin: f64 = text
        .parse()
        .map_err(|_no_number| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&margin) {
        Ok(margin)
    } else {
        Err("choose 0 to 1, 0.15 being usual".to_owned())
    }
}

pub fn run(args: &CropCharacter) -> anyhow::Result<()> {
    let changes = args.accept || args.off;
    // What only proposes works while a window has the project open.
    let (project, mut writer, snapshot) = if changes {
        let (project, catalog) = args.at.write()?;
        let snapshot = catalog.snapshot()?;
        (project, Some(catalog), snapshot)
    } else {
        let (project, snapshot) = args.at.read()?;
        (project, None, snapshot)
    };
    let mut shown = Shown::new()?;
    let sources = sources_named(&snapshot, &args.film)?;
    let meant = (&snapshot, sources.as_slice());
    let mut proposals = Proposals::read(&project);
    let mut unknown = Vec::new();
    if args.propose {
        let found = propose(args, &project, meant, &shown.progress)?;
        proposals = proposals.replaced(&found.looked_at, found.proposals);
        proposals.write(&project)?;
    } else if let Some(table) = &args.boxes {
        let (found, others) = boxes(table, meant, args.margin)?;
        unknown = others;
        proposals = proposals.replaced(&found.looked_at, found.proposals);
        proposals.write(&project)?;
    }
    shown.finish();
    let open = proposals.open_of(&snapshot, &sources);
    let is_left = !open.is_empty() || args.propose || args.boxes.is_some();
    let edit = if args.off {
        Some(character::clear(&snapshot, &sources))
    } else if args.accept && !is_left {
        bail!(
            "nothing is proposed; look for characters with --propose, or bring boxes with --boxes CSV"
        );
    } else {
        args.accept.then(|| character::accept(open))
    };
    let done = apply(writer.as_mut(), edit.as_ref())?;
    let snapshot = match &writer {
        Some(catalog) => catalog.snapshot()?,
        None => snapshot,
    };
    show(args, (&snapshot, &sources), &proposals, (unknown, done))
}

fn apply(catalog: Option<&mut Catalog>, edit: Option<&Edit>) -> anyhow::Result<Option<String>> {
    let Some((catalog, edit)) = catalog.zip(edit) else {
        return Ok(None);
    };
    Ok(catalog.edit(edit)?.map(|applied| applied.text))
}

fn propose(
    args: &CropCharacter,
    project: &Project,
    meant: (&Snapshot, &[SourceId]),
    progress: &Progress,
) -> anyhow::Result<Found> {
    let predictor = match &args.run {
        Some(run) => {
            check_run(project, run)?;
            Some(Predictor::load(project, run)?)
        }
        None => None,
    };
    Ok(character::propose(
        meant,
        predictor.as_ref(),
        args.margin,
        progress,
    )?)
}

/// What a table has, and its paths that are no image; says what does not come in.
fn boxes(
    table: &Path,
    meant: (&Snapshot, &[SourceId]),
    margin: f64,
) -> anyhow::Result<(Found, Vec<String>)> {
    let read = character::read_boxes(table, meant, margin)?;
    if read.looked_at.is_empty() && read.outside == 0 {
        bail!(
            "none of the paths is an image of the project, such as {}; paths are relative to the imported folder, the project or the table; file {}",
            read.unknown.first().map_or("", String::as_str),
            table.display()
        );
    }
    if !read.unknown.is_empty() {
        let named: Vec<&str> = read.unknown.iter().map(String::as_str).collect();
        let more = if named.len() > NAMED_PATHS {
            ", …"
        } else {
            ""
        };
        output::note(format_args!(
            "warning: {} of its paths match no image and were left out: {}{more}",
            named.len(),
            named[..named.len().min(NAMED_PATHS)].join(", ")
        ));
    }
    if read.outside > 0 {
        output::note(format_args!(
            "warning: left out the boxes of {} that lie outside of the image; x, y, w and h are pixels of the upright file",
            counted(read.outside, "image")
        ));
    }
    if read.decided > 0 {
        output::note(format_args!(
            "{} cropped to the character already, or rejected: left as it is; --off first takes new boxes",
            counted(read.decided, "image")
        ));
    }
    let found = Found {
        looked_at: read.looked_at,
        proposals: read.proposals,
    };
    Ok((found, read.unknown))
}

fn show(
    args: &CropCharacter,
    (snapshot, sources): (&Snapshot, &[SourceId]),
    proposals: &Proposals,
    (unknown, done): (Vec<String>, Option<String>),
) -> anyhow::Result<()> {
    let open = proposals.open_of(snapshot, sources);
    let rows = sources.iter();
    let rows: Vec<CharacterRow> = rows
        .filter_map(|source| CharacterRow::of(snapshot, *source, &open))
        .collect();
    if args.at.json {
        return output::json(&CharacterCrops {
            sources: rows,
            unknown,
            done,
        });
    }
    for row in &rows {
        output::line(format!("{}: {}", row.source, row.text()))?;
    }
    match done {
        Some(done) => output::line(format!("{done}; `undo` takes it back"))?,
        None if args.accept || args.off => output::line("Nothing to change")?,
        None if open.is_empty() => output::line("No box is sure enough to be proposed")?,
        None => output::line(
            "Nothing is cropped yet: look at them in Cull, or take them over with --accept",
        )?,
    }
    Ok(())
}
