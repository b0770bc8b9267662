//! What the user chooses about the frames of a film: which are kept, and how large they are.

use serde::{Deserialize, Serialize};

/// Which frames are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// Frames 0, N, 2N… (as VLC's scene filter does).
    Frames(u32),
    /// The first frame at or after 0, S, 2S… seconds.
    Secs(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExtractOptions {
    pub every: Every,
    /// Pixels; with one of the two the other keeps the aspect as seen (anamorphic DVDs are made right), with both the image is stretched.
    pub width: Option<u32>,
    pub height: Option<u32>,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self {
            every: Every::Frames(48),
            width: None,
            height: None,
        }
    }
}

/// Pixels of an extracted frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameSize {
    pub width: u32,
    pub height: u32,
}
