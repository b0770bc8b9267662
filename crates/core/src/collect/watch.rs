//! A folder that others fill, such as a scraper or VLC: which files in it are new and finished.
//!
//! The folder is listed again and again: the system's own messages about changes do not come from network disks, and are
//! lost when many come at once. A file is finished once it has not changed for a while; a half that was left lying is
//! refused when it is decoded, and looked at again when it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::catalog::import::{Found, ImportImages, Layout, Placement, files_in_classes};
use crate::catalog::name::{folder_name, key};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// A file that did not change for so long is finished.
pub const SETTLED: Duration = Duration::from_secs(2);
/// Between two looks.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Programs write files under such endings before they give them their names.
const UNFINISHED: [&str; 9] = [
    "part",
    "partial",
    "crdownload",
    "download",
    "tmp",
    "temp",
    "swp",
    "filepart",
    "opdownload",
];

/// What a person wants watched; the window keeps it with the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRequest {
    pub folder: PathBuf,
    /// The source that the images come into.
    pub source: String,
    /// Of all images; `None`: the sub-folder that each lies in.
    pub class: Option<String>,
}

impl WatchRequest {
    /// The import of what is new.
    pub fn import(&self) -> ImportImages {
        ImportImages {
            folder: self.folder.clone(),
            source: self.source.clone(),
            // Who fills the folder may empty it as well.
            placement: Placement::Copy,
            is_test: false,
            layout: Layout::Classes,
        }
    }

    /// Whether it can be watched beside `others`, of which one of the same folder is to be left out.
    ///
    /// # Errors
    /// `Invalid` if its files would come in twice, or if its source would be that of another folder.
    pub fn check_beside<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Result<()> {
        let own = resolved(&self.folder);
        for other in others {
            let theirs = resolved(&other.folder);
            if own.starts_with(&theirs) || theirs.starts_with(&own) {
                return Err(Error::Invalid(format!(
                    "its images would come in twice, because {} is watched already; stop that first; folder {}",
                    other.folder.display(),
                    self.folder.display()
                )));
            }
            let place = |name: &str| key(&folder_name(name));
            if place(&self.source) == place(&other.source) {
                return Err(Error::Invalid(format!(
                    "{} is the source of another watched folder; choose another name for this one; that folder is {}",
                    other.source,
                    other.folder.display()
                )));
            }
        }
        Ok(())
    }
}

/// Whether both are one folder, however it is written.
pub fn is_same_folder(one: &Path, other: &Path) -> bool {
    resolved(one) == resolved(other)
}

/// One that is not there just now is compared as it is written.
fn resolved(folder: &Path) -> PathBuf {
    folder
        .canonicalize()
        .unwrap_or_else(|_missing| folder.to_path_buf())
}

/// What a file was like when it was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size_bytes: u64,
    modified: Option<SystemTime>,
}

/// The folder as far as it was looked through.
pub struct FolderWatch {
    request: WatchRequest,
    /// The project, which may lie in the folder.
    except: PathBuf,
    /// In the project before; a change of these is for an import that a person starts.
    known: BTreeSet<String>,
    /// By origin, with the time of the first look at the file as it is.
    seen: BTreeMap<String, (Stamp, Instant)>,
    /// Handed out as they were then.
    done: BTreeMap<String, Stamp>,
    settled: Duration,
}

impl FolderWatch {
    /// `known`: origins of images that are in the project, see
    /// [`Catalog::known_origins`](crate::catalog::Catalog::known_origins).
    pub fn new(request: WatchRequest, project: &Path, known: BTreeSet<String>) -> Self {
        Self {
            request,
            except: project.to_path_buf(),
            known,
            seen: BTreeMap::new(),
            done: BTreeMap::new(),
            settled: SETTLED,
        }
    }

    /// For another time than [`SETTLED`].
    #[must_use]
    pub fn settled_after(self, settled: Duration) -> Self {
        Self { settled, ..self }
    }

