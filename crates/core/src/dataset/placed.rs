//! The side of every image that takes part in a split, before anything is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::query::SplitMode;
use crate::catalog::{ClassId, Decision, ImageRecord, Side, Snapshot, SourceId, Unit};
use crate::rng::Stream;

/// An image that takes part, with its side and class name.
pub(super) struct Placed<'a> {
    pub image: &'a ImageRecord,
    pub class: &'a str,
    pub unit: Unit,
    pub side: Side,
}

/// The side of every unit of scenes. Edits keep the scenes of a group together; a group whose rows disagree is in
/// training, so that nothing is measured on what was trained on.
pub fn unit_sides(snapshot: &Snapshot) -> BTreeMap<Unit, Side> {
    let mut sides = BTreeMap::new();
    for scene in &snapshot.scenes {
        let side = sides.entry(scene.unit()).or_insert(scene.side);
        if scene.side == Side::Train {
            *side = Side::Train;
        }
    }
    sides
}

/// All that are not excluded, by name.
pub(super) fn trained_classes(snapshot: &Snapshot) -> impl Iterator<Item = (ClassId, &str)> {
    let classes = snapshot.classes.iter();
    classes
        .filter(|(id, _)| !snapshot.excluded.contains(id))
        .map(|(id, name)| (*id, name.as_str()))
}

/// Every image that takes part: has a class that is not excluded, is not rejected, is in no test set. In the order of
/// ids.
pub(super) fn place(snapshot: &Snapshot) -> Vec<Placed<'_>> {
    let tests: BTreeSet<SourceId> = snapshot
        .sources
        .iter()
        .filter(|source| source.is_test)
        .map(|source| source.id)
        .collect();
    let names: BTreeMap<ClassId, &str> = trained_classes(snapshot).collect();
    let sides = unit_sides(snapshot);
    let mut placed: Vec<Placed<'_>> = snapshot
        .images
        .iter()
        .filter(|image| !tests.contains(&image.source))
        .filter_map(|image| {
            let unit = snapshot.unit_of(image);
            Some(Placed {
                image,
                class: names.get(&image.class?)?,
                unit,
                side: sides.get(&unit).copied().or(image.side).unwrap_or_default(),
            })
        })
        .collect();
    if let SplitMode::Random { fraction, seed } = snapshot.split_mode {
        // By content, so that the order of import does not matter; with those that are rejected, so that no decision moves another
        // image to the other side.
        let mut order: Vec<usize> = (0..placed.len()).collect();
        order.sort_by_key(|&at| placed.get(at).map(|p| (&p.image.hash, p.image.id)));
        Stream::new(seed, &[]).shuffle(&mut order);
        let valid = (placed.len() as f64 * fraction.clamp(0.0, 1.0)).round() as usize;
        for (rank, at) in order.into_iter().enumerate() {
            if let Some(p) = placed.get_mut(at) {
                p.side = if rank < valid {
                    Side::Valid
                } else {
                    Side::Train
                };
            }
        }
    }
    placed.retain(|p| p.image.decision != Decision::Reject);
    placed
}
