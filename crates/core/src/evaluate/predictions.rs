//! What a run predicted for each image of a set, stored with the run, so that a number leads to its images.
//!
//! `runs/ID/predictions/SET.jsonl` holds a line about the set and then one for each image. The file is written whole
//! and renamed; evaluating the set again replaces it. Images inside the project are stored relative to its root, so
//! that the folder can be moved.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::seen::InTraining;
use super::set::EvaluationSet;
use crate::catalog::{ImageId, Unit};
use crate::error::{Error, Result};
use crate::predict::Predictor;
use crate::project::{Project, write_atomic};
use crate::report::{Scored, accuracy_interval};
use crate::run::RunLog;
use crate::run::set_file::set_file;

/// Format that this program writes.
const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionsInfo {
    pub format: u32,
    /// Version of the program that predicted.
    pub program: String,
    pub run: String,
    /// 1-based epoch of the weights that predicted.
    pub best_epoch: Option<u32>,
    /// As [`EvaluationSet::name`].
    pub set: String,
    /// The split that the set was taken from, if it is a side of one. The run may have been trained on another.
    pub split_hash: Option<String>,
    /// As [`EvaluationSet::data_version`]; older versions did not write it.
    #[serde(default)]
    pub data_version: Option<String>,
    /// Images in the file: those that could be read.
    pub n: usize,
    /// Images of the set that are not in the file, because theirs are gone or damaged; older versions did not count them.
    #[serde(default)]
    pub unreadable: usize,
    /// How many of them the run, or one that it descends from, was trained on. `None`: unknown, or not counted by an
    /// older version.
    #[serde(default)]
    pub seen_in_training: Option<usize>,
    /// How many of the others look like a training image that was still in the project; `None` as above.
    #[serde(default)]
    pub similar_to_training: Option<usize>,
    /// Of the set, 0 to 1, with its 95 % interval; older versions did not write them here.
    #[serde(default)]
    pub accuracy: Option<f64>,
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// What is to be known of the accuracy and does not follow from the other fields, such as classes that were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    pub classes: Vec<String>,
}

/// A line about an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImagePrediction {
    pub path: PathBuf,
    /// `None` for images outside the project, as for `unit`.
    pub image: Option<ImageId>,
    pub unit: Option<Unit>,
    /// Index of the actual class in [`PredictionsInfo::classes`].
    pub target: usize,
    /// Index of the most probable class.
    pub predicted: usize,
    /// By class, 0 to 1.
    pub probs: Vec<f32>,
    /// Cross entropy.
    pub loss: f64,
}

impl ImagePrediction {
    pub fn is_correct(&self) -> bool {
        self.predicted == self.target
    }

    /// Probability of the actual class.
    pub fn target_prob(&self) -> f64 {
        let prob = self.probs.get(self.target);
        prob.map_or(0.0, |prob| f64::from(*prob))
    }
}

/// The file's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub info: PredictionsInfo,
    /// In the order of the set.
    pub images: Vec<ImagePrediction>,
}

impl Predictions {
    /// `known`: how many of `images` were trained on, or look so.
    pub fn new(
        (run, predictor): (&RunLog, &Predictor),
        set: &EvaluationSet,
        images: Vec<ImagePrediction>,
        known: Option<InTraining>,
    ) -> Self {
        let correct = images.iter().filter(|image| image.is_correct()).count();
        Self {
            info: PredictionsInfo {
                format: FORMAT,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                run: run.info.id.clone(),
                best_epoch: predictor.epoch(),
                set: set.name.clone(),
                split_hash: set.split_hash.clone(),
                data_version: Some(set.data_version.clone()),
                n: images.len(),
                unreadable: set.samples.len().saturating_sub(images.len()),
                seen_in_training: known.map(|known| known.seen),
                similar_to_training: known.map(|known| known.similar),
                accuracy: Some(correct as f64 / images.len().max(1) as f64),
                interval: Some(interval(&images)),
                warnings: Vec::new(),
                classes: run.info.classes.clone(),
            },
            images,
        }
    }

