//! Twins by time: frames of one scene on both sides.
//!
//! A split of whole scenes has none by its nature. Whether two scenes next to each other show the same is for the other
//! kinds of evidence to say: a cut may lie between two places that have nothing in common.

use std::collections::BTreeMap;

use super::sides::{Near, Sides};
use crate::catalog::{ImageRecord, SceneId};

/// For each validation image the training frame of its scene that is nearest in time.
pub(super) fn nearest(sides: &Sides<'_>) -> Vec<Option<Near>> {
    let mut of_scene: BTreeMap<SceneId, Vec<usize>> = BTreeMap::new();
    for (at, placed) in sides.train.iter().enumerate() {
        if let Some(scene) = placed.image.scene {
            of_scene.entry(scene).or_default().push(at);
        }
    }
    let nearest = |image: &ImageRecord| {
        let frames = of_scene.get(&image.scene?)?.iter();
        frames.fold(None, |nearest, &train| {
            let other = sides.train.get(train)?;
            let score = 1.0 / (1.0 + seconds_between(image, other.image));
            Some(Near { train, score }.closer(nearest))
        })
    };
    sides
        .valid
        .iter()
        .map(|placed| nearest(placed.image))
        .collect()
}

fn seconds_between(a: &ImageRecord, b: &ImageRecord) -> f64 {
    match (a.time_secs, b.time_secs) {
        (Some(a), Some(b)) => (a - b).abs(),
        _ => 0.0,
    }
}
