//! What a run is: the description that is written before its first batch, and the list of a project's runs.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use super::files;
use crate::dataset::{Crops, Leakage};
use crate::error::{Error, Result};
use crate::project::{Project, read_text, write_atomic};

/// How [`RunInfo::program`] begins where a fastai learner was made a run.
pub const FASTAI: &str = "fastai";

/// run.toml.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    pub id: String,
    /// Seconds since 1970.
    pub started: u64,
    pub process: u32,
    pub program: String,
    /// What computes it, for numbers of different hardware are not comparable; older runs call it `machine`.
    #[serde(alias = "machine")]
    pub hardware: String,
    pub split_hash: String,
    /// Of the files of both sides as they lay on disk, what was made of them (crops) and their classes. `None` in runs of
    /// older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_version: Option<String>,
    /// True for a random split: its accuracy is flattering.
    pub is_random_split: bool,
    /// Copies of images in upsampled sources included.
    pub train_n: usize,
    /// How many of these are copies.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub copies: usize,
    pub valid_n: usize,
    pub classes: Vec<String>,
    /// Validation images that it or a run it descends from was trained on. `None`: unknown, or written by an older
    /// version, see [`super::lineage::contaminated`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contaminated: Option<usize>,
    /// Of a split that it should not have been trained on and was, because somebody insisted: its accuracy is flattering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaks: Option<Leakage>,
    /// Every run it descends from, oldest first; `None` in runs of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Vec<Ancestor>>,
    /// Which of its images were cropped, and what is done to others; `None`: none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop: Option<Crops>,
    pub config: TrainConfig,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A run that another one started from, directly or over others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestor {
    pub id: String,
    pub split_hash: String,
    pub is_random_split: bool,
}

impl Ancestor {
    pub(super) fn of(info: &RunInfo) -> Self {
        Self {
            id: info.id.clone(),
            split_hash: info.split_hash.clone(),
            is_random_split: info.is_random_split,
        }
    }
}

impl RunInfo {
    /// Images that it learned from, or was measured on, were cropped to their character.
    pub fn has_cropped_characters(&self) -> bool {
        let crop = self.crop.as_ref();
        crop.is_some_and(|crop| crop.characters.is_some())
    }

    /// Whether it was trained elsewhere, on images that nobody here knows.
    pub fn is_learner(&self) -> bool {
        self.program.starts_with(FASTAI)
    }

    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] if run.toml is no run.toml.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = files::info(dir);
        let text = read_text(&path, ("read the run", "the run's description"))?;
        toml::from_str(&text).map_err(|error| Error::BadFile {
            what: "the run's description",
            reason: error.message().to_owned(),
            path,
        })
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let text =
            toml::to_string_pretty(self).map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&files::info(dir), text.as_bytes())
    }
}

/// Ids of all runs, oldest first.
///
/// # Errors
/// [`Error::Io`].
pub fn list(project: &Project) -> Result<Vec<String>> {
    let folder = project.runs_dir();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list the runs", &folder)(error)),
    };
    // A reserved folder is no run before it has its description.
    let mut ids: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|id| files::info(&project.run_dir(id)).is_file())
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Crop;
    use crate::dataset::crops::{CroppedCharacters, CroppedSource};

    #[test]
    fn a_description_of_an_older_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"
            id = "20261123-231500-s1"
            started = 1
            process = 2
            program = "cutting-room 0.1.0"
            machine = "a CPU, 2 threads, linux"
            split_hash = "abc"
            is_random_split = false
            train_n = 3
            valid_n = 4
            classes = ["a", "b"]
            [config]
            stage = 1
        "#;
        fs::write(files::info(folder.path()), text).unwrap();
        let mut info = RunInfo::read(folder.path()).unwrap();
        assert_eq!(info.hardware, "a CPU, 2 threads, linux");
        assert_eq!((info.contaminated, &info.lineage), (None, &None));
        assert_eq!((info.leaks, &info.crop), (None, &None));
        info.leaks = Some(Leakage { twins: 3, of: 4 });
        info.lineage = Some(vec![Ancestor::of(&info)]);
        info.contaminated = Some(2);
        info.data_version = Some("0123".to_owned());
        info.crop = Some(Crops {
            outside: Some(Crop::Measured),
            sources: vec![CroppedSource {
                source: "drakes".to_owned(),
                crop: Crop::Pixels(20),
                images: 3,
                unmeasured: 0,
            }],
            characters: Some(CroppedCharacters {
                images: 2,
                by_heatmap: 1,
                hash: "0f".to_owned(),
            }),
        });
        info.write(folder.path()).unwrap();
        assert_eq!(RunInfo::read(folder.path()).unwrap(), info);
    }
}
