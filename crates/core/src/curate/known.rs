//! The facts of all images, side by side.

use std::collections::BTreeMap;

use super::signature::Signature;
use crate::catalog::facts::{FactKind, FactValue};
use crate::catalog::{Catalog, ContentHash, Snapshot};
use crate::error::Result;
use crate::media::border::Runs;

/// What the catalog knows of the images of a snapshot, each list in their order.
#[derive(Clone, Debug, Default)]
pub struct Known {
    values: BTreeMap<FactKind, Vec<Option<FactValue>>>,
    contents: Vec<Option<ContentHash>>,
}

impl Known {
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn load(catalog: &Catalog, snapshot: &Snapshot, kinds: &[FactKind]) -> Result<Self> {
        let contents: Vec<Option<ContentHash>> = snapshot
            .images
            .iter()
            .map(|image| ContentHash::from_hex(&image.hash))
            .collect();
        let mut known = Self {
            values: BTreeMap::new(),
            contents,
        };
        for &kind in kinds {
            let facts = catalog.facts(kind)?;
            let of_images = known
                .contents
                .iter()
                .map(|content| facts.get(content.as_ref()?).cloned());
            let of_images = of_images.collect();
            known.values.insert(kind, of_images);
        }
        Ok(known)
    }

    pub fn content(&self, image: usize) -> Option<ContentHash> {
        self.contents.get(image).copied().flatten()
    }

    pub fn has(&self, kind: FactKind, image: usize) -> bool {
        self.value(kind, image).is_some()
    }

    pub fn real(&self, kind: FactKind, image: usize) -> Option<f64> {
        match self.value(kind, image)? {
            FactValue::Real(value) => Some(*value),
            FactValue::Bytes(_) => None,
        }
    }

    pub fn bytes(&self, kind: FactKind, image: usize) -> Option<&[u8]> {
        match self.value(kind, image)? {
            FactValue::Real(_) => None,
            FactValue::Bytes(bytes) => Some(bytes),
        }
    }

    /// What is wrong with a file that cannot be read, in words.
    pub fn damage(&self, image: usize) -> Option<String> {
        damage_text(self.bytes(FactKind::Damage, image)?)
    }

    pub fn border(&self, image: usize) -> Option<Runs> {
        Runs::from_bytes(self.bytes(FactKind::Border, image)?)
    }

    pub fn signature(&self, image: usize) -> Option<Signature> {
        Signature::from_bytes(self.bytes(FactKind::Signature, image)?)
    }

    fn value(&self, kind: FactKind, image: usize) -> Option<&FactValue> {
        self.values.get(&kind)?.get(image)?.as_ref()
    }
}

/// `None` for the fact of a sound file.
pub fn damage_text(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned())
}
