//! A run as a folder that explains and checks itself: weights, preprocessing, model card, credits, and images with the logits
//! that the run gave them. Whoever reads it compares his own logits with those first.

mod card;
mod goldens;
mod read;
mod sums;

pub use card::{ClassRecall, ModelCard};
pub use goldens::{Golden, Goldens};
pub use read::Bundle;

use super::exporting::Exporting;
use super::{NewFolder, weights};
use crate::catalog::{ContentHash, Credit};
use crate::collect::credits;
use crate::error::Result;
use crate::progress::Progress;
use crate::run::RunLog;
use crate::run::lineage::{LineImages, line_images};

/// Credits of collected images, where there are any.
const CREDITS: &str = "CREDITS.md";

pub(super) fn write(folder: &NewFolder, run: &Exporting<'_>, progress: &Progress) -> Result<()> {
    weights::write(folder, run, progress)?;
    let described = describe(folder, run, progress)?;
    folder.write("model-card.md", described.card.to_markdown().as_bytes())?;
    sums::write(folder, described.goldens)
}

/// What was written of a run.
pub(super) struct Described {
    pub card: ModelCard,
    /// Images that a reader checks himself by.
    pub goldens: usize,
    pub has_credits: bool,
}

/// What every reader of a run checks himself by and is told of it: images with their logits, model card, credits.
pub(super) fn describe(
    folder: &NewFolder,
    run: &Exporting<'_>,
    progress: &Progress,
) -> Result<Described> {
    let material = run.material;
    let goldens = goldens::write(folder, run, progress)?;
    progress.stage("writing the model card", None);
    let credits = of_training_images(&run.log, &material.credits);
    let card = ModelCard::of(&material.project, &run.log, &credits)?;
    folder.write(ModelCard::FILE, card.to_json()?.as_bytes())?;
    if !credits.is_empty() {
        let path = folder.place(CREDITS)?;
        credits::write(&material.snapshot, &credits, &path)?;
    }
    Ok(Described {
        card,
        goldens,
        has_credits: !credits.is_empty(),
    })
}

/// Of those images that the run's line was trained on, as far as that is known; else of all that may have been.
pub fn of_training_images(run: &RunLog, credits: &[Credit]) -> Vec<Credit> {
    let trained_on = match line_images(&run.dir, &run.info) {
        LineImages::Listed(images) => Some(images),
        LineImages::TrainingSideOf(_) | LineImages::Unknown => None,
    };
    let is_used = |credit: &&Credit| match &trained_on {
        Some(images) => {
            ContentHash::from_hex(&credit.hash).is_some_and(|hash| images.contains(&hash))
        }
        None => credit.class.is_some(),
    };
    credits.iter().filter(is_used).cloned().collect()
}
