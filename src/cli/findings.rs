//! `findings`: what the checks have found.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::Catalog;
use crate::curate::{Kind, load_findings};
use crate::documents::findings::{FindingRow, FindingsDocument};
use crate::number::counted;

#[derive(Debug, Args)]
pub struct FindingsArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Only this kind; several may be given [default: all]
    #[arg(long, value_name = "KIND", num_args = 1..)]
    kind: Vec<Kind>,
}

pub fn run(args: &FindingsArgs) -> anyhow::Result<()> {
    let project = args.at.open()?;
    let catalog = Catalog::open_read_only(&project)?;
    let mut shown = Shown::new()?;
    let kinds = if args.kind.is_empty() {
        Kind::ALL
    } else {
        &args.kind
    };
    let (snapshot, findings) =
        load_findings(&catalog, &project.cache_dir(), kinds, &shown.progress)?;
    shown.finish();
    let document = FindingsDocument::of(&snapshot, findings);
    for note in &document.notes {
        output::note(note);
    }
    if document.unscanned > 0 {
        output::note(format_args!(
            "not scanned yet: {}; `cutting-room scan {}` reads what is missing",
            counted(document.unscanned, "image"),
            args.at.project.display()
        ));
    }
    if args.at.json {
        return output::json(&document);
    }
    for row in &document.findings {
        output::line(line(row))?;
    }
    for (kind, count) in &document.counts {
        output::line(format!("{kind}: {count}"))?;
    }
    Ok(())
}

/// "near-duplicate   0.97  scraped/elves/near0.jpg, of elves/000.jpg".
fn line(row: &FindingRow) -> String {
    let mut text = format!(
        "{:<16} {:.2}  {}: {}",
        row.kind.name(),
        row.score,
        row.source,
        row.path
    );
    let of = row.of.as_ref().map(|of| format!("of {of}"));
    let class = row.looks_like.as_ref();
    let class = class.map(|class| format!("looks like {class}"));
    for more in [of, class, row.reason.clone()].into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&more);
    }
    text
}
