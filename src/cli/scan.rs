//! `scan`: reads what the checks want to know of every image and file.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::curate::{Features, Kind, scan};
use crate::documents::findings::Scanned;

#[derive(Debug, Args)]
pub struct ScanArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Only what this kind of finding needs; several may be given [default: all]
    #[arg(long, value_name = "KIND", num_args = 1..)]
    kind: Vec<Kind>,
}

pub fn run(args: &ScanArgs) -> anyhow::Result<()> {
    let (project, mut catalog) = args.at.write()?;
    let mut shown = Shown::new()?;
    let kinds = if args.kind.is_empty() {
        Kind::ALL
    } else {
        &args.kind
    };
    let report = scan(&mut catalog, kinds, &shown.progress)?;
    if kinds.iter().any(|kind| kind.needs_features()) {
        let snapshot = catalog.snapshot()?;
        if !snapshot.images.is_empty() {
            Features::load(&project.cache_dir(), &snapshot, &shown.progress)?;
        }
    }
    shown.finish();
    if args.at.json {
        return output::json(&Scanned {
            report,
            warnings: shown.progress.warnings(),
        });
    }
    output::line(report.summary())?;
    Ok(())
}
