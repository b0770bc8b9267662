//! Crops to characters: the document of `crop-character --json`.

use serde::Serialize;

use crate::catalog::{CropOrigin, Snapshot, SourceId};
use crate::character::Proposal;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CharacterCrops {
    /// Those that were asked about, in the order of the project.
    pub sources: Vec<CharacterRow>,
    /// Paths of a table of boxes that are no image of these sources.
    pub unknown: Vec<String>,
    /// In words; `null` if nothing was changed.
    pub done: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CharacterRow {
    pub source: String,
    pub images: usize,
    /// Images that are cropped to their character.
    pub cropped: usize,
    /// Images with a proposal that nobody has decided on.
    pub proposed: usize,
    /// Of these, by where the box is from.
    pub by_motion: usize,
    pub by_heatmap: usize,
    pub by_boxes: usize,
}

impl CharacterRow {
    /// `open`: what is proposed for the project. `None` for a source that is not in it.
    pub fn of(snapshot: &Snapshot, source: SourceId, open: &[&Proposal]) -> Option<Self> {
        let images = snapshot.images_of_source(source);
        let is_of_source = |proposal: &Proposal| {
            let image = snapshot.image(proposal.image);
            image.is_some_and(|image| image.source == source)
        };
        let own: Vec<&&Proposal> = open.iter().filter(|one| is_of_source(one)).collect();
        let by = |origin: CropOrigin| own.iter().filter(|one| one.crop.by == origin).count();
        Some(Self {
            source: snapshot.source(source)?.name.clone(),
            images: images.len(),
            cropped: images
                .iter()
                .filter(|image| image.character.is_some())
                .count(),
            proposed: own.len(),
            by_motion: by(CropOrigin::Motion),
            by_heatmap: by(CropOrigin::Heatmap),
            by_boxes: by(CropOrigin::Boxes),
        })
    }

    /// "41 of 60 proposed (38 by motion, 3 by the heatmap), 12 cropped".
    pub fn text(&self) -> String {
        let Self {
            images, proposed, ..
        } = self;
        let parts = [
            (self.by_motion, CropOrigin::Motion),
            (self.by_heatmap, CropOrigin::Heatmap),
            (self.by_boxes, CropOrigin::Boxes),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, by)| format!("{count} {}", by.text()))
            .collect();
        let parts = if parts.is_empty() {
            String::new()
        } else {
            format!(" ({})", parts.join(", "))
        };
        let cropped = match self.cropped {
            0 => String::new(),
            cropped => format!(", {cropped} cropped"),
        };
        format!("{proposed} of {images} proposed{parts}{cropped}")
    }
}
