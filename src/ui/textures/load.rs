//! Decoding on the background threads: thumbnails by the cache on disk, whole images reduced to what screens show.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;
use image::imageops::{self, FilterType};

use crate::error::Result;
use crate::media::recipe::Recipe;
use crate::media::thumbnail::{THUMBNAIL_SIDE, ThumbnailCache};

/// Long side of what small cells show: a fifth of the thumbnail's bytes, so that a page of thousands fits the budget.
pub(super) const SMALL_SIDE: u32 = 112;
/// Full images are reduced to this long side: no screen shows more, and one upload stays short.
const MAX_FULL_SIDE: u32 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Small,
    Thumbnail,
    Full,
}

/// What the threads are asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub kind: Kind,
    /// The content's hash, as in the cache on disk; a full image goes by its path. What tells recipes apart comes after it.
    pub name: OsString,
    pub path: PathBuf,
    pub recipe: Recipe,
}

/// What a thread found.
pub(super) struct Loaded {
    /// Its file is gone: the thumbnail is from the cache.
    pub is_missing: bool,
    pub image: Result<RgbImage>,
}

/// Where thumbnails are kept; shared with the threads, changed when another project is opened.
pub(super) type CacheSlot = Arc<Mutex<Option<ThumbnailCache>>>;

pub(super) fn load(cache: &CacheSlot, key: &Key) -> Loaded {
    Loaded {
        is_missing: !key.path.exists(),
        image: image_of(cache, key),
    }
}

fn image_of(cache: &CacheSlot, key: &Key) -> Result<RgbImage> {
    let recipe = key.recipe;
    if key.kind == Kind::Full {
        return Ok(recipe
            .decode(&key.path)?
            .consume(|image| reduced(image, MAX_FULL_SIDE)));
    }
    let cache = cache.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let thumbnail = match cache {
        Some(cache) => {
            let name = key.name.to_string_lossy();
            let hash = name.strip_suffix(&recipe.key()).unwrap_or(&name);
            cache.load(&key.path, hash, recipe)?
        }
        // The start page's strips, before any project is open.
        None => recipe
            .decode(&key.path)?
            .consume(|image| reduced(image, THUMBNAIL_SIDE)),
    };
    Ok(if key.kind == Kind::Small {
        reduced(thumbnail, SMALL_SIDE)
    } else {
        thumbnail
    })
}

fn reduced(image: RgbImage, max_side: u32) -> RgbImage {
    let long_side = image.width().max(image.height());
    if long_side <= max_side {
        return image;
    }
    let scale = f64::from(max_side) / f64::from(long_side);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    let (width, height) = (side(image.width()), side(image.height()));
    imageops::resize(&image, width, height, FilterType::Triangle)
}
