//! Images as the net sees them, and the logits that the run gave them: what a reader of a bundle checks himself by.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, RgbImage};
use serde::{Deserialize, Serialize};

use crate::dataset::{Sample, Split};
use crate::error::{Error, Result};
use crate::export::NewFolder;
use crate::export::exporting::Exporting;
use crate::media::decode::decode_file;
use crate::predict::{ImageFile, Predictor};
use crate::progress::Progress;
use crate::project::read_text;

pub(super) const FILE: &str = "goldens.json";
const FOLDER: &str = "goldens";

/// Images in a bundle, if the project has as many.
const COUNT: usize = 16;

/// Logits of other programs and instruction sets differ in the last digits: by so much of the largest, or of 1.
const TOLERANCE: f32 = 1e-4;

/// goldens.json.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goldens {
    /// By how much a logit may differ.
    pub tolerance: f32,
    pub images: Vec<Golden>,
}

/// An image of the project, as the net sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// A PNG in the bundle. It is what fitting has made: nothing is to be cropped or scaled any more.
    pub file: String,
    /// That it is of, in the project.
    pub class: String,
    /// Raw, in the order of the classes.
    pub logits: Vec<f32>,
}

/// Returns how many there are.
pub(super) fn write(folder: &NewFolder, run: &Exporting<'_>, progress: &Progress) -> Result<usize> {
    let split = Split::of(&run.material.snapshot)?;
    let candidates = spread(&split);
    progress.stage("choosing images", Some(COUNT as u64));
    let mut images = Vec::new();
    let mut largest = 1f32;
    for sample in candidates {
        if images.len() == COUNT {
            break;
        }
        progress.check()?;
        // One that is gone or damaged is left out here: the checks of the project tell of it.
        let Ok(read) = run.predictor.read(&ImageFile::from(sample)) else {
            continue;
        };
        let fitted = run.predictor.preprocess().fitted(&read.image)?;
        let logits = run.predictor.fitted_logits(&fitted)?;
        largest = logits
            .iter()
            .fold(largest, |most, value| most.max(value.abs()));
        let file = image_file(images.len());
        folder.write(&file, &png(&fitted)?)?;
        let class = split.classes.get(sample.target as usize);
        images.push(Golden {
            file,
            class: class.cloned().unwrap_or_default(),
            logits,
        });
        progress.advance(1);
    }
    if images.is_empty() {
        return Err(Error::Invalid(
            "no image of the project can be read, so nothing could be checked by the bundle; put the files back, or import them again".into(),
        ));
    }
    let goldens = Goldens {
        tolerance: TOLERANCE * largest,
        images,
    };
    let json = serde_json::to_string_pretty(&goldens)
        .map_err(|error| Error::Invalid(error.to_string()))?;
    folder.write(FILE, json.as_bytes())?;
    Ok(goldens.images.len())
}

pub(super) fn image_file(number: usize) -> String {
    format!("{FOLDER}/{number:02}.png")
}

/// Class by class in turn; those of validation first, because the net has not learned them by heart.
fn spread(split: &Split) -> Vec<&Sample> {
    let mut ordered = Vec::new();
    for side in [&split.valid, &split.train] {
        let mut by_class: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
        for sample in side {
            by_class.entry(sample.target).or_default().push(sample);
        }
        // Neighbors of a film look alike, so each class is taken from in wide steps.
        let by_class: Vec<Vec<&Sample>> = by_class
            .values()
            .map(|samples| in_wide_steps(samples))
            .collect();
        let longest = by_class.iter().map(Vec::len).max().unwrap_or_default();
        for place in 0..longest {
            ordered.extend(by_class.iter().filter_map(|samples| samples.get(place)));
        }
    }
    ordered
}

/// The same, so that the first [`COUNT`] lie evenly over all of them.
fn in_wide_steps<'a>(samples: &[&'a Sample]) -> Vec<&'a Sample> {
    let step = samples.len().div_ceil(COUNT).max(1);
    let at = |first| samples.iter().skip(first).step_by(step).copied();
    (0..step).flat_map(at).collect()
}

fn png(image: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| Error::Invalid(format!("a PNG cannot be made: {error}")))?;
    Ok(bytes.into_inner())
}

impl Goldens {
    /// Of the bundle in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`], also if it has no images.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let bad = |reason: String| Error::BadFile {
            what: "the list of images that a bundle is checked by",
            reason,
            path: path.clone(),
        };
        let text = read_text(&path, ("read the bundle", "the bundle"))?;
        let goldens: Self = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if goldens.images.is_empty() {
            return Err(bad("it names no image".to_owned()));
        }
        Ok(goldens)
    }

    /// Asks `predictor` about every image of the bundle in `folder`; returns by how much a logit differs at most.
    ///
    /// # Errors
    /// [`Error::Invalid`] if that is more than it may; [`Error::Io`] and [`Error::Image`] for images of the bundle.
    pub fn check(&self, predictor: &Predictor, folder: &Path) -> Result<f32> {
        let mut worst = 0f32;
        for golden in &self.images {
            let image = decode_file(&folder.join(&golden.file))?;
            let logits = predictor.fitted_logits(&image)?;
            let is_whole = logits.len() == golden.logits.len();
            let pairs = logits.iter().zip(&golden.logits);
            let difference = pairs.map(|(now, then)| (now - then).abs());
            // Once it is no number it stays so, and compares as false.
            let difference =
                difference.fold(0f32, |most, off| if off <= most { most } else { off });
            if is_whole && difference <= self.tolerance {
                worst = worst.max(difference);
            } else {
                return Err(Error::Invalid(format!(
                    "the bundle does not answer as it did when it was made (a logit of {} differs by {difference:.2e}, {:.2e} is allowed), so a file in it was changed or damaged; copy it again, or export the run again; bundle {}",
                    golden.file,
                    self.tolerance,
                    folder.display()
                )));
            }
        }
        Ok(worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_lie_evenly_over_a_class() {
        let samples: Vec<Sample> = (0..40)
            .map(|number| Sample {
                image: None,
                unit: None,
                path: format!("{number}").into(),
                recipe: crate::media::recipe::Recipe::default(),
                source: None,
                weight: 1.0,
                target: 0,
            })
            .collect();
        let samples: Vec<&Sample> = samples.iter().collect();
        let ordered = in_wide_steps(&samples);
        let names: Vec<&str> = ordered.iter().filter_map(|s| s.path.to_str()).collect();
        assert_eq!(names[..4], ["0", "3", "6", "9"]);
        assert_eq!(names[13], "39");
        assert_eq!(names.len(), 40);
    }
}
