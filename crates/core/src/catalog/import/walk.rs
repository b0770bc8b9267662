//! The files below an imported folder, sorted, with the class each belongs to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::progress::Progress;

/// A regular file that may be an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub path: PathBuf,
    /// Relative to the folder, with `/`.
    pub origin: String,
    /// The top folder it lies in.
    pub class: Option<String>,
    pub size_bytes: u64,
}

/// Everything below `folder` except hidden files, `except` (the project itself may lie inside) and folders that contain
/// themselves by a link. What cannot be looked at is a warning.
///
/// # Errors
/// `Io` if `folder` itself cannot be listed; `Cancelled`.
pub(super) fn walk(folder: &Path, except: &Path, progress: &Progress) -> Result<Vec<Found>> {
    let mut walk = Walk {
        except,
        progress,
        ancestors: Vec::new(),
        found: Vec::new(),
    };
    walk.enter(folder, "", None)
        .map_err(|problem| match problem {
            Problem::Unlisted(source) => Error::io("read the folder", folder)(source),
            Problem::Cancelled => Error::Cancelled,
        })?;
    Ok(walk.found)
}

/// The given files themselves, as if they lay directly in an imported folder.
///
/// # Errors
/// `Cancelled`.
pub(super) fn look_at_files(files: &[PathBuf], progress: &Progress) -> Result<Vec<Found>> {
    let mut walk = Walk {
        except: Path::new(""),
        progress,
        ancestors: Vec::new(),
        found: Vec::new(),
    };
    for file in files.iter().filter(|file| !file.is_dir()) {
        progress.check()?;
        // The only error is a cancel inside a folder.
        let _cancelled = walk.look_at(file.clone(), "", None);
    }
    Ok(walk.found)
}

enum Problem {
    Unlisted(std::io::Error),
    Cancelled,
}

struct Walk<'a> {
    except: &'a Path,
    progress: &'a Progress,
    /// Real paths of the folders being listed.
    ancestors: Vec<PathBuf>,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn enter(
        &mut self,
        folder: &Path,
        origin: &str,
        class: Option<&str>,
    ) -> std::result::Result<(), Problem> {
        if self.progress.is_cancelled() {
            return Err(Problem::Cancelled);
        }
        let real = folder.canonicalize().map_err(Problem::Unlisted)?;
        if real == self.except || self.ancestors.contains(&real) {
            return Ok(());
        }
        let mut paths = fs::read_dir(folder)
            .and_then(|entries| {
                entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<std::io::Result<Vec<PathBuf>>>()
            })
            .map_err(Problem::Unlisted)?;
        paths.sort();
        self.ancestors.push(real);
        for path in paths {
            self.look_at(path, origin, class)?;
        }
        self.ancestors.pop();
        Ok(())
    }

    fn look_at(
        &mut self,
        path: PathBuf,
        parent: &str,
        class: Option<&str>,
    ) -> std::result::Result<(), Problem> {
        let name = path.file_name().unwrap_or_default();
        let Some(name) = name.to_str() else {
            let shown = format!("{parent}{}", name.to_string_lossy());
            self.progress
                .warn(shown, "its name is not valid Unicode; rename it");
            return Ok(());
        };
        if name.starts_with('.') {
            return Ok(());
        }
        let origin = format!("{parent}{name}");
        let class = class.map(str::to_owned);
        match fs::metadata(&path) {
            Err(error) => self
                .progress
                .warn(origin, format!("cannot be opened: {error}")),
            Ok(about) if about.is_dir() => {
                let class = class.unwrap_or_else(|| name.to_owned());
                match self.enter(&path, &format!("{origin}/"), Some(&class)) {
                    Err(Problem::Unlisted(error)) => {
                        self.progress
                            .warn(origin, format!("cannot be listed: {error}"));
                    }
                    other => other?,
                }
            }
            Ok(about) if about.is_file() => self.found.push(Found {
                path,
                origin,
                class,
                size_bytes: about.len(),
            }),
            Ok(_pipe_or_device) => self.progress.warn(origin, "not a regular file"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_top_folders_and_the_order_is_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "orcs/b.jpg",
            "orcs/a.jpg",
            "elves/deep/er/c.jpg",
            "loose.jpg",
            ".hidden",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let found = walk(folder.path(), Path::new("/nowhere"), &Progress::silent()).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|file| (file.origin.as_str(), file.class.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("elves/deep/er/c.jpg", Some("elves")),
                ("loose.jpg", None),
                ("orcs/a.jpg", Some("orcs")),
                ("orcs/b.jpg", Some("orcs")),
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_parent_does_not_go_round_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("orcs")).unwrap();
        fs::write(folder.path().join("orcs/a.jpg"), "a").unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("orcs/up")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("orcs/dangling")).unwrap();
        let progress = Progress::silent();
        let found = walk(folder.path(), Path::new("/nowhere"), &progress).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(progress.warnings()[0].subject, "orcs/dangling");
    }
}
