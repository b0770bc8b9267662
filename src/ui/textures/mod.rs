//! Images on their way from disk to the screen: decoded on background threads, uploaded a few a frame, bounded in bytes.
//!
//! What is asked for in one frame replaces what was asked for before, newest first, so that scrolling through thousands
//! of images only ever loads those in view. Uploads are capped because each one costs the window's thread a copy.
//!
//! Limits: the budget counts pixels (4 bytes each); the driver's own overhead comes on top.

mod load;
mod shelves;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use eframe::egui::{self, ColorImage, TextureId, TextureOptions, Vec2};

use self::load::{CacheSlot, Key, Kind, Loaded, SMALL_SIDE, load};
use self::shelves::{Entry, Shelves};
use super::theme;
use crate::catalog::ImageRecord;
use crate::error::Result;
use crate::jobs::Waker;
use crate::jobs::pool::{Pool, PoolConfig};
use crate::media::recipe::Recipe;
use crate::media::thumbnail::ThumbnailCache;
use crate::media::upsampling::Upsampling;

const POOL: PoolConfig = PoolConfig {
    name: "images",
    threads: 2,
    capacity: MAX_WANTED,
    // Decoded images that wait for their upload: a few frames' worth.
    results: 32,
};
/// A page of a 4K screen has thousands of cells; the first so many that miss their image are asked for, the others
/// when those have come.
const MAX_WANTED: usize = 512;
/// About a millisecond of copying; whatever comes first is uploaded whole.
const MAX_UPLOAD_BYTES_PER_FRAME: usize = 4 << 20;
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
        /// Its file is gone; what is shown comes from the cache.
        is_missing: bool,
    },
    Failed {
        reason: String,
        is_missing: bool,
    },
}

impl Texture {
    /// True if the file is known to be gone.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Loading => false,
            Self::Ready { is_missing, .. } | Self::Failed { is_missing, .. } => *is_missing,
        }
    }
}

pub struct Textures {
    ctx: egui::Context,
    cache: CacheSlot,
    /// `None` if the system gave no threads: then boxes stay grey.
    pool: Option<Pool<Key, Loaded>>,
    /// In the order they were asked for in this frame.
    wanted: Vec<Key>,
    requested: BTreeSet<Key>,
    shelves: Shelves,
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
            Pool::new(POOL, waker, move |key| Ok(load(&cache, key)))
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
        let recipe = Recipe::default();
        self.texture(Kind::Thumbnail, OsStr::new(hash), (path, recipe))
    }

    pub fn thumbnail_of(&mut self, image: &ImageRecord) -> Texture {
        let made = (image.path.as_path(), image.recipe());
        self.texture(Kind::Thumbnail, OsStr::new(&image.hash), made)
    }

    /// As [`Textures::thumbnail_of`], of a copy that training learns from.
    pub fn thumbnail_of_copy(&mut self, image: &ImageRecord, copy: Upsampling) -> Texture {
        let made = (image.path.as_path(), image.recipe().upsampled(copy));
        self.texture(Kind::Thumbnail, OsStr::new(&image.hash), made)
    }

    /// As [`Textures::thumbnail_of`], with fewer pixels where `side_pixels`, the long side on screen, needs no more.
    pub fn thumbnail_sized(&mut self, image: &ImageRecord, side_pixels: f32) -> Texture {
        let kind = if side_pixels <= SMALL_SIDE as f32 {
            Kind::Small
        } else {
            Kind::Thumbnail
        };
        let made = (image.path.as_path(), image.recipe());
        self.texture(kind, OsStr::new(&image.hash), made)
    }

    /// The image in full size, for the loupe.
    pub fn full_of(&mut self, image: &ImageRecord) -> Texture {
        self.full(&image.path, image.recipe())
    }

    /// What `recipe` makes of the file at `path`, in full size, for heatmaps.
    pub fn full(&mut self, path: &Path, recipe: Recipe) -> Texture {
        self.texture(Kind::Full, path.as_os_str(), (path, recipe))
    }

    fn texture(&mut self, kind: Kind, file: &OsStr, (path, recipe): (&Path, Recipe)) -> Texture {
        let mut name = Cow::Borrowed(file);
        if !recipe.is_plain() {
            name.to_mut().push(recipe.key());
        }
        if let Some(texture) = self.find(kind, &name, path) {
            return texture;
        }
        if self.wanted.len() < MAX_WANTED {
            self.wanted.push(Key {
                kind,
                name: name.into_owned(),
                path: path.to_path_buf(),
                recipe,
            });
        }
        Texture::Loading
    }

    fn find(&mut self, kind: Kind, name: &OsStr, path: &Path) -> Option<Texture> {
        match self.shelves.of(kind).get_mut(name)? {
            Entry::Ready {
                texture,
                size,
                since_secs,
                used_frame,
                missing,
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
                    is_missing: missing.as_deref() == Some(path),
                })
            }
            Entry::Failed { reason, is_missing } => Some(Texture::Failed {
                reason: reason.clone(),
                is_missing: *is_missing,
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
        while let Some((key, loaded)) = self.pool.as_ref().and_then(|pool| pool.drain(1).pop()) {
            self.requested.remove(&key);
            uploaded += self.upload(key, loaded);
            if uploaded >= MAX_UPLOAD_BYTES_PER_FRAME {
                self.ctx.request_repaint();
                break;
            }
        }
        self.shelves.evict(self.frame);
    }

    /// Returns the bytes.
    fn upload(&mut self, key: Key, loaded: Result<Loaded>) -> usize {
        if self.shelves.of(key.kind).contains_key(&key.name) {
            return 0;
        }
        // A decoder that panics has not said whether the file is there.
        let (image, is_missing) = match loaded {
            Ok(loaded) => (loaded.image, loaded.is_missing),
            Err(error) => (Err(error), false),
        };
        let mut uploaded = 0;
        let entry = match image {
            Ok(image) => {
                let size = [image.width() as usize, image.height() as usize];
                let pixels = ColorImage::from_rgb(size, image.as_raw());
                uploaded = size[0] * size[1] * 4;
                Entry::Ready {
                    texture: self
                        .ctx
                        .load_texture("image", pixels, TextureOptions::LINEAR),
                    size: egui::vec2(size[0] as f32, size[1] as f32),
                    bytes: uploaded,
                    since_secs: self.now_secs,
                    used_frame: self.frame,
                    missing: is_missing.then_some(key.path),
                }
            }
            Err(_) if is_missing => Entry::Failed {
                reason: format!("the file is missing: {}", key.path.display()),
                is_missing,
            },
            Err(error) => Entry::Failed {
                reason: error.to_string(),
                is_missing,
            },
        };
        self.shelves.insert(key.kind, key.name, entry);
        uploaded
    }
}
