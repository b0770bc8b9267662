//! The files below an imported folder, sorted, with the class each belongs to.

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::SplitFolders;
use super::manifest::{Manifest, OWN_FILES};
use super::system_folder;
use crate::catalog::record::Side;
use crate::error::{Error, Result};
use crate::media::decode::format_of_extension;
use crate::number::counted;
use crate::progress::Progress;

/// A regular file that may be an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// Relative to the folder, with `/`.
    pub origin: String,
    /// The top folder it lies in, or the one below a side of a split.
    pub class: Option<String>,
    /// Of a split that the folder holds; `None` for its tests too.
    pub side: Option<Side>,
    pub size_bytes: u64,
}

/// What to look at.
pub(super) struct Scope<'a> {
    pub folder: &'a Path,
    /// The project itself, which may lie inside.
    pub except: &'a Path,
    /// The sides of a split, if the folder holds one; its other top folders are left out then.
    pub split: Option<&'a SplitFolders>,
    /// Whether the tests of a split are looked at too.
    pub with_tests: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub files: Vec<Found>,
    /// How many warnings are about what was left out on purpose.
    pub notes: usize,
}

/// Everything below the folder except hidden files, folders of the system and folders that contain themselves by a link.
/// What cannot be looked at is a warning.
///
/// # Errors
/// `Io` if the folder itself cannot be listed; `Cancelled`.
pub(super) fn walk(scope: &Scope<'_>, progress: &Progress) -> Result<Walked> {
    let mut walk = Walk {
        scope,
        progress,
        ancestors: Vec::new(),
        hidden: 0,
        walked: Walked::default(),
    };
    walk.enter(scope.folder, &Parent::default())
        .map_err(|problem| match problem {
            Problem::Unlisted(source) => Error::io("read the folder", scope.folder)(source),
            Problem::Cancelled => Error::Cancelled,
        })?;
    walk.note_hidden();
    Ok(walk.walked)
}

/// The given files themselves, as if they lay directly in an imported folder.
///
/// # Errors
/// `Cancelled`.
pub(super) fn look_at_files(files: &[PathBuf], progress: &Progress) -> Result<Walked> {
    let scope = Scope {
        folder: Path::new(""),
        except: Path::new(""),
        split: None,
        with_tests: false,
    };
    let mut walk = Walk {
        scope: &scope,
        progress,
        ancestors: Vec::new(),
        hidden: 0,
        walked: Walked::default(),
    };
    for file in files.iter().filter(|file| !file.is_dir()) {
        progress.check()?;
        // The only error is a cancel inside a folder.
        let _cancelled = walk.look_at(file.clone(), &Parent::default());
    }
    walk.note_hidden();
    Ok(walk.walked)
}

/// Whether a file whose name begins with a dot is named like an image. What macOS keeps beside a file on other disks,
/// `._NAME`, is none, and neither is an empty stem.
fn is_hidden_image(name: &str, path: &Path) -> bool {
    let has_image_name = path
        .extension()
        .and_then(|extension| format_of_extension(&extension.to_string_lossy().to_lowercase()))
        .is_some();
    has_image_name && !name.starts_with("._") && path.is_file()
}

enum Problem {
    Unlisted(std::io::Error),
    Cancelled,
}

struct Walk<'a> {
    scope: &'a Scope<'a>,
    progress: &'a Progress,
    /// Real paths of the folders being listed.
    ancestors: Vec<PathBuf>,
    /// Images that were left out because of their names.
    hidden: usize,
    walked: Walked,
}

