//! A run of `train_torch.py`: its weights are taken in once this program answers as PyTorch did.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::damage::trained_on;
use super::here::{Checked, Here, ImportedRun, finish};
use super::place::{NewRun, has_weights, known};
use crate::catalog::{ContentHash, SceneId, Unit};
use crate::error::{Error, Result};
use crate::export::Preprocessing;
use crate::export::bundle::Goldens;
use crate::job_folder::{JobFolder, JobImage, JobImages, read_json};
use crate::model::{Net, weights};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::write_atomic;
use crate::report::{Scored, accuracy_interval};
use crate::run::event::TrainEvent;
use crate::run::lineage::{TrainedOn, line};
use crate::run::{BestValid, RunInfo, files};

/// Where `train_torch.py` puts its runs in a job.
const FOLDER: &str = "torch";
/// The last file that it writes.
const DESCRIPTION: &str = "run.json";

/// run.json.
#[derive(Clone, Debug, Deserialize)]
struct TorchRun {
    /// Its place among the job's trainings, from 1.
    number: usize,
    /// Seconds since 1970.
    started: u64,
    /// `train_torch.py, torch 2.15.0, timm 1.0.31`
    program: String,
    /// What computed it, and in how many processes.
    hardware: String,
    split_hash: String,
    epochs: Vec<TorchEpoch>,
    best_epoch: u32,
    /// Files that were trained on.
    train: Vec<String>,
    /// Files that were measured, with the class that the best weights take each for.
    valid: Vec<TorchAnswer>,
    elapsed_secs: f64,
    seed: u64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct TorchEpoch {
    epoch: u32,
    /// Steps of the optimizer until its end.
    step: u64,
    train_loss: f64,
    train_accuracy: f64,
    valid_loss: f64,
    accuracy: f64,
    is_best: bool,
    elapsed_secs: f64,
}

#[derive(Clone, Debug, Deserialize)]
struct TorchAnswer {
    file: String,
    predicted: u32,
}

pub enum Taken {
    New(ImportedRun),
    /// With its id.
    Known(String),
    /// As well; its weights could not be read.
    Restored(String),
}

/// Of finished runs, sorted by name.
pub fn folders(job: &Path) -> Result<Vec<PathBuf>> {
    let folder = job.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list the runs of PyTorch", &folder)(error)),
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join(DESCRIPTION).is_file())
        .collect();
    found.sort();
    Ok(found)
}

pub fn import(
    here: &Here<'_>,
    job: &JobFolder,
    folder: &Path,
    progress: &Progress,
) -> Result<Taken> {
    let torch: TorchRun = read_json(&folder.join(DESCRIPTION), "the run of PyTorch")?;
    let images = JobImages::read(job.project.root())?;
    refuse_other_images(&torch, &images, job, folder)?;
    let info = describe(&torch, &images, job, folder)?;
    if let Some(id) = known(here.project, &info)? {
        if has_weights(here.project, &id) {
            return Ok(Taken::Known(id));
        }
        let (net, _checked) = checked_net(folder, &job.file.classes)?;
        let path = files::best_weights(&here.project.run_dir(&id));
        weights::save_with_epoch(&path, &net.state()?, torch.best_epoch)?;
        return Ok(Taken::Restored(id));
    }
    let mut trained_on = match &info.config.from {
        Some(from) => trained_on(from, &job.project.run_dir(from))?,
        None => TrainedOn::default(),
    };
    trained_on.extend(contents(&images.train));
    let warning = here.check(&info, &trained_on)?;
    let (net, checked) = checked_net(folder, &job.file.classes)?;
    let new = NewRun::new(here.project, &info.id)?;
    let was = info.id.clone();
    let contaminated =
        trained_on.count_in(contents(&images.valid).map(Some), &here.snapshot.pixels);
    let info = RunInfo {
        id: new.id.clone(),
        contaminated: Some(contaminated),
        ..info
    };
    weights::save_with_epoch(
        &files::best_weights(new.path()),
        &net.state()?,
        torch.best_epoch,
    )?;
    trained_on.write(new.path())?;
    let answers = answers(&torch, &images);
    write_metrics(&torch, &images, &answers, new.path())?;
    let measured = answers
        .iter()
        .map(|(image, is_correct)| here.measured(&image.hash, *is_correct));
    if let Some(images) = measured.collect() {
        let epoch = torch.best_epoch;
        BestValid { epoch, images }.write(new.path())?;
    }
    info.write(new.path())?;
    let run = finish(new, (&was, warning), Some(checked), progress, here)?;
    Ok(Taken::New(run))
}

/// Both sides file by file: whoever trained on others would be measured by a split that he has not kept.
fn refuse_other_images(
    torch: &TorchRun,
    images: &JobImages,
    job: &JobFolder,
    folder: &Path,
) -> Result<()> {
    let wanted = |side: &[JobImage]| -> BTreeSet<String> {
        side.iter().map(|image| image.file.clone()).collect()
    };
    let train: BTreeSet<String> = torch.train.iter().cloned().collect();
    let valid: BTreeSet<String> = torch.valid.iter().map(|one| one.file.clone()).collect();
    let is_same = torch.split_hash == job.file.split_hash
        && train == wanted(&images.train)
        && valid == wanted(&images.valid);
    if is_same {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "nothing was imported, because a run of PyTorch was not trained and measured on the job's split ({}); train it again in the job's own folder; run {}",
        job.file.split_hash,
        folder.display()
    )))
}

