//! Which units are held out together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::query::SplitMode;
use crate::catalog::{ClassId, Side, Snapshot, Unit};
use crate::dataset::split::image_sides;
use crate::error::{Error, Result};
use crate::rng::Stream;

/// How units are dealt to folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldPlan {
    /// Parts that every unit is in one of; 2 to 20.
    pub folds: usize,
    /// How often all units are dealt anew, at least once.
    pub repeats: usize,
    pub seed: u64,
}

impl Default for FoldPlan {
    fn default() -> Self {
        Self {
            folds: 5,
            repeats: 1,
            seed: 0,
        }
    }
}

const MOST_FOLDS: usize = 20;
/// Of a [`FoldPlan`].
pub const MOST_REPEATS: usize = 20;

/// The validation side of one fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeldOut {
    /// From 0, as the next.
    pub repeat: usize,
    pub fold: usize,
    pub units: BTreeSet<Unit>,
}

impl FoldPlan {
    /// As many folds as there are units for, at most the usual number.
    #[must_use]
    pub fn fitting(self, snapshot: &Snapshot) -> Self {
        let most = most_units(&units_by_class(snapshot));
        Self {
            folds: self.folds.min(most.max(2)),
            ..self
        }
    }

    /// All folds of all repeats. Units of a class are shuffled and each goes to the fold that has the fewest images of the
    /// class, so that every fold has about as many of each.
    ///
    /// # Errors
    /// [`Error::Invalid`] for numbers that cannot be used, and where there are fewer units than folds.
    pub(super) fn held_out(&self, snapshot: &Snapshot) -> Result<Vec<HeldOut>> {
        if !(2..=MOST_FOLDS).contains(&self.folds) {
            return Err(Error::Invalid(format!(
                "{} folds cannot be used; choose 2 to {MOST_FOLDS}, 5 being usual",
                self.folds
            )));
        }
        if !(1..=MOST_REPEATS).contains(&self.repeats) {
            return Err(Error::Invalid(format!(
                "{} repeats cannot be used; choose 1 to {MOST_REPEATS}",
                self.repeats
            )));
        }
        let by_class = units_by_class(snapshot);
        let most = most_units(&by_class);
        if most < self.folds {
            return Err(Error::Invalid(format!(
                "no class has more than {most} scenes (or single images), which is too few for {} folds of whole scenes; import more, or choose at most {most} folds",
                self.folds
            )));
        }
        let repeats = 0..self.repeats;
        Ok(repeats
            .flat_map(|repeat| {
                let folds = self.deal(&by_class, repeat).into_iter().enumerate();
                folds.map(move |(fold, units)| HeldOut {
                    repeat,
                    fold,
                    units,
                })
            })
            .collect())
    }

    fn deal(
        &self,
        by_class: &BTreeMap<ClassId, Vec<(Unit, usize)>>,
        repeat: usize,
    ) -> Vec<BTreeSet<Unit>> {
        let mut folds = vec![BTreeSet::new(); self.folds];
        let mut totals = vec![0; self.folds];
        for (class, units) in by_class {
            let mut units = units.clone();
            Stream::new(self.seed, &[repeat as u64, class.0.unsigned_abs()]).shuffle(&mut units);
            let mut own = vec![0; self.folds];
            for (unit, images) in units {
                let counts = own.iter().zip(&totals).enumerate();
                let least = counts.min_by_key(|(_, (own, total))| (**own, **total));
                let fold = least.map_or(0, |(fold, _)| fold);
                if let (Some(units), Some(own), Some(total)) =
                    (folds.get_mut(fold), own.get_mut(fold), totals.get_mut(fold))
                {
                    units.insert(unit);
                    *own += images;
                    *total += images;
                }
            }
        }
        folds
    }
}

/// Of one class.
fn most_units(by_class: &BTreeMap<ClassId, Vec<(Unit, usize)>>) -> usize {
    by_class.values().map(Vec::len).max().unwrap_or_default()
}

/// Units that take part in a split, with their images, by the class that most of them have.
fn units_by_class(snapshot: &Snapshot) -> BTreeMap<ClassId, Vec<(Unit, usize)>> {
    let mut counts: BTreeMap<Unit, BTreeMap<ClassId, usize>> = BTreeMap::new();
    for id in image_sides(snapshot).into_keys() {
        if let Some(image) = snapshot.image(id)
            && let Some(class) = image.class
        {
            let unit = counts.entry(snapshot.unit_of(image)).or_default();
            *unit.entry(class).or_default() += 1;
        }
    }
    let mut by_class: BTreeMap<ClassId, Vec<(Unit, usize)>> = BTreeMap::new();
    for (unit, classes) in counts {
        let most = classes
            .iter()
            .max_by_key(|(class, n)| (**n, std::cmp::Reverse(**class)));
        if let Some((class, _)) = most {
            let images = classes.values().sum();
            by_class.entry(*class).or_default().push((unit, images));
        }
    }
    by_class
}

