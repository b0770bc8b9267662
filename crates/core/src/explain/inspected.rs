//! One image under a net, and what was found on it so far.

use std::sync::Arc;

use super::explanation::Explanation;
use super::kept::{Kept, Key};
use super::method::{Method, explain};
use super::seen::{Seen, StageMap};
use crate::error::Result;
use crate::predict::{ImageFile, Inspection, Predictor, ReadImage};
use crate::progress::Progress;
use crate::spare::give_back;

/// Which class, by which method, on which layer (`None`: the last one).
pub struct Asked<'a> {
    pub class: usize,
    pub method: Method,
    pub layer: Option<&'a str>,
}

/// The image, its last map, and the map of the one layer that was asked for last.
pub struct InspectedImage {
    pub read: ReadImage,
    pub inspection: Inspection,
    stage: Option<StageMap>,
    kept: Kept,
}

impl InspectedImage {
    /// # Errors
    /// As [`Predictor::read`] and [`Predictor::inspect`].
    pub fn read(predictor: &Predictor, file: &ImageFile) -> Result<Self> {
        let read = predictor.read(file)?;
        Ok(Self {
            inspection: predictor.inspect(&read.image)?,
            read,
            stage: None,
            kept: Kept::default(),
        })
    }

    /// # Errors
    /// As [`explain`] and [`Predictor::stage_map`].
    pub fn explain(
        &mut self,
        predictor: &Predictor,
        asked: &Asked<'_>,
        progress: &Progress,
    ) -> Result<Arc<Explanation>> {
        let layer = asked.layer.filter(|_| asked.method.takes_layer());
        let key = Key {
            // Found once for all of them.
            class: if asked.method.takes_class() {
                asked.class
            } else {
                0
            },
            method: asked.method,
            layer: layer.map(str::to_owned),
        };
        if let Some(known) = self.kept.get(&key) {
            return Ok(known);
        }
        // A backward pass keeps every map of the net: several times as much as the net itself.
        let goes_back = layer.is_some() || !asked.method.is_map();
        if goes_back {
            predictor.release_memory();
        }
        if let Some(name) = layer
            && self.stage.as_ref().is_none_or(|stage| stage.name != name)
        {
            // The other layer's goes first.
            self.stage = None;
            self.stage = Some(StageMap {
                name: name.to_owned(),
                map: predictor.stage_map(&self.read.image, name)?,
            });
        }
        let seen = Seen {
            predictor,
            image: &self.read.image,
            inspection: &self.inspection,
            stage: self.stage.as_ref().filter(|_| layer.is_some()),
        };
        let found = explain(&seen, asked.class, asked.method, progress);
        if goes_back {
            predictor.release_memory();
            give_back();
        }
        let found = Arc::new(found?);
        self.kept.put(key, Arc::clone(&found));
        Ok(found)
    }
}