    /// Files that are new and finished; each is returned once, and again if it changes later without having come in.
    ///
    /// # Errors
    /// `Io` if the folder cannot be listed; `Cancelled`.
    pub fn look(&mut self, now: Instant, progress: &Progress) -> Result<Vec<Found>> {
        // What is left out on purpose would be said every second.
        let quiet = progress.part("watching");
        let files = files_in_classes(&self.request.folder, &self.except, &quiet)?;
        let mut ready = Vec::new();
        let mut present = BTreeMap::new();
        for mut file in files {
            if self.known.contains(&file.origin) || is_unfinished(&file.path) {
                continue;
            }
            let Some(stamp) = stamp(&file.path) else {
                continue;
            };
            let first = match self.seen.remove(&file.origin) {
                Some((before, first)) if before == stamp => first,
                _new_or_changed => now,
            };
            present.insert(file.origin.clone(), (stamp, first));
            let is_settled = now.duration_since(first) >= self.settled && stamp.size_bytes > 0;
            if is_settled && self.done.get(&file.origin) != Some(&stamp) {
                self.done.insert(file.origin.clone(), stamp);
                if let Some(class) = &self.request.class {
                    file.class = Some(class.clone());
                }
                ready.push(file);
            }
        }
        // Files that are gone are forgotten with this.
        self.seen = present;
        self.done.retain(|origin, _| self.seen.contains_key(origin));
        Ok(ready)
    }
}

fn is_unfinished(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    UNFINISHED.iter().any(|unfinished| ending == *unfinished)
}

/// `None` if it has gone since.
fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some(Stamp {
        size_bytes: about.len(),
        modified: about.modified().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_watches_share_neither_files_nor_a_source() {
        let watch = |folder: &str, source: &str| WatchRequest {
            folder: PathBuf::from(folder),
            source: source.to_owned(),
            class: None,
        };
        let elves = watch("/nowhere/elves", "elves");
        let check = |folder: &str, source: &str| watch(folder, source).check_beside([&elves]);
        assert!(check("/nowhere/elves2", "elves2").is_ok());
        for (folder, source, reason) in [
            ("/nowhere/elves", "other", "twice"),
            ("/nowhere/elves/archers", "other", "twice"),
            ("/nowhere", "other", "twice"),
            ("/nowhere/orcs", "Elves", "source of another"),
        ] {
            let error = check(folder, source).unwrap_err().to_string();
            assert!(error.contains(reason), "{folder} {source}: {error}");
        }
    }

    #[test]
    fn files_are_handed_out_once_they_are_finished() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let request = WatchRequest {
            folder: folder.path().to_path_buf(),
            source: "shots".to_owned(),
            class: None,
        };
        let known = BTreeSet::from(["elves/old.png".to_owned()]);
        let mut watch = FolderWatch::new(request, Path::new("/nowhere"), known);
        let start = Instant::now();
        let mut look = |secs: u64| {
            let now = start + Duration::from_secs(secs);
            let ready = watch.look(now, &Progress::silent()).unwrap();
            let names = ready.into_iter().map(|file| (file.origin, file.class));
            names.collect::<Vec<_>>()
        };
        let elves = |name: &str| (format!("elves/{name}"), Some("elves".to_owned()));
        write("elves/old.png", "old");
        write("elves/a.png", "half");
        write("elves/b.png.part", "half");
        write("elves/empty.png", "");
        assert_eq!(look(0), []);
        write("elves/a.png", "half and more");
        assert_eq!(look(2), [], "it has grown");
        assert_eq!(look(3), []);
        assert_eq!(look(4), [elves("a.png")]);
        assert_eq!(look(9), [], "once");
        fs::rename(
            folder.path().join("elves/b.png.part"),
            folder.path().join("elves/b.png"),
        )
        .unwrap();
        write("elves/a.png", "another");
        assert_eq!(look(10), []);
        assert_eq!(look(12), [elves("a.png"), elves("b.png")], "it changed");
        fs::remove_file(folder.path().join("elves/a.png")).unwrap();
        assert_eq!(look(13), []);
    }
}
