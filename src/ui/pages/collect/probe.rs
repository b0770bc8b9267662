//! What is known about a film or folder before it is imported, asked on a thread: how many images will come of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::jobs::Waker;
use crate::jobs::pool::{Pool, PoolConfig};
use crate::media::video::{self, Every, FilmInfo};

const POOL: PoolConfig = PoolConfig {
    name: "probe",
    threads: 1,
    capacity: 1024,
};
/// A folder is only counted so far; the import itself has no limit.
const MAX_COUNTED: usize = 100_000;

#[derive(Clone, Debug, PartialEq)]
pub enum Probed {
    Film(FilmInfo),
    Folder {
        files: usize,
        /// Sub-folders with files, which become classes.
        classes: Vec<String>,
    },
}

/// Images that the film will give.
pub fn estimated_frames(info: &FilmInfo, every: Every) -> usize {
    match every {
        Every::Frames(step) => info.frame_count.div_ceil(u64::from(step.max(1))) as usize,
        Every::Secs(step) if step > 0.0 => (info.duration_secs / step).ceil() as usize,
        Every::Secs(_) => 0,
    }
}

/// Answers by path; asks once for each.
#[derive(Default)]
pub struct Prober {
    pool: Option<Pool<PathBuf, Probed>>,
    answers: BTreeMap<PathBuf, Option<Result<Probed, String>>>,
}

impl Prober {
    /// `None` until it is known; the error is for people.
    pub fn ask(&mut self, path: &Path, waker: &Waker) -> Option<Result<Probed, String>> {
        if self.pool.is_none() {
            self.pool = Pool::new(POOL, waker, |path: &PathBuf| probe(path))
                .map_err(|error| tracing::error!("nothing can be probed: {error}"))
                .ok();
        }
        let pool = self.pool.as_ref()?;
        for (path, answer) in pool.drain(usize::MAX) {
            let answer = answer.map_err(|error| error.to_string());
            self.answers.insert(path, Some(answer));
        }
        if !self.answers.contains_key(path) {
            pool.request(path.to_path_buf());
            self.answers.insert(path.to_path_buf(), None);
        }
        self.answers.get(path).cloned().flatten()
    }

    /// Looks again next time: the person may have put the file there meanwhile.
    pub fn forget(&mut self, path: &Path) {
        self.answers.remove(path);
    }
}

fn probe(path: &Path) -> Result<Probed> {
    if path.is_dir() {
        count(path)
    } else {
        Ok(Probed::Film(video::probe(path)?))
    }
}

fn count(folder: &Path) -> Result<Probed> {
    let mut files = 0;
    let mut classes = Vec::new();
    for entry in entries(folder)? {
        if !entry.is_dir() {
            files += 1;
            continue;
        }
        let inside = count_files(&entry, MAX_COUNTED.saturating_sub(files))?;
        if inside > 0 {
            files += inside;
            let name = entry.file_name().unwrap_or_default();
            classes.push(name.to_string_lossy().into_owned());
        }
    }
    classes.sort();
    Ok(Probed::Folder { files, classes })
}

fn count_files(folder: &Path, limit: usize) -> Result<usize> {
    let mut files = 0;
    for entry in entries(folder)? {
        if files >= limit {
            break;
        }
        // Links are not followed: one may lead back up.
        let is_folder = entry.is_dir() && !entry.is_symlink();
        files += if is_folder {
            count_files(&entry, limit - files)?
        } else {
            1
        };
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = std::fs::read_dir(folder).map_err(Error::io("read the folder", folder))?;
    Ok(listing
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_gives_every_nth_frame() {
        let info = FilmInfo {
            frame_count: 1_650,
            duration_secs: 66.0,
            ..FilmInfo::default()
        };
        assert_eq!(estimated_frames(&info, Every::Frames(12)), 138);
        assert_eq!(estimated_frames(&info, Every::Secs(2.0)), 33);
        assert_eq!(estimated_frames(&info, Every::Secs(0.0)), 0);
    }

    #[test]
    fn a_folder_is_counted_with_its_classes() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["elves/a.jpg", "elves/deep/b.jpg", "orcs/c.jpg", "d.jpg"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("empty")).unwrap();
        assert_eq!(
            probe(folder.path()).unwrap(),
            Probed::Folder {
                files: 4,
                classes: vec!["elves".to_owned(), "orcs".to_owned()]
            }
        );
    }
}
