//! What can be wrong with the compressed data of a JPEG.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A marker or the end of the file comes before the last block.
    EndsTooEarly,
    /// Codes that stand for nothing, too much data, or restart markers out of turn.
    Garbled,
    /// A color component is missing.
    Incomplete,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndsTooEarly => "the image is damaged (its data end too early)",
            Self::Garbled => "the image is damaged (part of its data is garbled)",
            Self::Incomplete => "the image is damaged (a color component is missing)",
        })
    }
}
