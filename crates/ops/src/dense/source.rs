//! What a dense convolution reads: a map with what is pending on it, or the gradient of a raw output.

use crate::feature::{Feature, activate};
use crate::upstream::Upstream;

/// Values by pixel, channels last.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Map(&'a Feature),
    /// The gradient of the convolution's raw output, of so many channels.
    Gradient(Upstream<'a>, usize),
}

impl<'a> Source<'a> {
    /// The values as they lie in memory, if nothing is to be done to them.
    pub fn as_is(&self) -> Option<&'a [f32]> {
        match self {
            Self::Map(map) if map.pending.is_none() => Some(&map.data),
            Self::Gradient(upstream, _) if upstream.raw.is_same => Some(upstream.gradient),
            Self::Map(_) | Self::Gradient(..) => None,
        }
    }

    /// Writes the values of neighbouring pixels from `pixel` on, as many as fill `dst`.
    pub fn fill(&self, dst: &mut [f32], pixel: usize) {
        match self {
            Self::Map(map) => {
                let at = pixel * map.channels;
                activate(map.pending.as_ref(), dst, &map.data[at..at + dst.len()]);
            }
            Self::Gradient(upstream, channels) => {
                let range = pixel * channels..pixel * channels + dst.len();
                let (g, y) = (&upstream.gradient[range.clone()], &upstream.output[range]);
                upstream.raw.apply(dst, g, y);
            }
        }
    }
}
