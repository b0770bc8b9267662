//! The images that a run is measured on: a side of the split, a source of the project, or any folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::catalog::{Decision, ImageRecord, Snapshot, SourceId, import, name};
use crate::dataset::{Sample, Split};
use crate::error::{Error, Result};
use crate::explain::member::Asked;
use crate::media::recipe::Recipe;
use crate::progress::Progress;

/// Images whose class a run can be right about.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluationSet {
    /// `valid`, `train`, the name of a source, or the absolute path of a folder.
    pub name: String,
    /// The split that `valid` or `train` was taken from.
    pub split_hash: Option<String>,
    /// 16 hex digits that change with the images of the set, what is cropped off them, and their classes: with their content where the catalog knows
    /// it, else with the files' sizes and times.
    pub data_version: String,
    /// `target` points into the run's classes.
    pub samples: Vec<Sample>,
    /// What is to be said of images that are left out because the run does not know their classes.
    pub left_out: Option<String>,
}

impl EvaluationSet {
    /// The images of `set` whose class is one of the run's `classes`.
    ///
    /// `set` is `valid`, `train`, the name of a source, or a folder whose sub-folders are classes. Rejected images are
    /// left out. Classes that the run does not know are a warning.
    ///
    /// # Errors
    /// [`Error::Unknown`] if `set` is none of these; [`Error::Invalid`] if nothing is left to measure.
    pub fn of(
        snapshot: &Snapshot,
        set: &str,
        classes: &[String],
        progress: &Progress,
    ) -> Result<Self> {
        let mut name = set.to_owned();
        let mut split_hash = None;
        let mut of_split = |side: fn(&Split) -> &Vec<Sample>| -> Result<Vec<Labelled>> {
            let split = Split::of(snapshot)?;
            split_hash = Some(split.hash.clone());
            Ok(of_side(&split, side(&split)))
        };
        let labelled = match set {
            "valid" => of_split(|split| &split.valid)?,
            "train" => of_split(|split| &split.train)?,
            _ => {
                if let Some(source) = snapshot.source_named(set) {
                    of_source(snapshot, source.id)
                } else {
                    let folder = find_folder(set)?;
                    name = folder.to_string_lossy().into_owned();
                    of_folder(&folder, &snapshot.root, progress)?
                }
            }
        };
        let (samples, left_out) = with_targets(labelled, classes);
        if let Some(text) = &left_out {
            progress.warn("not measured", text.clone());
        }
        if samples.is_empty() {
            return Err(Error::Invalid(format!(
                "the set {set:?} has no image of a class the run knows ({}); choose another set or put images into sub-folders named like these",
                classes.join(", ")
            )));
        }
        Ok(Self {
            name,
            split_hash,
            data_version: data_version(&samples, classes, snapshot),
            samples,
            left_out,
        })
    }

    /// The same for what looks for shortcuts.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            set: &self.name,
            data_version: &self.data_version,
            samples: &self.samples,
        }
    }
}

