//! Folders that hold a split already: `train/`, `valid/` and `test/` above the class folders, as in ImageNet.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::manifest::Manifest;
use super::system_folder;
use crate::catalog::name;
use crate::catalog::record::Side;
use crate::error::{Error, Result};

/// What the top folders of an imported folder are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Sides of a split if they are called so and hold folders, otherwise classes.
    #[default]
    Auto,
    /// Classes, whatever they are called.
    Classes,
    /// Sides of a split, with the classes below them.
    Split,
}

/// The top folders that are sides of a split, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitFolders {
    pub train: Vec<String>,
    pub valid: Vec<String>,
    pub test: Vec<String>,
}

enum Part {
    Train,
    Valid,
    Test,
}

/// What a top folder of this name holds, if it is a side.
fn part(folder: &str) -> Option<Part> {
    match name::key(folder).as_str() {
        "train" | "training" => Some(Part::Train),
        "valid" | "val" | "validation" => Some(Part::Valid),
        "test" | "testing" => Some(Part::Test),
        _class => None,
    }
}

impl SplitFolders {
    /// The sides in `folder`, as `layout` says. `None` if its top folders are classes.
    ///
    /// # Errors
    /// `Invalid` if it should hold a split and has no folder called like a side.
    pub fn find(folder: &Path, layout: Layout) -> Result<Option<Self>> {
        let mut sides = Self::default();
        let mut is_only_sides = true;
        if layout == Layout::Classes {
            return Ok(None);
        }
        let is_exported = Manifest::is_in(folder);
        for top in folders(folder) {
            if is_exported && top == Manifest::TWINS {
                // They are training images that sit out: this project finds that out again by itself.
                sides.train.push(top);
                continue;
            }
            let is_side = layout == Layout::Split || !folders(&folder.join(&top)).is_empty();
            match part(&top).filter(|_| is_side) {
                Some(Part::Train) => sides.train.push(top),
                Some(Part::Valid) => sides.valid.push(top),
                Some(Part::Test) => sides.test.push(top),
                None => is_only_sides = false,
            }
        }
        let kinds = [&sides.train, &sides.valid, &sides.test];
        let count = kinds.iter().filter(|names| !names.is_empty()).count();
        match layout {
            Layout::Split if count == 0 => Err(Error::Invalid(format!(
                "there is no folder called train, valid or test in it, so it holds no split; take its folders as classes, or choose another folder than {}",
                folder.display()
            ))),
            Layout::Split => Ok(Some(sides)),
            // One alone may well be a class: a train beside nothing else runs on rails.
            _auto => Ok(Some(sides).filter(|_| is_only_sides && count > 1)),
        }
    }

    /// The side of a top folder; `None` for tests and for what is no side.
    pub(super) fn side(&self, top: &str) -> Option<Side> {
        if self.train.iter().any(|name| name == top) {
            Some(Side::Train)
        } else if self.valid.iter().any(|name| name == top) {
            Some(Side::Valid)
        } else {
            None
        }
    }

    pub(super) fn is_test(&self, top: &str) -> bool {
        self.test.iter().any(|name| name == top)
    }

    /// "train, val and test".
    pub fn names(&self) -> String {
        let names: Vec<&str> = [&self.train, &self.valid, &self.test]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        match names.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _one => names.concat(),
        }
    }
}

/// Names of the folders in it that can hold images, sorted.
fn folders(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && system_folder::maker(name).is_none())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folders: &[&str], layout: Layout) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        for name in folders {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let sides = SplitFolders::find(folder.path(), layout).unwrap();
        sides.map(|sides| sides.names())
    }

    #[test]
    fn sides_are_told_from_classes() {
        let cases: [(&[&str], Option<&str>); 7] = [
            (
                &["train/elves", "valid/elves", "test/elves"],
                Some("train, valid and test"),
            ),
            (
                &["Training/elves", "VAL/elves", "@eaDir/x"],
                Some("Training and VAL"),
            ),
            (&["train/elves", "test/orcs"], Some("train and test")),
            // Vehicles.
            (&["train", "bus", "car"], None),
            (&["train/steam", "bus/red"], None),
            (&["train/steam"], None),
            (&["train", "test"], None),
        ];
        for (folders, expected) in cases {
            assert_eq!(
                found(folders, Layout::Auto).as_deref(),
                expected,
                "{folders:?}"
            );
        }
    }

    #[test]
    fn what_the_person_says_decides() {
        let folders = ["train/elves", "valid/elves", "notes"];
        assert_eq!(found(&folders, Layout::Auto), None);
        assert_eq!(found(&folders, Layout::Classes), None);
        assert_eq!(
            found(&folders, Layout::Split).as_deref(),
            Some("train and valid")
        );
        let folder = tempfile::tempdir().unwrap();
        assert!(SplitFolders::find(folder.path(), Layout::Split).is_err());
    }
}
