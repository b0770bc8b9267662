//! job.json: what is to be trained, in the words of this program and, beside them, in numbers for PyTorch.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::project::read_text;
use crate::run::config::TrainConfig;

/// Format that this program writes.
pub const FORMAT: u32 = 1;

/// job.json.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobFile {
    pub format: u32,
    /// That wrote it.
    pub program: String,
    /// The project that it was exported from.
    pub project: String,
    pub split_hash: String,
    /// In the order of the logits.
    pub classes: Vec<String>,
    /// Ids of runs that came along because others start from them.
    pub starts: Vec<String>,
    pub runs: Vec<JobRun>,
}

/// One training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRun {
    /// As run.toml has it; a file of weights is named relative to the folder.
    pub config: TrainConfig,
    /// What `train_torch.py` needs beside it.
    pub torch: TorchRecipe,
}

/// The same recipe with every choice made, as plain numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TorchRecipe {
    /// As preprocessing.json of an export.
    pub preprocessing: serde_json::Value,
    /// Of the net before its first batch, relative to the folder, with torchvision's or timm's names.
    pub weights: String,
    /// Every tensor that learns at some time: its name there, its group of rates and whether it is decayed.
    pub parameters: Vec<TorchParameter>,
    /// `backbone`, `statistics` or `nothing`: what stays as it is.
    pub frozen: String,
    /// `lda`, `random`, or `null`: the head comes with the weights.
    pub head_init: Option<String>,
    /// Highest rates of the first layers and of the head.
    pub rates: [f64; 2],
    pub epochs: u32,
    pub batch: u32,
    pub accumulate: u32,
    pub seed: u64,
    pub label_smoothing: f32,
    /// Decay of the averaged weights; 0: none.
    pub ema: f64,
    /// Augmented views of each image under a frozen backbone.
    pub views: u32,
    /// `trivial`, `fastai` or `none`.
    pub augment: String,
    pub erasing: f64,
    /// By class; `null`: all count the same.
    pub class_weights: Option<Vec<f32>>,
    /// What of the recipe `train_torch.py` does not do, in words; it says so before it begins.
    pub left_out: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TorchParameter {
    pub name: String,
    /// 0 first layers, 1 later layers, 2 head.
    pub group: u8,
    pub is_decayed: bool,
}

/// images.json: both sides of the split, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobImages {
    pub train: Vec<JobImage>,
    pub valid: Vec<JobImage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobImage {
    /// Relative to the folder, with `/`.
    pub file: String,
    /// Index into the classes.
    pub target: u32,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
    /// Images of one unit stand and fall together.
    pub unit: String,
    /// Pixels that are cut off the upright image: left, top, right, bottom.
    pub crop: [u32; 4],
}

impl JobFile {
    pub const FILE: &'static str = "job.json";
    pub const IMAGES: &'static str = "images.json";

    /// # Errors
    /// [`Error::Invalid`] if the folder is none of a job; [`Error::BadFile`], also if it is of a newer version.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(Self::FILE);
        if !path.is_file() {
            return Err(Error::Invalid(format!(
                "it is no job (there is no {} in it); make one with `export PROJECT RUN --to job DIR`; folder {}",
                Self::FILE,
                folder.display()
            )));
        }
        let read: Self = read_json(&path, "the job's description")?;
        if read.format > FORMAT {
            let format = read.format;
            return Err(Error::BadFile {
                what: "the job's description",
                reason: format!(
                    "a newer program wrote it (format {format}, this one knows {FORMAT})"
                ),
                path,
            });
        }
        Ok(read)
    }
}

impl JobImages {
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`].
    pub fn read(folder: &Path) -> Result<Self> {
        read_json(&folder.join(JobFile::IMAGES), "the job's list of images")
    }
}

/// # Errors
/// [`Error::Io`]; [`Error::BadFile`].
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(
    path: &Path,
    what: &'static str,
) -> Result<T> {
    let text = read_text(path, ("read the job", what))?;
    serde_json::from_str(&text).map_err(|error| Error::BadFile {
        what,
        reason: error.to_string(),
        path: path.to_path_buf(),
    })
}
