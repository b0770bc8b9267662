//! The runs of a job, brought back into a project with their lineage; and a fastai learner as a run ([`ImportLearner`]).
//!
//! A run keeps its own words: the split it was trained on, the images, the runs it descends from, what computed it. Where the
//! project has another split by now, or other images, the run says so for good. Nothing in the project is replaced but weights
//! that cannot be read.

mod damage;
mod here;
mod learner;
mod place;
mod torch_run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use here::{Checked, Imported, ImportedRun};
pub use learner::ImportLearner;

use self::damage::{damaged, trained_on};
use self::here::{Here, finish};
use self::place::{NewRun, has_weights, known};
use crate::catalog::{ImageId, Snapshot};
use crate::error::{Error, Result};
use crate::evaluate::EvaluationSet;
use crate::evaluate::measure::predict_set;
use crate::job_folder::JobFolder;
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::{Project, write_atomic};
use crate::run::{self, BestValid, MeasuredImage, RunLog, RunStatus, files};

/// Values, not handles.
#[derive(Clone, Debug)]
pub struct ImportRun {
    pub project: Project,
    /// The project as it stands.
    pub snapshot: Snapshot,
    pub job: PathBuf,
}

impl ImportRun {
    /// Takes in all runs of the job that have weights. Those that are still being trained, and what is to be known of the
    /// others, are warnings.
    ///
    /// # Errors
    /// As [`JobFolder::open`]; [`Error::Invalid`] if the job is of another project's images, or weights from PyTorch do not
    /// answer here as they did there; [`Error::Io`]; [`Error::Cancelled`]. Runs that came in before stay.
    pub fn run(&self, progress: &Progress) -> Result<Imported> {
        let job = JobFolder::open(&self.job, progress)?;
        let here = Here::of(&self.project, &self.snapshot);
        let mut imported = Imported::default();
        let mut is_training = false;
        progress.stage("looking for runs", None);
        for id in run::list(&job.project)? {
            progress.check()?;
            if job.file.starts.contains(&id) {
                continue;
            }
            let log = RunLog::open(&job.project.run_dir(&id))?;
            if let Some(id) = known(&self.project, &log.info)? {
                if has_weights(&self.project, &id) {
                    imported.known.push(id);
                } else {
                    restore(&self.project, &id, (&job, &log), progress)?;
                    imported.restored.push(id);
                }
            } else if log.status == RunStatus::Running {
                is_training = true;
                progress.warn(
                    id,
                    "it is still being trained; import it again once it has ended",
                );
            } else if log.best_accuracy().is_none() && files::best_weights(&log.dir).is_file() {
                let path = files::metrics(&log.dir);
                return Err(damaged(&id, "no epoch can be read in it", &path));
            } else if log.best_accuracy().is_none() {
                progress.warn(
                    id,
                    "it has no epoch behind it, so there is nothing to bring back",
                );
            } else {
                imported.imported.push(own(&here, &job, &log, progress)?);
            }
        }
        for folder in torch_run::folders(&self.job)? {
            progress.check()?;
            match torch_run::import(&here, &job, &folder, progress)? {
                torch_run::Taken::Known(id) => imported.known.push(id),
                torch_run::Taken::Restored(id) => imported.restored.push(id),
                torch_run::Taken::New(run) => imported.imported.push(run),
            }
        }
        if imported == Imported::default() {
            let remedy = if is_training {
                "import it again once a training has ended"
            } else {
                "train it with `train-job DIR` first"
            };
            return Err(Error::Invalid(format!(
                "the job has no run with weights yet; {remedy}; folder {}",
                self.job.display()
            )));
        }
        Ok(imported)
    }
}

