//! Leak radar: the training image that each validation image is closest to, and whether the two are twins, so that to
//! know one is to know the other.
//!
//! Three kinds of evidence, the strongest first. *Time*: both are of one scene. *Hash*: one is another version of the
//! other (a second encode of the same film, a frame that somebody posted). *Features*: a network finds them more alike than
//! it finds images of different films. The first two need no network and little time; training looks at them, and refuses
//! a split that has too many of them ([`crate::dataset::Leakage`]).

mod hash;
mod likeness;
mod sides;
mod time;
mod worst;

use std::fmt;

use serde::Serialize;

use super::features::Features;
use super::known::Known;
use crate::catalog::facts::FactKind;
use crate::catalog::{Catalog, ImageId, Snapshot};
use crate::dataset::{Leakage, Split};
use crate::error::Result;
use crate::number::counted;
use sides::{Near, Sides};

pub use worst::{Offender, worst};

/// What makes two images twins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// They are of one scene; the score is `1 / (1 + seconds between them)`.
    Time,
    /// Their details are the same; the score is the correlation.
    Hash,
    /// A network finds them alike; the score is the cosine of their features.
    Features,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "time",
            Self::Hash => "hash",
            Self::Features => "features",
        })
    }
}

/// A validation image and a training image that gives it away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakTwin {
    pub valid: ImageId,
    pub train: ImageId,
    pub evidence: Evidence,
    /// 0 to 1, the higher the closer.
    pub score: f64,
}

/// What a split gives away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leaks {
    pub valid_images: usize,
    /// One of each validation image that has one, in their order.
    pub twins: Vec<LeakTwin>,
    /// Images of both sides.
    pub images: usize,
    /// Images on either side that no scan has looked at: copies of them are not known.
    pub unscanned: usize,
    /// Images on either side whose features are not known: nothing tells whether a network finds them alike.
    pub without_features: usize,
    /// Cosine from which features are evidence; `None` where nothing tells how alike images of different sources are.
    pub least_cosine: Option<f64>,
}

/// The facts that evidence by hash is made of.
pub const FACTS: &[FactKind] = &[FactKind::Border, FactKind::Signature];

impl Leaks {
    /// With the facts of the catalog as they stand. `features`: none to leave them out, as training does.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn of(
        catalog: &Catalog,
        snapshot: &Snapshot,
        split: &Split,
        features: Option<&Features>,
    ) -> Result<Self> {
        let known = Known::load(catalog, snapshot, FACTS)?;
        Ok(Self::find(snapshot, split, &known, features))
    }

    /// As [`Leaks::of`], of facts that are at hand; `known` is of the images of `snapshot`.
    pub fn find(
        snapshot: &Snapshot,
        split: &Split,
        known: &Known,
        features: Option<&Features>,
    ) -> Self {
        let sides = Sides::of(snapshot, split);
        let mut found: Vec<Option<(Near, Evidence)>> = time::nearest(&sides)
            .into_iter()
            .map(|near| Some((near?, Evidence::Time)))
            .collect();
        let copies = hash::nearest(snapshot, known, &sides, &open(&found));
        fill(&mut found, copies, Evidence::Hash);
        let mut least_cosine = None;
        if let Some(features) = features {
            let alike = likeness::nearest(features, &sides, &open(&found));
            least_cosine = alike.least_cosine;
            fill(&mut found, alike.nearest, Evidence::Features);
        }
        let twins = sides.valid.iter().zip(found).filter_map(|(valid, found)| {
            let (near, evidence) = found?;
            Some(LeakTwin {
                valid: valid.id,
                train: sides.train.get(near.train)?.id,
                evidence,
                score: near.score,
            })
        });
        Self {
            valid_images: sides.valid.len(),
            twins: twins.collect(),
            images: sides.valid.len() + sides.train.len(),
            unscanned: sides.unscanned(known),
            without_features: sides.without(features),
            least_cosine,
        }
    }

    /// How many twins are told by this.
    pub fn told_by(&self, evidence: Evidence) -> usize {
        let twins = self.twins.iter();
        twins.filter(|twin| twin.evidence == evidence).count()
    }

    /// Share of the validation images that have a twin, 0 to 1. `None`: not every image was compared, and what is known does
    /// not make the split a leaking one.
    pub fn contamination(&self) -> Option<f64> {
        let leakage = self.leakage();
        let is_known = self.unscanned == 0 || leakage.is_leaking();
        is_known.then(|| leakage.contamination())
    }

    /// How many images were compared: "0 of 217 images compared".
    pub fn compared_text(&self) -> String {
        let compared = self.images.saturating_sub(self.unscanned);
        format!("{compared} of {} compared", counted(self.images, "image"))
    }

    pub fn leakage(&self) -> Leakage {
        Leakage {
            twins: self.twins.len(),
            of: self.valid_images,
        }
    }
}

/// Which validation images have no twin yet.
fn open(found: &[Option<(Near, Evidence)>]) -> Vec<bool> {
    found.iter().map(Option::is_none).collect()
}

fn fill(found: &mut [Option<(Near, Evidence)>], more: Vec<Option<Near>>, evidence: Evidence) {
    for (place, near) in found.iter_mut().zip(more) {
        if place.is_none() {
            *place = near.map(|near| (near, evidence));
        }
    }
}

#[cfg(test)]
mod tests;
