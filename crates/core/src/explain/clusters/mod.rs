//! Heatmaps in groups, class by class: images that are decided by the same part of them, to be looked at and decided on together.
//!
//! The Grad-CAM of each image's predicted class is pooled to 7 x 7 shares. Distances between such maps are Hellinger's (those of
//! the square roots of shares), which count a cell that only one of them has more than a little more in a common one. Groups
//! of a class whose heat lies at the same place are one.

mod partition;
mod place;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::member::{Asked, Member};
use super::method::{Method, explain};
use super::seen::Seen;
use super::stored;
use crate::error::{Error, Result};
use crate::number::counted;
use crate::predict::{ImageFile, Predictor};
use crate::progress::Progress;
use crate::project::Project;
use partition::partition;
pub use place::{Place, SIDE};

/// Of the file that keeps it.
const KIND: &str = "clusters";

/// The groups of a set's heatmaps, those away from the center first, then the largest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clusters {
    pub clusters: Vec<Cluster>,
    /// Images whose heatmap is blank.
    pub blank: usize,
    /// As in [`Asked`].
    pub set: String,
    pub data_version: String,
    /// 1-based epoch of the weights that answered, if the run says so.
    pub best_epoch: Option<u32>,
}

/// Images of a class that are decided by one part of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// What the images are, whatever they were taken for.
    pub class: String,
    pub place: Place,
    /// "34 of 120 images decided by the lower left corner"
    pub words: String,
    pub images: usize,
    /// Of the class with a heatmap.
    pub of: usize,
    /// Share of the heat at the place, 0 to 1.
    pub share: f64,
    /// The mean map: 7 x 7 shares, row-major.
    pub map: Vec<f64>,
    pub members: Vec<Member>,
}

/// An image's map.
struct Pooled {
    member: Member,
    target: usize,
    map: Vec<f64>,
}

impl Clusters {
    /// Explains every image of the set. One that cannot be read is a warning.
    ///
    /// # Errors
    /// [`Error::Invalid`] if not one image can be read; [`Error::Cancelled`].
    pub fn of(predictor: &Predictor, asked: &Asked<'_>, progress: &Progress) -> Result<Self> {
        progress.stage("explaining", Some(asked.samples.len() as u64));
        let mut pooled = Vec::with_capacity(asked.samples.len());
        let mut blank = 0;
        for sample in asked.samples {
            progress.check()?;
            match pool(predictor, &sample.into()) {
                Ok(Some(map)) => pooled.push(Pooled {
                    member: sample.into(),
                    target: sample.target as usize,
                    map,
                }),
                Ok(None) => blank += 1,
                Err(error) => progress.warn(sample.path.display().to_string(), error.to_string()),
            }
            progress.advance(1);
        }
        if pooled.is_empty() && blank == 0 {
            return Err(Error::Invalid(
                "not one image of the set could be read; import or restore its files".into(),
            ));
        }
        Ok(Self {
            clusters: clusters(predictor.classes(), &pooled),
            blank,
            set: asked.set.to_owned(),
            data_version: asked.data_version.to_owned(),
            best_epoch: predictor.epoch(),
        })
    }

