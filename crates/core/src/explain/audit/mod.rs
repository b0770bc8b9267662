//! Border audit: does the model know a class by the frame around its images?
//!
//! Two kinds of evidence. How much of the heatmap lies in the ring along the edges, beside the ring's area; and the
//! counterfactual: the border is cropped, and some predictions become others. A ratio by itself says little (maps differ from net to
//! net, and none need reach 1), so a class is suspected if it stands out among the classes, and flagged if its predictions
//! also flip more often than chance lets them, the others' flips being the measure. Flips are the deciding evidence: where they
//! leave no doubt, the class is flagged whatever its map looks like. Chance is that of whole scenes, see [`flips`].

mod flips;
mod measured;

use std::path::{Path, PathBuf};

use image::{RgbImage, imageops};
use serde::{Deserialize, Serialize};

use super::faithfulness::{Plan, Summary, check};
use super::grid::Grid;
use super::method::{Method, explain};
use super::seen::Seen;
use crate::dataset::Sample;
use crate::error::{Error, Result};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::write_atomic;
use flips::Flips;
use measured::Measured;

/// Least robust z of a class that is suspected.
const LEAST_Z: f64 = 2.0;
/// Deviations of ratios below this part of their median are none.
const LEAST_DEVIATION: f64 = 0.1;
/// So rarely do equal classes differ as much in their flips.
const MOST_P: f64 = 0.01;
/// Flips so rare by chance that they need no heatmap to be believed: a coarse map may hide a thin border.
const DECIDING_P: f64 = 1e-6;
/// Makes a median absolute deviation that of a normal distribution.
const SCALE_OF_DEVIATION: f64 = 1.4826;

/// How it is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuditPlan {
    /// Width of what is cropped on every side, as a part of the image's shorter side.
    pub crop: f64,
    /// Width of the ring that the heatmap is measured in, as a part of each side.
    pub ring: f64,
    /// Images whose heatmap is checked for faithfulness, spread over the set.
    pub faithful_images: usize,
}

impl Default for AuditPlan {
    /// Six pixels of a film of 480 x 270.
    fn default() -> Self {
        Self {
            crop: 0.025,
            ring: 0.0625,
            faithful_images: 24,
        }
    }
}

/// What a run's answers on a set owe to the border.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// A class each, those with images.
    pub border: Vec<BorderRow>,
    /// Of Grad-CAM on the predicted class; `None` if no map says anything.
    pub faithfulness: Option<Summary>,
    /// As in the plan.
    pub crop: f64,
    /// That were looked at.
    pub images: usize,
    /// 1-based epoch of the weights that answered, if the run says so.
    pub best_epoch: Option<u32>,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BorderRow {
    pub class: String,
    pub images: usize,
    /// Scenes, or groups of them, and single images; older versions did not count them.
    #[serde(default)]
    pub units: usize,
    /// The ring's share of the heatmap over its share of the image.
    pub mass_ratio: f64,
    /// How far that stands out among the classes.
    pub robust_z: f64,
    /// Predictions that are others after the crop, and their share.
    pub flips: usize,
    pub flip_rate: f64,
    /// How often as many of them would be this class's by chance, 0 to 1, if units were dealt to the classes by chance.
    pub p: f64,
    /// The model looks at the border of this class.
    pub flagged: bool,
}

impl Audit {
    /// Looks at every image of `samples`, whose targets point into the run's classes. One that cannot be read is a warning.
    ///
    /// # Errors
    /// [`Error::Invalid`] if not one image can be read; [`Error::Cancelled`].
    pub fn of(
        predictor: &Predictor,
        samples: &[Sample],
        plan: &AuditPlan,
        progress: &Progress,
    ) -> Result<Self> {
        progress.stage("auditing the border", Some(samples.len() as u64));
        let mut measured = Vec::with_capacity(samples.len());
        let mut faithful = Vec::new();
        let every = samples.len().div_ceil(plan.faithful_images.max(1)).max(1);
        for (place, sample) in samples.iter().enumerate() {
            progress.check()?;
            let is_checked = plan.faithful_images > 0 && place % every == 0;
            match predictor.read(&sample.into()) {
                Ok(read) => {
                    let (found, faith) = measure(predictor, &read.image, (plan, is_checked))?;
                    faithful.extend(faith);
                    measured.push(Measured {
                        target: sample.target as usize,
                        unit: sample.unit,
                        ..found
                    });
                }
                Err(error) => progress.warn(sample.path.display().to_string(), error.to_string()),
            }
            progress.advance(1);
        }
        if measured.is_empty() {
            return Err(Error::Invalid(
                "not one image of the set could be read; import or restore its files".into(),
            ));
        }
        Ok(Self {
            border: rows(predictor.classes(), &measured),
            faithfulness: Summary::of(&faithful),
            crop: plan.crop,
            images: measured.len(),
            best_epoch: predictor.epoch(),
        })
    }

