//! What the explain page looks at: an image of the project, or any file.

use std::path::{Path, PathBuf};

use crate::catalog::{ImageId, Snapshot};
use crate::explain::names::{self, file_part};
use crate::predict::ImageFile;

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
            Self::File(path) => names::place_part(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
