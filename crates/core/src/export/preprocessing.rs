//! What a net sees of an image, as data that travels with its weights.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::NewFolder;
use crate::catalog::Crop;
use crate::error::{Error, Result};
use crate::model::preprocess::{Fit, MOST_ASPECT, PADDING, Preprocess, SIDE_STEP};
use crate::model::{Arch, HeadKind, Normalization};
use crate::predict::{Parts, Predictor};
use crate::project::read_text;

/// Format that this program writes.
const FORMAT: u32 = 1;

/// preprocessing.json.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    pub format: u32,
    /// That wrote it.
    pub program: String,
    pub run: String,
    pub arch: Arch,
    /// The Python library that has a net of these layers, and its name there.
    pub library: String,
    pub library_name: String,
    pub head: HeadKind,
    /// In the order of the logits.
    pub classes: Vec<String>,
    /// What is cut off a file before everything else: its own borders, or so many pixels off each side.
    pub crop: Option<Crop>,
    /// Pixels of the square; with `keep` of the square with the same area.
    pub size: u32,
    pub fit: Fit,
    /// How an image is scaled.
    pub resize: String,
    /// R, G, B around an image with `pad`.
    pub padding: [u8; 3],
    /// With `keep` both sides are multiples of this.
    pub side_step: u32,
    /// With `keep` what is longer is distorted to this.
    pub most_aspect: f64,
    /// The net takes `(value / 255 - mean) / std` of R, G, B.
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl Preprocessing {
    pub const FILE: &'static str = "preprocessing.json";

    /// `run`: its id.
    pub fn of(predictor: &Predictor, run: &str) -> Self {
        let (arch, head) = (predictor.net().arch(), predictor.net().head_kind());
        let Parts {
            classes,
            preprocess,
            outside,
        } = predictor.parts();
        let python = arch.in_python();
        Self {
            format: FORMAT,
            program: format!("cutting-room {}", env!("CARGO_PKG_VERSION")),
            run: run.to_owned(),
            arch,
            library: python.library.to_owned(),
            library_name: python.name.to_owned(),
            head,
            classes,
            crop: outside,
            size: preprocess.size,
            fit: preprocess.fit,
            resize: "bilinear, antialiased".to_owned(),
            padding: PADDING.0,
            side_step: SIDE_STEP,
            most_aspect: MOST_ASPECT,
            mean: preprocess.normalization.mean,
            std: preprocess.normalization.std,
        }
    }

    /// What a [`Predictor`] needs of it.
    pub fn parts(&self) -> Parts {
        Parts {
            classes: self.classes.clone(),
            preprocess: Preprocess {
                size: self.size,
                fit: self.fit,
                normalization: Normalization {
                    mean: self.mean,
                    std: self.std,
                },
            },
            outside: self.crop,
        }
    }

    /// # Errors
    /// [`Error::Invalid`] if it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Error::Invalid(error.to_string()))
    }

    pub(super) fn write(&self, folder: &NewFolder) -> Result<()> {
        folder.write(Self::FILE, self.to_json()?.as_bytes())
    }

    /// Of an exported folder.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`], also if it is of a newer version.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(Self::FILE);
        let bad = |reason: String| Error::BadFile {
            what: "the description of the net's input",
            reason,
            path: path.clone(),
        };
        let text = read_text(&path, ("read the net's description", "its description"))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if read.format > FORMAT {
            let format = read.format;
            return Err(bad(format!(
                "a newer program wrote it (format {format}, this one knows {FORMAT})"
            )));
        }
        match read.fault() {
            Some(fault) => Err(bad(fault)),
            None => Ok(read),
        }
    }

    /// What no net can have been given.
    fn fault(&self) -> Option<String> {
        /// Side of the square, pixels.
        const SIZES: RangeInclusive<u32> = 1..=4096;
        let channels = || self.mean.into_iter().chain(self.std);
        let names: BTreeSet<&String> = self.classes.iter().collect();
        if !SIZES.contains(&self.size) {
            Some(format!("no net sees {} pixels a side", self.size))
        } else if !channels().all(f32::is_finite) || self.std.iter().any(|std| *std <= 0.0) {
            Some("mean and std must be numbers, and std above 0".to_owned())
        } else if self.classes.is_empty() || names.len() < self.classes.len() {
            Some("the classes must have names, each its own".to_owned())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    #[test]
    fn a_predictor_is_made_again_of_what_was_written() {
        let net = model::build(Arch::default(), HeadKind::Linear, 2, 0).unwrap();
        let parts = Parts {
            classes: vec!["elves".into(), "orcs".into()],
            preprocess: Preprocess {
                size: 320,
                fit: Fit::Keep,
                normalization: Normalization::TENSORFLOW,
            },
            outside: Some(Crop::Pixels(3)),
        };
        let predictor = Predictor::from_parts(net, parts.clone());
        let written = Preprocessing::of(&predictor, "20261126-101500-s1");
        let root = tempfile::tempdir().unwrap();
        let json = written.to_json().unwrap();
        std::fs::write(root.path().join(Preprocessing::FILE), &json).unwrap();
        let read = Preprocessing::read(root.path()).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.parts(), parts, "to the last bit");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["arch"], "efficientnet-lite0");
        assert_eq!(json["library_name"], "tf_efficientnet_lite0");
        assert_eq!(json["fit"], "keep");
        assert_eq!(json["crop"]["pixels"], 3);
    }
}
