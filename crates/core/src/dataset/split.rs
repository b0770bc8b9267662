//! Train and valid as a value with a hash. A [`Unit`] is wholly on one side: there is no way to say otherwise.
//!
//! Frames of one scene are near copies of each other, and so are those of linked scenes, so an image's side is that of
//! its unit. Images without a scene (scraped ones) are trained on, unless their folder held a split; a source that is a
//! test set is on neither side. A training image that is also in validation or a test set sits out, see
//! [`super::twins`]. The random mode exists only to show the flattering number it gives.

mod problem;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

pub use self::problem::{SplitProblem, measured_words};
pub use super::placed::unit_sides;

use super::copies::copies_of;
use super::crops::Crops;
use super::placed::{place, trained_classes};
use super::sample::Sample;
use super::twins::{Twin, twins_of};
use crate::catalog::query::SplitMode;
use crate::catalog::{ContentHash, ImageId, PixelHashes, SceneId, Side, Snapshot, Unit};
use crate::error::{Error, Result};
use crate::rng::Stream;

/// The images of both sides, rejected ones and test sources left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Sorted names; `Sample::target` points here.
    pub classes: Vec<String>,
    pub train: Vec<Sample>,
    pub valid: Vec<Sample>,
    /// What is learned from beside `train`: copies of its images in upsampled sources, which share their units. None is ever
    /// measured on.
    pub copies: Vec<Sample>,
    /// Of the files of `valid`, as the catalog knows them, in any order.
    pub valid_contents: Vec<ContentHash>,
    /// Training images that sit out because they are measured on.
    pub twins: Vec<Twin>,
    pub mode: SplitMode,
    /// blake3 (first 16 hex digits) over both sides' image hashes and classes, whatever the order of import. Twins count
    /// as the training images that they are, so the hash does not depend on how many of them are known.
    pub hash: String,
    /// As the catalog knows them.
    pub pixels: Arc<PixelHashes>,
    /// Which of the images are cropped; `None`: none.
    pub crops: Option<Crops>,
}

/// Per class, for bars: images and scenes on both sides. Linked scenes count as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassCounts {
    pub class: String,
    pub train: usize,
    pub valid: usize,
    pub train_scenes: usize,
    pub valid_scenes: usize,
    /// Of training images, in upsampled sources; not counted among them.
    pub copies: usize,
}

impl Split {
    /// The split as the catalog has it now.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the remedy: no image has a class; fewer than two classes; an empty side.
    pub fn of(snapshot: &Snapshot) -> Result<Self> {
        let placed = place(snapshot);
        let names: BTreeSet<&str> = placed.iter().map(|p| p.class).collect();
        let classes: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        match classes.as_slice() {
            [] => {
                return Err(Error::Invalid(
                    "there is nothing to train on: no image that is not rejected has a class; import films or folders, or give images a class in Cull".into(),
                ));
            }
            [only] => {
                return Err(Error::Invalid(format!(
                    "a classifier needs at least two classes, and every image is in {only:?}; import another film or folder"
                )));
            }
            _ => {}
        }
        let mut hasher = blake3::Hasher::new();
        let mut lines: Vec<String> = placed
            .iter()
            .map(|p| format!("{:?} {} {}\n", p.side, p.image.hash, p.class))
            .collect();
        lines.sort_unstable();
        for line in &lines {
            hasher.update(line.as_bytes());
        }
        let twins = twins_of(snapshot, &placed);
        let left_out: BTreeSet<ImageId> = twins.iter().map(|twin| twin.image).collect();
        let side = |side: Side| -> Vec<Sample> {
            placed
                .iter()
                .filter(|p| p.side == side && !left_out.contains(&p.image.id))
                .map(|p| Sample {
                    image: Some(p.image.id),
                    unit: Some(p.unit),
                    path: p.image.path.clone(),
                    recipe: p.image.recipe(),
                    source: Some(p.image.source),
                    weight: 1.0,
                    target: target_of(&classes, p.class),
                })
                .collect()
        };
        let (train, valid) = (side(Side::Train), side(Side::Valid));
        if valid.is_empty() {
            return Err(Error::Invalid(
                "no image is in validation, so nothing could be measured; put whole scenes there on the Split page (on the command line: `split --suggest 0.2`, or `--random 0.2` where there are no scenes)".into(),
            ));
        }
        if train.is_empty() && !twins.is_empty() {
            return Err(Error::Invalid(
                "every training image is also in validation or a test set, so nothing is left to train on; import other images, or give whole scenes to training".into(),
            ));
        }
        if train.is_empty() {
            return Err(Error::Invalid(
                "every image is in validation, so nothing is left to train on; take scenes out of it on the Split page (on the command line: `split --suggest 0.2`)".into(),
            ));
        }
        let copies = placed
            .iter()
            .filter(|p| p.side == Side::Train && !left_out.contains(&p.image.id))
            .flat_map(|p| copies_of(p, target_of(&classes, p.class)))
            .collect();
        let valid_contents = placed
            .iter()
            .filter(|p| p.side == Side::Valid)
            .filter_map(|p| ContentHash::from_hex(&p.image.hash))
            .collect();
        Ok(Self {
            classes,
            train,
            valid,
            copies,
            valid_contents,
            twins,
            mode: snapshot.split_mode,
            pixels: Arc::clone(&snapshot.pixels),
            crops: Crops::of(snapshot, &placed),
            hash: hasher.finalize().to_hex().chars().take(16).collect(),
        })
    }
}

