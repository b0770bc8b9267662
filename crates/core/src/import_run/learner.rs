//! A fastai learner as a run: its net, its classes, and how right it is about this project's validation images.
//!
//! What it was trained on is not in the file. So its accuracy says so for good (`run::caveat`), and so does every run that
//! starts from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::here::{Here, Imported, finish};
use super::place::{NewRun, has_weights};
use crate::catalog::{Snapshot, name};
use crate::dataset::split::short_hash;
use crate::error::{Error, Result};
use crate::evaluate::measure::predict_set;
use crate::evaluate::{EvaluationSet, ImagePrediction};
use crate::model::fastai::{self, LearnerNet};
use crate::model::preprocess::Fit;
use crate::model::weights::save_with_epoch;
use crate::model::{HeadKind, Net};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::{Project, write_atomic};
use crate::report::{Scored, accuracy_interval};
use crate::run::config::TrainConfig;
use crate::run::event::TrainEvent;
use crate::run::preset::Preset;
use crate::run::{self, BestValid, MeasuredImage, RunInfo, files, warnings};
use crate::timestamp::utc_stamp;

/// Values, not handles.
#[derive(Clone, Debug)]
pub struct ImportLearner {
    pub project: Project,
    /// The project as it stands.
    pub snapshot: Snapshot,
    /// What `learn.save` wrote.
    pub file: PathBuf,
    /// `learn.dls.vocab`, in its order.
    pub classes: Vec<String>,
    /// Side of the square that it saw, pixels.
    pub size: u32,
    /// How an image became this square: [`Fit::Crop`] is fastai's own choice.
    pub fit: Fit,
    /// As ImageNet's images: fastai does so unless the learner was made with `pretrained=False`, and the file does not say.
    pub normalize: bool,
}

impl ImportLearner {
    /// Measures the net on the validation images of the classes that it knows, and makes a run of it. Classes that only one of
    /// the two has are warnings. One whose weights in the project cannot be read gets them again.
    ///
    /// # Errors
    /// [`Error::Weights`] for a file that is no such learner; [`Error::Invalid`] if the classes are not as many as its
    /// outputs, or each of the two has some that the other lacks, or it is in the project already; [`Error::Io`];
    /// [`Error::Cancelled`].
    pub fn run(&self, progress: &Progress) -> Result<Imported> {
        progress.stage("reading the learner", None);
        let LearnerNet {
            arch,
            classes,
            state,
        } = fastai::read(&self.file)?;
        if classes != self.classes.len() {
            return Err(Error::Invalid(format!(
                "the learner has {classes} classes and {} are named ({}); name them all, in the order of learn.dls.vocab",
                self.classes.len(),
                self.classes.join(", ")
            )));
        }
        self.refuse_repeated()?;
        self.check_names(progress)?;
        let set = EvaluationSet::of(&self.snapshot, "valid", &self.classes, progress)?;
        let config = TrainConfig {
            arch,
            stage: 2,
            preset: Some(Preset::Fastai),
            epochs: 1,
            size: Some(self.size.into()),
            fit: Some(self.fit),
            normalize: self.normalize,
            ..TrainConfig::default()
        };
        config.validate()?;
        let info = self.describe(config, &set)?;
        let known = self.known(&info)?;
        let net = Net::blank(arch, HeadKind::Fastai, classes, 0)?;
        net.load_state(&state, &self.file)?;
        let state = net.state()?;
        if let Some(id) = known {
            save_with_epoch(&files::best_weights(&self.project.run_dir(&id)), &state, 1)?;
            return Ok(Imported {
                restored: vec![id],
                ..Imported::default()
            });
        }
        let predictor = Predictor::of(net, &info);
        let images = predict_set(&predictor, &set, None, progress)?;

        let new = NewRun::new(&self.project, &info.id)?;
        let was = info.id.clone();
        let info = RunInfo {
            id: new.id.clone(),
            ..info
        };
        save_with_epoch(&files::best_weights(new.path()), &state, 1)?;
        write_metrics(&images, new.path())?;
        let answers: Option<Vec<MeasuredImage>> = images.iter().map(measured).collect();
        if let Some(images) = answers {
            BestValid { epoch: 1, images }.write(new.path())?;
        }
        info.write(new.path())?;
        warnings::add_of_training(new.path(), progress.warnings())?;
        let here = Here::of(&self.project, &self.snapshot);
        let run = finish(new, (&was, None), None, progress, &here)?;
        Ok(Imported {
            imported: vec![run],
            ..Imported::default()
        })
    }

