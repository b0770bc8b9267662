//! What is cropped: the document of `crop-borders --json`.

use serde::Serialize;

use crate::catalog::{Crop, Snapshot};
use crate::curate::crop::SourceCrop;
use crate::media::border::Insets;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CropsDocument {
    /// Those that were asked about, in the order of the project.
    pub sources: Vec<CropRow>,
    /// In words; `null` if nothing was changed.
    pub done: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CropRow {
    pub source: String,
    /// `"measured"`, `{"pixels": N}`, or `null`: it is not cropped.
    pub crop: Option<Crop>,
    pub images: usize,
    /// Images from which something is cut off.
    pub cropped: usize,
    /// Pixels on each side, if they are the same for all of these.
    pub insets: Option<Insets>,
    /// Images whose border nobody could measure.
    pub unmeasured: usize,
}

impl CropRow {
    /// `snapshot`: as the project is now. `None` for a source that is no more in it.
    pub fn of(snapshot: &Snapshot, planned: &SourceCrop) -> Option<Self> {
        let source = snapshot.source(planned.source)?;
        let is_cropped = source.crop.is_some();
        Some(Self {
            source: source.name.clone(),
            crop: source.crop,
            images: planned.images,
            cropped: if is_cropped { planned.cropped } else { 0 },
            insets: planned.insets.filter(|_| is_cropped),
            unmeasured: planned.unmeasured,
        })
    }
}