    /// Whether they are what the run's best weights say about the set as it is now.
    pub fn is_current(&self, run: &RunLog, set: &EvaluationSet) -> bool {
        self.info.is_current(run, set) && self.images.len() == set.samples.len()
    }

    /// Stores them with the run.
    ///
    /// # Errors
    /// [`Error::Io`], for instance in a read-only project; [`Error::Invalid`] for a path that is no valid Unicode.
    pub fn write(&self, project: &Project) -> Result<()> {
        let path = predictions_path(project, &self.info.run, &self.info.set);
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        let mut text = line(&self.info)?;
        for image in &self.images {
            let inside = image.path.strip_prefix(project.root());
            text.push_str(&line(&ImagePrediction {
                path: inside.unwrap_or(&image.path).to_path_buf(),
                ..image.clone()
            })?);
        }
        write_atomic(&path, text.as_bytes())
    }

    /// What [`Predictions::write`] stored about `set`, whose name is as [`EvaluationSet::name`].
    ///
    /// # Errors
    /// [`Error::Io`] if the set was not evaluated; [`Error::BadFile`]; [`Error::NewerFormat`].
    pub fn read(project: &Project, run: &str, set: &str) -> Result<Self> {
        Self::read_file(project, &predictions_path(project, run, set))
    }

    /// What is stored about every set that the run was evaluated on; none if it never was.
    ///
    /// # Errors
    /// As [`Predictions::read`].
    pub fn read_all(project: &Project, run: &str) -> Result<Vec<Self>> {
        let folder = project.run_dir(run).join("predictions");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read the folder", &folder)(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(Error::io("read the folder", &folder))?.path();
            if path.extension().is_some_and(|ending| ending == "jsonl") {
                paths.push(path);
            }
        }
        paths.sort();
        let files = paths.iter();
        files.map(|path| Self::read_file(project, path)).collect()
    }

    fn read_file(project: &Project, path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::io("read the predictions", path))?;
        let mut lines = text.lines();
        let info = PredictionsInfo::parse(lines.next().unwrap_or_default(), path)?;
        let mut images = Vec::with_capacity(info.n);
        for line in lines {
            let image: ImagePrediction = parse(line, path)?;
            images.push(ImagePrediction {
                path: project.root().join(&image.path),
                ..image
            });
        }
        Ok(Self { info, images })
    }
}

impl PredictionsInfo {
    /// As [`Predictions::is_current`], as far as this line tells.
    pub fn is_current(&self, run: &RunLog, set: &EvaluationSet) -> bool {
        self.best_epoch == run.best_epoch()
            && self.data_version.as_ref() == Some(&set.data_version)
            && self.classes == run.info.classes
    }

    /// The first line of what [`Predictions::write`] stored, without the images.
    ///
    /// # Errors
    /// As [`Predictions::read`].
    pub fn read(project: &Project, run: &str, set: &str) -> Result<Self> {
        let path = predictions_path(project, run, set);
        let failed = |error| Error::io("read the predictions", &path)(error);
        let mut line = String::new();
        BufReader::new(File::open(&path).map_err(failed)?)
            .read_line(&mut line)
            .map_err(failed)?;
        Self::parse(&line, &path)
    }

    fn parse(line: &str, path: &Path) -> Result<Self> {
        let info: Self = parse(line, path)?;
        if info.format > FORMAT {
            return Err(Error::NewerFormat {
                found: info.format,
                known: FORMAT,
            });
        }
        Ok(info)
    }
}

/// 95 % interval of the accuracy.
pub(super) fn interval<'a>(images: impl IntoIterator<Item = &'a ImagePrediction>) -> [f64; 2] {
    let scored: Vec<Scored> = images
        .into_iter()
        .map(|image| Scored {
            unit: image.unit,
            is_correct: image.is_correct(),
        })
        .collect();
    accuracy_interval(&scored)
}

