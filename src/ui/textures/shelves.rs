//! The textures that came, bounded in bytes: thumbnails and whole images have a budget each, so that leafing through
//! large images does not throw the grid out.
//!
//! Limits: the budgets count pixels (4 bytes each); the driver's own overhead comes on top. What the last frame showed
//! stays whatever it takes.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use eframe::egui::{TextureHandle, Vec2};

use super::load::Kind;

/// About 450 thumbnails of 256 x 144, or 2,300 small ones: some pages of the grid.
const THUMBNAIL_BUDGET_BYTES: usize = 64 << 20;
/// A few frames of 720p behind and before the one that is looked at.
const FULL_BUDGET_BYTES: usize = 32 << 20;

pub(super) enum Entry {
    Ready {
        texture: TextureHandle,
        size: Vec2,
        bytes: usize,
        since_secs: f64,
        used_frame: u64,
        /// The file it was asked for with, if that is gone: another one of the same content may be there.
        missing: Option<PathBuf>,
    },
    /// Cannot be read; said in words once.
    Failed { reason: String, is_missing: bool },
}

impl Entry {
    fn bytes(&self) -> usize {
        match self {
            Self::Ready { bytes, .. } => *bytes,
            Self::Failed { .. } => 0,
        }
    }
}

/// By kind and name, so that asking for thousands a frame allocates nothing.
#[derive(Default)]
pub(super) struct Shelves {
    small: HashMap<OsString, Entry>,
    thumbnails: HashMap<OsString, Entry>,
    full: HashMap<OsString, Entry>,
    thumbnail_bytes: usize,
    full_bytes: usize,
}

impl Shelves {
    pub fn of(&mut self, kind: Kind) -> &mut HashMap<OsString, Entry> {
        match kind {
            Kind::Small => &mut self.small,
            Kind::Thumbnail => &mut self.thumbnails,
            Kind::Full => &mut self.full,
        }
    }

    fn bytes_of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Small | Kind::Thumbnail => &mut self.thumbnail_bytes,
            Kind::Full => &mut self.full_bytes,
        }
    }

    pub fn insert(&mut self, kind: Kind, name: OsString, entry: Entry) {
        *self.bytes_of(kind) += entry.bytes();
        self.of(kind).insert(name, entry);
    }

    /// Least recently used first, never what the frame before `frame` showed.
    pub fn evict(&mut self, frame: u64) {
        self.evict_kinds(
            &[Kind::Small, Kind::Thumbnail],
            THUMBNAIL_BUDGET_BYTES,
            frame,
        );
        self.evict_kinds(&[Kind::Full], FULL_BUDGET_BYTES, frame);
    }

    /// `kinds` share one budget.
    fn evict_kinds(&mut self, kinds: &[Kind], budget: usize, frame: u64) {
        let Some(first) = kinds.first().copied() else {
            return;
        };
        if *self.bytes_of(first) <= budget {
            return;
        }
        let mut unused: Vec<(u64, Kind, OsString, usize)> = Vec::new();
        for kind in kinds.iter().copied() {
            #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
            for (name, entry) in self.of(kind).iter() {
                if let Entry::Ready {
                    used_frame, bytes, ..
                } = entry
                    && *used_frame + 1 < frame
                {
                    unused.push((*used_frame, kind, name.clone(), *bytes));
                }
            }
        }
        unused.sort_unstable();
        for (_, kind, name, bytes) in unused {
            // Some room at once, so that the next frames need not look again.
            if *self.bytes_of(first) <= budget / 4 * 3 {
                break;
            }
            self.of(kind).remove(&name);
            *self.bytes_of(kind) -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{ColorImage, Context, TextureOptions};

    use super::*;

    fn entry(ctx: &Context, bytes: usize, used_frame: u64) -> Entry {
        let pixel = ColorImage::example();
        Entry::Ready {
            texture: ctx.load_texture("test", pixel, TextureOptions::LINEAR),
            size: Vec2::ZERO,
            bytes,
            since_secs: 0.0,
            used_frame,
            missing: None,
        }
    }

    #[test]
    fn each_budget_holds_and_what_was_just_shown_stays() {
        let ctx = Context::default();
        let mut shelves = Shelves::default();
        let megabyte = 1 << 20;
        for number in 0..200 {
            let name = OsString::from(number.to_string());
            shelves.insert(Kind::Thumbnail, name.clone(), entry(&ctx, megabyte, number));
            shelves.insert(Kind::Full, name, entry(&ctx, megabyte, number));
        }
        shelves.evict(200);
        assert_eq!(shelves.thumbnails.len(), 48);
        assert_eq!(shelves.full.len(), 24);
        assert!(shelves.full.contains_key(&OsString::from("199")));
        assert!(!shelves.full.contains_key(&OsString::from("0")));

        let one_large = OsString::from("large");
        shelves.insert(
            Kind::Full,
            one_large.clone(),
            entry(&ctx, 64 * megabyte, 300),
        );
        shelves.evict(301);
        assert_eq!(shelves.full.len(), 1, "all but what is on the screen");
        assert!(shelves.full.contains_key(&one_large));
    }
}
