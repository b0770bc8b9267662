//! Small images for grids and strips, with a cache on disk.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use fast_image_resize::FilterType;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use super::decode::decode_bytes;
use super::recipe::Recipe;
use super::reduced::reduced;
use crate::error::{Error, Result};
use crate::project::write_cached;

/// Long side of a cached thumbnail in pixels.
pub const THUMBNAIL_SIDE: u32 = 256;

const JPEG_QUALITY: u8 = 85;
const DAY: Duration = Duration::from_hours(24);

/// Files `DIR/ab/<hash>.jpg`; may be deleted at any time. Safe to use from several threads and processes.
#[derive(Clone, Debug)]
pub struct ThumbnailCache {
    dir: PathBuf,
}

impl ThumbnailCache {
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The thumbnail of what `recipe` makes of the file at `path` whose content has `hash` (hex): from the cache, or made
    /// and stored.
    ///
    /// # Errors
    /// As [`super::decode::decode_file`], if it has to be made; `Invalid` if `hash` is none.
    pub fn load(&self, path: &Path, hash: &str, recipe: Recipe) -> Result<RgbImage> {
        let cached = self.path(hash, recipe)?;
        if let Ok(bytes) = std::fs::read(&cached)
            && let Ok(thumbnail) = decode_bytes(&bytes, &cached)
            && thumbnail.width().max(thumbnail.height()) <= THUMBNAIL_SIDE
        {
            mark_used(&cached);
            return Ok(thumbnail.into_image());
        }
        let thumbnail = recipe.decode(path)?.consume(shrink)?;
        // On a full disk or in a read-only project the image is still shown; it is only made again next time.
        if let Err(error) = store(&thumbnail, &cached) {
            tracing::debug!("thumbnail not cached: {error}");
        }
        Ok(thumbnail)
    }

    fn path(&self, hash: &str, recipe: Recipe) -> Result<PathBuf> {
        let Some(folder) = hash
            .get(..2)
            .filter(|_| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        else {
            return Err(Error::Invalid(format!(
                "{hash:?} is no content hash; import the image again"
            )));
        };
        let name = format!("{hash}{}.jpg", recipe.key());
        Ok(self.dir.join(folder).join(name))
    }
}

/// By its date, once a day: when the cache is full, those that were not used for the longest time go.
fn mark_used(cached: &Path) {
    let now = SystemTime::now();
    let is_from_today = std::fs::metadata(cached)
        .and_then(|about| about.modified())
        .is_ok_and(|used| now.duration_since(used).is_ok_and(|age| age < DAY));
    if !is_from_today {
        // Without a date it only looks older than it is.
        let _ = std::fs::File::options()
            .append(true)
            .open(cached)
            .and_then(|file| file.set_modified(now));
    }
}

/// Shrinks to [`THUMBNAIL_SIDE`]; smaller images stay as they are.
fn shrink(image: RgbImage) -> Result<RgbImage> {
    let long_side = image.width().max(image.height());
    if long_side <= THUMBNAIL_SIDE {
        return Ok(image);
    }
    let scale = f64::from(THUMBNAIL_SIDE) / f64::from(long_side);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    let (width, height) = (side(image.width()), side(image.height()));
    reduced(&image, width, height, FilterType::Lanczos3)
}

fn store(thumbnail: &RgbImage, path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("make a folder", folder))?;
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .encode_image(thumbnail)
        .map_err(|error| Error::Image {
            reason: error.to_string(),
            path: path.to_path_buf(),
        })?;
    write_cached(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::border::Insets;

    #[test]
    fn a_corrupt_cache_file_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("a.png");
        RgbImage::from_pixel(600, 300, image::Rgb([10, 200, 30]))
            .save(&image)
            .unwrap();
        let cache = ThumbnailCache::new(folder.path().join("thumbnails"));
        let thumbnail = cache.load(&image, "abcdef", Recipe::default()).unwrap();
        assert_eq!(thumbnail.dimensions(), (256, 128));

        let cached = folder.path().join("thumbnails/ab/abcdef.jpg");
        let whole = std::fs::read(&cached).unwrap();
        std::fs::write(&cached, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(
            cache.load(&image, "abcdef", Recipe::default()).unwrap(),
            thumbnail
        );
        assert_eq!(std::fs::read(&cached).unwrap(), whole);

        // From the cache alone.
        std::fs::remove_file(&image).unwrap();
        let again = cache.load(&image, "abcdef", Recipe::default()).unwrap();
        assert_eq!(again.dimensions(), (256, 128));
    }

    #[test]
    fn another_crop_shows_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("a.png");
        RgbImage::new(200, 100).save(&image).unwrap();
        let cache = ThumbnailCache::new(folder.path().join("thumbnails"));
        let size = |pixels: u32| {
            let recipe = Recipe::crop(Insets::even(pixels));
            cache.load(&image, "abcdef", recipe).unwrap().dimensions()
        };
        assert_eq!(
            [0, 10, 20, 0].map(size),
            [(200, 100), (180, 80), (160, 60), (200, 100)]
        );
    }

    #[test]
    fn a_hash_cannot_lead_out_of_the_cache() {
        let cache = ThumbnailCache::new(PathBuf::from("cache"));
        assert!(
            cache
                .load(Path::new("a.png"), "../../x", Recipe::default())
                .is_err()
        );
        assert!(
            cache
                .load(Path::new("a.png"), "é", Recipe::default())
                .is_err()
        );
    }

    #[test]
    fn an_unwritable_cache_still_gives_the_image() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("a.png");
        RgbImage::new(20, 10).save(&image).unwrap();
        // The cache's place is taken by a file.
        let cache = ThumbnailCache::new(image.clone());
        assert_eq!(
            cache
                .load(&image, "abcdef", Recipe::default())
                .unwrap()
                .dimensions(),
            (20, 10)
        );
    }
}