/// Changes when the file is written again: 64 hex digits of its path, size and time. Quicker than to read it.
pub fn file_version(path: &Path) -> String {
    let file = path.metadata().ok();
    let modified = file.as_ref().and_then(|file| file.modified().ok());
    let size = file.map(|file| file.len());
    let text = format!("{} {size:?} {modified:?}", path.display());
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Whatever the order of the images.
fn data_version(samples: &[Sample], classes: &[String], snapshot: &Snapshot) -> String {
    let content = |sample: &Sample| {
        let record = sample.image.and_then(|id| snapshot.image(id));
        record.map_or_else(|| file_version(&sample.path), |record| record.hash.clone())
    };
    let mut lines: Vec<String> = samples
        .iter()
        .map(|sample| {
            let class = classes.get(sample.target as usize);
            let (class, recipe) = (class.map_or("", String::as_str), sample.recipe.key());
            format!("{}{recipe} {class}\n", content(sample))
        })
        .collect();
    lines.sort_unstable();
    let hash = blake3::hash(lines.concat().as_bytes()).to_hex();
    hash.get(..16).unwrap_or_default().to_owned()
}

/// An image and the name of its class.
type Labelled = (Sample, String);

fn of_side(split: &Split, side: &[Sample]) -> Vec<Labelled> {
    side.iter()
        .filter_map(|sample| {
            let class = split.classes.get(sample.target as usize)?;
            Some((sample.clone(), class.clone()))
        })
        .collect()
}

fn of_source(snapshot: &Snapshot, source: SourceId) -> Vec<Labelled> {
    let sample = |image: &ImageRecord| Sample {
        image: Some(image.id),
        unit: Some(snapshot.unit_of(image)),
        path: image.path.clone(),
        recipe: image.recipe(),
        source: None,
        weight: 1.0,
        target: 0,
    };
    snapshot
        .images_of_source(source)
        .into_iter()
        .filter(|image| image.decision != Decision::Reject)
        .filter_map(|image| {
            let class = snapshot.class_name(image.class?)?;
            Some((sample(image), class.to_owned()))
        })
        .collect()
}

/// The absolute path of the folder that is meant by `set`.
fn find_folder(set: &str) -> Result<PathBuf> {
    let folder = Path::new(set);
    if !folder.is_dir() {
        return Err(Error::Unknown {
            what: "set",
            name: set.to_owned(),
            remedy: "say valid, train, the name of a film or imported folder, or a folder whose sub-folders are classes"
                .into(),
        });
    }
    folder
        .canonicalize()
        .map_err(Error::io("find the folder", folder))
}

/// The files that an import of the folder would take in, so that a set says the same of it before and after.
fn of_folder(root: &Path, project: &Path, progress: &Progress) -> Result<Vec<Labelled>> {
    let files = import::files_of(root, project, progress)?;
    let labelled = files.into_iter().filter_map(|file| {
        let sample = Sample {
            image: None,
            unit: None,
            path: file.path,
            recipe: Recipe::default(),
            source: None,
            weight: 1.0,
            target: 0,
        };
        Some((sample, file.class?))
    });
    Ok(labelled.collect())
}

/// The images of known classes, and what is to be said of the others.
fn with_targets(labelled: Vec<Labelled>, classes: &[String]) -> (Vec<Sample>, Option<String>) {
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    let mut samples = Vec::new();
    for (sample, class) in labelled {
        let exact = classes.iter().position(|known| *known == class);
        let alike = || {
            classes
                .iter()
                .position(|known| name::key(known) == name::key(&class))
        };
        match exact.or_else(alike) {
            Some(target) => samples.push(Sample {
                target: target as u32,
                ..sample
            }),
            None => *unknown.entry(class).or_default() += 1,
        }
    }
    let left_out = (!unknown.is_empty()).then(|| {
        let all = samples.len() + unknown.values().sum::<usize>();
        let classes: Vec<String> = unknown
            .iter()
            .map(|(class, count)| format!("{class} ({count})"))
            .collect();
        format!(
            "{} of {all} images are of classes that the run does not know: {}",
            all - samples.len(),
            classes.join(", ")
        )
    });
    (samples, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_measured_by_its_sub_folders_and_unknown_classes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "elves/1.jpg",
            "elves/deep/2.jpg",
            "Elves/3.jpg",
            "elves/@eaDir/thumbnail.jpg",
            "elves/.hidden.jpg",
            "gnomes/1.jpg",
            "gnomes/2.jpg",
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let progress = Progress::silent();
        let set = folder.path().to_str().unwrap();
        let classes = ["elves".to_owned()];
        let found = EvaluationSet::of(&Snapshot::default(), set, &classes, &progress).unwrap();
        assert_eq!(found.samples.len(), 3, "as many as an import takes in");
        assert!(Path::new(&found.name).is_absolute() && found.split_hash.is_none());
        let warnings = progress.warnings();
        let unknown = warnings
            .iter()
            .find(|warning| warning.subject == "not measured");
        let message = &unknown.unwrap().message;
        assert!(
            message.starts_with("2 of 5 images") && message.ends_with("gnomes (2)"),
            "{message}"
        );
        assert!(matches!(
            EvaluationSet::of(&Snapshot::default(), "nonsense", &classes, &progress),
            Err(Error::Unknown { .. })
        ));
    }
}