impl HeldOut {
    /// The catalog with these units in validation and all others in training.
    pub fn snapshot(&self, snapshot: &Snapshot) -> Snapshot {
        let side = |unit: &Unit| {
            if self.units.contains(unit) {
                Side::Valid
            } else {
                Side::Train
            }
        };
        let mut fold = snapshot.clone();
        fold.split_mode = SplitMode::Scenes;
        for scene in &mut fold.scenes {
            scene.side = side(&scene.unit());
        }
        for image in &mut fold.images {
            if image.scene.is_none() {
                image.side = Some(side(&Unit::Image(image.id)));
            }
        }
        fold
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Source;
    use crate::catalog::{
        Decision, GroupId, ImageId, ImageRecord, Scene, SceneId, SourceId, SourceKind,
    };
    use crate::media::scene::Transition;

    /// Two films of `scenes` scenes of 1, 2, 3, … frames; the first two scenes of each are linked.
    fn snapshot(scenes: i64) -> Snapshot {
        let mut snapshot = Snapshot {
            classes: vec![(ClassId(1), "elves".into()), (ClassId(2), "orcs".into())],
            ..Snapshot::default()
        };
        for film in 1..=2 {
            snapshot.sources.push(Source {
                id: SourceId(film),
                kind: SourceKind::Film,
                name: format!("film {film}"),
                origin: "film.mp4".into(),
                is_test: false,
                film: None,
                broken: None,
                crop: None,
                is_upsampled: false,
            });
            for index in 0..scenes {
                let id = SceneId(film * 100 + index);
                snapshot.scenes.push(Scene {
                    id,
                    source: SourceId(film),
                    index: index as u32,
                    first_frame: 0,
                    last_frame: 0,
                    transition: Transition::Cut,
                    side: Side::Train,
                    group: (index < 2).then_some(GroupId(film)),
                });
                for _ in 0..=index {
                    let image = snapshot.images.len() as i64;
                    snapshot.images.push(ImageRecord {
                        id: ImageId(image),
                        source: SourceId(film),
                        class: Some(ClassId(film)),
                        scene: Some(id),
                        side: None,
                        path: format!("{image}.jpg").into(),
                        origin: String::new(),
                        hash: format!("{image:064x}"),
                        width: 8,
                        height: 8,
                        crop: crate::media::border::Insets::NONE,
                        character: None,
                        copies: crate::media::upsampling::Copies::default(),
                        frame: None,
                        time_secs: None,
                        decision: Decision::Undecided,
                        decided: crate::catalog::Decided::default(),
                    });
                }
            }
        }
        snapshot
    }

    #[test]
    fn every_unit_is_held_out_once_a_repeat_and_folds_are_about_equal() {
        let snapshot = snapshot(9);
        let plan = FoldPlan {
            folds: 4,
            repeats: 3,
            seed: 5,
        };
        let held_out = plan.held_out(&snapshot).unwrap();
        assert_eq!(held_out.len(), 12);
        let first: BTreeSet<_> = held_out[..4]
            .iter()
            .map(|fold| fold.units.clone())
            .collect();
        let second: BTreeSet<_> = held_out[4..8]
            .iter()
            .map(|fold| fold.units.clone())
            .collect();
        assert_ne!(first, second, "dealt anew");
        for repeat in held_out.chunks(4) {
            let all: Vec<Unit> = repeat.iter().flat_map(|fold| fold.units.clone()).collect();
            assert_eq!(all.len(), 16, "two linked scenes of each film are one unit");
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 16);
            for fold in repeat {
                let changed = fold.snapshot(&snapshot);
                let sides = image_sides(&changed);
                let valid = sides.values().filter(|side| **side == Side::Valid).count();
                // 45 frames a film in 4 folds, the longest scene having 9.
                assert!((14..=32).contains(&valid), "{valid}");
                let linked = |film: i64| {
                    let scenes = changed.scenes.iter();
                    let group = scenes.filter(|scene| scene.group == Some(GroupId(film)));
                    group.map(|scene| scene.side).collect::<Vec<_>>()
                };
                assert!([1, 2].map(linked).iter().all(|sides| sides[0] == sides[1]));
            }
        }
        assert_eq!(plan.held_out(&snapshot).unwrap(), held_out);
    }

    #[test]
    fn there_are_no_more_folds_than_units() {
        let plan = FoldPlan::default();
        let few = snapshot(4);
        let error = plan.held_out(&few).unwrap_err().to_string();
        assert!(error.contains("choose at most 3 folds"), "{error}");
        assert_eq!(plan.fitting(&few).folds, 3);
        assert!(plan.fitting(&few).held_out(&few).is_ok());
        assert_eq!(plan.fitting(&snapshot(9)).folds, 5);
    }
}
