//! What the user chooses about the frames of a film: which are kept, and how large they are.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Which frames are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// Frames 0, N, 2N… (as VLC's scene filter does).
    Frames(u32),
    /// The first frame at or after 0, S, 2S… seconds.
    Secs(f64),
}

impl Every {
    /// # Errors
    /// [`Error::Invalid`] if no frame could be kept so often.
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::Frames(0) => Err(Error::Invalid(
                "every 0th frame cannot be kept; give 1 or more".to_owned(),
            )),
            Self::Secs(secs) if !(secs.is_finite() && secs > 0.0) => Err(Error::Invalid(format!(
                "a frame cannot be kept every {secs} seconds; give more than 0"
            ))),
            Self::Frames(_) | Self::Secs(_) => Ok(()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senseless_intervals_are_refused() {
        for every in [Every::Frames(0), Every::Secs(0.0), Every::Secs(f64::NAN)] {
            assert!(matches!(every.check(), Err(Error::Invalid(_))));
        }
        assert!(Every::Frames(1).check().is_ok());
    }
}
