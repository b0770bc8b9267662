//! The part of an image that its character is in: a decision about the image. Its file stays as it is.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::media::crop_box::CropBox;

/// The decision, of format 11: JSON, null for none.
pub(super) const COLUMN: &str = "ALTER TABLE image ADD COLUMN character TEXT;";

/// What is left of an image that is cropped to its character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CharacterCrop {
    #[serde(flatten)]
    pub part: CropBox,
    pub by: CropOrigin,
}

/// Where the box of a crop is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CropOrigin {
    /// A person drew it, or corrected it.
    Hand,
    /// What differs from what stands still in the scene.
    Motion,
    /// Where the heatmap of a run is hot.
    Heatmap,
    /// A list of boxes, such as a detector's.
    Boxes,
}

impl CropOrigin {
    /// "by motion".
    pub fn text(self) -> &'static str {
        match self {
            Self::Hand => "by hand",
            Self::Motion => "by motion",
            Self::Heatmap => "by the heatmap",
            Self::Boxes => "from a list of boxes",
        }
    }
}

impl ToSql for CharacterCrop {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(self);
        let text = text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}

impl FromSql for CharacterCrop {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(|error| FromSqlError::Other(error.into()))
    }
}
