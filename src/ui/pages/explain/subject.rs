//! What the explain page looks at: an image of the project, or any file.

use std::path::{Path, PathBuf};

use crate::catalog::{ImageId, Snapshot};
use crate::predict::ImageFile;

/// A longer part of a file's name is cut: names of 255 bytes are the most that file systems take.
const MAX_PART_BYTES: usize = 96;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Image(ImageId),
    File(PathBuf),
}

impl Subject {
    /// `None` if the image has left the catalog.
    pub fn file(&self, snapshot: &Snapshot) -> Option<ImageFile> {
        match self {
            Self::Image(image) => Some(snapshot.image(*image)?.into()),
            Self::File(path) => Some(ImageFile::outside(path)),
        }
    }

    pub fn image(&self) -> Option<ImageId> {
        match self {
            Self::Image(image) => Some(*image),
            Self::File(_) => None,
        }
    }

    /// Source and path as one part of a file's name: `000012.jpg` exists in every film.
    pub fn file_part(&self, snapshot: &Snapshot) -> String {
        match self {
            Self::Image(image) => {
                let Some(image) = snapshot.image(*image) else {
                    return String::new();
                };
                let source = snapshot.source(image.source);
                let source = source.map_or("", |source| source.name.as_str());
                let stem = Path::new(&image.origin).with_extension("");
                file_part(&format!("{source}-{}", stem.display()))
            }
            Self::File(path) => {
                let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
                let stem = path.file_stem().unwrap_or_default();
                file_part(&format!("{}-{}", folder.display(), stem.display()))
            }
        }
    }
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
    fn files_are_told_apart_by_their_folder() {
        let snapshot = Snapshot::default();
        let file = |path: &str| Subject::File(path.into()).file_part(&snapshot);
        assert_eq!(file("/films/elves/000012.jpg"), "elves-000012");
        assert_ne!(
            file("/films/elves/000012.jpg"),
            file("/films/drakes/000012.jpg")
        );
    }
}