/// What files have from the folder they lie in.
#[derive(Clone, Default)]
struct Parent {
    /// With `/` at the end, unless it is the imported folder itself.
    origin: String,
    class: Option<String>,
    side: Option<Side>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, parent: &Parent) -> std::result::Result<(), Problem> {
        if self.progress.is_cancelled() {
            return Err(Problem::Cancelled);
        }
        let real = folder.canonicalize().map_err(Problem::Unlisted)?;
        if real == self.scope.except || self.ancestors.contains(&real) {
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
            self.look_at(path, parent)?;
        }
        self.ancestors.pop();
        Ok(())
    }

    fn look_at(&mut self, path: PathBuf, parent: &Parent) -> std::result::Result<(), Problem> {
        let name = path.file_name().unwrap_or_default();
        let Some(name) = name.to_str() else {
            let shown = format!("{}{}", parent.origin, name.to_string_lossy());
            self.progress
                .warn(shown, "its name is not valid Unicode; rename it");
            return Ok(());
        };
        let origin = format!("{}{name}", parent.origin);
        // Beside the sides, and beside the classes of each.
        let is_own = parent.class.is_none() && OWN_FILES.contains(&name);
        if is_own && Manifest::is_in(self.scope.folder) {
            return Ok(());
        }
        if let Some(maker) = system_folder::maker(name)
            && path.is_dir()
        {
            self.note(
                origin,
                format!("left out: a folder of {maker}, not of images"),
            );
            return Ok(());
        }
        if name.starts_with('.') {
            self.hidden += usize::from(is_hidden_image(name, &path));
            return Ok(());
        }
        match fs::metadata(&path) {
            Err(error) => self
                .progress
                .warn(origin, format!("cannot be opened: {error}")),
            Ok(about) if about.is_dir() => {
                let Some(inside) = self.inside(name, &origin, parent) else {
                    return Ok(());
                };
                match self.enter(&path, &inside) {
                    Err(Problem::Unlisted(error)) => {
                        self.progress
                            .warn(origin, format!("cannot be listed: {error}"));
                    }
                    other => other?,
                }
            }
            Ok(about) if about.is_file() => self.walked.files.push(Found {
                path,
                origin,
                class: parent.class.clone(),
                side: parent.side,
                size_bytes: about.len(),
            }),
            Ok(_pipe_or_device) => self.progress.warn(origin, "not a regular file"),
        }
        Ok(())
    }

    /// What the files in the folder `name` have from it. `None` if it is to be left out.
    fn inside(&mut self, name: &str, origin: &str, parent: &Parent) -> Option<Parent> {
        let mut inside = Parent {
            origin: format!("{origin}/"),
            ..parent.clone()
        };
        match self.scope.split {
            Some(split) if parent.origin.is_empty() => {
                inside.side = split.side(name);
                if inside.side.is_none() && !split.is_test(name) {
                    let sides = split.names();
                    self.note(
                        origin.to_owned(),
                        format!("left out: it is none of {sides}"),
                    );
                    return None;
                }
                if split.is_test(name) && !self.scope.with_tests {
                    return None;
                }
            }
            _class if parent.class.is_none() => inside.class = Some(name.to_owned()),
            _deeper => {}
        }
        Some(inside)
    }

    fn note_hidden(&mut self) {
        if self.hidden > 0 {
            let images = counted(self.hidden, "image");
            self.note(
                "hidden files".to_owned(),
                format!("{images} left out because of names that begin with a dot; rename what you want to import"),
            );
        }
    }

    fn note(&mut self, origin: String, message: String) {
        self.walked.notes += 1;
        self.progress.warn(origin, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(folder: &Path) -> Scope<'_> {
        Scope {
            folder,
            except: Path::new("/nowhere"),
            split: None,
            with_tests: false,
        }
    }

    #[test]
    fn classes_are_the_top_folders_and_the_order_is_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "orcs/b.jpg",
            "orcs/a.jpg",
            "elves/deep/er/c.jpg",
            "loose.jpg",
            ".hidden",
            "orcs/.hidden.jpg",
            "orcs/._a.jpg",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let progress = Progress::silent();
        let found = walk(&scope(folder.path()), &progress).unwrap();
        assert_eq!(found.notes, 1);
        let warnings = progress.warnings();
        assert_eq!(warnings[0].subject, "hidden files");
        assert!(warnings[0].message.starts_with("1 image left out"));
        let found = found.files;
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
        let found = walk(&scope(folder.path()), &progress).unwrap();
        assert_eq!((found.files.len(), found.notes), (1, 0));
        assert_eq!(progress.warnings()[0].subject, "orcs/dangling");
    }
}
