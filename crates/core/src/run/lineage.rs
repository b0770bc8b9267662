//! What a run descends from, and which of the images that it is measured on its line has already been trained on.
//!
//! A run that starts from another keeps what that one learned, so its accuracy says little about validation images that
//! an ancestor was trained on, whatever the split is now. run.toml therefore names every run of the line, and beside it
//! `trained-on.txt` holds the content hashes of all images that any of them was trained on, this run's own included.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::files;
use super::info::{Ancestor, RunInfo};
use crate::catalog::{ContentHash, PixelHashes};
use crate::error::{Error, Result};
use crate::project::write_atomic;

/// Files that were trained on, by content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrainedOn(BTreeSet<ContentHash>);

impl TrainedOn {
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] for a line that is no hash.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = files::trained_on(dir);
        let text = fs::read_to_string(&path).map_err(Error::io("read the run's images", &path))?;
        let hash = |line: &str| {
            ContentHash::from_hex(line).ok_or_else(|| Error::BadFile {
                what: "the list of images that the run was trained on",
                reason: format!("{line:?} is no content hash"),
                path: path.clone(),
            })
        };
        text.lines().map(hash).collect::<Result<_>>().map(Self)
    }

    /// One hash a line, sorted.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let mut text = String::with_capacity(65 * self.0.len());
        for hash in &self.0 {
            text.push_str(&hash.to_string());
            text.push('\n');
        }
        write_atomic(&files::trained_on(dir), text.as_bytes())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, file: &ContentHash) -> bool {
        self.0.contains(file)
    }

    /// How many of `files` were trained on; see [`Self::seen_in`].
    pub fn count_in(
        &self,
        files: impl IntoIterator<Item = Option<ContentHash>>,
        pixels: &PixelHashes,
    ) -> usize {
        let seen = self.seen_in(files, pixels);
        seen.into_iter().filter(|is_seen| *is_seen).count()
    }

    /// Which of `files` were trained on, as the same file or as another one with the same pixels. A file that could not
    /// be read (`None`) was not.
    pub fn seen_in(
        &self,
        files: impl IntoIterator<Item = Option<ContentHash>>,
        pixels: &PixelHashes,
    ) -> Vec<bool> {
        let trained_pixels: BTreeSet<&[u8; 32]> =
            self.0.iter().filter_map(|hash| pixels.get(hash)).collect();
        let is_seen = |file: &ContentHash| {
            let has_seen_pixels = |pixels: &[u8; 32]| trained_pixels.contains(pixels);
            self.0.contains(file) || pixels.get(file).is_some_and(has_seen_pixels)
        };
        let is_seen = |file: Option<ContentHash>| file.as_ref().is_some_and(is_seen);
        files.into_iter().map(is_seen).collect()
    }
}

impl Extend<ContentHash> for TrainedOn {
    fn extend<Hashes: IntoIterator<Item = ContentHash>>(&mut self, hashes: Hashes) {
        self.0.extend(hashes);
    }
}

/// What is known of the images that a run and its ancestors were trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineImages {
    Listed(TrainedOn),
    /// Of runs that an older version trained, all of them on the training side of the split with this hash.
    TrainingSideOf(String),
    Unknown,
}

/// `dir`: the folder of the run that `info` describes.
pub fn line_images(dir: &Path, info: &RunInfo) -> LineImages {
    // A list whose run could not count with it lacks an ancestor's images.
    if info.contaminated.is_some() {
        return TrainedOn::read(dir).map_or(LineImages::Unknown, LineImages::Listed);
    }
    match contaminated(dir, info) {
        Some(_) => LineImages::TrainingSideOf(info.split_hash.clone()),
        None => LineImages::Unknown,
    }
}

/// Every run of the line of `info`, itself the last: what a run that starts from it descends from. A run of an older
/// version names only the one before it.
pub fn line(dir: &Path, info: &RunInfo) -> Vec<Ancestor> {
    let mut line = info.lineage.clone().unwrap_or_else(|| {
        let mut older = Vec::new();
        let mut current = info.clone();
        while let Some(parent) = parent(dir, &current)
            && !older.iter().any(|known: &Ancestor| known.id == parent.id)
        {
            older.insert(0, Ancestor::of(&parent));
            current = parent;
        }
        older
    });
    line.push(Ancestor::of(info));
    line
}

