//! Which images stand below the plots while nobody has pinned any: the middle of each validation scene, classes in turn.

use std::collections::BTreeMap;

use crate::catalog::{ImageId, Snapshot, Unit};
use crate::dataset::{Sample, Split};
use crate::predict::ImageFile;

/// As many as fit side by side in the smallest window.
pub const SHOWN: usize = 6;

#[derive(Default)]
pub struct Candidates {
    version: Option<u64>,
    /// All that could be shown, classes in turn.
    all: Vec<(ImageId, ImageFile)>,
    /// Which [`SHOWN`] of them.
    set: usize,
}

impl Candidates {
    pub fn follow(&mut self, snapshot: &Snapshot) {
        if self.version != Some(snapshot.version) {
            self.version = Some(snapshot.version);
            self.all = candidates(snapshot);
        }
    }

    pub fn has_others(&self) -> bool {
        self.all.len() > SHOWN
    }

    pub fn show_others(&mut self) {
        self.set += 1;
    }

    pub fn shown(&self) -> Vec<(ImageId, ImageFile)> {
        let sets = self.all.len().div_ceil(SHOWN).max(1);
        let first = self.set % sets * SHOWN;
        let shown = self.all.iter().skip(first).take(SHOWN);
        shown.cloned().collect()
    }
}

/// The middle image of each validation scene, one of each class in turn.
fn candidates(snapshot: &Snapshot) -> Vec<(ImageId, ImageFile)> {
    let Ok(split) = Split::of(snapshot) else {
        return Vec::new();
    };
    in_turn(&middles(&split.valid))
}

fn middles(samples: &[Sample]) -> BTreeMap<u32, Vec<&Sample>> {
    let mut scenes: BTreeMap<(u32, Unit), Vec<&Sample>> = BTreeMap::new();
    let mut classes: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        if let Some(unit) = sample.unit.filter(|unit| unit.is_cluster()) {
            let key = (sample.target, unit);
            scenes.entry(key).or_default().push(sample);
        } else {
            classes.entry(sample.target).or_default().push(sample);
        }
    }
    for ((class, _), frames) in scenes {
        let middle = frames.get(frames.len() / 2).copied();
        classes.entry(class).or_default().extend(middle);
    }
    classes
}

fn in_turn(classes: &BTreeMap<u32, Vec<&Sample>>) -> Vec<(ImageId, ImageFile)> {
    let longest = classes.values().map(Vec::len).max().unwrap_or_default();
    let mut chosen = Vec::new();
    for rank in 0..longest {
        for samples in classes.values() {
            let sample = samples.get(rank);
            chosen.extend(sample.and_then(|&sample| Some((sample.image?, sample.into()))));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::catalog::SceneId;
    use crate::media::recipe::Recipe;

    #[test]
    fn scenes_show_their_middle_and_classes_take_turns() {
        let sample = |image, scene: Option<i64>, target| Sample {
            image: Some(ImageId(image)),
            unit: scene.map(|scene| Unit::Scene(SceneId(scene))),
            path: PathBuf::from(format!("{image}.jpg")),
            recipe: Recipe::default(),
            source: None,
            weight: 1.0,
            target,
        };
        let samples = [
            sample(1, Some(1), 0),
            sample(2, Some(1), 0),
            sample(3, Some(1), 0),
            sample(4, Some(2), 0),
            sample(5, None, 1),
        ];
        let ids: Vec<i64> = in_turn(&middles(&samples))
            .into_iter()
            .map(|(image, _)| image.0)
            .collect();
        assert_eq!(ids, [2, 5, 4]);
    }
}
