//! Findings by what a network sees: images that look like another class, like nothing else in their source, like another
//! image, or like what the curator rejects.
//!
//! Each source is judged by itself: drawings beside film frames of the same class would all be strange.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::background::{KEPT, REJECTED, Rejects};
use super::dismiss::Strangers;
use super::features::Features;
use super::finding::Finding;
use super::findings::Findings;
use super::groups::best_first;
use super::kind::Kind;
use super::mislabelled::suspects;
use super::outliers::outliers;
use super::quality::members;
use super::settings::Settings;
use super::star::{Place, stars};
use super::threshold::{LEAST_COSINE, LEAST_PAIR, Measured};
use crate::catalog::{ClassId, Decision, ImageId, Snapshot, Unit};
use crate::model::lda::Example;

/// A class of a source with fewer units cannot be learned.
const LEAST_UNITS: usize = 4;
impl Findings {
    /// Adds those of the kinds that features tell, as far as the images have some. `copies`: exact and near-duplicates, which are learned from as one.
    pub fn add_learned(
        &mut self,
        snapshot: &Snapshot,
        features: &Features,
        kinds: &[Kind],
        (copies, settings): (&Findings, &Settings),
    ) {
        let learned = Learned {
            snapshot,
            features,
            units: units(snapshot, copies),
            doubled: copies.list.iter().filter_map(Finding::image).collect(),
        };
        for &kind in kinds {
            let found = match kind {
                Kind::Mislabelled => learned.mislabelled(),
                Kind::Outlier => learned.outliers(),
                Kind::Similar => {
                    let (found, compared) = learned.similar(settings);
                    self.measured.insert(kind, compared);
                    self.add(snapshot, kind, found);
                    continue;
                }
                Kind::Background => match learned.background() {
                    Ok(found) => found,
                    Err(note) => {
                        self.notes.push(note);
                        Vec::new()
                    }
                },
                _told_by_pixels => continue,
            };
            let measured = found.iter().filter_map(|finding| {
                Some(Measured {
                    image: finding.image()?,
                    of: None,
                    degree: finding.score,
                })
            });
            self.measured.insert(kind, measured.collect());
            let least = settings.threshold(kind).map_or(0.0, |found| found.value);
            let found = found.into_iter().filter(|one| one.score >= least);
            self.add(snapshot, kind, found.collect());
        }
    }
}

/// A number for each image's unit; copies of one image have one.
fn units(snapshot: &Snapshot, copies: &Findings) -> Vec<usize> {
    let middles: BTreeMap<ImageId, ImageId> = copies
        .list
        .iter()
        .filter_map(|finding| Some((finding.image()?, finding.of?)))
        .collect();
    let mut numbers: BTreeMap<Unit, usize> = BTreeMap::new();
    let images = snapshot.images.iter();
    images
        .map(|image| {
            let mut original = image;
            // A near-duplicate of an exact one takes two steps.
            for _step in 0..2 {
                let middle = middles.get(&original.id).and_then(|&id| snapshot.image(id));
                original = middle.unwrap_or(original);
            }
            let next = numbers.len();
            *numbers.entry(snapshot.unit_of(original)).or_insert(next)
        })
        .collect()
}

struct Learned<'a> {
    snapshot: &'a Snapshot,
    features: &'a Features,
    /// By image.
    units: Vec<usize>,
    /// Images that are copies of better ones.
    doubled: BTreeSet<ImageId>,
}

