//! The slow half of importing a folder: read by content, check, hash, copy.
//!
//! Batches are bounded by count and bytes, so a folder of any size goes through the same memory. Copies are written to a
//! temporary file, flushed and renamed; an interrupted one is removed by the next import of that source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::walk::{Found, look_at_files, walk};
use super::{ImportImages, Placement};
use crate::error::{Error, Result};
use crate::media::decode::{decode_bytes, pixel_hash};
use crate::progress::Progress;
use crate::project::Project;

/// A batch ends at whichever comes first.
const BATCH_FILES: usize = 64;
const BATCH_BYTES: u64 = 128 << 20;

/// No image within the pixel limit is larger, but a film in the same folder is.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Beginning of the names of unfinished copies.
const PART_PREFIX: &str = ".part-";

/// An image that was read, hashed and put in place, ready for its row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewImage {
    /// Absolute.
    pub path: PathBuf,
    /// Relative to the imported folder, with `/`.
    pub origin: String,
    pub class: Option<String>,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
    /// Pixels, after EXIF orientation.
    pub width: u32,
    pub height: u32,
    /// See [`FactKind::PixelHash`](crate::catalog::facts::FactKind::PixelHash). `None` if the catalogue has it already.
    pub pixel_hash: Option<[u8; 32]>,
}

/// What the catalogue knew of the source when the import began, by origin; gathered for the worker.
pub struct ImageReader {
    pub(super) project: Project,
    pub(super) import: ImportImages,
    pub(super) known: BTreeMap<String, KnownImage>,
    /// Read instead of all of the folder.
    pub(super) only: Option<Vec<PathBuf>>,
}

/// An image that was imported before.
pub(super) struct KnownImage {
    /// Without the pixel hash.
    pub image: NewImage,
    /// False if the facts about it are missing or of another version: then it is decoded once more.
    pub has_facts: bool,
}

/// A file's outcome on the way through a batch.
enum Checked {
    /// As it was at the last import.
    Known(NewImage),
    New {
        bytes: Vec<u8>,
        image: NewImage,
    },
}

impl ImageReader {
    /// Reads these files of the folder, which lie directly in it, and no others.
    #[must_use]
    pub fn of_files(self, files: Vec<PathBuf>) -> Self {
        Self {
            only: Some(files),
            ..self
        }
    }

    /// Reads all; `sink` gets batches in order. Returns how many files are no usable image; each is a warning.
    ///
    /// # Errors
    /// `Missing` folder; `Io` if copies cannot be written (full disk, read-only project); `Cancelled`, after handing
    /// over what was ready; any error of `sink`.
    pub fn read(
        &self,
        progress: &Progress,
        sink: &mut dyn FnMut(Vec<NewImage>) -> Result<()>,
    ) -> Result<usize> {
        let name = &self.import.source;
        progress.stage(format!("looking for images of {name}"), None);
        let warnings_before = progress.warnings().len();
        let folder = self
            .import
            .folder
            .canonicalize()
            .map_err(|_not_found| Error::Missing {
                path: self.import.folder.clone(),
            })?;
        let files = match &self.only {
            Some(files) => look_at_files(files, progress)?,
            None => walk(&folder, self.project.root(), progress)?,
        };
        progress.stage(
            format!("reading images of {name}"),
            Some(files.len() as u64),
        );
        let target = self.project.images_dir().join(name);
        if self.import.placement == Placement::Copy {
            sweep(&target)?;
        }
        let mut claimed: BTreeSet<PathBuf> = self
            .known
            .values()
            .map(|known| known.image.path.clone())
            .collect();
        for batch in batches(&files) {
            progress.check()?;
            let checked: Vec<Checked> = batch
                .par_iter()
                .filter(|_file| !progress.is_cancelled())
                .filter_map(|file| self.check(file, progress))
                .collect();
            let images = match self.import.placement {
                Placement::Copy => copy_all(checked, &target, &mut claimed)?,
                Placement::InPlace => checked.into_iter().map(Checked::into_image).collect(),
            };
            if !images.is_empty() {
                sink(images)?;
            }
        }
        progress.check()?;
        Ok(progress.warnings().len() - warnings_before)
    }

    /// `None` after a warning.
    fn check(&self, file: &Found, progress: &Progress) -> Option<Checked> {
        let checked = self.examine(file);
        progress.advance(1);
        match checked {
            Ok(checked) => Some(checked),
            Err(Error::Image { reason, .. }) => {
                progress.warn(&file.origin, reason);
                None
            }
            Err(Error::Io { source, .. }) => {
                progress.warn(&file.origin, format!("cannot be read: {source}"));
                None
            }
            Err(other) => {
                progress.warn(&file.origin, other.to_string());
                None
            }
        }
    }

    fn examine(&self, file: &Found) -> Result<Checked> {
        let unusable = |reason: &str| Error::Image {
            reason: reason.to_owned(),
            path: file.path.clone(),
        };
        if file.size_bytes > MAX_FILE_BYTES {
            return Err(unusable("too large for an image (more than 512 MiB)"));
        }
        let bytes = fs::read(&file.path).map_err(Error::io("read the image", &file.path))?;
        let hash = blake3::hash(&bytes).to_hex().to_string();
        let known = self
            .known
            .get(&file.origin)
            .filter(|known| known.image.hash == hash && known.image.path.exists());
        if let Some(known) = known
            && known.has_facts
        {
            return Ok(Checked::Known(known.image.clone()));
        }
        // The files are untrusted: a panic in a decoder costs that file only.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode_bytes(&bytes, &file.path)))
            .unwrap_or_else(|_panic| Err(unusable("corrupt (the decoder gave up)")));
        if let Some(known) = known {
            // An image that an older version could decode stays, with or without its facts.
            return Ok(Checked::Known(NewImage {
                pixel_hash: decoded.ok().map(|decoded| pixel_hash(&decoded)),
                ..known.image.clone()
            }));
        }
        let decoded = decoded?;
        Ok(Checked::New {
            image: NewImage {
                path: file.path.clone(),
                origin: file.origin.clone(),
                class: file.class.clone(),
                hash,
                width: decoded.width(),
                height: decoded.height(),
                pixel_hash: Some(pixel_hash(&decoded)),
            },
            bytes,
        })
    }
}

