//! The background test: with the figure hidden, is the prediction still the same? Then the model knows the place and not
//! the character.
//!
//! The figure is what moves in a film's scene, otherwise the hottest region of the heatmap ([`super::subject`]). It is hidden
//! by a blur and by the image's mean color; a prediction survives if neither changes it. The same region moved elsewhere says how
//! much hiding alone changes.
//!
//! Limits: a heatmap that lies on the place has the place hidden, so of images without motion the test says only that what is
//! outside the hottest region is enough.

mod hidden;

use serde::{Deserialize, Serialize};

use super::member::{Asked, Member};
use super::stored::Place;
pub use super::subject::FoundBy;
use super::subject::SceneMotion;
use crate::catalog::{Snapshot, Unit};
use crate::error::{Error, Result};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::Project;
use crate::report::{Scored, accuracy_interval};
use hidden::Tester;

/// Of the file that keeps it.
const KIND: &str = "background";
/// A class is known by its background if surely more than this part of its predictions survive.
const MOST_SURVIVING: f64 = 0.5;

/// What a run's answers on a set owe to the background.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Background {
    /// A class each, those with images.
    pub background: Vec<BackgroundRow>,
    /// Of all classes together.
    pub all: Survival,
    pub images: Vec<TestedImage>,
    /// As in [`Asked`].
    pub set: String,
    pub data_version: String,
    /// 1-based epoch of the weights that answered, if the run says so.
    pub best_epoch: Option<u32>,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackgroundRow {
    pub class: String,
    #[serde(flatten)]
    pub survival: Survival,
    /// The model knows the place, not the character: surely more than half of the predictions survive.
    pub flagged: bool,
}

/// How many predictions are the same without the figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survival {
    pub images: usize,
    /// Scenes, or groups of them, and single images.
    pub units: usize,
    pub unchanged: usize,
    pub unchanged_rate: f64,
    /// 95 % of the rate, by units.
    pub interval: [f64; 2],
    /// Of predictions with a region as large hidden elsewhere.
    pub unchanged_elsewhere: f64,
    /// Images whose figure was found by its motion; the others' by the heatmap.
    pub by_motion: usize,
}

/// An image with its figure hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedImage {
    #[serde(flatten)]
    pub member: Member,
    pub class: String,
    /// What the whole image is taken for, and what with the figure blurred and filled.
    pub predicted: String,
    pub blurred: String,
    pub filled: String,
    /// Both are what the whole image is taken for.
    pub is_unchanged: bool,
    pub found_by: FoundBy,
    /// Part of what the net sees, 0 to 1.
    pub hidden_fraction: f64,
    /// 1 if the same region hidden elsewhere changes nothing, either way; otherwise 0.
    unchanged_elsewhere: f64,
    unit: Option<Unit>,
}

impl Background {
    /// Tests every image of the set. One that cannot be read, and one without a figure, is a warning.
    ///
    /// # Errors
    /// [`Error::Invalid`] if not one image can be tested; [`Error::Cancelled`].
    pub fn of(
        predictor: &Predictor,
        snapshot: &Snapshot,
        asked: &Asked<'_>,
        progress: &Progress,
    ) -> Result<Self> {
        progress.stage("hiding the figures", Some(asked.samples.len() as u64));
        let classes = predictor.classes();
        let name = |class: usize| classes.get(class).cloned().unwrap_or_default();
        let mut motion = SceneMotion::new(snapshot);
        let tester = Tester { predictor };
        let mut images = Vec::with_capacity(asked.samples.len());
        for (number, sample) in asked.samples.iter().enumerate() {
            progress.check()?;
            let tested = predictor.read(&sample.into()).and_then(|read| {
                let figure = sample.image.and_then(|image| motion.seen_figure(image));
                tester.test(&read.image, figure, number as u64)
            });
            let subject = || sample.path.display().to_string();
            match tested {
                Ok(Some(found)) => images.push(TestedImage {
                    member: sample.into(),
                    class: name(sample.target as usize),
                    is_unchanged: found.is_unchanged(),
                    predicted: name(found.predicted),
                    blurred: name(found.blurred),
                    filled: name(found.filled),
                    found_by: found.found_by,
                    hidden_fraction: found.hidden_fraction,
                    unchanged_elsewhere: found.unchanged_elsewhere(),
                    unit: sample.unit,
                }),
                Ok(None) => progress.warn(
                    subject(),
                    "nothing moves and the heatmap is blank, so there is no figure to hide",
                ),
                Err(error) => progress.warn(subject(), error.to_string()),
            }
            progress.advance(1);
        }
        if images.is_empty() {
            return Err(Error::Invalid(
                "not one image of the set could be tested; import or restore its files".into(),
            ));
        }
        Ok(Self {
            background: rows(classes, &images),
            all: Survival::of(images.iter()),
            images,
            set: asked.set.to_owned(),
            data_version: asked.data_version.to_owned(),
            best_epoch: predictor.epoch(),
        })
    }

