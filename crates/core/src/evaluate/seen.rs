//! How many images of a set a run was trained on, itself or a run that it descends from: on these its accuracy says
//! what it remembers, not what it can tell. Beside them those that only look like a training image: a copy that was saved
//! again, resized or cropped, or a neighboring frame.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::similar::count_similar;
use crate::catalog::{ContentHash, PixelHashes, Snapshot};
use crate::dataset::Split;
use crate::error::Result;
use crate::media::decode::{decode_bytes, pixel_hash};
use crate::progress::Progress;
use crate::project::Project;
use crate::run::RunLog;
use crate::run::lineage::{LineImages, TrainedOn, line_images};

/// What a line knows of a set of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InTraining {
    /// With the content or the pixels of a training image.
    pub seen: usize,
    /// Of the others: as like a training image that is still in the project as near duplicates are.
    pub similar: usize,
}

/// Counts the files with the content or the pixels of an image that was trained on, and those that look like one. Of the project's own images the
/// catalog knows the pixels as far as they matter; of other files they are decoded, and so are the training images of
/// their sizes. `None` if what the line of `run` was trained on is not known.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub fn in_training(
    run: &RunLog,
    (project, snapshot): (&Project, &Snapshot),
    files: &[PathBuf],
    progress: &Progress,
) -> Result<Option<InTraining>> {
    let trained_on = match line_images(&run.dir, &run.info) {
        LineImages::Listed(list) => list,
        LineImages::TrainingSideOf(hash) => match training_side(snapshot, &hash) {
            Some(list) => list,
            None => return Ok(None),
        },
        LineImages::Unknown => return Ok(None),
    };
    progress.stage(
        "comparing with the training images",
        Some(files.len() as u64),
    );
    let own: BTreeSet<ContentHash> = snapshot
        .images
        .iter()
        .filter_map(|image| ContentHash::from_hex(&image.hash))
        .collect();
    let read: Vec<Option<File>> = files
        .par_iter()
        .map(|file| {
            progress.check()?;
            let needs_pixels =
                |content: &ContentHash| !own.contains(content) && !trained_on.contains(content);
            let file = File::read(file, needs_pixels);
            progress.advance(1);
            Ok(file)
        })
        .collect::<Result<_>>()?;
    let contents: BTreeSet<ContentHash> = read.iter().flatten().map(|file| file.content).collect();
    let outside = read
        .iter()
        .flatten()
        .filter_map(|file| Some((file.content, file.pixels?)));
    let mut sizes: BTreeSet<(u32, u32)> = outside.clone().map(|(_, pixels)| pixels.size).collect();
    // Of the project's own only those with known pixels, which frames are not.
    sizes.extend(snapshot.images.iter().filter_map(|image| {
        let content = ContentHash::from_hex(&image.hash)?;
        let is_compared = contents.contains(&content)
            && snapshot.pixels.contains_key(&content)
            && !trained_on.contains(&content);
        is_compared.then_some((image.width, image.height))
    }));
    let mut pixels = training_pixels(&trained_on, snapshot, &sizes, progress)?;
    pixels.extend(snapshot.pixels.iter().map(|(file, hash)| (*file, *hash)));
    pixels.extend(outside.map(|(content, pixels)| (content, pixels.hash)));
    let contents = read.iter().map(|file| Some(file.as_ref()?.content));
    let seen = trained_on.seen_in(contents, &pixels);
    let others: Vec<(ContentHash, PathBuf)> = read
        .iter()
        .zip(files)
        .zip(&seen)
        .filter(|(_, is_seen)| !**is_seen)
        .filter_map(|((file, path), _)| Some((file.as_ref()?.content, path.clone())))
        .collect();
    let training = training_files(&trained_on, snapshot);
    Ok(Some(InTraining {
        seen: seen.iter().filter(|is_seen| **is_seen).count(),
        similar: count_similar(&training, &others, &project.cache_dir(), progress)?,
    }))
}

/// The images that were trained on and are in the project still.
fn training_files(trained_on: &TrainedOn, snapshot: &Snapshot) -> Vec<(ContentHash, PathBuf)> {
    let images = snapshot.images.iter();
    images
        .filter_map(|image| {
            let content = ContentHash::from_hex(&image.hash)?;
            let is_ours = trained_on.contains(&content);
            is_ours.then(|| (content, image.path.clone()))
        })
        .collect()
}

/// A file that a run is measured on.
struct File {
    content: ContentHash,
    /// Where they were asked for and the file is an image.
    pixels: Option<Pixels>,
}

#[derive(Clone, Copy)]
struct Pixels {
    /// Width and height.
    size: (u32, u32),
    hash: [u8; 32],
}

impl File {
    /// `None` if it cannot be read.
    fn read(path: &Path, needs_pixels: impl Fn(&ContentHash) -> bool) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let content = ContentHash::of(&bytes);
        let pixels = needs_pixels(&content).then(|| {
            let image = decode_bytes(&bytes, path).ok()?;
            Some(Pixels {
                size: image.dimensions(),
                hash: pixel_hash(&image),
            })
        });
        Some(Self {
            content,
            pixels: pixels.flatten(),
        })
    }
}

/// Of the training images of one of the sizes whose pixels the catalog does not know: frames, whose pixels no import
/// looks at. Those that left the project since stay unknown.
fn training_pixels(
    trained_on: &TrainedOn,
    snapshot: &Snapshot,
    sizes: &BTreeSet<(u32, u32)>,
    progress: &Progress,
) -> Result<PixelHashes> {
    let unknown: Vec<&Path> = snapshot
        .images
        .iter()
        .filter(|image| sizes.contains(&(image.width, image.height)))
        .filter(|image| {
            ContentHash::from_hex(&image.hash).is_some_and(|content| {
                trained_on.contains(&content) && !snapshot.pixels.contains_key(&content)
            })
        })
        .map(|image| image.path.as_path())
        .collect();
    if unknown.is_empty() {
        return Ok(PixelHashes::new());
    }
    progress.stage(
        "comparing the pixels of the training images",
        Some(unknown.len() as u64),
    );
    let read: Vec<Option<File>> = unknown
        .into_par_iter()
        .map(|path| {
            progress.check()?;
            let file = File::read(path, |_| true);
            progress.advance(1);
            Ok(file)
        })
        .collect::<Result<_>>()?;
    Ok(read
        .into_iter()
        .flatten()
        .filter_map(|file| Some((file.content, file.pixels?.hash)))
        .collect())
}

/// What an older version trained on the split with this hash, if that is the split at hand; twins as well.
fn training_side(snapshot: &Snapshot, split_hash: &str) -> Option<TrainedOn> {
    let split = Split::of(snapshot).ok()?;
    if split.hash != split_hash {
        return None;
    }
    let training = split.train.iter().filter_map(|sample| sample.image);
    let twins = split.twins.iter().map(|twin| twin.image);
    let mut list = TrainedOn::default();
    list.extend(
        training
            .chain(twins)
            .filter_map(|image| ContentHash::from_hex(&snapshot.image(image)?.hash)),
    );
    Some(list)
}
