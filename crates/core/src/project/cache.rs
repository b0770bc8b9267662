//! A project's cache: what it holds, how much it may hold, and how it is emptied.
//!
//! Thumbnails and features grow with use and have a limit; what was not used for the longest time goes first. All of it can be made
//! again but for the thumbnail of an image whose file is gone, which is therefore spared. Folds of cross-validations and proposed
//! crops have taken hours or come from elsewhere, and are small: nothing here touches them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Half a million thumbnails of 8 kB.
const THUMBNAILS_BYTES: u64 = 4_000_000_000;
/// 45,000 images of EfficientNet-Lite0 (10 kB each) four times over.
const FEATURES_BYTES: u64 = 2_000_000_000;

/// Of this program, for every project it opens: set once at its start, and when a person changes it.
static LIMITS: [AtomicU64; 2] = [
    AtomicU64::new(THUMBNAILS_BYTES),
    AtomicU64::new(FEATURES_BYTES),
];

/// What a project's cache may hold, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    pub thumbnails_bytes: u64,
    pub features_bytes: u64,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            thumbnails_bytes: THUMBNAILS_BYTES,
            features_bytes: FEATURES_BYTES,
        }
    }
}

impl CacheLimits {
    /// Those that hold now.
    pub fn current() -> Self {
        let [thumbnails_bytes, features_bytes] =
            LIMITS.each_ref().map(|limit| limit.load(Ordering::Relaxed));
        Self {
            thumbnails_bytes,
            features_bytes,
        }
    }

    /// Holds from now on; [`trim`] brings a cache below it.
    pub fn apply(self) {
        let values = [self.thumbnails_bytes, self.features_bytes];
        for (limit, value) in LIMITS.iter().zip(values) {
            limit.store(value, Ordering::Relaxed);
        }
    }
}

/// What a project's cache holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheUse {
    pub thumbnails_bytes: u64,
    pub features_bytes: u64,
}

impl CacheUse {
    /// `cache`: the project's folder for what may be deleted.
    pub fn of(cache: &Path) -> Self {
        let total = |part: Part| part.files(cache).iter().map(|file| file.bytes).sum();
        Self {
            thumbnails_bytes: total(Part::Thumbnails),
            features_bytes: total(Part::Features),
        }
    }
}

/// What is made by the program and can be made again.
#[derive(Clone, Copy)]
enum Part {
    Thumbnails,
    Features,
}

impl Part {
    fn files(self, cache: &Path) -> Vec<CachedFile> {
        match self {
            Self::Thumbnails => files_below(&cache.join("thumbnails"), "jpg"),
            Self::Features => files_below(&cache.join("features"), "features"),
        }
    }
}

/// Hashes of the images (hash, path) whose file is gone, so that a thumbnail is the last that is left of them.
pub fn without_file<'a>(images: impl Iterator<Item = (&'a str, &'a Path)>) -> BTreeSet<String> {
    images
        .filter(|(_, path)| !path.exists())
        .map(|(hash, _)| hash.to_owned())
        .collect()
}

/// Brings the cache below the limits. `spared`: hashes of images whose thumbnails stay. Returns the bytes that were freed.
pub fn trim(cache: &Path, limits: CacheLimits, spared: &BTreeSet<String>) -> u64 {
    let thumbnails = Part::Thumbnails.files(cache);
    let thumbnails = thumbnails
        .into_iter()
        .filter(|file| !file.is_of(spared))
        .collect();
    remove_oldest(thumbnails, limits.thumbnails_bytes)
        + remove_oldest(Part::Features.files(cache), limits.features_bytes)
}

/// Empties the cache of what can be made again. Returns the bytes that were freed.
pub fn clear(cache: &Path, spared: &BTreeSet<String>) -> u64 {
    let nothing = CacheLimits {
        thumbnails_bytes: 0,
        features_bytes: 0,
    };
    trim(cache, nothing, spared)
}

/// Removes the files below `folder` that were not used for the longest time, until the others are no more than `limit_bytes`.
pub(crate) fn remove_oldest_below(folder: &Path, extension: &str, limit_bytes: u64) {
    remove_oldest(files_below(folder, extension), limit_bytes);
}

fn remove_oldest(mut files: Vec<CachedFile>, limit_bytes: u64) -> u64 {
    files.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    let mut freed = 0;
    for file in files {
        if total <= limit_bytes {
            break;
        }
        total -= file.bytes;
        // Another process may have been quicker, and a disk may be read-only.
        if fs::remove_file(&file.path).is_ok() {
            freed += file.bytes;
        }
    }
    freed
}

struct CachedFile {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl CachedFile {
    /// Whether it is named by one of these hashes; what is made of the image comes after it.
    fn is_of(&self, hashes: &BTreeSet<String>) -> bool {
        let name = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let last_before = hashes.range(..=name.clone().into_owned()).next_back();
        last_before.is_some_and(|hash| name.starts_with(hash.as_str()))
    }
}

/// None where the folder is missing or cannot be read.
fn files_below(folder: &Path, extension: &str) -> Vec<CachedFile> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            let path = entry.path();
            if about.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(CachedFile {
                    path,
                    bytes: about.len(),
                    used: about.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn file(path: &Path, bytes: usize, age_secs: u64) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![0; bytes]).unwrap();
        let used = SystemTime::now() - Duration::from_secs(age_secs);
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(used).unwrap();
    }

    #[test]
    fn the_longest_unused_go_first_and_last_copies_stay() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path();
        let thumbnail = |name: &str| cache.join("thumbnails").join(&name[..2]).join(name);
        let (gone, old, new) = ("aa11-4-4-4-4.jpg", "aa22.jpg", "bb33.jpg");
        for (name, age_secs) in [(gone, 300), (old, 200), (new, 100)] {
            file(&thumbnail(name), 1000, age_secs);
        }
        file(&cache.join("features/a.features"), 500, 10);
        let folds = cache.join("cross-validation/key/folds.json");
        file(&folds, 5000, 900);
        let before = CacheUse {
            thumbnails_bytes: 3000,
            features_bytes: 500,
        };
        assert_eq!(CacheUse::of(cache), before);

        let here = cache.join("here.jpg");
        fs::write(&here, "an image").unwrap();
        let missing = cache.join("missing.jpg");
        let images = [("aa11", missing.as_path()), ("aa22", here.as_path())];
        let spared = without_file(images.into_iter());
        assert_eq!(spared.len(), 1);
        let limits = CacheLimits {
            thumbnails_bytes: 1000,
            features_bytes: 500,
        };
        assert_eq!(trim(cache, limits, &spared), 1000);
        let are_there = [gone, old, new].map(|name| thumbnail(name).exists());
        assert_eq!(are_there, [true, false, true]);

        assert_eq!(clear(cache, &spared), 1500);
        let left = CacheUse {
            thumbnails_bytes: 1000,
            features_bytes: 0,
        };
        assert_eq!(CacheUse::of(cache), left);
        assert!(folds.exists(), "it took hours");
        assert_eq!(trim(&cache.join("nowhere"), limits, &spared), 0);
    }
}