    /// Names of the flagged classes.
    pub fn flagged(&self) -> Vec<&str> {
        let rows = self.background.iter().filter(|row| row.flagged);
        rows.map(|row| row.class.as_str()).collect()
    }

    /// What was kept with the run.
    ///
    /// # Errors
    /// [`Error::Io`] if the set was not tested; [`Error::BadFile`].
    pub fn read(project: &Project, run: &str, set: &str) -> Result<Self> {
        let place = Place {
            project,
            run,
            set,
            kind: KIND,
        };
        place.read()
    }

    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, project: &Project, run: &str) -> Result<()> {
        let place = Place {
            project,
            run,
            set: &self.set,
            kind: KIND,
        };
        place.write(self)
    }
}

impl Survival {
    fn of<'a>(images: impl Iterator<Item = &'a TestedImage> + Clone) -> Self {
        let scored: Vec<Scored> = images
            .clone()
            .map(|image| Scored {
                unit: image.unit,
                is_correct: image.is_unchanged,
            })
            .collect();
        let alone = scored.iter().filter(|image| image.unit.is_none()).count();
        let mut units: Vec<Unit> = scored.iter().filter_map(|image| image.unit).collect();
        units.sort_unstable();
        units.dedup();
        let count = scored.len().max(1) as f64;
        let unchanged = scored.iter().filter(|image| image.is_correct).count();
        let elsewhere: f64 = images.clone().map(|image| image.unchanged_elsewhere).sum();
        Self {
            images: scored.len(),
            units: units.len() + alone,
            unchanged,
            unchanged_rate: unchanged as f64 / count,
            interval: accuracy_interval(&scored),
            unchanged_elsewhere: elsewhere / count,
            by_motion: images
                .filter(|image| image.found_by == FoundBy::Motion)
                .count(),
        }
    }
}

fn rows(classes: &[String], images: &[TestedImage]) -> Vec<BackgroundRow> {
    let of_class = |class: &String| {
        let own = images.iter().filter(|image| image.class == *class);
        let survival = Survival::of(own);
        (survival.images > 0).then(|| BackgroundRow {
            class: class.clone(),
            flagged: survival.interval[0] > MOST_SURVIVING,
            survival,
        })
    };
    classes.iter().filter_map(of_class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ImageId, SceneId};

    fn images(class: &str, scene: i64, unchanged: [bool; 4]) -> Vec<TestedImage> {
        unchanged
            .into_iter()
            .enumerate()
            .map(|(at, is_unchanged)| TestedImage {
                member: Member {
                    image: Some(ImageId(scene * 10 + at as i64)),
                    path: format!("{scene}-{at}.jpg").into(),
                },
                class: class.to_owned(),
                predicted: class.to_owned(),
                blurred: class.to_owned(),
                filled: if is_unchanged { class } else { "other" }.to_owned(),
                is_unchanged,
                found_by: FoundBy::Motion,
                hidden_fraction: 0.1,
                unchanged_elsewhere: 0.5,
                unit: Some(Unit::Scene(SceneId(scene))),
            })
            .collect()
    }

    #[test]
    fn a_class_is_flagged_if_surely_more_than_half_survive_over_its_scenes() {
        let mut all = Vec::new();
        for scene in 0..10 {
            all.extend(images("swamp", scene, [true; 4]));
            all.extend(images("orcs", 20 + scene, [true, false, false, false]));
        }
        // As many frames as the swamp has, but of one scene.
        all.extend((0..10).flat_map(|_| images("lonely", 40, [true; 4])));
        let classes = ["lonely", "orcs", "swamp"].map(str::to_owned);
        let rows = rows(&classes, &all);
        let flagged: Vec<bool> = rows.iter().map(|row| row.flagged).collect();
        assert_eq!(flagged, [false, false, true], "{rows:#?}");
        let orcs = &rows[1].survival;
        assert_eq!((orcs.images, orcs.units, orcs.unchanged), (40, 10, 10));
        assert!((orcs.unchanged_rate - 0.25).abs() < 1e-12);
        assert!(orcs.interval[0] < 0.25 && orcs.interval[1] > 0.25);
        assert_eq!((rows[0].survival.units, orcs.by_motion), (1, 40));
    }
}
