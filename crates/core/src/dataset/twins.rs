//! Training images that are measured on as well: the same file, or another file with the same pixels, in validation or in
//! a test set.
//!
//! A frame of a validation scene that was also found on the web is such a twin. It sits out of training, because whoever
//! was trained on it is not measured by it. Files are compared by the hashes in the catalog. Pixels are known for
//! imported images and not for frames, whose decoding would make every import slower; [`complete`] decodes the few whose
//! twin could exist: those of the same size as an image on the other side that is no frame. (Two frames with the same
//! pixels are the same file already, for one program made both.)

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::placed::{Placed, place};
use crate::catalog::{
    ContentHash, Decision, ImageId, ImageRecord, PixelHashes, Side, Snapshot, Source, SourceId,
};
use crate::error::Result;
use crate::media::decode::{decode_bytes, pixel_hash};
use crate::progress::Progress;

/// A training image, and an image that is measured on and shows the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Twin {
    #[serde(skip)]
    pub image: ImageId,
    pub train: PathBuf,
    pub measured: PathBuf,
    /// The test set of the other one; `None`: validation.
    pub test_set: Option<String>,
    /// False if only the pixels are the same.
    pub is_same_file: bool,
}

/// Files with the same pixels as a training image are known as far as the snapshot knows pixels; one twin each.
pub(super) fn twins_of(snapshot: &Snapshot, placed: &[Placed<'_>]) -> Vec<Twin> {
    let measured = measured(snapshot, placed);
    // Validation comes last in the list, and so replaces a test set: it is the nearer reason.
    let mut by_file: HashMap<&str, &Measured<'_>> = HashMap::new();
    let mut by_pixels: HashMap<&[u8; 32], &Measured<'_>> = HashMap::new();
    for other in &measured {
        by_file.insert(&other.image.hash, other);
        let content = ContentHash::from_hex(&other.image.hash);
        if let Some(pixels) = content.and_then(|content| snapshot.pixels.get(&content)) {
            by_pixels.insert(pixels, other);
        }
    }
    // Asked in this direction, each of very many training images is looked up by its name alone.
    let known = snapshot.pixels.iter();
    let by_other_file: HashMap<String, &Measured<'_>> = known
        .filter_map(|(content, pixels)| Some((content.to_string(), *by_pixels.get(pixels)?)))
        .collect();
    let training = placed.iter().filter(|p| p.side == Side::Train);
    training
        .filter_map(|p| {
            let hash = p.image.hash.as_str();
            let same_file = by_file.get(hash);
            let other = same_file.or_else(|| by_other_file.get(hash))?;
            Some(Twin {
                image: p.image.id,
                train: p.image.path.clone(),
                measured: other.image.path.clone(),
                test_set: other.test_set.map(|source| source.name.clone()),
                is_same_file: same_file.is_some(),
            })
        })
        .collect()
}

struct Measured<'a> {
    image: &'a ImageRecord,
    test_set: Option<&'a Source>,
}

/// Images of test sets, then those in validation.
fn measured<'a>(snapshot: &'a Snapshot, placed: &[Placed<'a>]) -> Vec<Measured<'a>> {
    let tests: BTreeMap<SourceId, &Source> = snapshot
        .sources
        .iter()
        .filter(|source| source.is_test)
        .map(|source| (source.id, source))
        .collect();
    let in_tests = snapshot.images.iter().filter_map(|image| {
        let test_set = tests.get(&image.source).copied()?;
        (image.decision != Decision::Reject).then_some(Measured {
            image,
            test_set: Some(test_set),
        })
    });
    let in_valid = placed
        .iter()
        .filter(|p| p.side == Side::Valid)
        .map(|p| Measured {
            image: p.image,
            test_set: None,
        });
    in_tests.chain(in_valid).collect()
}

/// Decodes the images whose twins cannot be told without, and lets the snapshot know their pixels. Returns what is
/// new, for the catalog.
///
/// # Errors
/// [`crate::Error::Cancelled`]. A file that cannot be read has no twin; whoever trains on it warns of it.
pub fn complete(snapshot: &mut Snapshot, progress: &Progress) -> Result<PixelHashes> {
    let files: Vec<PathBuf> = unknown(snapshot)
        .into_iter()
        .map(|image| image.path.clone())
        .collect();
    if files.is_empty() {
        return Ok(PixelHashes::new());
    }
    progress.stage(
        "looking for the same image on both sides",
        Some(files.len() as u64),
    );
    let hashes: Vec<Option<(ContentHash, [u8; 32])>> = files
        .par_iter()
        .map(|path| {
            progress.check()?;
            let bytes = std::fs::read(path).ok();
            let hash = bytes.and_then(|bytes| {
                let decoded = decode_bytes(&bytes, path).ok()?;
                Some((ContentHash::of(&bytes), pixel_hash(&decoded)))
            });
            progress.advance(1);
            Ok(hash)
        })
        .collect::<Result<_>>()?;
    // A file that was changed since its import stays unknown by its row, but its pixels may be known.
    let new: PixelHashes = hashes
        .into_iter()
        .flatten()
        .filter(|(content, _)| !snapshot.pixels.contains_key(content))
        .collect();
    Arc::make_mut(&mut snapshot.pixels).extend(new.iter().map(|(hash, pixels)| (*hash, *pixels)));
    Ok(new)
}

/// Whether [`complete`] has anything to do.
pub fn is_complete(snapshot: &Snapshot) -> bool {
    unknown(snapshot).is_empty()
}

/// Width and height in pixels.
type Size = (u32, u32);

/// Sizes that the images of one side have, and those that images other than frames have among them.
#[derive(Default)]
struct Sizes {
    all: BTreeSet<Size>,
    not_of_frames: BTreeSet<Size>,
}

impl Sizes {
    fn of<'a>(images: impl Iterator<Item = &'a ImageRecord>) -> Self {
        let mut sizes = Self::default();
        for image in images {
            sizes.all.insert(size(image));
            if !is_frame(image) {
                sizes.not_of_frames.insert(size(image));
            }
        }
        sizes
    }

    /// Whether an image of the other side could have a twin here that is another file.
    fn may_have_twin_of(&self, image: &ImageRecord) -> bool {
        let sizes = if is_frame(image) {
            &self.not_of_frames
        } else {
            &self.all
        };
        sizes.contains(&size(image))
    }
}

fn size(image: &ImageRecord) -> Size {
    (image.width, image.height)
}

fn is_frame(image: &ImageRecord) -> bool {
    image.frame.is_some()
}

/// Images whose pixels are not known and could be those of an image on the other side.
fn unknown(snapshot: &Snapshot) -> Vec<&ImageRecord> {
    let placed = place(snapshot);
    let measured: Vec<&ImageRecord> = measured(snapshot, &placed)
        .into_iter()
        .map(|measured| measured.image)
        .collect();
    let training: Vec<&ImageRecord> = placed
        .iter()
        .filter(|p| p.side == Side::Train)
        .map(|p| p.image)
        .collect();
    let measured_sizes = Sizes::of(measured.iter().copied());
    let training_sizes = Sizes::of(training.iter().copied());
    let is_unknown = |image: &ImageRecord| {
        ContentHash::from_hex(&image.hash).is_some_and(|hash| !snapshot.pixels.contains_key(&hash))
    };
    let training = training
        .into_iter()
        .filter(|image| measured_sizes.may_have_twin_of(image));
    let measured = measured
        .into_iter()
        .filter(|image| training_sizes.may_have_twin_of(image));
    training
        .chain(measured)
        .filter(|image| is_unknown(image))
        .collect()
}