    fn refuse_repeated(&self) -> Result<()> {
        let keys: Vec<String> = self.classes.iter().map(|class| name::key(class)).collect();
        let mut places = keys.iter().enumerate();
        let again = places.find(|(at, key)| keys.iter().take(*at).any(|other| other == *key));
        match again.and_then(|(at, _)| self.classes.get(at)) {
            Some(class) => Err(Error::Invalid(format!(
                "the class {class} is named twice; name each output's class once, in the order of learn.dls.vocab"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses classes that the project lacks while it has others that the learner lacks: most likely one is the other in
    /// other words, and then the images of that class would be left out, which makes the accuracy better than it is.
    ///
    /// A learner that knows all of the project's classes and more is measured on all images, and can only lose by the others.
    fn check_names(&self, progress: &Progress) -> Result<()> {
        let excluded = &self.snapshot.excluded;
        let here: Vec<String> = self
            .snapshot
            .classes
            .iter()
            .filter(|(id, _)| !excluded.contains(id))
            .map(|(_, class)| class.clone())
            .collect();
        let strangers = lacking(&self.classes, &here);
        if strangers.is_empty() {
            return Ok(());
        }
        let strangers = strangers.join(", ");
        let unnamed = lacking(&here, &self.classes).join(", ");
        if !unnamed.is_empty() {
            return Err(Error::Invalid(format!(
                "nothing was imported, because the project has no class {strangers}, and nobody named its {unnamed}; give --classes the names that the project has, and if the learner does not know {unnamed}, exclude that from training first (page Collect)"
            )));
        }
        progress.warn(
            "classes",
            format!(
                "the project has no {strangers}, so whatever the learner takes for one counts as wrong"
            ),
        );
        Ok(())
    }

    fn describe(&self, config: TrainConfig, set: &EvaluationSet) -> Result<RunInfo> {
        let read = Error::io("read the learner", &self.file);
        let modified = fs::metadata(&self.file).and_then(|file| file.modified());
        let started = modified
            .map_err(read)?
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let bytes = fs::read(&self.file).map_err(Error::io("read the learner", &self.file))?;
        let hash = blake3::hash(&bytes).to_hex();
        let file = self.file.file_name().unwrap_or_default().to_string_lossy();
        Ok(RunInfo {
            id: format!("{}-fastai", utc_stamp(started)),
            started,
            process: 0,
            program: format!("{} {file} ({})", run::FASTAI, short_hash(&hash)),
            hardware: "unknown".to_owned(),
            split_hash: set.split_hash.clone().unwrap_or_default(),
            data_version: None,
            is_random_split: false,
            train_n: 0,
            copies: 0,
            valid_n: set.samples.len(),
            classes: self.classes.clone(),
            contaminated: None,
            leaks: None,
            lineage: Some(Vec::new()),
            crop: None,
            config,
        })
    }

    /// As which run it is in the project already, with weights that cannot be read; whole, it is refused.
    fn known(&self, info: &RunInfo) -> Result<Option<String>> {
        for id in run::list(&self.project)? {
            let Ok(there) = RunInfo::read(&self.project.run_dir(&id)) else {
                continue;
            };
            let is_it = there.program == info.program
                && (&there.classes, &there.split_hash) == (&info.classes, &info.split_hash)
                && there.config == info.config;
            if is_it && !has_weights(&self.project, &id) {
                return Ok(Some(id));
            }
            if is_it {
                return Err(Error::Invalid(format!(
                    "this learner is in the project already, as run {id}; explain and evaluate take that one"
                )));
            }
        }
        Ok(None)
    }
}

/// Those of `classes` that are not among `others`.
fn lacking<'a>(classes: &'a [String], others: &[String]) -> Vec<&'a str> {
    let keys: BTreeSet<String> = others.iter().map(|class| name::key(class)).collect();
    let classes = classes.iter().map(String::as_str);
    classes
        .filter(|class| !keys.contains(&name::key(class)))
        .collect()
}

fn measured(image: &ImagePrediction) -> Option<MeasuredImage> {
    Some(MeasuredImage {
        image: image.image?,
        unit: image.unit,
        is_correct: image.is_correct(),
    })
}

/// One epoch, of which only what was measured here is known.
fn write_metrics(images: &[ImagePrediction], dir: &Path) -> Result<()> {
    let scored: Vec<Scored> = images
        .iter()
        .map(|image| Scored {
            unit: image.unit,
            is_correct: image.is_correct(),
        })
        .collect();
    let count = images.len().max(1) as f64;
    let right = scored.iter().filter(|image| image.is_correct).count();
    let accuracy = right as f64 / count;
    let epoch = TrainEvent::Epoch {
        epoch: 1,
        epochs: 1,
        step: 0,
        train_loss: None,
        valid_loss: images.iter().map(|image| image.loss).sum::<f64>() / count,
        train_accuracy: None,
        accuracy,
        interval: Some(accuracy_interval(&scored)),
        valid_n: images.len(),
        is_best: true,
        elapsed_secs: 0.0,
    };
    let finished = TrainEvent::Finished {
        best_epoch: 1,
        accuracy,
        stopped: None,
        elapsed_secs: 0.0,
    };
    let mut text = String::new();
    for event in [epoch, finished] {
        let line =
            serde_json::to_string(&event).map_err(|error| Error::Invalid(error.to_string()))?;
        text.push_str(&line);
        text.push('\n');
    }
    write_atomic(&files::metrics(dir), text.as_bytes())
}
