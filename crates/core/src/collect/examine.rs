//! What came over the network, by its content.

use std::path::Path;

use crate::catalog::ContentHash;
use crate::error::Error;
use crate::media::decode::{Decoded, decode_bytes, pixel_hash};

/// What is known of an image that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub content: ContentHash,
    /// Hash of the decoded pixels.
    pub pixels: [u8; 32],
    /// Pixels.
    pub shorter_side: u32,
}

/// Decodes it whole, whatever its name and the server say it is.
///
/// # Errors
/// Why it is no image to take.
pub fn examine(bytes: &[u8]) -> Result<(Seen, Decoded), String> {
    // The path is only for messages, which name the address instead.
    let decoded = decode_bytes(bytes, Path::new("")).map_err(|error| match error {
        Error::Image { reason, .. } => reason,
        other => other.to_string(),
    })?;
    let seen = Seen {
        content: ContentHash::of(bytes),
        pixels: pixel_hash(&decoded),
        shorter_side: decoded.width().min(decoded.height()),
    };
    Ok((seen, decoded))
}