fn describe(
    torch: &TorchRun,
    images: &JobImages,
    job: &JobFolder,
    folder: &Path,
) -> Result<RunInfo> {
    let place = torch.number.checked_sub(1);
    let run = place.and_then(|place| job.file.runs.get(place));
    let run = run.ok_or_else(|| Error::BadFile {
        what: "the run of PyTorch",
        reason: format!("the job has no training number {}", torch.number),
        path: folder.join(DESCRIPTION),
    })?;
    let mut config = run.config.clone();
    config.seed = torch.seed;
    let lineage = match &config.from {
        None => Some(Vec::new()),
        Some(from) => {
            let dir = job.project.run_dir(from);
            Some(line(&dir, &RunInfo::read(&dir)?))
        }
    };
    let name = folder.file_name().unwrap_or_default();
    Ok(RunInfo {
        id: name.to_string_lossy().into_owned(),
        started: torch.started,
        process: 0,
        program: torch.program.clone(),
        hardware: torch.hardware.clone(),
        split_hash: torch.split_hash.clone(),
        data_version: None,
        is_random_split: !job.snapshot.split_mode.is_by_scenes(),
        train_n: images.train.len(),
        copies: 0,
        valid_n: images.valid.len(),
        classes: job.file.classes.clone(),
        contaminated: None,
        leaks: None,
        lineage,
        crop: None,
        config,
    })
}

/// The net with the run's weights, once it has answered as PyTorch did.
fn checked_net(folder: &Path, classes: &[String]) -> Result<(Net, Checked)> {
    let preprocessing = Preprocessing::read(folder)?;
    if preprocessing.classes != classes {
        return Err(Error::Invalid(format!(
            "nothing was imported, because a run of PyTorch has other classes than the job, or in another order; train it again; run {}",
            folder.display()
        )));
    }
    let path = folder.join("model.safetensors");
    let load = || -> Result<Net> {
        let net = Net::blank(preprocessing.arch, preprocessing.head, classes.len(), 0)?;
        net.load_state(&weights::load(&path)?, &path)?;
        Ok(net)
    };
    let predictor = Predictor::from_parts(load()?, preprocessing.parts());
    let goldens = Goldens::read(folder)?;
    let difference = goldens.check(&predictor, folder)?;
    let checked = Checked {
        images: goldens.images.len(),
        difference,
    };
    Ok((load()?, checked))
}

fn contents(side: &[JobImage]) -> impl Iterator<Item = ContentHash> + '_ {
    side.iter()
        .filter_map(|image| ContentHash::from_hex(&image.hash))
}

/// Whether the best weights are right about each validation image.
fn answers<'a>(torch: &TorchRun, images: &'a JobImages) -> Vec<(&'a JobImage, bool)> {
    let predicted: BTreeMap<&str, u32> = torch
        .valid
        .iter()
        .map(|answer| (answer.file.as_str(), answer.predicted))
        .collect();
    let is_right = |image: &JobImage| predicted.get(image.file.as_str()) == Some(&image.target);
    images
        .valid
        .iter()
        .map(|image| (image, is_right(image)))
        .collect()
}

/// The same lines that a run of this program has.
fn write_metrics(
    torch: &TorchRun,
    images: &JobImages,
    answers: &[(&JobImage, bool)],
    dir: &Path,
) -> Result<()> {
    let units: BTreeSet<&str> = images
        .valid
        .iter()
        .map(|image| image.unit.as_str())
        .collect();
    let number = |unit: &str| units.iter().position(|known| *known == unit);
    let scored: Vec<Scored> = answers
        .iter()
        .map(|(image, is_correct)| Scored {
            unit: number(&image.unit).map(|at| Unit::Scene(SceneId(at as i64))),
            is_correct: *is_correct,
        })
        .collect();
    let mut text = String::new();
    let epochs = torch.epochs.iter().map(|epoch| TrainEvent::Epoch {
        epoch: epoch.epoch,
        epochs: torch.epochs.len() as u32,
        step: epoch.step,
        train_loss: Some(epoch.train_loss),
        valid_loss: epoch.valid_loss,
        train_accuracy: Some(epoch.train_accuracy),
        accuracy: epoch.accuracy,
        // Of the other epochs no single answers were kept.
        interval: (epoch.epoch == torch.best_epoch).then(|| accuracy_interval(&scored)),
        valid_n: images.valid.len(),
        is_best: epoch.is_best,
        elapsed_secs: epoch.elapsed_secs,
    });
    let right = answers.iter().filter(|(_, is_correct)| *is_correct).count();
    let finished = TrainEvent::Finished {
        best_epoch: torch.best_epoch,
        accuracy: right as f64 / answers.len().max(1) as f64,
        stopped: None,
        elapsed_secs: torch.elapsed_secs,
    };
    for event in epochs.chain([finished]) {
        let line =
            serde_json::to_string(&event).map_err(|error| Error::Invalid(error.to_string()))?;
        text.push_str(&line);
        text.push('\n');
    }
    write_atomic(&files::metrics(dir), text.as_bytes())
}
