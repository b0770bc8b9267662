//! `honesty`: what a random split would claim, and what this split says.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::curate::honesty::Measured;
use crate::curate::{Features, Honesty};
use crate::dataset::Split;
use crate::documents::honesty::HonestyDocument;
use crate::report::interval_text;

#[derive(Debug, Args)]
pub struct HonestyArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Of the random split
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(args: &HonestyArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    let split = Split::of(&snapshot)?;
    let features = Features::load(&project.cache_dir(), &snapshot, &shown.progress)?;
    shown.progress.stage("fitting two heads", None);
    let honesty = Honesty::of(&snapshot, &split, &features, args.seed)?;
    shown.finish();
    if args.at.json {
        return output::json(&HonestyDocument::of(&honesty));
    }
    let line = |name: &str, measured: Measured| {
        output::line(format!(
            "{name:<13} {:>5.1} %  {}",
            100.0 * measured.accuracy,
            interval_text(measured.interval)
        ))
    };
    line("random images", honesty.random)?;
    line("this split", honesty.split)?;
    if honesty.is_random_split {
        output::line(
            "This split is of random images too: neighbors of training images are in validation. `split --suggest 0.2` puts whole scenes there.",
        )?;
    }
    Ok(())
}
