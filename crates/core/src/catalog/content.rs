//! A file by its content: the hash of its bytes, and that of the pixels in it.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::Connection;
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// What a fact says. The numbers are in the catalog, so one that was ever released keeps its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Hash of the decoded pixels, see [`crate::media::decode::pixel_hash`]: equal for files that differ only in
    /// metadata or in a lossless encoding.
    PixelHash,
    /// Bytes: the name of the file format, `jpeg`.
    Format,
    /// Bytes: why it cannot be read as an image, in words; empty if it can.
    Damage,
    /// Real: brightness of the lightest spots, 0 to 1.
    Highlights,
    /// Real: brightness of the darkest spots, 0 to 1.
    Shadows,
    /// Real: distance of the color channels, 0 to 1.
    Chroma,
    /// Real: bits, 0 to 8.
    Entropy,
    /// Real: 0 to 1.
    Sharpness,
    /// Bytes: what each side looks like from outside.
    Border,
    /// Bytes: a perceptual hash and a small image; empty if nothing in the image could be compared.
    Signature,
    /// Real: brightness of the middle tone, 0 to 1.
    Brightness,
    /// Real: strength of noise, of 255.
    Grain,
    /// Real: quality that the file was compressed with, 1 to 100; 100 also for a format without loss.
    Quality,
    /// Bytes: what it looks like at a glance, of images whose names have a number, see
    /// [`crate::media::frame_look::FrameLook`].
    FrameLook,
    /// Bytes: which copies of it show something, see [`crate::media::upsampling::Copies`].
    Copies,
}

impl FactKind {
    pub(super) fn code(self) -> i64 {
        match self {
            Self::PixelHash => 1,
            Self::Format => 2,
            Self::Damage => 3,
            Self::Highlights => 4,
            Self::Shadows => 5,
            Self::Chroma => 6,
            Self::Entropy => 7,
            Self::Sharpness => 8,
            Self::Border => 9,
            Self::Signature => 10,
            Self::Brightness => 20,
            Self::Grain => 21,
            Self::Quality => 22,
            Self::FrameLook => 23,
            Self::Copies => 30,
        }
    }

    /// Raised when the computation changes; facts of another version count as missing.
    pub fn version(self) -> u32 {
        match self {
            Self::PixelHash
            | Self::Format
            | Self::Damage
            | Self::Highlights
            | Self::Shadows
            | Self::Chroma
            | Self::Entropy
            | Self::Sharpness
            | Self::Border
            | Self::Signature
            | Self::Brightness
            | Self::Grain
            | Self::Quality
            | Self::Copies => 1,
            Self::FrameLook => 2,
        }
    }
}

/// blake3 of a file's bytes, as [`super::ImageRecord::hash`] has it in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// `None` if `hex` is not 64 hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(hex).ok()?;
        Some(hash.into())
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Of a file with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        blake3::hash(bytes).into()
    }
}

impl From<blake3::Hash> for ContentHash {
    fn from(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = &'static str;

    fn try_from(hex: String) -> std::result::Result<Self, Self::Error> {
        Self::from_hex(&hex).ok_or("a content hash has 64 hexadecimal digits")
    }
}

impl fmt::Display for ContentHash {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

/// Hashes of the decoded pixels of files, see [`FactKind::PixelHash`]: as far as they are known.
pub type PixelHashes = BTreeMap<ContentHash, [u8; 32]>;

impl ToSql for ContentHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for ContentHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self)
    }
}

/// All that is known of decoded pixels; a value of another length is none.
pub(super) fn pixel_hashes(connection: &Connection) -> Result<PixelHashes> {
    let kind = FactKind::PixelHash;
    let mut select = connection.prepare_cached(
        "SELECT content.hash, fact.value FROM fact JOIN content ON content.id = fact.content
         WHERE fact.kind = ?1 AND fact.version = ?2 AND length(fact.value) = 32",
    )?;
    let hashes = select.query_map((kind.code(), kind.version()), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(hashes.collect::<rusqlite::Result<_>>()?)
}
