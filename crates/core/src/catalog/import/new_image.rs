//! An image on its way into the catalog.

use std::path::PathBuf;

use crate::catalog::record::Side;
use crate::media::frame_look::FrameLook;

/// An image that was read, hashed and put in place, ready for its row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewImage {
    /// Absolute.
    pub path: PathBuf,
    /// Relative to the imported folder, with `/`.
    pub origin: String,
    pub class: Option<String>,
    /// Of the split that the imported folder holds, if it does.
    pub side: Option<Side>,
    /// The origin it had at the last import, if its file was moved or renamed since.
    pub moved_from: Option<String>,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
    /// Pixels, after EXIF orientation.
    pub width: u32,
    pub height: u32,
    /// See [`FactKind::PixelHash`](crate::catalog::facts::FactKind::PixelHash). `None` if the catalog has it already.
    pub pixel_hash: Option<[u8; 32]>,
    /// See [`FactKind::FrameLook`](crate::catalog::facts::FactKind::FrameLook). `None` for an image without a number in its
    /// name, and if the catalog has it already.
    pub look: Option<FrameLook>,
}

/// An image that was imported before.
pub(super) struct KnownImage {
    /// Without the pixel hash.
    pub image: NewImage,
    /// False for one of an import that was undone.
    pub is_present: bool,
    /// False if the facts about it are missing or of another version: then it is decoded once more.
    pub has_facts: bool,
}

/// A file's outcome on the way through a batch.
pub(super) enum Checked {
    /// As it was at the last import.
    Known(NewImage),
    New {
        bytes: Vec<u8>,
        image: NewImage,
    },
}

impl Checked {
    pub fn into_image(self) -> NewImage {
        match self {
            Self::Known(image) | Self::New { image, .. } => image,
        }
    }
}