impl Checked {
    fn into_image(self) -> NewImage {
        match self {
            Self::Known(image) | Self::New { image, .. } => image,
        }
    }
}

fn batches(files: &[Found]) -> Vec<&[Found]> {
    let mut batches = Vec::new();
    let mut rest = files;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest
            .iter()
            .take(BATCH_FILES)
            .take_while(|file| {
                bytes += file.size_bytes;
                bytes <= BATCH_BYTES
            })
            .count();
        let (batch, after) = rest.split_at(fitting.max(1));
        batches.push(batch);
        rest = after;
    }
    batches
}

/// Names are chosen one after another, so that they do not depend on which thread is faster; files are then written in
/// parallel.
fn copy_all(
    checked: Vec<Checked>,
    target: &Path,
    claimed: &mut BTreeSet<PathBuf>,
) -> Result<Vec<NewImage>> {
    let mut planned = Vec::with_capacity(checked.len());
    for file in checked {
        planned.push(match file {
            Checked::Known(image) => (image, None),
            Checked::New { bytes, mut image } => {
                let (path, is_there) = choose_place(&image, &bytes, target, claimed);
                claimed.insert(path.clone());
                image.path = path;
                (image, (!is_there).then_some(bytes))
            }
        });
    }
    planned
        .into_par_iter()
        .map(|(image, bytes)| {
            if let Some(bytes) = bytes {
                write_copy(&image.path, target, &bytes)?;
            }
            Ok(image)
        })
        .collect()
}

/// `TARGET/CLASS/NAME.EXT`, with `-2`, `-3`… if another image has that name; and whether this very content already
/// lies there, left by an import that was killed before its row was written.
fn choose_place(
    image: &NewImage,
    bytes: &[u8],
    target: &Path,
    claimed: &BTreeSet<PathBuf>,
) -> (PathBuf, bool) {
    let folder = image
        .class
        .as_ref()
        .map_or_else(|| target.to_path_buf(), |class| target.join(class));
    let name = Path::new(&image.origin);
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let extension = true_extension(bytes, name);
    let mut number = 1_u64;
    loop {
        let path = folder.join(if number == 1 {
            format!("{stem}.{extension}")
        } else {
            format!("{stem}-{number}.{extension}")
        });
        if !claimed.contains(&path) {
            if fs::symlink_metadata(&path).is_err() {
                return (path, false);
            }
            if holds(&path, bytes, &image.hash) {
                return (path, true);
            }
        }
        number += 1;
    }
}

fn holds(path: &Path, bytes: &[u8], hash: &str) -> bool {
    fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| blake3::hash(&there).to_hex().as_str() == hash)
}

/// The file's own extension if it fits its content, else the one of that content: a WebP named `.jpg` is
/// copied as `.webp`, so that other programs read it too.
fn true_extension(bytes: &[u8], name: &Path) -> String {
    let own = name
        .extension()
        .map(|extension| extension.to_string_lossy().into_owned());
    let Ok(format) = image::guess_format(bytes) else {
        return own.unwrap_or_else(|| "jpg".to_owned());
    };
    let known = format.extensions_str();
    match own {
        Some(own) if known.contains(&own.to_lowercase().as_str()) => own,
        _wrong_or_none => known.first().copied().unwrap_or("jpg").to_owned(),
    }
}

fn write_copy(path: &Path, target: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = tempfile::Builder::new()
            .prefix(PART_PREFIX)
            .tempfile_in(target)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(Error::io("copy the image into the project", path))
}

/// Removes what a killed import was just writing; only our own unfinished files have such names.
fn sweep(target: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(target) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PART_PREFIX) {
            let path = entry.path();
            fs::remove_file(&path).map_err(Error::io("remove an unfinished copy", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(size_bytes: u64) -> Found {
        Found {
            path: PathBuf::new(),
            origin: String::new(),
            class: None,
            size_bytes,
        }
    }

    #[test]
    fn batches_are_bounded_by_count_and_bytes_and_lose_nothing() {
        let many = vec![found(1); BATCH_FILES + 1];
        let sizes: Vec<usize> = batches(&many).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [BATCH_FILES, 1]);
        let big = vec![
            found(BATCH_BYTES - 1),
            found(2),
            found(BATCH_BYTES + 5),
            found(1),
        ];
        let sizes: Vec<usize> = batches(&big).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [1, 1, 1, 1]);
    }

    #[test]
    fn a_wrong_extension_is_corrected_in_the_copy() {
        let png = b"\x89PNG\r\n\x1a\n";
        assert_eq!(true_extension(png, Path::new("a/b.jpg")), "png");
        assert_eq!(true_extension(png, Path::new("a/b.PNG")), "PNG");
        assert_eq!(true_extension(png, Path::new("a/b")), "png");
    }
}
