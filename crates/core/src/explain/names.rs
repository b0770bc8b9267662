//! Names of the files that explanations are saved in.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::explained::Explained;
use crate::error::{Error, Result};

/// A longer part of a file's name is cut: names of 255 bytes are the most that file systems take.
const MAX_PART_BYTES: usize = 96;

/// Names given so far: a second one of its kind gets a number.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, usize>);

impl Names {
    /// Folder, file, class and method, without an ending: `elves-000012-orcs-guided`.
    pub fn stem(&mut self, path: &Path, explained: &Explained) -> String {
        let against = explained
            .against
            .as_ref()
            .map_or_else(String::new, |other| {
                format!("-against-{}", file_part(explained.name_of(other.class)))
            });
        let stem = format!(
            "{}-{}{against}{}",
            place_part(path),
            file_part(explained.class_name()),
            explained.method.file_suffix()
        );
        let count = self.0.entry(stem.clone()).or_default();
        *count += 1;
        match *count {
            1 => stem,
            number => format!("{stem}-{number}"),
        }
    }
}

/// Folder and file as one part of a name: `000012.jpg` exists in every film.
pub fn place_part(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let stem = path.file_stem().unwrap_or_default();
    file_part(&format!("{}-{}", folder.display(), stem.display()))
}

pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// `text` in letters that every file system takes; the end, where numbers stand, is kept of a long one.
pub fn file_part(text: &str) -> String {
    let plain: String = text
        .trim_matches('-')
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let mut start = plain.len().saturating_sub(MAX_PART_BYTES);
    while !plain.is_char_boundary(start) {
        start += 1;
    }
    plain[start..].to_owned()
}

/// Makes `STEM.ENDING`, or the first of `STEM-2.ENDING`, `STEM-3.ENDING`… that does not exist: nothing is overwritten, also
/// not by two windows at once.
pub fn new_file(folder: &Path, stem: &str, ending: &str) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let path = match number {
            1 => folder.join(format!("{stem}.{ending}")),
            _ => folder.join(format!("{stem}-{number}.{ending}")),
        };
        match std::fs::File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Error::io("make the file", &path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_file_names_are_plain_and_keep_their_end() {
        assert_eq!(file_part("drakes/a b-000012"), "drakes-a-b-000012");
        assert_eq!(file_part("-x"), "x");
        let long = file_part(&format!("{}000012", "ä".repeat(200)));
        assert!(long.len() <= MAX_PART_BYTES && long.ends_with("ä000012"));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<PathBuf> = (0..3)
            .map(|_| new_file(folder.path(), "a", "png").unwrap())
            .collect();
        let want = ["a.png", "a-2.png", "a-3.png"].map(|name| folder.path().join(name));
        assert_eq!(names, want);
        assert!(new_file(&folder.path().join("none"), "a", "png").is_err());
    }
}
