//! What a person can set about the checks; kept with the project.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::limits::Limits;
use crate::catalog::Catalog;
use crate::error::{Error, Result};

/// Two versions of an image correlate this much at least; see [`super::compare`] for measurements.
pub const LEAST_LIKENESS: f32 = 0.92;

/// The key of the catalog's note.
pub const NOTE: &str = "checks";

/// How strict the checks are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Settings {
    /// Those that differ from [`Settings::limits`]' own.
    pub limits: BTreeMap<Kind, Limits>,
    /// Thresholds that were set, see [`Settings::threshold`].
    pub thresholds: BTreeMap<Kind, f64>,
    /// Near-duplicates: least correlation of details, 0 to 1.
    pub least_likeness: f32,
    /// Near-duplicates: whether a mirrored image is one.
    pub with_mirrored: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            least_likeness: LEAST_LIKENESS,
            with_mirrored: false,
        }
    }
}

impl Settings {
    /// As they were set last; the defaults if that cannot be read.
    ///
    /// # Errors
    /// `Catalog` if the catalog cannot be read.
    pub fn read(catalog: &Catalog) -> Result<Self> {
        Ok(Self::of_note(catalog.note(NOTE)?.as_deref()))
    }

    /// # Errors
    /// `Catalog` if the catalog cannot be written.
    pub fn write(&self, catalog: &mut Catalog) -> Result<()> {
        catalog.set_note(NOTE, &self.to_note()?)
    }

    /// From the text of [`NOTE`].
    pub fn of_note(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// # Errors
    /// `Invalid` for a number that cannot be written, which none of these is.
    pub fn to_note(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Invalid(error.to_string()))
    }

    /// `None` for a kind that is no matter of degree.
    pub fn limits(&self, kind: Kind) -> Option<Limits> {
        self.limits
            .get(&kind)
            .copied()
            .or_else(|| default_limits(kind))
    }
}

/// Each with its source.
fn default_limits(kind: Kind) -> Option<Limits> {
    let (floor, certain) = match kind {
        // Measurements in `sharpness.rs`: a Gaussian of 1.5 to 4 pixels of 512.
        Kind::Blurry => (0.40, 0.22),
        // CleanVision 0.3.7's 0.32 as the floor; below 0.06 nothing is to be seen on a screen.
        Kind::Dark => (0.32, 0.06),
        // CleanVision 0.3.7 takes 0.95; paper is nearly white, and ink covers a twentieth of most drawings.
        Kind::Bright => (0.92, 0.99),
        // Bits; CleanVision 0.3.7 takes 3, its Datalab 1.5.
        Kind::LowInformation => (3.0, 1.0),
        // Shorter by longer side; CleanVision 0.3.7's 0.35 lets films of 2.39:1 pass.
        Kind::OddAspect => (0.35, 0.2),
        // Factors of two between the image's side and the usual one of its source.
        Kind::OddSize => (1.0, 3.5),
        _no_degree => return None,
    };
    Some(Limits { floor, certain })
}
