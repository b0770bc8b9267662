//! `leaks`: how much of validation training gives away, through which scenes, and what helps.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::{Catalog, ImageId, SceneId, Snapshot, SplitMode};
use crate::curate::leak::{self, Offender};
use crate::curate::{Features, Kind, Leaks, scan};
use crate::dataset::{Split, twins};
use crate::documents::leaks::LeaksDocument;
use crate::error::{Error, Result};
use crate::number::counted;
use crate::progress::Progress;
use crate::project::Project;

/// Scenes that are listed.
const WORST: usize = 12;

#[derive(Debug, Args)]
pub struct LeaksArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Look only at time and hashes, as training does, and at no network's features
    #[arg(long)]
    quick: bool,
}

pub fn run(args: &LeaksArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let project = args.at.open()?;
    let (mut snapshot, why_unscanned) = scanned(&project, &shown.progress)?;
    twins::complete(&mut snapshot, &shown.progress)?;
    let split = Split::of(&snapshot)?;
    let features = if args.quick {
        None
    } else {
        Some(Features::load(
            &project.cache_dir(),
            &snapshot,
            &shown.progress,
        )?)
    };
    let catalog = Catalog::open_read_only(&project)?;
    let leaks = Leaks::of(&catalog, &snapshot, &split, features.as_ref())?;
    shown.finish();
    if leaks.unscanned > 0 {
        output::note(format_args!(
            "{} could not be compared, because {why_unscanned}",
            counted(leaks.unscanned, "image")
        ));
    }
    if args.at.json {
        return output::json(&LeaksDocument::of(&snapshot, &leaks));
    }
    show(args, &snapshot, &leaks)
}

/// The project's images, with a signature where they can be read and the project be written; and why others have none.
fn scanned(project: &Project, progress: &Progress) -> Result<(Snapshot, &'static str)> {
    let why = match Catalog::open(project) {
        Ok(mut catalog) => {
            scan(&mut catalog, &[Kind::NearDuplicate], progress)?;
            return Ok((catalog.snapshot()?, UNREADABLE));
        }
        Err(error) => unscanned_because(error)?,
    };
    Ok((Catalog::open_read_only(project)?.snapshot()?, why))
}

/// Of images that a scan has tried to read.
pub(super) const UNREADABLE: &str =
    "their files cannot be read; put them back, or import the film or folder again";

/// Why a project could not be scanned, if what is known of it has to do then.
///
/// # Errors
/// `error`, if it is another one.
pub(super) fn unscanned_because(error: Error) -> Result<&'static str> {
    match error {
        Error::Locked { .. } => Ok(
            "nobody has scanned them and another program has the project open; close it there and try again",
        ),
        Error::ReadOnly { .. } => Ok(
            "nobody has scanned them and nothing can be written in the project's folder; copy the project to a folder of your own",
        ),
        error => Err(error),
    }
}

fn show(args: &LeaksArgs, snapshot: &Snapshot, leaks: &Leaks) -> anyhow::Result<()> {
    let leakage = leaks.leakage();
    output::line(match leaks.contamination() {
        Some(share) if leaks.unscanned == 0 => {
            format!("contamination {:.1} %: {leakage}", 100.0 * share)
        }
        Some(share) => format!(
            "contamination at least {:.1} % ({}): {leakage}",
            100.0 * share,
            leaks.compared_text()
        ),
        None if leakage.twins == 0 => {
            format!("contamination not known ({})", leaks.compared_text())
        }
        None => format!(
            "contamination not known ({}): so far {leakage}",
            leaks.compared_text()
        ),
    })?;
    let worst = leak::worst(snapshot, leaks);
    if worst.is_empty() {
        return Ok(());
    }
    output::line(format!(
        "{:<24} {:>7}  {:<24} evidence",
        "validation", "images", "training"
    ))?;
    for offender in worst.iter().take(WORST) {
        output::line(format!(
            "{:<24} {:>7}  {:<24} {}",
            place(snapshot, offender.scene, offender.image),
            offender.twins,
            place(snapshot, offender.train_scene, offender.train),
            offender.evidence,
        ))?;
    }
    if worst.len() > WORST {
        output::line(format!("… and {} more", worst.len() - WORST))?;
    }
    output::line(remedy(args, snapshot, &worst))?;
    Ok(())
}

/// The scene's name, or the image's where there is no scene.
fn place(snapshot: &Snapshot, scene: Option<SceneId>, image: ImageId) -> String {
    match scene.and_then(|id| snapshot.scene(id)) {
        Some(scene) => snapshot.scene_name(scene),
        None => snapshot
            .image(image)
            .map_or_else(String::new, |image| image.origin.clone()),
    }
}

fn remedy(args: &LeaksArgs, snapshot: &Snapshot, worst: &[Offender]) -> String {
    let project = args.at.project.display();
    if snapshot.split_mode != SplitMode::Scenes && !snapshot.scenes.is_empty() {
        return format!(
            "Remedy: put whole scenes into validation (`cutting-room split {project} --suggest 0.2`)"
        );
    }
    let linked = worst.iter().find_map(|offender| {
        let valid = snapshot.scene(offender.scene?)?;
        let train = snapshot.scene(offender.train_scene?)?;
        Some(format!(
            "{} {}",
            snapshot.scene_name(valid),
            snapshot.scene_name(train)
        ))
    });
    match linked {
        Some(scenes) => format!(
            "Remedy: link what shows the same, and it moves to training as one (`cutting-room group {project} --link {scenes}`)"
        ),
        None => format!(
            "Remedy: reject one of each two images (`cutting-room decide {project} --reject --paths …`)"
        ),
    }
}