/// `runs/ID/predictions/SET.jsonl`, see [`set_file`].
pub fn predictions_path(project: &Project, run: &str, set: &str) -> PathBuf {
    set_file(&project.run_dir(run), set, "jsonl")
}

fn line(value: &impl Serialize) -> Result<String> {
    let mut text =
        serde_json::to_string(value).map_err(|error| Error::Invalid(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

fn parse<T: DeserializeOwned>(line: &str, path: &Path) -> Result<T> {
    serde_json::from_str(line).map_err(|error| Error::BadFile {
        what: "the predictions",
        reason: error.to_string(),
        path: path.to_path_buf(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SceneId, Snapshot};

    impl PredictionsInfo {
        /// Of the run `one` on its validation images.
        pub(in crate::evaluate) fn for_test(classes: [&str; 2], n: usize) -> Self {
            Self {
                format: FORMAT,
                program: "1.0.0".to_owned(),
                run: "one".to_owned(),
                best_epoch: Some(3),
                set: "valid".to_owned(),
                split_hash: Some("0123456789abcdef".to_owned()),
                data_version: Some("fedcba9876543210".to_owned()),
                n,
                unreadable: 0,
                seen_in_training: None,
                similar_to_training: None,
                accuracy: None,
                interval: None,
                warnings: Vec::new(),
                classes: classes.map(str::to_owned).into(),
            }
        }
    }

    fn predictions(root: &Path) -> Predictions {
        let image = |index: usize, path: PathBuf| ImagePrediction {
            path,
            image: Some(ImageId(index as i64)),
            unit: Some(Unit::Scene(SceneId(1))),
            target: index % 2,
            predicted: usize::from(index == 1 || index == 2),
            probs: vec![0.1 + index as f32 / 10.0, 0.9 - index as f32 / 10.0],
            loss: 0.5 + index as f64,
        };
        Predictions {
            info: PredictionsInfo {
                seen_in_training: Some(1),
                accuracy: Some(0.5),
                interval: Some([0.1, 0.9]),
                ..PredictionsInfo::for_test(["elves", "orcs"], 4)
            },
            images: (0..4)
                .map(|index| match index {
                    3 => image(3, PathBuf::from("/elsewhere/3.jpg")),
                    inside => image(inside, root.join(format!("frames/{inside}.jpg"))),
                })
                .collect(),
        }
    }

    #[test]
    fn predictions_are_read_back_and_give_the_same_numbers_also_after_a_move() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("before")).unwrap();
        let written = predictions(project.root());
        written.write(&project).unwrap();
        let read = Predictions::read(&project, "one", "valid").unwrap();
        assert_eq!(read, written);
        let info = PredictionsInfo::read(&project, "one", "valid").unwrap();
        assert_eq!(info, written.info);
        let snapshot = Snapshot::default();
        let numbers = read.evaluation(&snapshot);
        assert_eq!(numbers, written.evaluation(&snapshot));
        assert_eq!(numbers.confusion, [[1, 1], [1, 1]]);

        let after = folder.path().join("after");
        fs::rename(project.root(), &after).unwrap();
        let moved = Project::open(&after).unwrap();
        let read = Predictions::read(&moved, "one", "valid").unwrap();
        assert_eq!(read, predictions(moved.root()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("project")).unwrap();
        let read = || Predictions::read(&project, "one", "valid");
        assert!(matches!(read(), Err(Error::Io { .. })));
        let mut newer = predictions(project.root());
        newer.info.format = FORMAT + 1;
        newer.write(&project).unwrap();
        assert!(matches!(read(), Err(Error::NewerFormat { .. })));
        fs::write(predictions_path(&project, "one", "valid"), "{}").unwrap();
        assert!(matches!(read(), Err(Error::BadFile { .. })));
    }
}
