//! What is known about a film or folder before it is imported, asked on a thread: how many images will come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::catalog::import::{Layout, SplitFolders};
use crate::error::{Error, Result};
use crate::jobs::Waker;
use crate::jobs::pool::{Pool, PoolConfig};
use crate::media::video::{self, Every, FilmInfo};
use crate::progress::Progress;
use crate::project::Project;
use crate::ui::widgets::path_field::is_named_like_a_film;

const POOL: PoolConfig = PoolConfig {
    name: "probe",
    threads: 1,
    capacity: 1024,
    results: 8,
};
/// A folder is only counted so far; the import itself has no limit.
const MAX_COUNTED: usize = 100_000;
/// Nobody reads a longer list of films; the folder can be chosen again.
const MAX_FILMS: usize = 1_000;
/// Enough to know an image's format.
const HEAD_BYTES: u64 = 64;

#[derive(Clone, Debug, PartialEq)]
pub enum Probed {
    Film(FilmInfo),
    Image,
    Folder {
        /// All but films.
        files: usize,
        /// Sub-folders with such files, which become classes; those below the sides of a split if it holds one.
        classes: Vec<String>,
        split: Option<SplitFolders>,
        /// Anywhere below.
        films: Vec<PathBuf>,
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
    /// Cancelled when it is dropped: ffprobe may hang on a disk that does not answer.
    progress: Progress,
    pool: Option<Pool<PathBuf, Probed>>,
    answers: BTreeMap<PathBuf, Option<Result<Probed, String>>>,
}

impl Prober {
    /// `None` until it is known; the error is for people.
    pub fn ask(&mut self, path: &Path, waker: &Waker) -> Option<Result<Probed, String>> {
        if self.pool.is_none() {
            let progress = self.progress.clone();
            self.pool = Pool::new(POOL, waker, move |path: &PathBuf| probe(path, &progress))
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

impl Drop for Prober {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

fn probe(path: &Path, progress: &Progress) -> Result<Probed> {
    if Project::is_at(path) {
        return Err(Error::Invalid(
            "this is a project, not material for one; open it on the start page".to_owned(),
        ));
    }
    if path.is_dir() {
        return count(path);
    }
    if is_image(path)? {
        return Ok(Probed::Image);
    }
    Ok(Probed::Film(video::probe(path, progress)?))
}

/// By its content.
fn is_image(path: &Path) -> Result<bool> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head))
        .map_err(Error::io("read the file", path))?;
    Ok(image::guess_format(&head).is_ok())
}

fn count(folder: &Path) -> Result<Probed> {
    let split = SplitFolders::find(folder, Layout::Auto)?;
    let mut files = 0;
    let mut films = Vec::new();
    let mut classes = BTreeSet::new();
    for entry in entries(folder)? {
        if entry.is_dir() && split.is_some() {
            for inside in entries(&entry)? {
                files += count_class(&inside, files, &mut classes, &mut films)?;
            }
        } else {
            files += count_class(&entry, files, &mut classes, &mut films)?;
        }
    }
    films.sort();
    Ok(Probed::Folder {
        files,
        classes: classes.into_iter().collect(),
        split,
        films,
    })
}

/// All files but films in a folder of a class, or the file itself; `so_far` were counted before.
fn count_class(
    entry: &Path,
    so_far: usize,
    classes: &mut BTreeSet<String>,
    films: &mut Vec<PathBuf>,
) -> Result<usize> {
    if !entry.is_dir() {
        return Ok(usize::from(!take_film(entry, films)));
    }
    let inside = count_files(entry, MAX_COUNTED.saturating_sub(so_far), films)?;
    if inside > 0 {
        let name = entry.file_name().unwrap_or_default();
        classes.insert(name.to_string_lossy().into_owned());
    }
    Ok(inside)
}

/// True if it is one.
fn take_film(file: &Path, films: &mut Vec<PathBuf>) -> bool {
    let is_film = is_named_like_a_film(file);
    if is_film && films.len() < MAX_FILMS {
        films.push(file.to_path_buf());
    }
    is_film
}

/// All but films.
fn count_files(folder: &Path, limit: usize, films: &mut Vec<PathBuf>) -> Result<usize> {
    let mut files = 0;
    for entry in entries(folder)? {
        if files >= limit {
            break;
        }
        // Links are not followed: one may lead back up.
        let is_folder = entry.is_dir() && !entry.is_symlink();
        files += if is_folder {
            count_files(&entry, limit - files, films)?
        } else {
            usize::from(!take_film(&entry, films))
        };
    }
    Ok(files)
}

/// Without hidden ones, which an import leaves out too.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = std::fs::read_dir(folder).map_err(Error::io("read the folder", folder))?;
    Ok(listing
        .filter_map(std::result::Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
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
        let films = ["elves/deep/e.mkv", "trolls/t.MP4"];
        let images = ["elves/a.jpg", "elves/deep/b.jpg", "orcs/c.jpg", "d.jpg"];
        for file in [".hidden", ".git/x"].iter().chain(&films).chain(&images) {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("empty")).unwrap();
        assert_eq!(
            probe(folder.path(), &Progress::silent()).unwrap(),
            Probed::Folder {
                files: 4,
                classes: vec!["elves".to_owned(), "orcs".to_owned()],
                split: None,
                films: films.map(|film| folder.path().join(film)).to_vec(),
            }
        );
    }
}
