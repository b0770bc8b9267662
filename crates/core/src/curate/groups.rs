//! Copies of an image: which one is the best, and what is a copy of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::compare::Detail;
use super::dismiss::Strangers;
use super::finding::Finding;
use super::hash_index::HashIndex;
use super::kind::Kind;
use super::known::Known;
use super::settings::Settings;
use super::signature::Signature;
use super::star::{Place, stars};
use super::threshold::{LEAST_PAIR, Measured};
use crate::catalog::facts::FactKind;
use crate::catalog::{Decision, ImageRecord, Snapshot};

/// Positions of all images, the best first: kept before undecided before rejected, then by pixels, then the oldest.
/// Within a group the first one stays.
pub(super) fn best_first(snapshot: &Snapshot) -> Vec<usize> {
    let mut order: Vec<usize> = (0..snapshot.images.len()).collect();
    order.sort_by_key(|&at| snapshot.images.get(at).map(preference));
    order
}

type Preference = (u8, Reverse<u64>, i64);

fn preference(image: &ImageRecord) -> Preference {
    let decision = match image.decision {
        Decision::Keep => 0,
        Decision::Undecided => 1,
        Decision::Reject => 2,
    };
    let pixels = u64::from(image.width) * u64::from(image.height);
    (decision, Reverse(pixels), image.id.0)
}

/// Exact duplicates, and the positions of those that are none, best first.
pub(super) fn exact(snapshot: &Snapshot, known: &Known) -> (Vec<Finding>, Vec<usize>) {
    let mut first: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut unique = Vec::new();
    for at in best_first(snapshot) {
        let Some(image) = snapshot.images.get(at) else {
            continue;
        };
        let pixels = known.bytes(FactKind::PixelHash, at);
        match first.entry(pixels.unwrap_or(image.hash.as_bytes())) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(at);
                unique.push(at);
            }
            std::collections::btree_map::Entry::Occupied(entry) => {
                groups.entry(*entry.get()).or_default().push(at);
            }
        }
    }
    let copies = groups.into_iter().flat_map(|(middle, copies)| {
        copies
            .into_iter()
            .map(move |at| Copy {
                at,
                middle,
                likeness: 1.0,
            })
            .collect::<Vec<_>>()
    });
    let copies: Vec<Copy> = copies.collect();
    (findings(Kind::ExactDuplicate, snapshot, &copies), unique)
}

/// An image and the one it is a copy of, by position.
struct Copy {
    at: usize,
    middle: usize,
    likeness: f32,
}

fn findings(kind: Kind, snapshot: &Snapshot, copies: &[Copy]) -> Vec<Finding> {
    let mut numbers: BTreeMap<usize, u32> = BTreeMap::new();
    for copy in copies {
        let next = numbers.len() as u32 + 1;
        numbers.entry(copy.middle).or_insert(next);
    }
    copies
        .iter()
        .filter_map(|copy| {
            let image = snapshot.images.get(copy.at)?;
            let middle = snapshot.images.get(copy.middle)?;
            Some(Finding {
                group: numbers.get(&copy.middle).copied(),
                of: Some(middle.id),
                ..Finding::of_image(kind, image.id, f64::from(copy.likeness))
            })
        })
        .collect()
}

