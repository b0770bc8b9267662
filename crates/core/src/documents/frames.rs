//! What the images of folders are: the document of `frames --json`.

use serde::Serialize;

use crate::catalog::{Snapshot, SourceId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FramesDocument {
    pub sources: Vec<FramesRow>,
    /// In words; `null` if nothing was changed.
    pub done: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FramesRow {
    pub source: String,
    pub images: usize,
    /// Images that are in a scene.
    pub frames: usize,
    pub scenes: usize,
}

impl FramesRow {
    /// `None` for a source that is no more in the project.
    pub fn of(snapshot: &Snapshot, source: SourceId) -> Option<Self> {
        let images = snapshot.images_of_source(source);
        Some(Self {
            source: snapshot.source(source)?.name.clone(),
            images: images.len(),
            frames: images.iter().filter(|image| image.scene.is_some()).count(),
            scenes: snapshot.scenes_of_source(source).len(),
        })
    }
}
