//! Images on their way from disk to the screen: decoded on background threads, uploaded a few a frame, bounded in bytes.
//!
//! What is asked for in one frame replaces what was asked for before, newest first, so that scrolling through thousands
//! of images only ever loads those in view. Uploads are capped because each one costs the window's thread a copy.
//!
//! Limits: the budget counts pixels (4 bytes each); the driver's own overhead comes on top.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{self, ColorImage, TextureHandle, TextureId, TextureOptions, Vec2};
use image::RgbImage;
use image::imageops::{self, FilterType};

use super::theme;
use crate::catalog::ImageRecord;
use crate::error::Result;
use crate::jobs::Waker;
use crate::jobs::pool::{Pool, PoolConfig};
use crate::media::decode::decode_file;
use crate::media::thumbnail::{THUMBNAIL_SIDE, ThumbnailCache};

const POOL: PoolConfig = PoolConfig {
    name: "images",
    threads: 2,
    capacity: MAX_WANTED,
};
/// A page of a 4K screen has thousands of cells; the first so many that miss their image are asked for, the others
/// when those have come.
const MAX_WANTED: usize = 512;
/// About a millisecond of copying; whatever comes first is uploaded whole.
const MAX_UPLOAD_BYTES_PER_FRAME: usize = 4 << 20;
/// About 1,700 thumbnails of 256 x 144.
const BUDGET_BYTES: usize = 256 << 20;
/// Long side of what small cells show: a fifth of the thumbnail's bytes, so that a page of thousands fits the budget.
const SMALL_SIDE: u32 = 112;
/// Full images are reduced to this long side: no screen shows more, and one upload stays short.
const MAX_FULL_SIDE: u32 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Small,
    Thumbnail,
    Full,
}

/// What the threads are asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: Kind,
    /// The content's hash, as in the cache on disk; a full image goes by its path.
    name: OsString,
    path: PathBuf,
}

/// What came, by kind and name, so that asking for thousands a frame allocates nothing.
#[derive(Default)]
struct Shelves {
    small: HashMap<OsString, Entry>,
    thumbnails: HashMap<OsString, Entry>,
    full: HashMap<OsString, Entry>,
}

impl Shelves {
    fn of(&mut self, kind: Kind) -> &mut HashMap<OsString, Entry> {
        match kind {
            Kind::Small => &mut self.small,
            Kind::Thumbnail => &mut self.thumbnails,
            Kind::Full => &mut self.full,
        }
    }
}

enum Entry {
    Ready {
        texture: TextureHandle,
        size: Vec2,
        bytes: usize,
        since_secs: f64,
        used_frame: u64,
    },
    /// Cannot be read; said in words once.
    Failed { reason: String },
}

/// How an image stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Texture {
    Loading,
    Ready {
        id: TextureId,
        /// Pixels.
        size: Vec2,
        /// 0 to 1: the fade-in.
        opacity: f32,
    },
    Failed {
        reason: String,
    },
}

/// Where thumbnails are kept; shared with the threads, changed when another project is opened.
type CacheSlot = Arc<Mutex<Option<ThumbnailCache>>>;

pub struct Textures {
    ctx: egui::Context,
    cache: CacheSlot,
    /// `None` if the system gave no threads: then boxes stay grey.
    pool: Option<Pool<Key, RgbImage>>,
    /// In the order they were asked for in this frame.
    wanted: Vec<Key>,
    requested: BTreeSet<Key>,
    shelves: Shelves,
    bytes: usize,
    frame: u64,
    now_secs: f64,
    /// An image drawn in this frame is still fading in, and the next frame is asked for.
    is_fading: bool,
}

impl Textures {
    pub fn new(ctx: &egui::Context, waker: &Waker) -> Self {
        let cache: CacheSlot = Arc::default();
        let pool = {
            let cache = Arc::clone(&cache);
            Pool::new(POOL, waker, move |key| load(&cache, key))
                .map_err(|error| tracing::error!("images cannot be loaded: {error}"))
                .ok()
        };
        Self {
            ctx: ctx.clone(),
            cache,
            pool,
            wanted: Vec::new(),
            requested: BTreeSet::new(),
            shelves: Shelves::default(),
            bytes: 0,
            frame: 0,
            now_secs: 0.0,
            is_fading: false,
        }
    }