/// Near-duplicates among the images at `unique`, which come best first, and all pairs that were compared and are somewhat
/// alike.
pub(super) fn near(
    snapshot: &Snapshot,
    known: &Known,
    settings: &Settings,
    unique: &[usize],
) -> (Vec<Finding>, Vec<Measured>) {
    let items: Vec<Item> = unique
        .iter()
        .filter_map(|&at| {
            Some(Item {
                at,
                aspect: aspect(snapshot, known, at)?,
                signature: known.signature(at)?,
                detail: OnceLock::new(),
                mirrored: OnceLock::new(),
            })
        })
        .collect();
    let candidates = candidates(snapshot, &items, settings.with_mirrored);
    let strangers = Strangers::of(snapshot, Kind::NearDuplicate);
    let mut compared = Vec::new();
    let like = |middle: usize| -> Vec<(usize, f32)> {
        let Some((item, candidates)) = items.get(middle).zip(candidates.get(middle)) else {
            return Vec::new();
        };
        let mut alike: Vec<(usize, f32)> = candidates
            .par_iter()
            .filter_map(|&other| {
                let other_item = items.get(other)?;
                if strangers.has(snapshot, item.at, other_item.at) {
                    return None;
                }
                let likeness = item.likeness(other_item, settings.with_mirrored)?;
                (likeness >= LEAST_PAIR).then_some((other, likeness))
            })
            .collect();
        let image = |item: &Item| snapshot.images.get(item.at).map(|image| image.id);
        compared.extend(alike.iter().filter_map(|&(other, likeness)| {
            Some(Measured {
                image: image(items.get(other)?)?,
                of: image(item),
                degree: f64::from(likeness),
            })
        }));
        alike.retain(|(_, likeness)| *likeness >= settings.least_likeness);
        alike
    };
    let places = stars(items.len(), like);
    let copies: Vec<Copy> = items
        .iter()
        .zip(places)
        .filter_map(|(item, place)| match place {
            Place::Middle => None,
            Place::Around { middle, likeness } => Some(Copy {
                at: item.at,
                middle: items.get(middle)?.at,
                likeness,
            }),
        })
        .collect();
    (findings(Kind::NearDuplicate, snapshot, &copies), compared)
}

/// Sides of two versions of an image have ratios up to this factor apart; what was squeezed more is another shape.
pub(super) const MOST_STRETCH: f64 = 1.3;

/// Width by height, without the border.
pub(super) fn aspect(snapshot: &Snapshot, known: &Known, at: usize) -> Option<f64> {
    let image = snapshot.images.get(at)?;
    let runs = known.border(at);
    let border = runs.map_or_else(Default::default, |runs| {
        runs.insets(image.width, image.height)
    });
    let inner = |length: u32, border: u32| f64::from(length.saturating_sub(border).max(1));
    Some(
        inner(image.width, border.left + border.right)
            / inner(image.height, border.top + border.bottom),
    )
}

/// An image that others are compared with.
struct Item {
    at: usize,
    aspect: f64,
    signature: Signature,
    /// Made when it is compared first, for most images never.
    detail: OnceLock<Option<Detail>>,
    mirrored: OnceLock<Option<Detail>>,
}

impl Item {
    fn detail(&self) -> Option<&Detail> {
        self.detail
            .get_or_init(|| Detail::of(&self.signature))
            .as_ref()
    }

    fn mirrored(&self) -> Option<&Detail> {
        self.mirrored
            .get_or_init(|| Detail::of(&self.signature.mirrored()))
            .as_ref()
    }

    fn likeness(&self, other: &Self, with_mirrored: bool) -> Option<f32> {
        let stretch = (self.aspect / other.aspect).max(other.aspect / self.aspect);
        if stretch > MOST_STRETCH {
            return None;
        }
        let own = self.detail()?;
        let upright = own.likeness(other.detail()?);
        if !with_mirrored {
            return Some(upright);
        }
        Some(upright.max(own.likeness(other.mirrored()?)))
    }
}

/// For each item the later ones whose hashes are near. Frames of one scene are left out: they are alike because they are
/// one scene.
fn candidates(snapshot: &Snapshot, items: &[Item], with_mirrored: bool) -> Vec<Vec<usize>> {
    let scene = |item: &Item| snapshot.images.get(item.at).and_then(|image| image.scene);
    let scenes: Vec<_> = items.iter().map(scene).collect();
    let index = |hash: fn(&Item) -> u64| {
        let hashes: Vec<u64> = items.iter().map(hash).collect();
        HashIndex::new(&hashes)
    };
    let whole = index(|item| item.signature.hash);
    let middle = index(|item| item.signature.middle_hash);
    items
        .par_iter()
        .enumerate()
        .map(|(at, item)| {
            let own_scene = scenes.get(at).copied().flatten();
            let mut near = Vec::new();
            let mut found = |other: usize| {
                let is_one_scene =
                    own_scene.is_some() && scenes.get(other).copied().flatten() == own_scene;
                if other > at && !is_one_scene {
                    near.push(other);
                }
            };
            let mut look = |signature: &Signature| {
                whole.near(signature.hash, &mut found);
                whole.near(signature.middle_hash, &mut found);
                middle.near(signature.hash, &mut found);
            };
            look(&item.signature);
            if with_mirrored {
                look(&item.signature.mirrored());
            }
            near.sort_unstable();
            near.dedup();
            near
        })
        .collect()
}