impl Split {
    /// With the copies among the training images, behind all others: as training sees it.
    #[must_use]
    pub fn with_copies(mut self) -> Self {
        self.train.append(&mut self.copies);
        self
    }
}

/// The first digits of a hash, enough for people to tell splits and versions of data apart.
pub fn short_hash(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

fn target_of(classes: &[String], class: &str) -> u32 {
    classes.partition_point(|name| name.as_str() < class) as u32
}

/// One entry a class of the catalog that is not excluded, also for those without images, sorted by name. Training
/// images that sit out are not counted.
pub fn counts(snapshot: &Snapshot) -> Vec<ClassCounts> {
    let mut by_class: BTreeMap<&str, ClassCounts> = trained_classes(snapshot)
        .map(|(_, name)| {
            let class = name.to_owned();
            (
                name,
                ClassCounts {
                    class,
                    ..ClassCounts::default()
                },
            )
        })
        .collect();
    let mut seen = BTreeSet::new();
    let placed = place(snapshot);
    let twins = twins_of(snapshot, &placed);
    let left_out: BTreeSet<ImageId> = twins.iter().map(|twin| twin.image).collect();
    let in_part = placed.iter().filter(|p| !left_out.contains(&p.image.id));
    for p in in_part {
        let Some(counts) = by_class.get_mut(p.class) else {
            continue;
        };
        let is_new_scene =
            p.unit.is_cluster() && seen.insert((p.class, p.side == Side::Valid, p.unit));
        match p.side {
            Side::Train => {
                counts.train += 1;
                counts.copies += p.image.copies.len();
                counts.train_scenes += usize::from(is_new_scene);
            }
            Side::Valid => {
                counts.valid += 1;
                counts.valid_scenes += usize::from(is_new_scene);
            }
        }
    }
    by_class.into_values().collect()
}

/// The side of every image that takes part, also under a random split.
pub fn image_sides(snapshot: &Snapshot) -> BTreeMap<ImageId, Side> {
    let placed = place(snapshot).into_iter();
    placed.map(|p| (p.image.id, p.side)).collect()
}

/// Images that take part and are in no scene (scraped ones), by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SingleImages {
    pub train: usize,
    /// Without a random split those whose folder held one.
    pub valid: usize,
}

