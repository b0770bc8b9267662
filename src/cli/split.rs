//! `split`: whole scenes into validation, by hand, by suggestion, or (for comparison) random images.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::query::SplitMode;
use crate::catalog::{Catalog, Decision, Edit, Snapshot};
use crate::dataset::split::{SplitProblem, counts, problems, suggest};
use crate::dataset::{Split, twins};
use crate::documents::split::SplitSummary;
use crate::error::Error;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("chosen by chance").args(["suggest", "random"]))]
pub struct SplitArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Exactly these scenes into validation, all others into training
    #[arg(long, num_args = 1.., value_name = "ID", conflicts_with_all = ["suggest", "random"])]
    valid: Option<Vec<String>>,
    /// Choose whole scenes with about this fraction of each class
    #[arg(long, value_name = "FRACTION", value_parser = fraction, conflicts_with = "random")]
    suggest: Option<f64>,
    /// Random images, for comparison only: neighbours of a frame in training make its number flattering
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    random: Option<f64>,
    /// Reject the training images that are in validation or a test set too; `undo` takes it back
    #[arg(long, conflicts_with_all = ["valid", "suggest", "random"])]
    reject_twins: bool,
    /// Of --suggest and --random
    #[arg(long, default_value_t = 0, requires = "chosen by chance")]
    seed: u64,
}

fn fraction(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(fraction) if fraction > 0.0 && fraction < 1.0 => Ok(fraction),
        _ => Err("give a fraction between 0 and 1, such as 0.2".into()),
    }
}

pub fn run(args: &SplitArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let is_choice = args.valid.is_some() || args.suggest.is_some() || args.random.is_some();
    let snapshot = if is_choice || args.reject_twins {
        let (_project, mut catalog) = args.at.write()?;
        if is_choice {
            let edit = edit(args, &catalog)?;
            catalog.apply(&edit)?;
        }
        let mut snapshot = catalog.snapshot()?;
        let pixels = twins::complete(&mut snapshot, &shown.progress)?;
        if !pixels.is_empty() {
            catalog.insert_pixel_hashes(&pixels)?;
        }
        if args.reject_twins {
            shown.note(&reject_twins(&mut catalog, &snapshot)?);
            snapshot = catalog.snapshot()?;
        }
        snapshot
    } else {
        args.at.read_split(&shown.progress)?.1
    };
    shown.finish();
    show(args, &snapshot).map_err(|error| {
        if is_choice {
            anyhow::anyhow!("the split is saved, and cannot be trained on yet: {error}")
        } else {
            error
        }
    })
}

/// Returns what was done in words.
fn reject_twins(catalog: &mut Catalog, snapshot: &Snapshot) -> Result<String, Error> {
    let twins = Split::of(snapshot)?.twins;
    if twins.is_empty() {
        return Ok("No training image is in validation or a test set too".to_owned());
    }
    catalog.apply(&Edit::SetDecision {
        images: twins.iter().map(|twin| twin.image).collect(),
        decision: Decision::Reject,
    })
}

fn edit(args: &SplitArgs, catalog: &Catalog) -> Result<Edit, Error> {
    let snapshot = catalog.snapshot()?;
    if let Some(fraction) = args.random {
        return Ok(Edit::SetSplitMode {
            mode: SplitMode::Random {
                fraction,
                seed: args.seed,
            },
        });
    }
    let scenes = match (&args.valid, args.suggest) {
        (Some(names), _) => names
            .iter()
            .map(|name| snapshot.find_scene(name))
            .collect::<Result<_, _>>()?,
        (None, Some(fraction)) => suggest(&snapshot, fraction, args.seed),
        (None, None) => Vec::new(),
    };
    if scenes.is_empty() {
        return Err(Error::Invalid(nothing_to_suggest(&snapshot)));
    }
    Ok(Edit::SetValidScenes { scenes })
}

/// Why no scene can be put into validation.
fn nothing_to_suggest(snapshot: &Snapshot) -> String {
    if snapshot.scenes.is_empty() {
        return "there is no scene to choose from; import films first (`cutting-room import-film`)"
            .into();
    }
    let single: Vec<String> = problems(snapshot)
        .into_iter()
        .filter_map(|problem| match problem {
            SplitProblem::FewScenes { class, scenes: 1 } => Some(class),
            _ => None,
        })
        .collect();
    format!(
        "each class of film frames has only one scene ({}), and putting it into validation would leave nothing to train on; import more of these films, or films with more scenes",
        single.join(", ")
    )
}

fn show(args: &SplitArgs, snapshot: &Snapshot) -> anyhow::Result<()> {
    let summary = SplitSummary::of(snapshot);
    if args.at.json {
        return output::json(&summary?);
    }
    // Also of a split that nothing can be trained on yet: the table shows what it lacks.
    output::line(format!(
        "{:<20} {:>7} {:>7}  scenes",
        "class", "train", "valid"
    ))?;
    for row in &counts(snapshot) {
        output::line(format!(
            "{:<20} {:>7} {:>7}  {} + {}",
            row.class, row.train, row.valid, row.train_scenes, row.valid_scenes
        ))?;
    }
    let summary = summary?;
    output::line(format!(
        "{:<20} {:>7} {:>7}  split {}",
        "all", summary.train, summary.valid, summary.hash
    ))?;
    if summary.mode == "random" {
        output::line("Random images: their accuracy looks better than it is, do not trust it.")?;
    } else if !summary.valid_scenes.is_empty() {
        output::line(format!("validation: {}", summary.valid_scenes.join(" ")))?;
    }
    for problem in &summary.problems {
        output::line(format!("problem: {problem}"))?;
    }
    Ok(())
}
