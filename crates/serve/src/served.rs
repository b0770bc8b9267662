//! What is served: a run's net that has been checked, and what is to be known of it.

use std::path::Path;

use cutting_room_core::catalog::Catalog;
use cutting_room_core::evaluate::Predictions;
use cutting_room_core::export::bundle::{Bundle, ModelCard, of_training_images};
use cutting_room_core::predict::{Predictor, Prepared, ProjectFiles};
use cutting_room_core::progress::Progress;
use cutting_room_core::project::Project;
use cutting_room_core::run::RunLog;
use cutting_room_core::{Error, Result};

use crate::card::Card;
use crate::check::Check;

/// Images that a run is checked by, if it was evaluated on as many.
const CHECKED: usize = 16;

pub struct Served {
    pub predictor: Predictor,
    pub card: Card,
    pub check: Check,
}

impl Served {
    /// The best weights of a run of a project. What is to be known of it is a warning.
    ///
    /// # Errors
    /// As [`Predictor::load`]; [`Error::Catalog`]; [`Error::BadFile`] for predictions that cannot be read; [`Error::Cancelled`].
    pub fn of_run(project: &Project, run: &str, progress: &Progress) -> Result<Self> {
        progress.stage("loading the run", None);
        let predictor = Predictor::load(project, run)?;
        let log = RunLog::open(&project.run_dir(run))?;
        let catalog = Catalog::open_read_only(project)?;
        let credits = of_training_images(&log, &catalog.credits()?);
        let card = ModelCard::of(project, &log, &credits)?;
        let snapshot = catalog.snapshot()?;
        let evaluated = evaluated(project, &log)?;
        progress.stage("checking the run", None);
        let check = match evaluated {
            Some(set) => compare(&predictor, &set, &ProjectFiles::of(&snapshot), progress)?,
            None => Check::Unknown,
        };
        if !check.is_passed() {
            progress.warn(run, check.text());
        }
        Ok(Self {
            card: Card::of(&card, &credits, &check),
            predictor,
            check,
        })
    }

    /// A bundle that `export --to bundle` has made.
    ///
    /// # Errors
    /// As [`Bundle::open`] and [`ModelCard::read`].
    pub fn of_bundle(folder: &Path) -> Result<Self> {
        let bundle = Bundle::open(folder)?;
        let check = Check::Bundle {
            images: bundle.checked,
            difference: bundle.difference,
        };
        let card = ModelCard::read(folder)?;
        if card.classes != bundle.preprocessing.classes {
            return Err(Error::Invalid(format!(
                "the model card of the bundle is of other classes than its weights; export the run again; bundle {}",
                folder.display()
            )));
        }
        Ok(Self {
            card: Card::of(&card, &[], &check),
            predictor: bundle.predictor,
            check,
        })
    }
}

/// What the best weights said about validation, or else about another set.
fn evaluated(project: &Project, log: &RunLog) -> Result<Option<Predictions>> {
    let mut sets = Predictions::read_all(project, &log.info.id)?;
    sets.retain(|set| set.info.best_epoch == log.best_epoch() && !set.images.is_empty());
    sets.sort_by_key(|set| set.info.set != "valid");
    Ok(sets.into_iter().next())
}

/// Some images of the set, in wide steps, because neighbors of a film look alike.
fn compare(
    predictor: &Predictor,
    set: &Predictions,
    files: &ProjectFiles<'_>,
    progress: &Progress,
) -> Result<Check> {
    let step = set.images.len().div_ceil(CHECKED).max(1);
    let mut images: Vec<Prepared> = Vec::new();
    let mut wanted = Vec::new();
    for image in set.images.iter().step_by(step) {
        progress.check()?;
        // One that is gone is left out here: the checks of the project tell of it.
        if let Ok(read) = predictor.read(&files.find(&image.path)) {
            images.push(predictor.prepare(&read.image)?);
            wanted.push(&image.probs);
        }
    }
    if images.is_empty() {
        return Ok(Check::Unknown);
    }
    let mut difference = 0f32;
    for (found, wanted) in predictor.inspect_together(&images)?.iter().zip(wanted) {
        let pairs = found.prediction.probs.iter().zip(wanted);
        difference = pairs.fold(difference, |most, (a, b)| most.max((a - b).abs()));
    }
    Ok(Check::Evaluated {
        images: images.len(),
        difference,
    })
}
