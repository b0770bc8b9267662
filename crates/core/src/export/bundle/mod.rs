//! A run as a folder that explains and checks itself: weights, preprocessing, model card, credits, and images with the logits
//! that the run gave them. Whoever reads it compares his own logits with those first.

mod card;
mod goldens;
mod read;

pub use card::ModelCard;
pub use goldens::{Golden, Goldens};
pub use read::Bundle;

use super::exporting::Exporting;
use super::{NewFolder, weights};
use crate::catalog::{ContentHash, Credit};
use crate::collect::credits;
use crate::error::Result;
use crate::progress::Progress;
use crate::run::lineage::{LineImages, line_images};

/// Credits of collected images, where there are any.
const CREDITS: &str = "CREDITS.md";

pub(super) fn write(folder: &NewFolder, run: &Exporting<'_>, progress: &Progress) -> Result<()> {
    let material = run.material;
    weights::write(folder, run, progress)?;
    goldens::write(folder, run, progress)?;
    progress.stage("writing the model card", None);
    let credits = of_training_images(run, &material.credits);
    let card = ModelCard::of(&material.project, &run.log, &credits)?;
    folder.write("model-card.json", card.to_json()?.as_bytes())?;
    folder.write("model-card.md", card.to_markdown().as_bytes())?;
    if !credits.is_empty() {
        let path = folder.place(CREDITS)?;
        credits::write(&material.snapshot, &credits, &path)?;
    }
    Ok(())
}

/// Of those images that the run's line was trained on, as far as that is known; else of all that may have been.
fn of_training_images(run: &Exporting<'_>, credits: &[Credit]) -> Vec<Credit> {
    let trained_on = match line_images(&run.log.dir, &run.log.info) {
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