    /// Names of the flagged classes.
    pub fn flagged(&self) -> Vec<&str> {
        let rows = self.border.iter().filter(|row| row.flagged);
        rows.map(|row| row.class.as_str()).collect()
    }

    /// The file in a run's folder.
    pub fn path(run_dir: &Path) -> PathBuf {
        run_dir.join("audit.json")
    }

    /// What was written with the run in a folder.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::BadFile`].
    pub fn read(run_dir: &Path) -> Result<Self> {
        let path = &Self::path(run_dir);
        let text = std::fs::read_to_string(path).map_err(Error::io("read the audit", path))?;
        serde_json::from_str(&text).map_err(|error| Error::BadFile {
            what: "the audit",
            reason: error.to_string(),
            path: path.clone(),
        })
    }

    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, run_dir: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&Self::path(run_dir), text.as_bytes())
    }
}

fn measure(
    predictor: &Predictor,
    image: &RgbImage,
    (plan, is_checked): (&AuditPlan, bool),
) -> Result<(Measured, Option<super::faithfulness::Faithfulness>)> {
    let silent = Progress::silent();
    let inspection = predictor.inspect(image)?;
    let class = inspection.prediction.ranking().first().copied();
    let class = class.unwrap_or_default();
    let seen = Seen {
        predictor,
        image,
        inspection: &inspection,
        stage: None,
    };
    let explanation = explain(&seen, class, Method::GradCam, &silent)?;
    let heatmap = explanation.heatmap().filter(|_| !explanation.is_blank());
    let ratio =
        heatmap.and_then(|heatmap| Grid::of(heatmap, inspection.region).ring_ratio(plan.ring));
    let faithfulness = match heatmap.filter(|_| is_checked) {
        Some(heatmap) => {
            let shown = (image, class);
            Some(check(predictor, shown, heatmap, &Plan::default(), &silent)?)
        }
        None => None,
    };
    let cropped = predictor.predict(&[cropped(image, plan.crop)])?;
    let after = cropped
        .first()
        .and_then(|found| found.ranking().first().copied());
    let found = Measured {
        target: 0,
        unit: None,
        ratio,
        has_flipped: after != Some(class),
    };
    Ok((found, faithfulness))
}

/// Without its border on any side; what is left is at least a pixel.
fn cropped(image: &RgbImage, crop: f64) -> RgbImage {
    let (width, height) = image.dimensions();
    let lines = (f64::from(width.min(height)) * crop).floor().max(1.0) as u32;
    let inner = |length: u32| length.saturating_sub(2 * lines).max(1);
    let (left, top) = (lines.min(width - 1), lines.min(height - 1));
    imageops::crop_imm(image, left, top, inner(width), inner(height)).to_image()
}

fn rows(classes: &[String], measured: &[Measured]) -> Vec<BorderRow> {
    let chance = Flips::of(measured);
    let mut rows: Vec<BorderRow> = classes
        .iter()
        .enumerate()
        .filter_map(|(target, class)| {
            let own: Vec<&Measured> = measured.iter().filter(|m| m.target == target).collect();
            let ratios: Vec<f64> = own.iter().filter_map(|found| found.ratio).collect();
            let flips = own.iter().filter(|found| found.has_flipped).count();
            (!own.is_empty()).then(|| BorderRow {
                class: class.clone(),
                images: own.len(),
                units: chance.units(target),
                mass_ratio: ratios.iter().sum::<f64>() / ratios.len().max(1) as f64,
                robust_z: 0.0,
                flips,
                flip_rate: flips as f64 / own.len() as f64,
                p: chance.p(target),
                flagged: false,
            })
        })
        .collect();
    let ratios: Vec<f64> = rows.iter().map(|row| row.mass_ratio).collect();
    let usual = median(&ratios);
    let distances: Vec<f64> = ratios.iter().map(|ratio| (ratio - usual).abs()).collect();
    let deviation = SCALE_OF_DEVIATION * median(&distances);
    let deviation = deviation
        .max(LEAST_DEVIATION * usual)
        .max(f64::MIN_POSITIVE);
    for row in &mut rows {
        row.robust_z = (row.mass_ratio - usual) / deviation;
        let stands_out = row.robust_z >= LEAST_Z;
        row.flagged = row.p <= DECIDING_P || (stands_out && row.p <= MOST_P);
    }
    rows
}

