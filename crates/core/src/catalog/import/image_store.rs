//! Files that lie nowhere yet, such as those that come over the network, into the project: each gets a name of the
//! program's own, is written whole, and is ready for its row.

use std::path::{Path, PathBuf};

use image::RgbImage;

use super::class_names::ClassNames;
use super::new_image::NewImage;
use super::place::Places;
use super::{ImportImages, Layout, Placement, copy};
use crate::catalog::name;
use crate::catalog::query::Catalog;
use crate::error::Result;
use crate::media::decode::pixel_hash;
use crate::progress::Progress;
use crate::project::Project;

/// Digits of the content's hash in a file's name.
const HASH_DIGITS: usize = 12;
/// Characters of a name from outside that are kept in a file's name.
const MOST_STEM: usize = 48;

/// The folder of one source.
pub struct ImageStore {
    import: ImportImages,
    places: Places,
    target: PathBuf,
    classes: ClassNames,
}

/// A file and what it shows.
pub struct Arrived<'a> {
    pub class: Option<&'a str>,
    /// What it was called where it came from; only letters and digits of it are used.
    pub name: &'a str,
    pub bytes: &'a [u8],
    pub decoded: &'a RgbImage,
}

impl Catalog {
    /// The folder of the source called `source`, new or from an earlier collection.
    ///
    /// # Errors
    /// `Invalid` if the name cannot be a folder's name or belongs to a film or an imported folder.
    pub fn image_store(&self, project: &Project, source: &str) -> Result<ImageStore> {
        let target = project.images_dir().join(name::folder_name(source));
        let import = ImportImages {
            folder: target.clone(),
            source: source.to_owned(),
            placement: Placement::Copy,
            is_test: false,
            layout: Layout::Classes,
        };
        let known = self.known_of(&import)?;
        copy::sweep(&target)?;
        // A file of an undone collection that comes again takes its old place, and with it its row.
        let present = known.values().filter(|known| known.is_present);
        let paths = present.map(|known| known.image.path.as_path());
        Ok(ImageStore {
            places: Places::new(&target, paths),
            target,
            import,
            classes: self.settled_classes()?,
        })
    }
}

impl ImageStore {
    /// For the rows of what it stored.
    pub fn import(&self) -> &ImportImages {
        &self.import
    }

    /// Writes the file into the folder of its class.
    ///
    /// # Errors
    /// `Io` if nothing can be written.
    pub fn store(&mut self, file: &Arrived<'_>, progress: &Progress) -> Result<NewImage> {
        let hash = blake3::hash(file.bytes).to_hex().to_string();
        let class = match file.class {
            Some(class) => {
                let mut class = class.to_owned();
                self.classes.settle(&mut class, progress);
                Some(class)
            }
            None => None,
        };
        let digits = hash.get(..HASH_DIGITS).unwrap_or(&hash);
        let image = NewImage {
            origin: file_stem(file.name, digits),
            class,
            width: file.decoded.width(),
            height: file.decoded.height(),
            pixel_hash: Some(pixel_hash(file.decoded)),
            hash: hash.clone(),
            ..NewImage::default()
        };
        let place = self.places.choose(&image, file.bytes);
        let mut image = NewImage {
            path: place.path,
            ..image
        };
        if !place.is_there {
            image = copy::write(image, &self.target, file.bytes)?;
        }
        image.origin = origin(&image.path, &self.target);
        Ok(image)
    }
}

/// `NAME-HASH` of harmless letters; without a name the hash alone.
fn file_stem(name: &str, digits: &str) -> String {
    let mut stem = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            stem.push(letter);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if stem.len() >= MOST_STEM {
            break;
        }
    }
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() {
        digits.to_owned()
    } else {
        format!("{stem}-{digits}")
    }
}

/// Relative to the source's folder, with `/`.
fn origin(path: &Path, target: &Path) -> String {
    let inside = path.strip_prefix(target).unwrap_or(path);
    let parts: Vec<String> = inside
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_harmless() {
        for (name, stem) in [
            ("../../etc/passwd", "etc-passwd-0123"),
            ("a b%2F..%00.jpg", "a-b-2F-00-jpg-0123"),
            ("", "0123"),
            ("..", "0123"),
            ("猫", "0123"),
            ("CON", "CON-0123"),
        ] {
            assert_eq!(file_stem(name, "0123"), stem);
        }
        assert!(file_stem(&"n".repeat(500), "0123").len() < 60);
    }
}
