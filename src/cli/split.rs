//! `split`: whole scenes into validation, by hand, by suggestion, or (for comparison) random pictures.

use clap::Args;
use serde::Serialize;

use super::{ProjectArgs, output};
use crate::catalog::query::SplitMode;
use crate::catalog::{Catalog, Edit, Side, Snapshot};
use crate::dataset::Split;
use crate::dataset::split::{ClassCounts, SplitProblem, counts, problems, suggest};
use crate::error::Error;

#[derive(Debug, Args)]
pub struct SplitArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Exactly these scenes into validation, all others into training
    #[arg(long, num_args = 1.., value_name = "ID", conflicts_with_all = ["suggest", "random"])]
    valid: Option<Vec<String>>,
    /// Choose whole scenes with about this fraction of each class
    #[arg(long, value_name = "FRACTION", value_parser = fraction, conflicts_with = "random")]
    suggest: Option<f64>,
    /// Random pictures, for comparison only: neighbours of a frame in training make its number flattering
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    random: Option<f64>,
    /// Of --suggest and --random
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Serialize)]
struct Answer {
    mode: &'static str,
    hash: String,
    train: usize,
    valid: usize,
    classes: Vec<ClassRow>,
    valid_scenes: Vec<String>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct ClassRow {
    class: String,
    train: usize,
    valid: usize,
    train_scenes: usize,
    valid_scenes: usize,
}

fn fraction(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(fraction) if fraction > 0.0 && fraction < 1.0 => Ok(fraction),
        _ => Err("give a fraction between 0 and 1, such as 0.2".into()),
    }
}

pub fn run(args: &SplitArgs) -> anyhow::Result<()> {
    let is_change = args.valid.is_some() || args.suggest.is_some() || args.random.is_some();
    let snapshot = if is_change {
        let (_project, mut catalog) = args.at.write()?;
        let edit = edit(args, &catalog)?;
        catalog.apply(&edit)?;
        catalog.snapshot()?
    } else {
        args.at.read()?.1
    };
    show(args, &snapshot)
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
        return Err(Error::Invalid(
            "there is no scene to choose from; import films first (`cutting-room import-film`)"
                .into(),
        ));
    }
    Ok(Edit::SetValidScenes { scenes })
}

fn show(args: &SplitArgs, snapshot: &Snapshot) -> anyhow::Result<()> {
    let split = Split::of(snapshot)?;
    let is_random = matches!(snapshot.split_mode, SplitMode::Random { .. });
    let classes = counts(snapshot);
    let answer = Answer {
        mode: if is_random { "random" } else { "scenes" },
        hash: split.hash.clone(),
        train: split.train.len(),
        valid: split.valid.len(),
        classes: classes.iter().map(class_row).collect(),
        valid_scenes: if is_random {
            Vec::new()
        } else {
            valid_scenes(snapshot)
        },
        problems: problems(snapshot).iter().map(problem_text).collect(),
    };
    if args.at.json {
        return output::json(&answer);
    }
    output::line(format!(
        "{:<20} {:>7} {:>7}  scenes",
        "class", "train", "valid"
    ))?;
    for row in &answer.classes {
        output::line(format!(
            "{:<20} {:>7} {:>7}  {} + {}",
            row.class, row.train, row.valid, row.train_scenes, row.valid_scenes
        ))?;
    }
    output::line(format!(
        "{:<20} {:>7} {:>7}  split {}",
        "all", answer.train, answer.valid, answer.hash
    ))?;
    if is_random {
        output::line("Random pictures: their accuracy is flattering, do not trust it.")?;
    } else if !answer.valid_scenes.is_empty() {
        output::line(format!("validation: {}", answer.valid_scenes.join(" ")))?;
    }
    for problem in &answer.problems {
        output::line(format!("problem: {problem}"))?;
    }
    Ok(())
}

fn class_row(counts: &ClassCounts) -> ClassRow {
    ClassRow {
        class: counts.class.clone(),
        train: counts.train,
        valid: counts.valid,
        train_scenes: counts.train_scenes,
        valid_scenes: counts.valid_scenes,
    }
}

fn valid_scenes(snapshot: &Snapshot) -> Vec<String> {
    snapshot
        .scenes
        .iter()
        .filter(|scene| scene.side == Side::Valid)
        .map(|scene| snapshot.scene_name(scene))
        .collect()
}

fn problem_text(problem: &SplitProblem) -> String {
    match problem {
        SplitProblem::NoValidation { class } => format!(
            "{class} has no picture in validation: put one of its scenes there, or its accuracy stays unknown"
        ),
        SplitProblem::FewScenes { class, scenes } => {
            let (count, noun) = (*scenes, if *scenes == 1 { "scene" } else { "scenes" });
            format!(
                "{class} has only {count} {noun}: it needs one for each side, import more of it"
            )
        }
        SplitProblem::EmptyTrain { class } => {
            format!("{class} has no picture in training: take one of its scenes out of validation")
        }
    }
}