/// How many of the validation images that the run is measured on its line was trained on. Runs of older versions did
/// not write it down: without an ancestor, or with ancestors on the same split alone, it is 0. `None`: unknown, as always of
/// what was trained elsewhere.
pub fn contaminated(dir: &Path, info: &RunInfo) -> Option<usize> {
    let mut current = info.clone();
    let mut seen = BTreeSet::new();
    // A line is as long as there are runs; a circle can only come from a file that somebody edited.
    while seen.insert(current.id.clone()) {
        if current.contaminated.is_some() {
            return current.contaminated;
        }
        if current.is_learner() {
            return None;
        }
        if current.config.from.is_none() {
            return Some(0);
        }
        let parent = parent(dir, &current)?;
        if parent.split_hash != current.split_hash {
            return None;
        }
        current = parent;
    }
    None
}

/// The run that `info` started from, if it is still there. `dir`: of any run of the project.
fn parent(dir: &Path, info: &RunInfo) -> Option<RunInfo> {
    let id = info.config.from.as_deref()?;
    RunInfo::read(&dir.parent()?.join(id)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::config::TrainConfig;

    fn run(root: &Path, id: &str, split: &str, from: Option<&str>) -> RunInfo {
        let info = RunInfo {
            id: id.into(),
            started: 1,
            process: 1,
            program: String::new(),
            hardware: String::new(),
            split_hash: split.into(),
            is_random_split: false,
            leaks: None,
            train_n: 2,
            valid_n: 2,
            classes: vec!["x".into(), "y".into()],
            lineage: None,
            data_version: None,
            copies: 0,
            crop: None,
            contaminated: None,
            config: TrainConfig {
                from: from.map(str::to_owned),
                ..TrainConfig::default()
            },
        };
        fs::create_dir_all(root.join(id)).unwrap();
        info.write(&root.join(id)).unwrap();
        info
    }

    #[test]
    fn a_run_of_an_older_version_is_clean_only_if_its_whole_line_shares_its_split() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let head = run(root, "head", "a", None);
        let fine = run(root, "fine", "a", Some("head"));
        let moved = run(root, "moved", "b", Some("head"));
        let after = run(root, "after", "b", Some("moved"));
        let lost = run(root, "lost", "a", Some("gone"));
        let count = |info: &RunInfo| contaminated(&root.join(&info.id), info);
        assert_eq!(
            [&head, &fine, &moved, &after, &lost].map(count),
            [Some(0), Some(0), None, None, None]
        );
        let names = |info: &RunInfo| -> Vec<String> {
            let line = line(&root.join(&info.id), info);
            line.into_iter().map(|ancestor| ancestor.id).collect()
        };
        assert_eq!(names(&after), ["head", "moved", "after"]);
        let images = line_images(&root.join("fine"), &fine);
        assert_eq!(images, LineImages::TrainingSideOf("a".into()));
        assert_eq!(
            line_images(&root.join("after"), &after),
            LineImages::Unknown
        );
    }

    #[test]
    fn images_are_counted_by_file_and_by_pixels_and_the_list_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let [trained, other, copy, unknown] =
            ["trained", "other", "copy", "unknown"].map(|text| ContentHash::of(text.as_bytes()));
        let mut list = TrainedOn::default();
        list.extend([trained, other]);
        list.write(folder.path()).unwrap();
        let read = TrainedOn::read(folder.path()).unwrap();
        assert_eq!(read, list);
        let text = fs::read_to_string(files::trained_on(folder.path())).unwrap();
        assert!(text.lines().is_sorted() && text.lines().count() == 2);

        let pixels = PixelHashes::from([(trained, [1; 32]), (copy, [1; 32])]);
        let files = [Some(trained), Some(copy), Some(unknown), None];
        assert_eq!(read.count_in(files, &pixels), 2);
        assert_eq!(read.count_in(files, &PixelHashes::new()), 1);
    }
}