/// Gives a run of the project its weights again, those of the job, if they are of the same epoch: it may have been resumed here.
fn restore(
    project: &Project,
    id: &str,
    (job, log): (&JobFolder, &RunLog),
    progress: &Progress,
) -> Result<()> {
    refuse_other_weights(job, log, progress)?;
    let dir = project.run_dir(id);
    let metrics = |dir: &Path| fs::read(files::metrics(dir)).ok();
    if metrics(&dir) != metrics(&log.dir) {
        return Err(Error::Invalid(format!(
            "the weights of run {id} cannot be read, and it has other epochs in the project than in the job, so it cannot have the job's weights; move its folder away and import the job again; folder {}",
            dir.display()
        )));
    }
    let path = files::best_weights(&log.dir);
    let weights = fs::read(&path).map_err(Error::io("read the weights", &path))?;
    write_atomic(&files::best_weights(&dir), &weights)
}

/// One that this program has trained.
fn own(here: &Here<'_>, job: &JobFolder, log: &RunLog, progress: &Progress) -> Result<ImportedRun> {
    let trained_on = trained_on(&log.info.id, &log.dir)?;
    let warning = here.check(&log.info, &trained_on)?;
    refuse_other_weights(job, log, progress)?;
    let new = NewRun::new(here.project, &log.info.id)?;
    new.copy_from(&log.dir)?;
    let mut info = log.info.clone();
    info.id.clone_from(&new.id);
    info.write(new.path())?;
    carry_answers(here, &job.snapshot, new.path())?;
    finish(new, (&log.info.id, warning), None, progress, here)
}

/// A run whose weights cannot be read, or are right about other images than when they were measured.
fn refuse_other_weights(job: &JobFolder, log: &RunLog, progress: &Progress) -> Result<()> {
    /// Of the validation images, evenly.
    const ASKED: usize = 64;
    let predictor = Predictor::load(&job.project, &log.info.id)?;
    let Some(best) = BestValid::read(&log.dir) else {
        return Ok(());
    };
    let step = best.images.len().div_ceil(ASKED).max(1);
    let asked = best.images.iter().step_by(step);
    let then: BTreeMap<ImageId, bool> = asked
        .map(|measured| (measured.image, measured.is_correct))
        .collect();
    let mut set = EvaluationSet::of(&job.snapshot, "valid", &log.info.classes, progress)?;
    set.samples
        .retain(|sample| sample.image.is_some_and(|image| then.contains_key(&image)));
    let now = match predict_set(&predictor, &set, None, progress) {
        Ok(now) => now,
        Err(error) if error.is_cancelled() => return Err(error),
        Err(error) => {
            let text = format!("its weights could not be asked about the job's images: {error}");
            progress.warn(log.info.id.clone(), text);
            return Ok(());
        }
    };
    let other = now.iter().filter(|answer| {
        let then = answer.image.and_then(|image| then.get(&image));
        then.is_some_and(|then| *then != answer.is_correct())
    });
    let other = other.count();
    // Another processor rounds otherwise, which decides where two classes are equally probable.
    if other > 1 + now.len() / 20 {
        return Err(Error::Invalid(format!(
            "run {} was not imported, because its weights are right about other images than when they were measured ({other} of {} differ), so they were changed or damaged; copy the job again from where it was trained",
            log.info.id,
            now.len()
        )));
    }
    Ok(())
}

/// Which validation images it is right about names images by their ids, and those are of the job's project.
fn carry_answers(here: &Here<'_>, there: &Snapshot, dir: &Path) -> Result<()> {
    let Some(best) = BestValid::read(dir) else {
        return Ok(());
    };
    let hashes: BTreeMap<ImageId, &str> = there
        .images
        .iter()
        .map(|image| (image.id, image.hash.as_str()))
        .collect();
    let images: Option<Vec<MeasuredImage>> = best
        .images
        .iter()
        .map(|measured| here.measured(hashes.get(&measured.image)?, measured.is_correct))
        .collect();
    let Some(images) = images else {
        // An image is gone: the run is compared by its accuracy alone.
        let path = files::best_valid(dir);
        return fs::remove_file(&path).map_err(Error::io("leave out the run's answers", &path));
    };
    BestValid { images, ..best }.write(dir)
}