/// The mean of the two in the middle of an even number; 0 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let above = sorted.get(middle).copied().unwrap_or_default();
    if sorted.len().is_multiple_of(2) && middle > 0 {
        return f64::midpoint(sorted[middle - 1], above);
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SceneId, Unit};

    /// Each image by itself.
    fn class(target: usize, images: usize, ratio: f64, flips: usize) -> Vec<Measured> {
        (0..images)
            .map(|at| Measured {
                target,
                unit: None,
                ratio: Some(ratio),
                has_flipped: at < flips,
            })
            .collect()
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("class {at}")).collect()
    }

    /// The figures of a second stage on ten films: no ratio reaches 1, and 2 of 110 predictions of the others flip.
    #[test]
    fn the_planted_class_stands_out_and_nothing_else_is_flagged() {
        let others = [0.34, 0.30, 0.36, 0.25, 0.41, 0.33, 0.38, 0.29, 0.35];
        let mut measured = class(9, 12, 0.76, 5);
        for (target, ratio) in others.into_iter().enumerate() {
            let flips = usize::from(target < 2);
            let images = if target < 2 { 13 } else { 12 };
            measured.extend(class(target, images, ratio, flips));
        }
        let rows = rows(&names(10), &measured);
        let flagged: Vec<&str> = rows
            .iter()
            .filter(|row| row.flagged)
            .map(|row| row.class.as_str())
            .collect();
        assert_eq!(flagged, ["class 9"], "{rows:#?}");
        assert!((rows[9].flip_rate - 5.0 / 12.0).abs() < 1e-9 && rows[9].p < 1e-3);
    }

    /// The same, four frames to a scene: 5 of 12 flips are enough in three scenes, and not if most of them are in one.
    #[test]
    fn flips_are_evidence_by_scenes_and_not_by_frames() {
        let flagged =
            |planted: [usize; 3]| -> Vec<String> {
                let mut measured = Vec::new();
                for scene in 0..30 {
                    let target = scene / 3;
                    let flips = match (target, scene) {
                        (9, _) => planted[scene % 3],
                        (_, 0 | 4) => 1,
                        _calm => 0,
                    };
                    let ratio = if target == 9 {
                        0.76
                    } else {
                        0.3 + 0.01 * target as f64
                    };
                    measured.extend(class(target, 4, ratio, flips).into_iter().map(|found| {
                        Measured {
                            unit: Some(Unit::Scene(SceneId(scene as i64))),
                            ..found
                        }
                    }));
                }
                let rows = rows(&names(10), &measured);
                assert!(rows.iter().all(|row| row.units == 3), "{rows:#?}");
                let flagged = rows.into_iter().filter(|row| row.flagged);
                flagged.map(|row| row.class).collect()
            };
        assert_eq!(flagged([2, 2, 1]), ["class 9"]);
        assert!(flagged([4, 1, 0]).is_empty());
    }

    #[test]
    fn heat_at_the_border_without_flips_and_a_few_flips_without_heat_are_no_flag() {
        let mut measured = class(0, 12, 0.9, 0);
        measured.extend(class(1, 12, 0.3, 4));
        for target in 2..8 {
            measured.extend(class(target, 12, 0.3, 0));
        }
        let rows = rows(&names(8), &measured);
        assert!(rows.iter().all(|row| !row.flagged), "{rows:#?}");
        assert!(rows[0].robust_z > 10.0 && rows[1].p < 1e-3);
    }

    #[test]
    fn flips_that_leave_no_doubt_are_a_flag_without_heat() {
        let mut measured = class(0, 8, 0.3, 8);
        for target in 1..6 {
            measured.extend(class(target, 8, 0.3, 0));
        }
        let rows = rows(&names(6), &measured);
        assert!(rows[0].flagged && rows[1..].iter().all(|row| !row.flagged));
    }

    #[test]
    fn a_crop_takes_as_much_from_every_side_and_leaves_something() {
        let image = RgbImage::new(480, 270);
        assert_eq!(cropped(&image, 0.025).dimensions(), (468, 258));
        assert_eq!(cropped(&RgbImage::new(2, 1), 0.4).dimensions(), (1, 1));
    }
}
