//! What is cropped off the images of a source: a decision. The files stay as they are.
//!
//! The decision says how ([`Crop`]); what it comes to for each image is worked out when a snapshot is read
//! ([`super::insets`]), for borders from the facts that a scan has measured of the files.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::media::border::Insets;
use crate::media::border::source::{Member, of_source};

/// The decision, of format 7: JSON, null for none.
pub(super) const COLUMN: &str = "ALTER TABLE source ADD COLUMN crop TEXT;";

/// How the images of a source are cropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crop {
    /// The borders that a scan has measured: of a film those that nearly all of its frames have, of other images each its
    /// own.
    Measured,
    /// So many pixels off each side.
    Pixels(u32),
}

impl Crop {
    /// Of each image of a source, in their order; `None` where nobody has looked for a border.
    pub fn insets(self, members: &[Member]) -> Vec<Option<Insets>> {
        let found = match self {
            Self::Measured => of_source(members),
            Self::Pixels(pixels) => vec![Some(Insets::even(pixels)); members.len()],
        };
        let sensible = |(insets, member): (Option<Insets>, &Member)| {
            insets.map(|insets| insets.sensible(member.width, member.height))
        };
        found.into_iter().zip(members).map(sensible).collect()
    }
}

impl ToSql for Crop {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(self);
        let text = text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}

impl FromSql for Crop {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(|error| FromSqlError::Other(error.into()))
    }
}
