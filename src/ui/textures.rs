//! Pictures on their way from disk to the screen: decoded on background threads, uploaded a few a frame, bounded in bytes.
//!
//! What is asked for in one frame replaces what was asked for before, newest first, so that scrolling through thousands
//! of pictures only ever loads those in view. Uploads are capped because each one costs the window's thread a copy.
//!
//! Limits: the budget counts pixels (4 bytes each); the driver's own overhead comes on top.

use std::collections::{BTreeSet, HashMap};
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
    name: "pictures",
    threads: 2,
    // More cells than a 4K screen shows at the smallest size.
    capacity: 2048,
};
const MAX_UPLOADS_PER_FRAME: usize = 24;
/// About 1,700 thumbnails of 256 x 144.
const BUDGET_BYTES: usize = 256 << 20;
/// Full pictures are reduced to this long side: no screen shows more, and one upload stays short.
const MAX_FULL_SIDE: u32 = 4096;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// By content, as in the cache on disk.
    Thumbnail {
        hash: String,
        path: PathBuf,
    },
    Full {
        path: PathBuf,
    },
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

/// How a picture stands.
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
    entries: HashMap<Key, Entry>,
    bytes: usize,
    frame: u64,
}

impl Textures {
    pub fn new(ctx: &egui::Context, waker: &Waker) -> Self {
        let cache: CacheSlot = Arc::default();
        let pool = {
            let cache = Arc::clone(&cache);
            Pool::new(POOL, waker, move |key| load(&cache, key))
                .map_err(|error| tracing::error!("pictures cannot be loaded: {error}"))
                .ok()
        };
        Self {
            ctx: ctx.clone(),
            cache,
            pool,
            wanted: Vec::new(),
            requested: BTreeSet::new(),
            entries: HashMap::new(),
            bytes: 0,
            frame: 0,
        }
    }

    /// Thumbnails are kept in `dir` from now on (a project's `cache/thumbnails`).
    pub fn set_cache_dir(&mut self, dir: PathBuf) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        *cache = Some(ThumbnailCache::new(dir));
    }

    /// At most 256 pixels long; for grids and strips.
    pub fn thumbnail(&mut self, path: &Path, hash: &str) -> Texture {
        self.texture(Key::Thumbnail {
            hash: hash.to_owned(),
            path: path.to_path_buf(),
        })
    }

    pub fn thumbnail_of(&mut self, image: &ImageRecord) -> Texture {
        self.thumbnail(&image.path, &image.hash)
    }

    /// The whole picture, for the loupe and heatmaps.
    pub fn full(&mut self, path: &Path) -> Texture {
        self.texture(Key::Full {
            path: path.to_path_buf(),
        })
    }

    fn texture(&mut self, key: Key) -> Texture {
        match self.entries.get_mut(&key) {
            Some(Entry::Ready {
                texture,
                size,
                since_secs,
                used_frame,
                ..
            }) => {
                *used_frame = self.frame;
                let age = (self.ctx.input(|input| input.time) - *since_secs) as f32;
                let opacity = (age / theme::FADE_SECS).clamp(0.0, 1.0);
                if opacity < 1.0 {
                    self.ctx.request_repaint_after_secs(1.0 / 60.0);
                }
                Texture::Ready {
                    id: texture.id(),
                    size: *size,
                    opacity,
                }
            }
            Some(Entry::Failed { reason }) => Texture::Failed {
                reason: reason.clone(),
            },
            None => {
                self.wanted.push(key);
                Texture::Loading
            }
        }
    }

    /// Once a frame, before drawing: hands last frame's wishes to the threads, uploads what came, forgets the oldest.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let mut wanted = std::mem::take(&mut self.wanted);
        let now = self.ctx.input(|input| input.time);
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
        let finished = pool.drain(MAX_UPLOADS_PER_FRAME);
        if finished.len() == MAX_UPLOADS_PER_FRAME {
            self.ctx.request_repaint();
        }
        for (key, image) in finished {
            self.requested.remove(&key);
            self.upload(key, image, now);
        }
        self.evict();
    }

    fn upload(&mut self, key: Key, image: Result<RgbImage>, now_secs: f64) {
        if self.entries.contains_key(&key) {
            return;
        }
        let entry = match image {
            Ok(image) => {
                let size = [image.width() as usize, image.height() as usize];
                let pixels = ColorImage::from_rgb(size, image.as_raw());
                let bytes = size[0] * size[1] * 4;
                self.bytes += bytes;
                Entry::Ready {
                    texture: self
                        .ctx
                        .load_texture("picture", pixels, TextureOptions::LINEAR),
                    size: egui::vec2(size[0] as f32, size[1] as f32),
                    bytes,
                    since_secs: now_secs,
                    used_frame: self.frame,
                }
            }
            Err(error) => Entry::Failed {
                reason: error.to_string(),
            },
        };
        self.entries.insert(key, entry);
    }

    /// Least recently used first, never what the last frame showed.
    fn evict(&mut self) {
        if self.bytes <= BUDGET_BYTES {
            return;
        }
        let mut unused: Vec<(u64, Key, usize)> = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
        for (key, entry) in &self.entries {
            if let Entry::Ready {
                used_frame, bytes, ..
            } = entry
                && *used_frame + 1 < self.frame
            {
                unused.push((*used_frame, key.clone(), *bytes));
            }
        }
        unused.sort_by_key(|(used_frame, _, _)| *used_frame);
        for (_, key, bytes) in unused {
            if self.bytes <= BUDGET_BYTES * 3 / 4 {
                break;
            }
            self.entries.remove(&key);
            self.bytes -= bytes;
        }
    }
}

fn load(cache: &CacheSlot, key: &Key) -> Result<RgbImage> {
    match key {
        Key::Thumbnail { hash, path } => {
            let cache = cache.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match cache {
                Some(cache) => cache.load(path, hash),
                // The start page's strips, before any project is open.
                None => Ok(reduced(decode_file(path)?, THUMBNAIL_SIDE)),
            }
        }
        Key::Full { path } => Ok(reduced(decode_file(path)?, MAX_FULL_SIDE)),
    }
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