    /// Thumbnails are kept in `dir` from now on (a project's `cache/thumbnails`).
    pub fn set_cache_dir(&mut self, dir: PathBuf) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        *cache = Some(ThumbnailCache::new(dir));
    }

    /// At most 256 pixels long; for grids and strips.
    pub fn thumbnail(&mut self, path: &Path, hash: &str) -> Texture {
        self.texture(Kind::Thumbnail, OsStr::new(hash), path)
    }

    pub fn thumbnail_of(&mut self, image: &ImageRecord) -> Texture {
        self.thumbnail(&image.path, &image.hash)
    }

    /// As [`Textures::thumbnail_of`], with fewer pixels where `side_pixels`, the long side on screen, needs no more.
    pub fn thumbnail_sized(&mut self, image: &ImageRecord, side_pixels: f32) -> Texture {
        let kind = if side_pixels <= SMALL_SIDE as f32 {
            Kind::Small
        } else {
            Kind::Thumbnail
        };
        self.texture(kind, OsStr::new(&image.hash), &image.path)
    }

    /// The whole image, for the loupe and heatmaps.
    pub fn full(&mut self, path: &Path) -> Texture {
        self.texture(Kind::Full, path.as_os_str(), path)
    }

    fn texture(&mut self, kind: Kind, name: &OsStr, path: &Path) -> Texture {
        if let Some(texture) = self.find(kind, name) {
            return texture;
        }
        if self.wanted.len() < MAX_WANTED {
            self.wanted.push(Key {
                kind,
                name: name.to_owned(),
                path: path.to_path_buf(),
            });
        }
        Texture::Loading
    }

    fn find(&mut self, kind: Kind, name: &OsStr) -> Option<Texture> {
        match self.shelves.of(kind).get_mut(name)? {
            Entry::Ready {
                texture,
                size,
                since_secs,
                used_frame,
                ..
            } => {
                *used_frame = self.frame;
                let age = (self.now_secs - *since_secs) as f32;
                let opacity = (age / theme::FADE_SECS).clamp(0.0, 1.0);
                if opacity < 1.0 && !self.is_fading {
                    self.is_fading = true;
                    self.ctx.request_repaint_after_secs(1.0 / 60.0);
                }
                Some(Texture::Ready {
                    id: texture.id(),
                    size: *size,
                    opacity,
                })
            }
            Entry::Failed { reason } => Some(Texture::Failed {
                reason: reason.clone(),
            }),
        }
    }

    /// Once a frame, before drawing: hands last frame's wishes to the threads, uploads what came, forgets the oldest.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let mut wanted = std::mem::take(&mut self.wanted);
        self.now_secs = self.ctx.input(|input| input.time);
        self.is_fading = false;
        let Some(pool) = &self.pool else { return };
        let is_wanted: BTreeSet<Key> = wanted.iter().cloned().collect();
        if is_wanted != self.requested {
            pool.retain(|key| is_wanted.contains(key));
            // The pool does the newest first, and the first cell of the page shall come first.
            wanted.reverse();
            for key in wanted {
                if !self.requested.contains(&key) {
                    pool.request(key);
                }
            }
            self.requested = is_wanted;
        }
        let mut uploaded = 0;
        while let Some((key, image)) = self.pool.as_ref().and_then(|pool| pool.drain(1).pop()) {
            self.requested.remove(&key);
            uploaded += self.upload(key, image);
            if uploaded >= MAX_UPLOAD_BYTES_PER_FRAME {
                self.ctx.request_repaint();
                break;
            }
        }
        self.evict();
    }

    /// Returns the bytes.
    fn upload(&mut self, key: Key, image: Result<RgbImage>) -> usize {
        if self.shelves.of(key.kind).contains_key(&key.name) {
            return 0;
        }
        let mut uploaded = 0;
        let entry = match image {
            Ok(image) => {
                let size = [image.width() as usize, image.height() as usize];
                let pixels = ColorImage::from_rgb(size, image.as_raw());
                let bytes = size[0] * size[1] * 4;
                self.bytes += bytes;
                uploaded = bytes;
                Entry::Ready {
                    texture: self
                        .ctx
                        .load_texture("image", pixels, TextureOptions::LINEAR),
                    size: egui::vec2(size[0] as f32, size[1] as f32),
                    bytes,
                    since_secs: self.now_secs,
                    used_frame: self.frame,
                }
            }
            Err(error) => Entry::Failed {
                reason: error.to_string(),
            },
        };
        self.shelves.of(key.kind).insert(key.name, entry);
        uploaded
    }

    /// Least recently used first, never what the last frame showed.
    fn evict(&mut self) {
        if self.bytes <= BUDGET_BYTES {
            return;
        }
        let mut unused: Vec<(u64, Kind, OsString, usize)> = Vec::new();
        for kind in [Kind::Small, Kind::Thumbnail, Kind::Full] {
            #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
            for (name, entry) in self.shelves.of(kind).iter() {
                if let Entry::Ready {
                    used_frame, bytes, ..
                } = entry
                    && *used_frame + 1 < self.frame
                {
                    unused.push((*used_frame, kind, name.clone(), *bytes));
                }
            }
        }
        unused.sort_unstable();
        for (_, kind, name, bytes) in unused {
            if self.bytes <= BUDGET_BYTES * 3 / 4 {
                break;
            }
            self.shelves.of(kind).remove(&name);
            self.bytes -= bytes;
        }
    }
}

fn load(cache: &CacheSlot, key: &Key) -> Result<RgbImage> {
    if key.kind == Kind::Full {
        return Ok(decode_file(&key.path)?.consume(|image| reduced(image, MAX_FULL_SIDE)));
    }
    let cache = cache.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let thumbnail = match cache {
        Some(cache) => cache.load(&key.path, &key.name.to_string_lossy())?,
        // The start page's strips, before any project is open.
        None => decode_file(&key.path)?.consume(|image| reduced(image, THUMBNAIL_SIDE)),
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