    /// What was kept with the run.
    ///
    /// # Errors
    /// [`Error::Io`] if the set's heatmaps were not clustered; [`Error::BadFile`].
    pub fn read(project: &Project, run: &str, set: &str) -> Result<Self> {
        let place = stored::Place {
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
        let place = stored::Place {
            project,
            run,
            set: &self.set,
            kind: KIND,
        };
        place.write(self)
    }
}

/// `None` if nothing speaks for the predicted class.
fn pool(predictor: &Predictor, file: &ImageFile) -> Result<Option<Vec<f64>>> {
    let image = predictor.read(file)?.image;
    let inspection = predictor.inspect(&image)?;
    let ranking = inspection.prediction.ranking();
    let seen = Seen {
        predictor,
        image: &image,
        inspection: &inspection,
        stage: None,
    };
    let class = ranking.first().copied().unwrap_or_default();
    let explanation = explain(&seen, class, Method::GradCam, &Progress::silent())?;
    let heatmap = explanation.heatmap();
    Ok(heatmap.and_then(|heatmap| Grid::of(heatmap, inspection.region).pooled(SIDE)))
}

fn clusters(classes: &[String], pooled: &[Pooled]) -> Vec<Cluster> {
    let mut found: Vec<Cluster> = Vec::new();
    for (target, class) in classes.iter().enumerate() {
        let own: Vec<&Pooled> = pooled.iter().filter(|one| one.target == target).collect();
        found.extend(of_class(class, &own));
    }
    // Stable, so that equal ones stay in the order of the classes.
    found.sort_by_key(|cluster| {
        let is_usual = !cluster.place.is_suspicious();
        (is_usual, std::cmp::Reverse(cluster.images))
    });
    found
}

fn of_class(class: &str, own: &[&Pooled]) -> Vec<Cluster> {
    let roots: Vec<Vec<f64>> = own
        .iter()
        .map(|one| one.map.iter().map(|share| share.sqrt()).collect())
        .collect();
    let mut groups: BTreeMap<usize, Vec<&Pooled>> = BTreeMap::new();
    for (one, group) in own.iter().zip(partition(&roots)) {
        groups.entry(group).or_default().push(one);
    }
    let mut places: BTreeMap<Place, Vec<&Pooled>> = BTreeMap::new();
    for group in groups.into_values() {
        let place = Place::of(&mean_map(&group));
        places.entry(place).or_default().extend(group);
    }
    let cluster = |(place, images): (Place, Vec<&Pooled>)| {
        let map = mean_map(&images);
        let (count, of) = (images.len(), own.len());
        Cluster {
            class: class.to_owned(),
            place,
            words: format!(
                "{count} of {} decided by {}",
                counted(of, "image"),
                place.words()
            ),
            images: count,
            of,
            share: place.share(&map),
            map,
            members: images.into_iter().map(|one| one.member.clone()).collect(),
        }
    };
    places.into_iter().map(cluster).collect()
}

fn mean_map(images: &[&Pooled]) -> Vec<f64> {
    let mut mean = vec![0.0; SIDE * SIDE];
    for image in images {
        for (mean, share) in mean.iter_mut().zip(&image.map) {
            *mean += share / images.len() as f64;
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ImageId;

    /// All heat in one cell and a little around it.
    fn pooled(id: i64, target: usize, (x, y): (usize, usize)) -> Pooled {
        let mut map = vec![0.1 / (SIDE * SIDE) as f64; SIDE * SIDE];
        map[y * SIDE + x] += 0.6;
        let beside = if x > 0 { x - 1 } else { x + 1 };
        map[y * SIDE + beside] += 0.3;
        Pooled {
            member: Member {
                image: Some(ImageId(id)),
                path: format!("{id}.jpg").into(),
            },
            target,
            map,
        }
    }

    #[test]
    fn a_corner_logo_is_the_first_group_and_the_rest_is_decided_by_the_center() {
        let mut all: Vec<Pooled> = (0..34).map(|id| pooled(id, 0, (0, 6))).collect();
        all.extend((34..100).map(|id| pooled(id, 0, (3, 3 + (id % 2) as usize))));
        all.extend((100..120).map(|id| pooled(id, 1, (3, 3))));
        let found = clusters(&["yes".to_owned(), "no".to_owned()], &all);
        let said: Vec<(&str, &str)> = found
            .iter()
            .map(|cluster| (cluster.class.as_str(), cluster.words.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("yes", "34 of 100 images decided by the lower left corner"),
                ("yes", "66 of 100 images decided by the center"),
                ("no", "20 of 20 images decided by the center"),
            ]
        );
        assert!(found[0].share > 0.9 && found[0].members.len() == 34);
        assert_eq!(found[0].members[0].image, Some(ImageId(0)));
        let json = serde_json::to_value(&found[0]).unwrap();
        assert_eq!(json["place"], "lower-left");
    }
}
