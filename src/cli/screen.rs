//! `screen`: properties that tell a class without a look at what its images show.

use clap::Args;

use super::args::ProjectArgs;
use super::leaks::{UNREADABLE, unscanned_because};
use super::output;
use super::progress_bar::Shown;
use crate::catalog::{Catalog, Snapshot};
use crate::curate::scan::scan_facts;
use crate::curate::screen::{FACTS, Screen, Suspicion};
use crate::documents::screen::ScreenDocument;
use crate::number::{count, counted};

/// Chance makes some property differ as much in one of twenty projects.
const SUSPICIOUS: f64 = 0.05;

#[derive(Debug, Args)]
pub struct ScreenArgs {
    #[command(flatten)]
    at: ProjectArgs,
}

pub fn run(args: &ScreenArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let project = args.at.open()?;
    let why_unscanned = match Catalog::open(&project) {
        Ok(mut catalog) => {
            scan_facts(&mut catalog, FACTS, &shown.progress)?;
            UNREADABLE
        }
        Err(error) => unscanned_because(error)?,
    };
    let catalog = Catalog::open_read_only(&project)?;
    let snapshot = catalog.snapshot()?;
    let screen = Screen::of(&catalog, &snapshot)?;
    shown.finish();
    if screen.unscanned > 0 {
        output::note(format_args!(
            "{} not measured and left out, because {why_unscanned}",
            counted(screen.unscanned, "image")
        ));
    }
    if args.at.json {
        return output::json(&ScreenDocument::of(&snapshot, &screen));
    }
    show(&snapshot, &screen)
}

fn show(snapshot: &Snapshot, screen: &Screen) -> anyhow::Result<()> {
    let suspicious: Vec<&Suspicion> = screen
        .list
        .iter()
        .filter(|found| found.p < SUSPICIOUS)
        .collect();
    if suspicious.is_empty() && screen.unscanned > 0 {
        output::line(format!(
            "Not known whether a class differs from the others in a property of its images ({} of {} measured)",
            count(screen.images.saturating_sub(screen.unscanned)),
            counted(screen.images, "image")
        ))?;
    } else if screen.list.is_empty() {
        output::line(
            "Nothing to compare: two classes with two scenes or single images each are needed",
        )?;
    } else if suspicious.is_empty() {
        output::line(format!(
            "No class differs from the others in a property of its images ({} scenes and single images compared)",
            screen.units
        ))?;
    }
    for found in suspicious {
        let class = snapshot.class_name(found.class).unwrap_or_default();
        output::line(format!(
            "{:<13} {class} {} (AUC {:.2}, p {:.4}): {}",
            found.property.name(),
            found.property.text(found.is_higher),
            found.auc,
            found.p,
            found.property.remedy()
        ))?;
    }
    Ok(())
}
