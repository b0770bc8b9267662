//! The slow half of importing a folder: read by content, check, hash, copy.
//!
//! Batches are bounded by count and bytes, so a folder of any size goes through the same memory.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use image::RgbImage;
use rayon::prelude::*;

use super::class_names::ClassNames;
use super::labels::Labels;
use super::layout::SplitFolders;
use super::manifest::Manifest;
use super::moved::Moved;
use super::new_image::{Checked, KnownImage, NewImage};
use super::place::Places;
use super::walk::{Found, Scope, Walked, look_at_files, walk};
use super::{ImportImages, Placement, copy};
use crate::catalog::name;
use crate::error::{Error, Result};
use crate::media::decode::{decode_bytes, pixel_hash};
use crate::media::frame_look::FrameLook;
use crate::media::frame_series::NumberedName;
use crate::progress::Progress;
use crate::project::Project;

/// A batch ends at whichever comes first.
const BATCH_FILES: usize = 64;
const BATCH_BYTES: u64 = 128 << 20;

/// No image within the pixel limit is larger, but a film in the same folder is.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Some files of a folder.
#[derive(Clone, Debug)]
pub(super) enum Only {
    /// Directly in it.
    Files(Vec<PathBuf>),
    /// Found in it before, with their classes.
    Found(Vec<Found>),
}

/// What the catalog knew of the source when the import began, by origin; gathered for the worker.
pub struct ImageReader {
    pub(super) project: Project,
    pub(super) import: ImportImages,
    pub(super) known: BTreeMap<String, KnownImage>,
    /// Read instead of all of the folder.
    pub(super) only: Option<Only>,
    pub(super) classes: ClassNames,
}

impl ImageReader {
    /// Reads these files of the folder, which lie directly in it, and no others.
    #[must_use]
    pub fn of_files(self, files: Vec<PathBuf>) -> Self {
        Self {
            only: Some(Only::Files(files)),
            ..self
        }
    }

    /// Reads these files, which were found in the folder, and no others.
    #[must_use]
    pub fn of_found(self, files: Vec<Found>) -> Self {
        Self {
            only: Some(Only::Found(files)),
            ..self
        }
    }

    /// Reads all; `sink` gets batches in order. Returns how many files are no usable image; each is a warning.
    ///
    /// # Errors
    /// `Missing` folder; `Invalid` if it holds no file; `Io` if copies cannot be written (full disk, read-only project); `Cancelled`, after handing
    /// over what was ready; any error of `sink`.
    pub fn read(
        &self,
        progress: &Progress,
        sink: &mut dyn FnMut(Vec<NewImage>) -> Result<()>,
    ) -> Result<usize> {
        let source = &self.import.source;
        progress.stage(format!("looking for images of {source}"), None);
        let warnings_before = progress.warnings().len();
        let folder = self
            .import
            .folder
            .canonicalize()
            .map_err(|_not_found| Error::Missing {
                path: self.import.folder.clone(),
            })?;
        let split = match &self.only {
            Some(_files) => None,
            None => SplitFolders::find(&folder, self.import.layout)?,
        };
        let mut walked = self.look(&folder, split.as_ref(), progress)?;
        if walked.files.is_empty() {
            return Err(Error::Invalid(format!(
                "there is no file in it that could be an image; choose another folder than {}",
                self.import.folder.display()
            )));
        }
        if self.only.is_none() {
            if let Some(manifest) = Manifest::read(&folder)? {
                if !manifest.split_mode.is_by_scenes() {
                    progress.warn(
                        source.clone(),
                        "its images were split at random: where several of them show the same, the accuracy looks better than it is",
                    );
                    walked.notes += 1;
                }
                let exported = manifest.by_file();
                for file in &mut walked.files {
                    if let Some(said) = exported.get(file.origin.as_str()) {
                        file.class = Some(said.class.clone());
                    }
                }
            } else if let Some(labels) = Labels::find(&folder)? {
                walked.notes += labels.apply(&mut walked.files, progress);
            }
        }
        let mut classes = self.classes.clone();
        for file in &mut walked.files {
            if let Some(class) = &mut file.class {
                walked.notes += usize::from(classes.settle(class, progress));
            }
        }
        let files = walked.files;
        progress.stage(
            format!("reading images of {source}"),
            Some(files.len() as u64),
        );
        // Of the other files of the folder nothing is known.
        let mut moved = match &self.only {
            Some(_files) => Moved::none(&self.known),
            None => Moved::new(&self.known, &files, usize::from(split.is_some())),
        };
        let mut copies = match self.import.placement {
            Placement::InPlace => None,
            Placement::Copy => Some(self.copies()?),
        };
        for batch in batches(&files) {
            progress.check()?;
            let mut checked: Vec<Checked> = batch
                .par_iter()
                .filter(|_file| !progress.is_cancelled())
                .filter_map(|file| self.check(file, progress))
                .collect();
            for file in &mut checked {
                moved.recognize(file, self.import.placement);
            }
            let images = match &mut copies {
                Some(copies) => copies.take(checked, progress)?,
                None => checked.into_iter().map(Checked::into_image).collect(),
            };
            if !images.is_empty() {
                sink(images)?;
            }
        }
        progress.check()?;
        Ok(progress.warnings().len() - warnings_before - walked.notes)
    }

