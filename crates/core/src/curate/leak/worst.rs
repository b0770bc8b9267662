//! The scenes through which a split gives away the most.

use std::collections::BTreeMap;

use super::{Evidence, Leaks};
use crate::catalog::{ImageId, SceneId, Snapshot, Unit};

/// Validation images that move together and have twins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offender {
    pub unit: Unit,
    /// The scene of the first of them.
    pub scene: Option<SceneId>,
    /// The first of them.
    pub image: ImageId,
    /// How many have a twin.
    pub twins: usize,
    /// The scene that most of the twins are of; `None` for images of no scene.
    pub train_scene: Option<SceneId>,
    /// One of these twins.
    pub train: ImageId,
    /// What most of them are told by.
    pub evidence: Evidence,
}

/// Twins of one unit.
struct OfUnit {
    first: ImageId,
    /// By the scene of the training image and by evidence: how many, and one of the training images.
    pairs: BTreeMap<(Option<SceneId>, Evidence), (usize, ImageId)>,
}

/// Those with the most twins first.
pub fn worst(snapshot: &Snapshot, leaks: &Leaks) -> Vec<Offender> {
    let mut units: BTreeMap<Unit, OfUnit> = BTreeMap::new();
    for twin in &leaks.twins {
        let images = snapshot.image(twin.valid).zip(snapshot.image(twin.train));
        let Some((valid, train)) = images else {
            continue;
        };
        let unit = units
            .entry(snapshot.unit_of(valid))
            .or_insert_with(|| OfUnit {
                first: valid.id,
                pairs: BTreeMap::new(),
            });
        let (count, _) = unit
            .pairs
            .entry((train.scene, twin.evidence))
            .or_insert((0, train.id));
        *count += 1;
    }
    let mut offenders: Vec<Offender> = units
        .into_iter()
        .filter_map(|(unit, OfUnit { first, pairs })| {
            let twins = pairs.values().map(|(count, _)| count).sum();
            // Of equals `max_by_key` takes the last.
            let pairs = pairs.into_iter().rev();
            let ((train_scene, evidence), (_, train)) =
                pairs.max_by_key(|(_, (count, _))| *count)?;
            Some(Offender {
                unit,
                scene: snapshot.image(first).and_then(|image| image.scene),
                image: first,
                twins,
                train_scene,
                train,
                evidence,
            })
        })
        .collect();
    offenders.sort_by(|a, b| b.twins.cmp(&a.twins).then(a.unit.cmp(&b.unit)));
    offenders
}
