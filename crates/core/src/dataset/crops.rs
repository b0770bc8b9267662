//! Which images of a split are cropped, and what follows for images from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::placed::Placed;
use crate::catalog::{Crop, CropOrigin, Side, Snapshot, SourceId};

/// The cropped sources of a split, as run.toml has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crops {
    /// What is done to images that are not of the project before they are predicted, so that the net sees what it has
    /// learned from: their own borders go if borders of training images were cropped, a fixed number of pixels if all
    /// training images lost just as many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Crop>,
    /// By name.
    pub sources: Vec<CroppedSource>,
    /// Images that are cropped to their character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<CroppedCharacters>,
}

/// The images of a split that are cropped to their character. What is known of no box is seen whole: the others, and images
/// that are not of the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CroppedCharacters {
    pub images: usize,
    /// Of these, cropped where the heatmap of a run was hot, which may have learned from them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by_heatmap: usize,
    /// blake3 (first 16 hex digits) of the images and their boxes.
    pub hash: String,
}

/// A source that is cropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CroppedSource {
    pub source: String,
    pub crop: Crop,
    /// Of the split's images those from which something is cut off.
    pub images: usize,
    /// Images that nobody has looked for a border in, so they are not cropped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unmeasured: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Crops {
    /// `None` if nothing is cropped.
    pub(super) fn of(snapshot: &Snapshot, placed: &[Placed<'_>]) -> Option<Self> {
        let mut counts: BTreeMap<SourceId, usize> = BTreeMap::new();
        let mut of_training: BTreeSet<Option<Crop>> = BTreeSet::new();
        let crop_of = |id| snapshot.source(id).and_then(|source| source.crop);
        for p in placed {
            let count = counts.entry(p.image.source).or_default();
            *count += usize::from(!p.image.crop.is_none());
            if p.side == Side::Train {
                of_training.insert(crop_of(p.image.source));
            }
        }
        let mut sources: Vec<CroppedSource> = counts
            .into_iter()
            .filter_map(|(id, images)| {
                let source = snapshot.source(id)?;
                Some(CroppedSource {
                    source: source.name.clone(),
                    crop: source.crop?,
                    images,
                    unmeasured: snapshot.unmeasured.get(&id).copied().unwrap_or_default(),
                })
            })
            .collect();
        sources.sort_by(|a, b| a.source.cmp(&b.source));
        let only = of_training.first().copied().flatten();
        let outside = if of_training.contains(&Some(Crop::Measured)) {
            Some(Crop::Measured)
        } else {
            only.filter(|_| of_training.len() == 1)
        };
        let characters = CroppedCharacters::of(placed);
        (!sources.is_empty() || characters.is_some()).then_some(Self {
            outside,
            sources,
            characters,
        })
    }

    /// Whether two splits have other sources cropped, or cropped otherwise, or other boxes around characters.
    pub fn differ(one: Option<&Self>, other: Option<&Self>) -> bool {
        let characters = |crops: Option<&Self>| crops.and_then(|crops| crops.characters.clone());
        let rules = |crops: Option<&Self>| -> Vec<(String, Crop)> {
            let sources = crops.into_iter().flat_map(|crops| &crops.sources);
            sources
                .map(|cropped| (cropped.source.clone(), cropped.crop))
                .collect()
        };
        rules(one) != rules(other) || characters(one) != characters(other)
    }

    /// Sources some of whose images have to be looked at first.
    pub fn unmeasured(&self) -> impl Iterator<Item = &CroppedSource> {
        self.sources.iter().filter(|source| source.unmeasured > 0)
    }
}

impl CroppedCharacters {
    /// `None` if there are none.
    fn of(placed: &[Placed<'_>]) -> Option<Self> {
        let cropped = placed.iter().map(|p| p.image);
        let cropped = cropped.filter(|image| image.character.is_some());
        let mut lines: Vec<String> = cropped
            .clone()
            .map(|image| format!("{}{}\n", image.hash, image.recipe().key()))
            .collect();
        lines.sort_unstable();
        let hash = blake3::hash(lines.concat().as_bytes()).to_hex();
        let is_by_heatmap = |origin: CropOrigin| origin == CropOrigin::Heatmap;
        let origins = cropped.filter_map(|image| Some(image.character?.by));
        (!lines.is_empty()).then(|| Self {
            images: lines.len(),
            by_heatmap: origins.filter(|by| is_by_heatmap(*by)).count(),
            hash: hash.chars().take(16).collect(),
        })
    }
}

impl CroppedSource {
    /// What there is to do about its images that nobody has looked for a border in.
    pub fn unmeasured_text(&self) -> String {
        let (images, are) = match self.unmeasured {
            1 => ("image", "is"),
            _several => ("images", "are"),
        };
        format!(
            "{} of its {images} {are} not cropped, because no scan has looked for a border there; Crop borders on the Collect page measures them (on the command line: `crop-borders PROJECT`)",
            self.unmeasured
        )
    }
}
