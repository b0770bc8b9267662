//! The images of both sides, as the kinds of evidence look at them.

use crate::catalog::facts::FactKind;
use crate::catalog::{ImageId, ImageRecord, Snapshot};
use crate::curate::features::Features;
use crate::curate::known::Known;
use crate::dataset::{Sample, Split};

/// A training image, by its place in [`Sides::train`], and how close it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Near {
    pub train: usize,
    pub score: f64,
}

impl Near {
    /// The closer of the two; of equals the first.
    pub fn closer(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.score >= self.score => other,
            _ => self,
        }
    }
}

/// An image and its place in the snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub at: usize,
    pub id: ImageId,
    pub image: &'a ImageRecord,
}

/// What is measured and what is trained on.
pub(super) struct Sides<'a> {
    pub valid: Vec<Placed<'a>>,
    pub train: Vec<Placed<'a>>,
}

impl<'a> Sides<'a> {
    pub fn of(snapshot: &'a Snapshot, split: &Split) -> Self {
        let side = |samples: &[Sample]| {
            let images = samples.iter().filter_map(|sample| {
                let id = sample.image?;
                let at = snapshot.images.binary_search_by_key(&id, |image| image.id);
                let at = at.ok()?;
                let image = snapshot.images.get(at)?;
                Some(Placed { at, id, image })
            });
            images.collect()
        };
        Self {
            valid: side(&split.valid),
            train: side(&split.train),
        }
    }

    /// Images without a signature.
    pub fn unscanned(&self, known: &Known) -> usize {
        let all = self.valid.iter().chain(&self.train);
        all.filter(|placed| {
            known.content(placed.at).is_some() && !known.has(FactKind::Signature, placed.at)
        })
        .count()
    }

    /// Images without features.
    pub fn without(&self, features: Option<&Features>) -> usize {
        let all = self.valid.iter().chain(&self.train);
        all.filter(|placed| features.is_none_or(|features| features.of(placed.at).is_none()))
            .count()
    }
}
