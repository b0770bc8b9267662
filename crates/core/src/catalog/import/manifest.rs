//! What a folder of exported images says of them: the scenes, groups and decisions that folders of classes cannot hold.
//!
//! `cutting-room.json` lies beside `train` and `valid`. An import of such a folder takes the classes from it, because a class may
//! have a name that no folder can have, and restores the rest ([`super::restore`]).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::character::CharacterCrop;
use crate::catalog::record::{Decision, Moment, Side};
use crate::catalog::snapshot::SplitMode;
use crate::error::{Error, Result};
use crate::media::border::Insets;
use crate::media::scene::Transition;
use crate::project::read_text;

/// Format that this program writes.
pub const FORMAT: u32 = 1;

/// What lies in such a folder beside the images.
pub const OWN_FILES: [&str; 2] = [Manifest::FILE, Manifest::METADATA];

/// cutting-room.json.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// That wrote it.
    pub program: String,
    pub project: String,
    /// That the images have again in a project that holds nothing else.
    pub split_hash: String,
    /// Whether chance chose the sides: then the accuracy looks better than it is, there as here.
    #[serde(default, skip_serializing_if = "SplitMode::is_by_scenes")]
    pub split_mode: SplitMode,
    pub scenes: Vec<ManifestScene>,
    pub images: Vec<ManifestImage>,
}

/// A run of frames between two cuts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestScene {
    /// `drakes:3`
    pub name: String,
    /// The film or folder that it is of.
    pub source: String,
    pub first_frame: u64,
    pub last_frame: u64,
    pub transition: Transition,
    pub side: Side,
    /// Scenes with the same number are linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestImage {
    /// Relative to the folder, with `/`.
    pub file: String,
    pub class: String,
    pub side: Side,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
    /// The film or folder that it came from, and its name there.
    pub source: String,
    pub origin: String,
    /// Its place in [`Manifest::scenes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_secs: Option<f64>,
    pub decision: Decision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Moment>,
    /// Pixels that are cut off it in the project; the file is whole.
    #[serde(default, skip_serializing_if = "Insets::is_nothing")]
    pub crop: Insets,
    /// The part that is looked at there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character: Option<CharacterCrop>,
    /// Pixels that both leave out, for readers that know nothing of boxes.
    #[serde(skip)]
    pub cut: Insets,
    /// It is also in validation or a test set, so it is not trained on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_twin: bool,
}

impl Manifest {
    pub const FILE: &'static str = "cutting-room.json";
    /// The same of each side in short, as Hugging Face's `datasets` reads it.
    pub const METADATA: &'static str = "metadata.csv";
    /// The folder of training images that sit out, see [`ManifestImage::is_twin`].
    pub const TWINS: &'static str = "twins";

    pub fn is_in(folder: &Path) -> bool {
        folder.join(Self::FILE).is_file()
    }

    /// `None` if the folder has none.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`], also if it is of a newer version.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        if !Self::is_in(folder) {
            return Ok(None);
        }
        let path = folder.join(Self::FILE);
        let bad = |reason: String| Error::BadFile {
            what: "the list of exported images",
            reason,
            path: path.clone(),
        };
        let text = read_text(&path, ("read the list of images", "the list of images"))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if read.format > FORMAT {
            let format = read.format;
            return Err(bad(format!(
                "a newer program wrote it (format {format}, this one knows {FORMAT})"
            )));
        }
        Ok(Some(read))
    }

    pub(super) fn by_file(&self) -> BTreeMap<&str, &ManifestImage> {
        let images = self.images.iter();
        images.map(|image| (image.file.as_str(), image)).collect()
    }
}