impl Learned<'_> {
    fn unit(&self, at: usize) -> usize {
        self.units.get(at).copied().unwrap_or(at)
    }

    /// Images whose class a classifier trained on the others of their source would not give them, the surest first.
    fn mislabelled(&self) -> Vec<Finding> {
        let sources = members(self.snapshot);
        sources
            .values()
            .flat_map(|members| self.mislabelled_of(members))
            .collect()
    }

    fn mislabelled_of(&self, members: &[usize]) -> Vec<Finding> {
        let class_of = |at: usize| self.snapshot.images.get(at).and_then(|image| image.class);
        let mut units_of: BTreeMap<ClassId, BTreeSet<usize>> = BTreeMap::new();
        for &at in members {
            if let Some(class) = class_of(at) {
                units_of.entry(class).or_default().insert(self.unit(at));
            }
        }
        let classes: Vec<ClassId> = units_of
            .iter()
            .filter(|(_, units)| units.len() >= LEAST_UNITS)
            .map(|(class, _)| *class)
            .collect();
        if classes.len() < 2 {
            return Vec::new();
        }
        let mut images = Vec::new();
        let mut examples = Vec::new();
        for &at in members {
            let Some(image) = self.snapshot.images.get(at) else {
                continue;
            };
            let class = class_of(at).and_then(|class| classes.binary_search(&class).ok());
            let is_used = image.decision != Decision::Reject;
            if let (true, Some(class), Some(features)) = (is_used, class, self.features.of(at)) {
                images.push((image, self.unit(at)));
                examples.push(Example { features, class });
            }
        }
        let units: Vec<usize> = images.iter().map(|(_, unit)| *unit).collect();
        let suspects = suspects(&examples, &units, classes.len()).into_iter();
        let findings = suspects.filter_map(|suspect| {
            let (image, _) = images.get(suspect.at)?;
            Some(Finding {
                value: Some(suspect.odds),
                looks_like: classes.get(suspect.class).copied(),
                ..Finding::of_image(Kind::Mislabelled, image.id, suspect.score)
            })
        });
        findings.collect()
    }

    /// Images that are far from even their nearest neighbors in their source.
    fn outliers(&self) -> Vec<Finding> {
        let sources = members(self.snapshot);
        sources
            .values()
            .flat_map(|members| self.outliers_of(members))
            .collect()
    }

    fn outliers_of(&self, members: &[usize]) -> Vec<Finding> {
        let known: Vec<(usize, &[f32])> = members
            .iter()
            .filter_map(|&at| Some((at, self.features.of(at)?)))
            .collect();
        let units: Vec<usize> = known.iter().map(|(at, _)| self.unit(*at)).collect();
        let rows: Vec<&[f32]> = known.iter().map(|(_, row)| *row).collect();
        let found = outliers(&rows, &units).into_iter();
        let findings = found.filter_map(|outlier| {
            let image = self.snapshot.images.get(known.get(outlier.at)?.0)?;
            Some(Finding {
                value: Some(outlier.distance),
                ..Finding::of_image(Kind::Outlier, image.id, outlier.score)
            })
        });
        findings.collect()
    }

    /// Images that a network hardly tells apart, other than copies and frames of one scene.
    fn similar(&self, settings: &Settings) -> (Vec<Finding>, Vec<Measured>) {
        let least = settings.threshold(Kind::Similar);
        let least = least.map_or(LEAST_COSINE, |least| least.value as f32);
        let is_doubled = |at: usize| {
            let image = self.snapshot.images.get(at);
            image.is_none_or(|image| self.doubled.contains(&image.id))
        };
        let order: Vec<usize> = best_first(self.snapshot)
            .into_iter()
            .filter(|&at| !is_doubled(at))
            .collect();
        let rows = self.centered(&order);
        let image = |at: usize| self.snapshot.images.get(at).map(|image| image.id);
        let strangers = Strangers::of(self.snapshot, Kind::Similar);
        let mut compared = Vec::new();
        let like = |middle: usize| -> Vec<(usize, f32)> {
            let Some((own, row)) = rows.get(middle) else {
                return Vec::new();
            };
            let later = rows.par_iter().enumerate().skip(middle + 1);
            let mut alike: Vec<(usize, f32)> = later
                .filter(|(_, (at, _))| self.unit(*at) != self.unit(*own))
                .map(|(other, (at, other_row))| (other, *at, dot(row, other_row)))
                .filter(|(_, at, cosine)| {
                    *cosine >= LEAST_PAIR && !strangers.has(self.snapshot, *own, *at)
                })
                .map(|(other, _, cosine)| (other, cosine))
                .collect();
            compared.extend(alike.iter().filter_map(|&(other, cosine)| {
                Some(Measured {
                    image: image(rows.get(other)?.0)?,
                    of: image(*own),
                    degree: f64::from(cosine),
                })
            }));
            alike.retain(|(_, cosine)| *cosine >= least);
            alike
        };
        let places = stars(rows.len(), like);
        let mut groups: BTreeMap<usize, u32> = BTreeMap::new();
        let mut found = Vec::new();
        for ((at, _), place) in rows.iter().zip(places) {
            let Place::Around { middle, likeness } = place else {
                continue;
            };
            let next = groups.len() as u32 + 1;
            let group = *groups.entry(middle).or_insert(next);
            let middle = rows
                .get(middle)
                .and_then(|(at, _)| self.snapshot.images.get(*at));
            if let (Some(image), Some(middle)) = (self.snapshot.images.get(*at), middle) {
                found.push(Finding {
                    group: Some(group),
                    of: Some(middle.id),
                    ..Finding::of_image(Kind::Similar, image.id, f64::from(likeness))
                });
            }
        }
        (found, compared)
    }

    /// Undecided images that look like the rejected ones.
    ///
    /// # Errors
    /// In words, if there are too few decisions to learn from.
    fn background(&self) -> std::result::Result<Vec<Finding>, String> {
        let mut examples = Vec::new();
        let mut units = Vec::new();
        let mut open = Vec::new();
        for (at, image) in self.snapshot.images.iter().enumerate() {
            let Some(features) = self.features.of(at) else {
                continue;
            };
            // A rejected copy says nothing about what the image shows.
            let class = match image.decision {
                Decision::Undecided => {
                    open.push((image.id, features));
                    continue;
                }
                Decision::Reject if self.doubled.contains(&image.id) => continue,
                Decision::Keep => KEPT,
                Decision::Reject => REJECTED,
            };
            examples.push(Example { features, class });
            units.push(self.unit(at));
        }
        let rejects = Rejects::learn(&examples, &units)?;
        let reason = rejects.reason();
        let found = open.into_iter().filter_map(|(image, features)| {
            let margin = rejects.margin(features).filter(|margin| *margin > 0.0)?;
            Some(Finding {
                value: Some(margin),
                reason: Some(reason.clone()),
                ..Finding::of_image(Kind::Background, image, 0.5 + 0.5 * margin / (4.0 + margin))
            })
        });
        Ok(found.collect())
    }

    /// Features minus their mean, of length 1, of the images at these positions that have some.
    fn centered(&self, positions: &[usize]) -> Vec<(usize, Vec<f32>)> {
        let rows: Vec<(usize, &[f32])> = positions
            .iter()
            .filter_map(|&at| Some((at, self.features.of(at)?)))
            .collect();
        let mut mean: Vec<f32> = Vec::new();
        for (_, row) in &rows {
            mean.resize(row.len(), 0.0);
            mean.iter_mut().zip(*row).for_each(|(sum, x)| *sum += x);
        }
        for sum in &mut mean {
            *sum /= rows.len().max(1) as f32;
        }
        rows.into_iter()
            .map(|(at, row)| {
                let mut row: Vec<f32> = row.iter().zip(&mean).map(|(x, mean)| x - mean).collect();
                let length = dot(&row, &row).sqrt().max(1e-9);
                for x in &mut row {
                    *x /= length;
                }
                (at, row)
            })
            .collect()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