    fn look(
        &self,
        folder: &Path,
        split: Option<&SplitFolders>,
        progress: &Progress,
    ) -> Result<Walked> {
        match &self.only {
            Some(Only::Files(files)) => return look_at_files(files, progress),
            Some(Only::Found(files)) => {
                return Ok(Walked {
                    files: files.clone(),
                    notes: 0,
                });
            }
            None => {}
        }
        let scope = Scope {
            folder,
            except: self.project.root(),
            split,
            // Otherwise they are a source of their own.
            with_tests: self.import.is_test,
        };
        walk(&scope, progress)
    }

    fn copies(&self) -> Result<Copies> {
        let folder = name::folder_name(&self.import.source);
        let target = self.project.images_dir().join(folder);
        copy::sweep(&target)?;
        let known = self.known.values().map(|known| known.image.path.as_path());
        Ok(Copies {
            places: Places::new(&target, known),
            target,
        })
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
            return Ok(Checked::Known(NewImage {
                class: file.class.clone(),
                side: file.side,
                ..known.image.clone()
            }));
        }
        // The files are untrusted: a panic in a decoder costs that file only.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode_bytes(&bytes, &file.path)))
            .unwrap_or_else(|_panic| Err(unusable("corrupt (the decoder gave up)")));
        if let Some(known) = known {
            // An image that an older version could decode stays, with or without its facts.
            return Ok(Checked::Known(NewImage {
                class: file.class.clone(),
                side: file.side,
                look: decoded
                    .as_ref()
                    .ok()
                    .and_then(|decoded| look(&file.origin, decoded)),
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
                side: file.side,
                moved_from: None,
                hash,
                width: decoded.width(),
                height: decoded.height(),
                pixel_hash: Some(pixel_hash(&decoded)),
                look: look(&file.origin, &decoded),
            },
            bytes,
        })
    }
}

/// Only of what may be a frame of a film.
fn look(origin: &str, image: &RgbImage) -> Option<FrameLook> {
    NumberedName::of(origin).map(|_frame| FrameLook::of(image))
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

/// Copies into the project.
struct Copies {
    places: Places,
    target: PathBuf,
}

impl Copies {
    /// Names are chosen one after another, so that they do not depend on which thread is faster; files are then written
    /// in parallel. An image whose name the disk refuses is a warning.
    fn take(&mut self, checked: Vec<Checked>, progress: &Progress) -> Result<Vec<NewImage>> {
        let mut planned = Vec::with_capacity(checked.len());
        for file in checked {
            planned.push(match file {
                Checked::Known(image) => (image, None),
                Checked::New { bytes, mut image } => {
                    let place = self.places.choose(&image, &bytes);
                    image.path = place.path;
                    (image, (!place.is_there).then_some(bytes))
                }
            });
        }
        let target = &self.target;
        let written: Vec<Option<NewImage>> = planned
            .into_par_iter()
            .map(|(image, bytes)| {
                let Some(bytes) = bytes else {
                    return Ok(Some(image));
                };
                let origin = image.origin.clone();
                match copy::write(image, target, &bytes) {
                    Ok(image) => Ok(Some(image)),
                    Err(error) if copy::is_about_the_name(&error, target) => {
                        progress.warn(origin, format!("{error}; rename it and import again"));
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            })
            .collect::<Result<_>>()?;
        Ok(written.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(size_bytes: u64) -> Found {
        Found {
            size_bytes,
            ..Found::default()
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
}
