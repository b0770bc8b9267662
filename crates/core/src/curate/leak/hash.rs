//! Twins by content: another version of the same image on the other side, found as near-duplicates are
//! ([`crate::curate::compare`]), but more strictly: figures before one painted background are near-duplicates to an eye that
//! looks for junk, and no twins.
//!
//! Measured on the ten films (480 x 270): frames of a second encode correlate .998 and more, of one that is cropped by 6 % and
//! brighter .98 (5th percentile), of one that is sampled a fifth of a second later .95 (its figures have moved; three
//! quarters .978 and more); frames of different films before the same background .925 to .969.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::sides::{Near, Placed, Sides};
use crate::catalog::Snapshot;
use crate::curate::compare::Detail;
use crate::curate::groups::{MOST_STRETCH, aspect};
use crate::curate::hash_index::HashIndex;
use crate::curate::known::Known;
use crate::curate::signature::Signature;

const LEAST_LIKENESS: f32 = 0.975;

struct Item {
    /// Place in its side.
    at: usize,
    aspect: f64,
    signature: Signature,
    /// Made when it is compared first, for most images never.
    detail: OnceLock<Option<Detail>>,
}

impl Item {
    fn of(snapshot: &Snapshot, known: &Known, at: usize, placed: &Placed<'_>) -> Option<Self> {
        Some(Self {
            at,
            aspect: aspect(snapshot, known, placed.at)?,
            signature: known.signature(placed.at)?,
            detail: OnceLock::new(),
        })
    }

    fn detail(&self) -> Option<&Detail> {
        self.detail
            .get_or_init(|| Detail::of(&self.signature))
            .as_ref()
    }

    fn likeness(&self, other: &Self) -> Option<f32> {
        let stretch = (self.aspect / other.aspect).max(other.aspect / self.aspect);
        if stretch > MOST_STRETCH {
            return None;
        }
        Some(self.detail()?.likeness(other.detail()?))
    }
}

/// For each validation image that `is_wanted` the training image that is the best copy of it.
pub(super) fn nearest(
    snapshot: &Snapshot,
    known: &Known,
    sides: &Sides<'_>,
    is_wanted: &[bool],
) -> Vec<Option<Near>> {
    let items = |side: &[Placed<'_>]| -> Vec<Option<Item>> {
        let items = side.iter().enumerate();
        items
            .map(|(at, placed)| Item::of(snapshot, known, at, placed))
            .collect()
    };
    let train: Vec<Item> = items(&sides.train).into_iter().flatten().collect();
    if train.is_empty() {
        return vec![None; sides.valid.len()];
    }
    let index = |hash: fn(&Item) -> u64| {
        let hashes: Vec<u64> = train.iter().map(hash).collect();
        HashIndex::new(&hashes)
    };
    let whole = index(|item| item.signature.hash);
    let middle = index(|item| item.signature.middle_hash);
    let candidates = |signature: &Signature| {
        let mut near = Vec::new();
        whole.near(signature.hash, |at| near.push(at));
        whole.near(signature.middle_hash, |at| near.push(at));
        middle.near(signature.hash, |at| near.push(at));
        near.sort_unstable();
        near.dedup();
        near
    };
    let best = |item: &Item| {
        let near = candidates(&item.signature).into_iter();
        let alike = near.filter_map(|at| {
            let other = train.get(at)?;
            let likeness = item.likeness(other)?;
            (likeness >= LEAST_LIKENESS).then_some(Near {
                train: other.at,
                score: f64::from(likeness.min(1.0)),
            })
        });
        alike.fold(None, |best: Option<Near>, near| Some(near.closer(best)))
    };
    items(&sides.valid)
        .par_iter()
        .zip(is_wanted)
        .map(|(item, is_wanted)| best(item.as_ref().filter(|_| *is_wanted)?))
        .collect()
}