impl SingleImages {
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut singles = Self::default();
        for p in place(snapshot) {
            if p.image.scene.is_none() {
                match p.side {
                    Side::Train => singles.train += 1,
                    Side::Valid => singles.valid += 1,
                }
            }
        }
        singles
    }
}

/// What is wrong with the split as it stands; classes without images are no problem.
pub fn problems(snapshot: &Snapshot) -> Vec<SplitProblem> {
    // Where no image has a scene, chance decides.
    let has_scenes = !snapshot.scenes.is_empty();
    let is_by_scenes = snapshot.split_mode == SplitMode::Scenes;
    let placed = place(snapshot);
    // Their folder held a split, so no scene needs to be put into validation.
    let with_own_sides: BTreeSet<&str> = placed
        .iter()
        .filter(|p| p.image.scene.is_none() && p.side == Side::Valid)
        .map(|p| p.class)
        .collect();
    let mut problems = Vec::new();
    for counts in counts(snapshot) {
        if counts.train + counts.valid == 0 {
            continue;
        }
        let class = counts.class;
        let scenes = counts.train_scenes + counts.valid_scenes;
        if is_by_scenes && scenes < 2 && has_scenes && !with_own_sides.contains(class.as_str()) {
            problems.push(SplitProblem::FewScenes {
                class: class.clone(),
                scenes,
            });
        }
        if counts.valid == 0 {
            problems.push(SplitProblem::NoValidation {
                class: class.clone(),
            });
        }
        if counts.train == 0 {
            problems.push(SplitProblem::EmptyTrain { class });
        }
    }
    problems.extend(twin_problem(&twins_of(snapshot, &place(snapshot))));
    problems
}

/// `None` if there are no twins.
pub fn twin_problem(twins: &[Twin]) -> Option<SplitProblem> {
    let in_tests = twins.iter().filter(|twin| twin.test_set.is_some()).count();
    (!twins.is_empty()).then(|| SplitProblem::Twins {
        images: twins.iter().map(|twin| twin.image).collect(),
        in_valid: twins.len() - in_tests,
        in_tests,
    })
}

/// Seeded and class-balanced: the scenes of whole units until each class has about `fraction` of its film frames in
/// validation, at least one unit a class and never all of them.
pub fn suggest(snapshot: &Snapshot, fraction: f64, seed: u64) -> Vec<SceneId> {
    let mut frames: BTreeMap<Unit, BTreeMap<&str, usize>> = BTreeMap::new();
    for p in place(snapshot) {
        if p.unit.is_cluster() {
            *frames
                .entry(p.unit)
                .or_default()
                .entry(p.class)
                .or_default() += 1;
        }
    }
    // A unit whose frames were given several classes counts for the most frequent one.
    let mut units_of: BTreeMap<&str, Vec<(Unit, usize)>> = BTreeMap::new();
    for (unit, by_class) in &frames {
        let most = by_class
            .iter()
            .max_by_key(|(name, n)| (**n, std::cmp::Reverse(**name)));
        if let Some((name, n)) = most {
            units_of.entry(name).or_default().push((*unit, *n));
        }
    }
    let mut chosen = BTreeSet::new();
    for (name, mut units) in units_of {
        let target = fraction.clamp(0.0, 1.0) * units.iter().map(|(_, n)| *n as f64).sum::<f64>();
        let key: Vec<u64> = name.bytes().map(u64::from).collect();
        Stream::new(seed, &key).shuffle(&mut units);
        let most = units.len().saturating_sub(1);
        let (mut taken, mut sum) = (0, 0.0);
        for (unit, n) in units {
            let with = sum + n as f64;
            let is_closer = (with - target).abs() < (sum - target).abs();
            if taken < most && (taken == 0 || is_closer) {
                chosen.insert(unit);
                taken += 1;
                sum = with;
            }
        }
    }
    let scenes = snapshot.scenes.iter();
    scenes
        .filter(|scene| chosen.contains(&scene.unit()))
        .map(|scene| scene.id)
        .collect()
}

#[cfg(test)]
mod tests;
